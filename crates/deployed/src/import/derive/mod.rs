//! What was found → the spec that comes closest to it, and what that spec cannot say.

mod events;
mod names;
mod runs;
mod triggers;

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Build, Draft, Function, Job, Trigger, TriggerKind};
use super::found::{Found, Settings};
use super::note::{Kind, Note};
pub(super) use events::Declared;
use events::Events;
use names::Names;
use triggers::Candidate;

/// The spec that comes closest, and what it leaves out.
pub(super) fn derive(found: &Found, pipeline: &str, environment: &str) -> (Draft, Vec<Note>) {
    let mut notes = found.notes.clone();
    let candidates = triggers::candidates(found, &mut notes);
    let events = Events::choose(&candidates);
    let (bus, note) = bus_in_spec(&found.bus, environment);
    notes.extend(note);
    let mut draft = Draft {
        pipeline: pipeline.to_owned(),
        source: events.source.clone().unwrap_or_else(|| pipeline.to_owned()),
        bus,
        no_discriminator: events.no_discriminator(),
        events: BTreeMap::new(),
        jobs: Vec::new(),
    };
    let mut names = Names::new(pipeline, environment);
    for ((function, job), candidates) in by_job(candidates, &names) {
        let name = names.job(job.as_deref().unwrap_or(&function));
        let mut job = job_without_triggers(found, name.clone(), function, &mut notes);
        for candidate in candidates {
            let id = names.trigger(&name, &candidate.names[0], candidate.default_id());
            let trigger = candidate.trigger(id, &events);
            match sayable(&draft, &job, &trigger, &events) {
                Ok(()) => job.triggers.push(trigger),
                Err(why) => notes.push(Note::left_out(
                    trigger.place,
                    format!("the spec cannot say it: {why}"),
                )),
            }
        }
        if !job.triggers.is_empty() {
            draft.jobs.push(job);
        }
    }
    declare(&mut draft, &events);
    notes.extend(remarks(&draft));
    (draft, notes)
}

/// Candidates by their function and the job that their names speak of: one function may do several jobs.
fn by_job(
    mut candidates: Vec<Candidate>,
    names: &Names<'_>,
) -> BTreeMap<(String, Option<String>), Vec<Candidate>> {
    for candidate in &mut candidates {
        let job = candidate.job.take();
        candidate.job = job.filter(|job| names.speak_of(&candidate.names, job));
    }
    // A schedule of EventBridge Scheduler has no target id, and others no name of ours: their job is that of a rule for
    // the same function, the one that their names speak of, and otherwise the first.
    let known: Vec<(String, String)> = candidates
        .iter()
        .filter_map(|candidate| Some((candidate.function.clone(), candidate.job.clone()?)))
        .collect();
    let mut by_job: BTreeMap<_, Vec<Candidate>> = BTreeMap::new();
    for mut candidate in candidates {
        if candidate.job.is_none() {
            let mut same = known
                .iter()
                .filter(|(function, _)| *function == candidate.function);
            let first = same.clone().next();
            let job = same.find(|(_, job)| names.speak_of(&candidate.names, job));
            candidate.job = job.or(first).map(|(_, job)| job.clone());
        }
        let key = (candidate.function.clone(), candidate.job.clone());
        by_job.entry(key).or_default().push(candidate);
    }
    by_job
}

/// The spec's name of a bus, which gets the environment behind it.
fn bus_in_spec(name: &str, environment: &str) -> (String, Option<Note>) {
    if name == "default" {
        return (name.to_owned(), None);
    }
    if let Some(stem) = name.strip_suffix(&format!("-{environment}"))
        && !stem.is_empty()
    {
        return (stem.to_owned(), None);
    }
    let note = Note::new(
        Kind::Changes,
        format!("bus {name}"),
        format!("becomes {name}-{environment}, another bus: a bus of a pipeline ends in its environment"),
    )
    .help("who publishes to the old bus has to publish to the new one; remove the old one when nobody does");
    (name.to_owned(), Some(note))
}

/// A job with its function: that stays whose it is, unless a template has not named it.
fn job_without_triggers(
    found: &Found,
    name: String,
    function: String,
    notes: &mut Vec<Note>,
) -> Job {
    let Some(settings) = found.unnamed.get(&function) else {
        return Job {
            name,
            description: None,
            function: Function::Existing(function),
            triggers: Vec::new(),
        };
    };
    let Settings {
        place,
        description,
        memory_mb,
        timeout_seconds,
        architecture,
        environment,
    } = settings;
    notes.push(
        Note::left_out(place, "the function's code, as the template does not name the function")
            .help(format!(
                "`existing: <name>` in the job {name} keeps the function that the stack made; `package` builds one anew",
            )),
    );
    let function = Function::Built(Build {
        package: name.clone(),
        memory_mb: *memory_mb,
        timeout_seconds: *timeout_seconds,
        architecture: architecture.clone(),
        environment: environment.clone(),
    });
    Job {
        name,
        description: description.clone(),
        function,
        triggers: Vec::new(),
    }
}

/// Whether the language has words for a trigger: it is tried in a spec of its own.
fn sayable(draft: &Draft, job: &Job, trigger: &Trigger, events: &Events) -> Result<(), String> {
    let mut alone = Draft {
        jobs: vec![Job {
            triggers: vec![trigger.clone()],
            ..job.clone()
        }],
        ..draft.clone()
    };
    declare(&mut alone, events);
    let parsed = pipeline::parse(&alone.text(&[]), &pipeline::Surroundings::default());
    let mut errors = parsed.diagnostics.iter().filter(|found| found.is_error());
    match errors.next() {
        None => Ok(()),
        Some(error) => Err(error.message.clone()),
    }
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

/// What no bus and no template says.
fn remarks(draft: &Draft) -> Vec<Note> {
    let mut notes = Vec::new();
    if !draft.events.is_empty() {
        notes.push(
            Note::new(
                Kind::Remark,
                "events",
                "all are `external`, and none has a `detail`: rules do not say who emits an event, nor which fields it has",
            )
            .help("name them in the `emits` of jobs, and declare their fields, for typed events and more checks"),
        );
    }
    notes.push(Note::new(
        Kind::Remark,
        "descriptions and tags",
        "become those of the module, and of the provider's `default_tags`",
    ));
    let existing = draft
        .jobs
        .iter()
        .filter(|job| matches!(job.function, Function::Existing(_)));
    let existing: Vec<&str> = existing.map(|job| job.name.as_str()).collect();
    if !existing.is_empty() {
        notes.push(
            Note::new(
                Kind::Remark,
                "functions",
                format!("stay whose they are, as `existing`: {}", existing.join(", ")),
            )
            .help("`existing` is one name in every environment; `package` lets the pipeline own a function"),
        );
    }
    notes
}
