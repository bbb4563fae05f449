//! What there is to say about a place.

use std::fmt::Write as _;

use pipeline::model::{Schedule, TriggerKind};
use pipeline::{Diagnostic, Span, Spanned};
use schema::Guide;

use crate::complete::steps;
use crate::fields;
use crate::place::{Place, Role, Step};
use crate::spec::Spec;
use crate::told;

/// What is said of a piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// The piece.
    pub span: Span,
    /// Markdown.
    pub text: String,
}

/// Says what stands at a byte of the text, and explains the findings there.
pub fn hover(spec: &Spec, guide: &Guide, findings: &[Diagnostic], offset: usize) -> Option<Hover> {
    let place = Place::at(&spec.text, offset);
    let place = place.filter(|place| !place.word.range().is_empty());
    let mut parts = Vec::new();
    if let Some(place) = &place {
        parts.extend(of_place(spec, guide, place, offset));
    }
    let is_here = |found: &&Diagnostic| {
        let range = found.span.range();
        range.start <= offset && offset <= range.end
    };
    let here: Vec<&Diagnostic> = findings.iter().filter(is_here).collect();
    for found in &here {
        let text = format!(
            "**{}**: {}\n\n{}",
            found.lint.id,
            found.lint.summary,
            found.lint.explanation.trim_end()
        );
        if !parts.contains(&text) {
            parts.push(text);
        }
    }
    let span = place.map(|place| place.word);
    let span = span.or_else(|| here.first().map(|found| found.span))?;
    (!parts.is_empty()).then(|| Hover {
        span,
        text: parts.join("\n\n---\n\n"),
    })
}

fn of_place(spec: &Spec, guide: &Guide, place: &Place, offset: usize) -> Option<String> {
    let word = &spec.text[place.word.range()];
    if let Some(name) = reference_at(spec, place, offset)
        && let Some(told) = told::value(spec, name)
    {
        return Some(told);
    }
    let keys = place.keys_on_path();
    if place.role == Role::Key || place.has_colon {
        return of_key(spec, guide, place, &keys, word);
    }
    match keys.as_slice() {
        [.., "triggers", "*", "event"] | [.., "emits", "*"] => told::event(spec, word),
        [.., "triggers", "*", "schedule"] => {
            let schedule = schedule_at(spec, place, word);
            told::schedule(spec, &schedule)
        }
        _ => of_test(spec, place, &keys),
    }
    .or_else(|| {
        // What the key means whose value this is.
        let (last, before) = place.path.split_last()?;
        let Step::Key(key) = last else { return None };
        explained(guide, before, key)
    })
}

/// A key: what it names, or what it means in the spec language.
fn of_key(spec: &Spec, guide: &Guide, place: &Place, keys: &[&str], word: &str) -> Option<String> {
    match keys {
        ["events"] => told::event(spec, word),
        ["jobs"] => told::job(spec, word),
        ["values"] => told::value(spec, word),
        [.., "allow"] => pipeline::lint(word).map(|lint| {
            format!(
                "**{}**: {}\n\n{}",
                lint.id,
                lint.summary,
                lint.explanation.trim_end()
            )
        }),
        _ => None,
    }
    .or_else(|| explained(guide, &place.path, word))
    .or_else(|| {
        let path: Vec<&str> = keys.iter().copied().chain([word]).collect();
        of_test(spec, place, &path)
    })
}

/// What a key of the spec language means.
fn explained(guide: &Guide, path: &[Step], key: &str) -> Option<String> {
    let keys = guide.keys(&guide.forms(&steps(path)), &[key]);
    let known = keys.iter().find(|known| known.name == key)?;
    let explained = guide.explain(known);
    Some(format!("**`{key}`**\n\n{explained}"))
}

/// A field of an event that a pattern tests.
fn of_test(spec: &Spec, place: &Place, keys: &[&str]) -> Option<String> {
    let field = fields::tested(spec, keys, place.event.as_deref())?;
    let name = keys.iter().rev().find(|key| **key != "*")?;
    let mut text = format!("**`{name}`**: `{field}`");
    if let Some(event) = &place.event {
        let _infallible = write!(text, ", a field of `{event}`");
    }
    Some(text)
}

/// The name of the value that the place is in: `${name}`.
fn reference_at<'s>(spec: &'s Spec, place: &Place, offset: usize) -> Option<&'s str> {
    let range = place.word.range();
    let before = spec.text.get(range.start..offset.min(range.end))?;
    let behind = spec.text.get(offset..range.end)?;
    // The place may be on any letter of the reference, its signs included.
    let open = match before.rfind("${") {
        Some(open) if !before[open..].contains('}') => range.start + open,
        _ if behind.starts_with("${") => offset,
        _ if behind.starts_with('{') && before.ends_with('$') => offset - 1,
        _ => return None,
    };
    let inside = spec.text.get(open + 2..range.end)?;
    inside.split('}').next()
}

/// The schedule at a place, with the zone and the bounds of its trigger if they are known.
fn schedule_at(spec: &Spec, place: &Place, expression: &str) -> Schedule {
    let known = || {
        let [
            Step::Key(jobs),
            Step::Key(job),
            Step::Key(_),
            Step::Item(at),
            ..,
        ] = &*place.path
        else {
            return None;
        };
        let job = spec
            .pipeline
            .as_ref()
            .filter(|_| jobs == "jobs")?
            .jobs
            .get(job)?;
        match &job.triggers.get(*at)?.kind {
            TriggerKind::Schedule(schedule) => Some(schedule.clone()),
            TriggerKind::Event { .. } | TriggerKind::Pattern(_) => None,
        }
    };
    let mut schedule = known().unwrap_or_else(|| Schedule {
        expression: Spanned::new(String::new(), place.word),
        timezone: None,
        start: None,
        end: None,
        group: None,
        flexible_window_minutes: None,
        shards: 1,
        detail: indexmap::IndexMap::new(),
        emits: Vec::new(),
    });
    expression.clone_into(&mut schedule.expression.value);
    schedule
}

#[cfg(test)]
mod tests;
