//! How a finding is mended: what a check wants, turned into edits of the text.
//!
//! A check knows places and values, and neither quotes nor commas. It says what is meant, and the edits are made when
//! the text and its tree are at hand.

mod sites;
mod suggestion;
mod write;

use crate::diagnostic::{Diagnostic, Edit, Fix};
use crate::span::Span;
use crate::yaml::Document;
use sites::{Entry, Sites};

pub(crate) use suggestion::Suggestion;
pub(crate) use write::is_plain;

/// What mends a finding. A finding with several of them leaves the choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mend {
    /// The key or text at a place has another value. `shown` is what changes of it, and a `plain` value, such as a
    /// number, has no quotes.
    Write {
        at: Span,
        shown: String,
        value: String,
        plain: bool,
    },
    /// The key at a place, or of the value there, has another name.
    Rename { at: Span, name: String },
    /// What stands on one line at a place is replaced, with YAML that is safe within brackets.
    Replace { at: Span, yaml: String },
    /// A key goes with its value, or an item of a list; `at` is the key, its value or the item.
    Remove { at: Span },
    /// The mapping that has a key, or the value of one, at `beside` gets another key, with YAML that is safe within brackets.
    Add {
        beside: Span,
        key: &'static str,
        yaml: String,
    },
}

/// Turns what the checks want into edits of the text. What cannot be written safely is left out.
pub(crate) fn settle(document: &Document, diagnostics: &mut [Diagnostic]) {
    if diagnostics.iter().all(|found| found.mends.is_empty()) {
        return;
    }
    let sites = Sites::new(document);
    for found in diagnostics {
        let mends = std::mem::take(&mut found.mends);
        let fixes: Option<Vec<Fix>> = mends.iter().map(|mend| fix(&sites, mend)).collect();
        // If one way cannot be written, the others are no longer the whole choice.
        found.fixes.extend(fixes.unwrap_or_default());
    }
}

fn fix(sites: &Sites<'_>, mend: &Mend) -> Option<Fix> {
    let (title, edit) = match mend {
        Mend::Write {
            at,
            shown,
            value,
            plain,
        } => {
            let edit = write::value(sites, *at, value, *plain)?;
            (format!("write `{shown}`"), edit)
        }
        Mend::Rename { at, name } => {
            let edit = write::value(sites, sites.entry(*at)?.key?, name, false)?;
            (format!("write `{name}`"), edit)
        }
        Mend::Replace { at, yaml } => {
            // White space behind a closing bracket may count as its own.
            let old = sites.text.get(at.range())?.trim_end();
            let end = at.start + u32::try_from(old.len()).ok()?;
            let span = Span { end, ..*at };
            let edit = (!old.contains('\n')).then(|| Edit {
                span,
                text: yaml.clone(),
            })?;
            (format!("write `{yaml}`"), edit)
        }
        Mend::Remove { at } => {
            let entry = sites.entry(*at)?;
            let title = match &entry.name {
                Some(name) => format!("remove `{name}`"),
                None => "remove it".to_owned(),
            };
            (title, remove(sites, entry)?)
        }
        Mend::Add { beside, key, yaml } => {
            let edit = write::entry(sites, sites.entry(*beside)?, key, yaml)?;
            (format!("add `{key}: {yaml}`"), edit)
        }
    };
    let edits = vec![edit];
    Some(Fix { title, edits })
}

/// Takes an entry away, and what holds it if nothing else is left there.
fn remove(sites: &Sites<'_>, entry: &Entry) -> Option<Edit> {
    let mut entry = entry;
    while sites.collection(entry).entries.len() == 1 {
        entry = sites.holder(entry)?;
    }
    let span = write::extent(sites, entry)?;
    // An anchor may be used elsewhere.
    let removed = sites.text.get(span.range())?;
    (!removed.contains('&')).then(|| Edit {
        span,
        text: String::new(),
    })
}

#[cfg(test)]
mod tests;
