//! Renaming: the edits, and what keeps them from being made.

use std::collections::HashMap;

use pipeline::language::{Charset, EVENT_NAME, RESOURCE_NAME};
use pipeline::syntax::{Document, Kind, Node, is_plain, quoted};
use pipeline::{Edit, Surroundings, parse};

use super::find::{entries, get, scalar};
use super::{Name, NameKind, Names, Refusal, renamed_from};
use crate::fixes::apply;

/// Renames what stands at a byte of a spec's text, everywhere in it.
///
/// Takes the text, a byte of it and the new name. Returns the edits of the text, which do not overlap. Other texts and
/// comments stay as they are. A job or trigger gets its old name as the last of `renamed_from`, so that it keeps its names
/// on AWS; if the last of them is the new name, it goes from there instead: the renaming is taken back. What others say
/// under the name, such as the files of environments and the root module, is not changed.
///
/// # Errors
/// The text is not YAML, no name stands there, or the new name is taken, is one that it had before, or is refused by the
/// spec language.
pub fn rename(text: &str, offset: u32, new: &str) -> Result<Vec<Edit>, Refusal> {
    let document = Document::read(text).map_err(|found| Refusal::from(found.message))?;
    let names = Names::find(text, &document);
    let name = names.prepare_rename(offset)?;
    if name.text == new {
        return Ok(Vec::new());
    }
    check_new(&names, name, new)?;
    let mut edits: Vec<Edit> = names
        .same(name)
        .map(|place| write(text, place, new))
        .collect();
    if matches!(name.kind, NameKind::Job | NameKind::Trigger(_)) {
        let mapping = named_mapping(&document.root, name)
            .ok_or_else(|| Refusal::from("what it names cannot be read"))?;
        edits.push(renamed_from::keep(
            text,
            &document,
            mapping,
            (&name.text, new),
        )?);
    }
    check_result(text, &edits)?;
    Ok(edits)
}

fn write(text: &str, place: &Name, new: &str) -> Edit {
    let is_whole = text.get(place.span.range()) == Some(place.text.as_str());
    let is_plain_now = place.whole == place.span;
    let is_part = matches!(place.kind, NameKind::Value | NameKind::Anchor(_)) && !place.is_declared;
    let is_anchor = matches!(place.kind, NameKind::Anchor(_));
    // Within quotes, or without, the new name stands as it is.
    let stays = is_whole && (is_part || is_anchor || !is_plain_now || is_plain(new, true));
    Edit {
        span: if stays { place.span } else { place.whole },
        text: if stays { new.to_owned() } else { quoted(new) },
    }
}

fn check_new(names: &Names, name: &Name, new: &str) -> Result<(), Refusal> {
    let what = name.kind.with_article();
    let accepts = |charset: &Charset| charset.accepts(new).then_some(()).ok_or(charset.words);
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let refused = match name.kind {
        NameKind::Event => accepts(&EVENT_NAME),
        NameKind::Job | NameKind::Trigger(_) => accepts(&RESOURCE_NAME),
        NameKind::Value
        | NameKind::Secret
        | NameKind::Network
        | NameKind::Layer
        | NameKind::Key
        | NameKind::Anchor(_) => {
            let is_name = !new.is_empty() && new.chars().all(is_word);
            is_name
                .then_some(())
                .ok_or("letters, digits, `_`, `-`, `.` and `/`")
        }
    };
    if let Err(words) = refused {
        return Err(format!("`{new}` cannot be the name of {what}: it has {words}").into());
    }
    let is_same_kind = |other: &&Name| match (other.kind, name.kind) {
        (NameKind::Anchor(_), NameKind::Anchor(_)) => true,
        (other, own) => other == own,
    };
    // Of what Terraform's variables have, two names may become one only on purpose.
    let taken = names
        .all()
        .iter()
        .filter(is_same_kind)
        .find(|other| other.text == new);
    match taken {
        Some(_) => Err(format!("`{new}` is the name of another one already").into()),
        None => Ok(()),
    }
}

/// Finds the job or trigger that a name names.
fn named_mapping<'n>(root: &'n Node, name: &Name) -> Option<&'n Node> {
    let jobs = entries(get(root, "jobs")?);
    match name.kind {
        NameKind::Job => {
            let mut jobs = jobs.into_iter();
            jobs.find_map(|(key, job)| (scalar(key) == Some(&name.text)).then_some(job))
        }
        NameKind::Trigger(job) => {
            let (_, job) = jobs.get(job)?;
            let Kind::Sequence(triggers) = &get(job, "triggers")?.kind else {
                return None;
            };
            let mut triggers = triggers.iter();
            let is_it = |trigger: &&std::sync::Arc<Node>| {
                get(trigger, "id").is_some_and(|id| scalar(id) == Some(&name.text))
            };
            triggers.find(is_it).map(|trigger| &**trigger)
        }
        _ => None,
    }
}

/// Asks the checks of the spec language: a renaming makes no new mistake.
fn check_result(text: &str, edits: &[Edit]) -> Result<(), Refusal> {
    let changed = apply(text, edits).ok_or("names overlap")?;
    let findings = |text: &str| parse(text, &Surroundings::default()).diagnostics;
    let mut before: HashMap<&str, usize> = HashMap::new();
    for found in findings(text).iter().filter(|found| found.is_error()) {
        *before.entry(found.lint.id).or_default() += 1;
    }
    for found in findings(&changed).iter().filter(|found| found.is_error()) {
        let left = before.entry(found.lint.id).or_default();
        match left.checked_sub(1) {
            Some(less) => *left = less,
            None => return Err(found.message.clone().into()),
        }
    }
    Ok(())
}
