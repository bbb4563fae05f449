//! Parts of a spec that an editor may fold.

use std::collections::BTreeSet;

use pipeline::Span;
use pipeline::syntax::{Document, Kind, Node};

/// Lists what may be folded, each from its first byte to its last: the value of a key together with the key, and every
/// element of a list.
pub fn folds(document: &Document) -> Vec<Span> {
    let mut folds = BTreeSet::new();
    collect(&document.root, &mut folds);
    folds.into_iter().collect()
}

fn collect(node: &Node, folds: &mut BTreeSet<Span>) {
    match &node.kind {
        Kind::Scalar { .. } => {}
        Kind::Sequence(items) => {
            for item in items {
                if node.span.start <= item.span.start && item.span.end <= node.span.end {
                    folds.insert(item.span);
                    collect(item, folds);
                }
            }
        }
        Kind::Mapping(entries) => {
            for (key, value) in entries {
                // An alias stands for what is written elsewhere, and is met there.
                if key.span.end <= value.span.start && value.span.end <= node.span.end {
                    let (start, end) = (key.span.start, value.span.end);
                    folds.insert(Span { start, end });
                    collect(value, folds);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_elements_fold_where_they_are_written() {
        let text = "a: &x\n  b: [1]\nc: *x\nd:\n  - e: { f: 1 }\n";
        let document = Document::read(text).unwrap();
        let folds: Vec<&str> = folds(&document)
            .iter()
            .map(|fold| &text[fold.range()])
            .collect();
        assert_eq!(
            folds,
            [
                "a: &x\n  b: [1]",
                "b: [1]",
                "1",
                "d:\n  - e: { f: 1 }",
                "e: { f: 1 }",
                "f: 1"
            ]
        );
    }
}
