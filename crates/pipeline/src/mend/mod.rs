//! How a finding is mended: what a check wants, turned into edits of the text.
//!
//! A check knows places and values, and neither quotes nor commas. It says what is meant, and the edits are made when
//! the text and its tree are at hand.

mod sites;
mod write;

use crate::diagnostic::{Diagnostic, Edit, Fix};
use crate::span::Span;
use crate::suggestion::Mend;
use crate::yaml::Document;
use sites::{Entry, Sites};

pub use write::{is_plain, quoted};

/// Whether a check wants an edit of the text.
pub(crate) fn is_wanted(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|found| !found.mends.is_empty())
}

/// Turns what the checks want into edits of the text. What cannot be written safely is left out.
pub(crate) fn settle(document: &Document, diagnostics: &mut [Diagnostic]) {
    if !is_wanted(diagnostics) {
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

/// The edit that adds an entry to the mapping that has a key or value at a place.
pub(crate) fn with_entry(document: &Document, beside: Span, key: &str, yaml: &str) -> Option<Edit> {
    let sites = Sites::new(document);
    write::entry(&sites, sites.entry(beside)?, key, yaml)
}

/// The edit that takes the entry at a place away.
pub(crate) fn without_entry(document: &Document, at: Span) -> Option<Edit> {
    let sites = Sites::new(document);
    remove(&sites, sites.entry(at)?)
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

/// Takes an entry away, and what holds it if nothing else is left there. What aliases stand for, too, may need it.
fn remove(sites: &Sites<'_>, entry: &Entry) -> Option<Edit> {
    let mut entry = entry;
    while sites.collection(entry).entries.len() == 1 {
        entry = sites.holder(entry)?;
    }
    let span = write::extent(sites, entry)?;
    if sites.is_shared(span) {
        return None;
    }
    // An anchor may be used elsewhere.
    let removed = sites.text.get(span.range())?;
    (!removed.contains('&')).then(|| Edit {
        span,
        text: String::new(),
    })
}

#[cfg(test)]
mod tests;
