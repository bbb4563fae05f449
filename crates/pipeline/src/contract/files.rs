//! The files that a spec uses, and those that they use.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{KIND, of, read as form};
use crate::model::{Contract, Foreign, Use, Used};
use crate::spec::{self, Reader, joined};
use crate::syntax::{Document, Kind, Node};
use crate::values::Setting;
use crate::{Diagnostic, Pipeline};

/// Lists the files that the text of a spec uses, as paths from the folder that `base` is relative to; `base` is the path
/// of the text itself.
pub fn paths(base: &str, text: &str) -> Vec<String> {
    if !text.contains("uses") {
        return Vec::new();
    }
    let Ok(document) = Document::read(text) else {
        return Vec::new();
    };
    let Some(Kind::Mapping(uses)) = entry(&document.root, "uses").map(|node| &node.kind) else {
        return Vec::new();
    };
    let scalar = |node: &Node| match &node.kind {
        Kind::Scalar { text, .. } => Some(text.clone()),
        _ => None,
    };
    let paths = uses.iter().filter_map(|(_, node)| match &node.kind {
        Kind::Mapping(_) => entry(node, "contract").and_then(scalar),
        _ => scalar(node),
    });
    paths.map(|path| joined(base, &path)).collect()
}

fn entry<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    let Kind::Mapping(entries) = &node.kind else {
        return None;
    };
    let is_key = |node: &Node| matches!(&node.kind, Kind::Scalar { text, .. } if text == key);
    let found = entries.iter().find(|(name, _)| is_key(name));
    found.map(|(_, node)| &**node)
}

/// A file that was read on its own.
enum Alone {
    Contract(Box<Contract>),
    Spec(Box<Pipeline>),
}

/// Reads the files that a spec uses, and those that they use in turn, by their paths from the spec's folder. A file that
/// is not there has the reason.
pub fn read(files: &BTreeMap<String, Result<String, String>>) -> Used {
    let alone = files.iter().map(|(path, text)| {
        let read = text.as_deref().map_err(Clone::clone);
        (path.as_str(), read.and_then(read_alone))
    });
    let mut alone: BTreeMap<&str, Result<Alone, String>> = alone.collect();
    // What events are does not depend on what others say, but for those that a pipeline uses itself.
    let own = |read: &Result<Alone, String>| match read {
        Ok(Alone::Contract(contract)) => Ok((**contract).clone()),
        Ok(Alone::Spec(pipeline)) => Ok(of(pipeline)),
        Err(error) => Err(error.clone()),
    };
    let first: BTreeMap<String, Result<Contract, String>> = alone
        .iter()
        .map(|(path, read)| ((*path).to_owned(), own(read)))
        .collect();
    for (path, read) in &mut alone {
        if let Ok(Alone::Spec(pipeline)) = read {
            fill_in(path, pipeline, &first);
        }
    }
    let contracts = alone.iter();
    let contracts = contracts.map(|(path, read)| ((*path).to_owned(), own(read).map(Arc::new)));
    Used {
        contracts: contracts.collect(),
    }
}

/// Says of each event of others that a pipeline uses what it is.
fn fill_in(
    base: &str,
    pipeline: &mut Pipeline,
    known: &BTreeMap<String, Result<Contract, String>>,
) {
    let uses = &pipeline.uses;
    for event in pipeline.events.values_mut() {
        let Some(Foreign {
            pipeline,
            event: name,
        }) = event.used.clone()
        else {
            continue;
        };
        let path = uses
            .get(&pipeline)
            .map(|one: &Use| joined(base, &one.path.value));
        let contract = path.and_then(|path| known.get(&path)?.as_ref().ok());
        if let Some(theirs) = contract.and_then(|contract| contract.events.get(&name)) {
            event.source.value.clone_from(&theirs.source.value);
            event
                .detail_type
                .value
                .clone_from(&theirs.detail_type.value);
            event.discriminator = theirs.discriminator;
        }
    }
}

fn read_alone(text: &str) -> Result<Alone, String> {
    let document = Document::read(text).map_err(|mistake| in_words(text, &mistake))?;
    let mut reader = Reader::new(Setting::default(), None);
    let is_contract = entry(&document.root, KIND).is_some();
    let read = if is_contract {
        let read = form::contract(&mut reader, &document.root);
        read.map(|read| Alone::Contract(Box::new(read)))
    } else {
        let read = spec::read_pipeline(&mut reader, &document.root);
        read.map(|read| Alone::Spec(Box::new(read)))
    };
    if let Some(mistake) = reader.diagnostics.iter().find(|found| found.is_error()) {
        return Err(in_words(text, mistake));
    }
    read.ok_or_else(|| "it is neither a spec nor a contract".to_owned())
}

fn in_words(text: &str, mistake: &Diagnostic) -> String {
    let before = text.get(..mistake.span.start as usize).unwrap_or_default();
    let line = 1 + before.matches('\n').count();
    format!("{} (line {line})", mistake.message)
}
