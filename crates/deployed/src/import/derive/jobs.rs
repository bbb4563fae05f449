//! Which triggers are of one job, and what the job does.

use std::collections::BTreeMap;

use super::names::Names;
use super::to::To;
use super::triggers::Candidate;
use crate::import::draft::{Build, Job, Work};
use crate::import::found::{Found, Settings};
use crate::import::note::Note;

/// What the triggers of one job have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) to: To,
    /// The job that their names speak of: one function may do several jobs.
    job: Option<String>,
}

impl Key {
    /// What the job is called after.
    pub(super) fn name(&self) -> &str {
        self.job.as_deref().unwrap_or_else(|| self.to.name())
    }
}

/// Candidates by their job.
pub(super) fn by_job(
    mut candidates: Vec<Candidate>,
    names: &Names<'_>,
) -> BTreeMap<Key, Vec<Candidate>> {
    for candidate in &mut candidates {
        let job = candidate.job.take();
        candidate.job = job.filter(|job| names.speak_of(candidate.names(), job));
    }
    // A schedule of EventBridge Scheduler has no target id, and others no name of ours: their job is that of a rule for
    // the same function, the one that their names speak of, and otherwise the first.
    let known: Vec<(To, String)> = candidates
        .iter()
        .filter_map(|candidate| Some((candidate.to.clone(), candidate.job.clone()?)))
        .collect();
    let mut by_job: BTreeMap<_, Vec<Candidate>> = BTreeMap::new();
    for mut candidate in candidates {
        if candidate.job.is_none() {
            let mut same = known.iter().filter(|(to, _)| *to == candidate.to);
            let first = same.clone().next();
            let job = same.find(|(_, job)| names.speak_of(candidate.names(), job));
            candidate.job = job.or(first).map(|(_, job)| job.clone());
        }
        let key = Key {
            to: candidate.to.clone(),
            job: candidate.job.clone(),
        };
        by_job.entry(key).or_default().push(candidate);
    }
    by_job
}

/// A job with what it does: that stays whose it is, unless a template has not named it.
pub(super) fn without_triggers(
    found: &Found,
    name: String,
    key: &Key,
    notes: &mut Vec<Note>,
) -> Job {
    let settings = match &key.to {
        To::Function(function) => found.unnamed.get(function),
        To::Place(_) => None,
    };
    let Some(settings) = settings else {
        return Job {
            name,
            description: None,
            work: match &key.to {
                To::Function(function) => Work::Existing(function.clone()),
                To::Place(place) => Work::DeliverTo(place.clone()),
            },
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
    let build = Build {
        package: name.clone(),
        memory_mb: *memory_mb,
        timeout_seconds: *timeout_seconds,
        architecture: architecture.clone(),
        environment: environment.clone(),
    };
    Job {
        name,
        description: description.clone(),
        work: Work::Built(build),
        triggers: Vec::new(),
    }
}
