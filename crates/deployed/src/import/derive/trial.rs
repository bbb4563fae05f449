//! Whether the language has words for a draft: it is tried.

use std::collections::BTreeSet;

use pipeline::Diagnostic;

use super::events::Events;
use crate::import::draft::{Draft, Job, Trigger, TriggerKind, Work};
use crate::import::note::Note;
use crate::import::surroundings;

/// What the tool may be wrong about, and what a rule that is there may do all the same.
const JUDGEMENTS: [&str; 2] = ["aws-events-on-custom-bus", "unmatched-pattern"];

/// The form of a trigger for which the language has words: it is tried in a spec of its own, from the strongest form to
/// the weakest.
///
/// # Errors
/// What is wrong with the strongest.
pub(super) fn sayable(
    draft: &Draft,
    job: &Job,
    trigger: Trigger,
    events: &Events,
) -> Result<Trigger, String> {
    // A job's role may be for another trigger of it.
    let is_for_others = matches!(job.work, Work::Existing(_) | Work::Built(_))
        && !matches!(
            trigger.kind,
            TriggerKind::Schedule {
                timezone: Some(_),
                ..
            }
        );
    let job = Job {
        role: job.role.clone().filter(|_| !is_for_others),
        ..job.clone()
    };
    fitting(trigger, |form| {
        let mut alone = Draft {
            jobs: vec![Job {
                triggers: vec![form.clone()],
                ..job.clone()
            }],
            ..draft.clone()
        };
        declare(&mut alone, events);
        mistakes(&alone)
    })
}

/// Declares the events, and leaves out what cannot stand beside the rest: each trigger is sayable by itself.
pub(super) fn settle(draft: &mut Draft, events: &Events, notes: &mut Vec<Note>) {
    declare(draft, events);
    if !mistakes(draft).is_empty() {
        let jobs = std::mem::take(&mut draft.jobs);
        for job in jobs {
            let triggers = job.triggers;
            draft.jobs.push(Job {
                triggers: Vec::new(),
                ..job
            });
            for trigger in triggers {
                add(draft, trigger, events, notes);
            }
            if draft.jobs.last().is_some_and(|job| job.triggers.is_empty()) {
                draft.jobs.pop();
            }
        }
        declare(draft, events);
    }
    allow_no_more_than_needed(draft);
}

/// Adds a trigger to the last job, if it can stand beside the rest.
fn add(draft: &mut Draft, trigger: Trigger, events: &Events, notes: &mut Vec<Note>) {
    let place = trigger.place.clone();
    let with = |form: &Trigger, draft: &Draft| {
        let mut draft = draft.clone();
        if let Some(job) = draft.jobs.last_mut() {
            job.triggers.push(form.clone());
        }
        declare(&mut draft, events);
        draft
    };
    match fitting(trigger, |form| mistakes(&with(form, draft))) {
        Ok(form) => *draft = with(&form, draft),
        Err(why) => {
            let why = format!("the spec cannot say it beside the others: {why}");
            notes.push(Note::left_out(place, why));
        }
    }
}

/// The first form of a trigger that has no mistakes, with what it has to allow.
fn fitting(
    trigger: Trigger,
    mistakes: impl Fn(&Trigger) -> Vec<Diagnostic>,
) -> Result<Trigger, String> {
    let weaker = trigger.by_pattern();
    let mut refused = None;
    for mut form in std::iter::once(trigger).chain(weaker) {
        let found = mistakes(&form);
        let is_judged = |one: &Diagnostic| JUDGEMENTS.contains(&one.lint.id);
        if !found.is_empty() && found.iter().all(is_judged) {
            form.allow.extend(found.iter().map(|one| one.lint.id));
            form.allow.sort_unstable();
            form.allow.dedup();
            if mistakes(&form).is_empty() {
                return Ok(form);
            }
        }
        match found.into_iter().next() {
            None => return Ok(form),
            Some(first) => refused = refused.or(Some(first.message)),
        }
    }
    Err(refused.unwrap_or_default())
}

/// Takes away what nothing is found for beside the other triggers.
fn allow_no_more_than_needed(draft: &mut Draft) {
    for job in 0..draft.jobs.len() {
        for trigger in 0..draft.jobs[job].triggers.len() {
            let allowed = std::mem::take(&mut draft.jobs[job].triggers[trigger].allow);
            if !allowed.is_empty() && !mistakes(draft).is_empty() {
                draft.jobs[job].triggers[trigger].allow = allowed;
            }
        }
    }
}

/// The mistakes that the language finds in a draft.
fn mistakes(draft: &Draft) -> Vec<Diagnostic> {
    let parsed = pipeline::parse(&draft.text(&[]), &surroundings(&draft.environment));
    let found = parsed.diagnostics.into_iter();
    found.filter(Diagnostic::is_error).collect()
}

/// Declares the events that triggers name.
fn declare(draft: &mut Draft, events: &Events) {
    let triggers = draft.jobs.iter().flat_map(|job| &job.triggers);
    let named: BTreeSet<&str> = triggers
        .filter_map(|trigger| match &trigger.kind {
            TriggerKind::Event { name, .. } => Some(name.as_str()),
            TriggerKind::Pattern(_) | TriggerKind::Schedule { .. } => None,
        })
        .collect();
    draft.events = events
        .declared
        .iter()
        .filter(|(name, _)| named.contains(name.as_str()))
        .map(|(name, event)| (name.clone(), event.clone()))
        .collect();
}
