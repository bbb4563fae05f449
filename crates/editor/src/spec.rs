//! A spec as an editor has it: the text of this moment, and what it means as far as that can be known.

use std::sync::Arc;

use pipeline::syntax::Document;
use pipeline::{Pipeline, Setting};

use crate::around::Seen;

/// A text with what it means.
#[derive(Clone, Debug, Default)]
pub struct Spec {
    /// The text of this moment.
    pub text: Arc<str>,
    /// The text as a tree, if it is YAML.
    pub document: Option<Document>,
    /// What it means, or what the last text meant that was YAML.
    pub pipeline: Option<Arc<Pipeline>>,
    /// What is around it.
    pub seen: Arc<Seen>,
}

impl Spec {
    /// Reads a text; `before` is what an earlier one meant. `place` is where somebody types: if the text is broken there,
    /// the rest of it is read without that line.
    pub fn read(
        text: Arc<str>,
        seen: Arc<Seen>,
        before: Option<Arc<Pipeline>>,
        place: Option<usize>,
    ) -> Self {
        let document = Document::read(&text).ok();
        let pipeline = document.as_ref();
        let mut pipeline = pipeline
            .and_then(|document| meaning(document, &seen))
            .map(Arc::new);
        if pipeline.is_none() {
            let without = || without_line(&text, place?);
            pipeline = before.or_else(|| {
                let document = Document::read(&without()?).ok()?;
                meaning(&document, &seen).map(Arc::new)
            });
        }
        Self {
            text,
            document,
            pipeline,
            seen,
        }
    }
}

fn meaning(document: &Document, seen: &Seen) -> Option<Pipeline> {
    pipeline::meaning(document, &Setting::default(), seen.used.as_ref())
}

/// The text with blanks instead of a line.
fn without_line(text: &str, place: usize) -> Option<String> {
    let place = (0..=place.min(text.len())).rfind(|at| text.is_char_boundary(*at))?;
    let start = text[..place].rfind('\n').map_or(0, |at| at + 1);
    let end = text[place..].find('\n').map_or(text.len(), |at| place + at);
    let blanks = " ".repeat(end - start);
    Some([&text[..start], &blanks, &text[end..]].concat())
}
