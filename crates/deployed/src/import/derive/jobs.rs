//! Which triggers are of one job, and what the job does.

use std::collections::BTreeMap;

use eventbridge::arn::Arn;

use super::names::Names;
use super::to::{Home, To, is_account};
use super::triggers::{Candidate, RuleSource};
use crate::import::Manner;
use crate::import::draft::{Build, Given, Job, Place, Work};
use crate::import::found::{Found, Settings};
use crate::import::note::{Kind, Note};

/// What the triggers of one job have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) to: To,
    /// The job that their names speak of: one function may do several jobs.
    job: Option<String>,
    /// The ARN of the queue of dead letters, where it is kept as it is.
    dead_letters: Option<Given>,
    /// The ARN of the role, where it is kept as it is.
    role: Option<Given>,
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
    manner: Manner,
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
            dead_letters: (!manner.hardens).then(|| kept(candidate.dead_letters.clone())),
            role: takes_a_role(&candidate).then(|| kept(candidate.role.clone())),
        };
        by_job.entry(key).or_default().push(candidate);
    }
    together(by_job)
}

/// Puts jobs for one function together that differ only in what does not matter to one of them: rules take on no role for
/// a function, so that they may stand beside its schedules.
fn together(jobs: BTreeMap<Key, Vec<Candidate>>) -> BTreeMap<Key, Vec<Candidate>> {
    let mut joined: BTreeMap<Key, Vec<Candidate>> = BTreeMap::new();
    for (key, candidates) in jobs.into_iter().rev() {
        let mut known = joined.iter_mut();
        let same = known.find(|(known, _)| {
            key.role.is_none()
                && known.to == key.to
                && known.job == key.job
                && known.dead_letters == key.dead_letters
        });
        match same {
            Some((_, others)) => {
                others.splice(0..0, candidates);
            }
            None => {
                joined.insert(key, candidates);
            }
        }
    }
    joined
}

/// What is there, by its ARN.
fn kept(arn: Option<String>) -> Given {
    arn.map_or(Given::None, Given::Existing)
}

/// Whether a role is taken on to deliver: for what is no function, and by EventBridge Scheduler.
fn takes_a_role(candidate: &Candidate) -> bool {
    let is_scheduler = matches!(
        &candidate.waits,
        RuleSource::Schedule {
            timezone: Some(_),
            ..
        }
    );
    is_scheduler || !candidate.to.is_function()
}

/// A job with what it does: that stays whose it is, unless a template has not named it.
pub(super) fn without_triggers(
    found: &Found,
    name: String,
    key: &Key,
    names: &Names<'_>,
    builds: bool,
    notes: &mut Vec<Note>,
) -> Job {
    let unnamed = match &key.to {
        To::Function(function) => found.unnamed(function),
        To::Place(_) => None,
    };
    let arns = found.rules.iter().map(|rule| rule.item.arn.as_str());
    let home = Home::new(arns);
    let job = Job {
        description: None,
        work: match &key.to {
            To::Function(function) => Work::Existing(match unnamed {
                Some((settings, behind)) if !builds => format!("{}{behind}", settings.name),
                _ => function.clone(),
            }),
            To::Place(place) => Work::DeliverTo(place.clone()),
        },
        dead_letters: key
            .dead_letters
            .as_ref()
            .and_then(|queue| given_queue(queue, home, &names.dead_letter_queue(&name))),
        role: key
            .role
            .as_ref()
            .and_then(|role| given_role(role, &key.to, &names.roles(&name))),
        name,
        triggers: Vec::new(),
    };
    match unnamed {
        Some((settings, "")) if builds => built(job, settings, notes),
        Some((settings, _)) if !builds => {
            let why = "stays the stack's, with its settings: a function that is built anew would not take what it is sent";
            notes.push(Note::new(Kind::Remark, &settings.place, why));
            job
        }
        _ => job,
    }
}

/// What keeps the dead letters, if it is not a queue of the name that is made.
fn given_queue(queue: &Given, home: Home<'_>, made: &str) -> Option<Given> {
    let Given::Existing(arn) = queue else {
        return Some(Given::None);
    };
    // A template may not say its name.
    if arn.contains("${") {
        return None;
    }
    match To::new(arn, None, None, home) {
        Ok(To::Place(Place { existing, .. })) if existing == made => None,
        Ok(To::Place(Place { existing, .. })) => Some(Given::Existing(existing)),
        _ => Some(Given::Existing(arn.clone())),
    }
}

/// The role that is taken on, if it has not one of the names that are made.
fn given_role(role: &Given, to: &To, made: &[String]) -> Option<Given> {
    let Given::Existing(arn) = role else {
        return match to {
            To::Place(_) => Some(Given::None),
            To::Function(_) => None,
        };
    };
    let parsed = Arn::parse(arn).ok()?;
    let role = parsed.role_name()?;
    // A template may not say its name, nor its account.
    if arn.contains("${") || !is_account(parsed.account()) {
        return None;
    }
    let is_made = made.iter().any(|made| made == role);
    (!is_made).then(|| Given::Existing(arn.clone()))
}

/// A job with the function that the pipeline builds instead of one without a name.
fn built(job: Job, settings: &Settings, notes: &mut Vec<Note>) -> Job {
    let Settings {
        place,
        description,
        memory_mb,
        timeout_seconds,
        architecture,
        environment,
        name: _,
        notes: of_settings,
    } = settings;
    let name = &job.name;
    notes.extend(of_settings.iter().cloned());
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
        description: description.clone(),
        work: Work::Built(build),
        ..job
    }
}
