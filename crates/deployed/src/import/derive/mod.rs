//! What was found → the spec that comes closest to it, and what that spec cannot say.

mod events;
mod gather;
mod jobs;
mod names;
mod remarks;
mod runs;
mod to;
mod trial;
mod triggers;
mod values;

use std::collections::BTreeMap;

use super::draft::{Bus, Draft, Job, Trigger};
use super::found::Found;
use super::note::{Kind, Note};
use super::{Manner, Names as Called};
use crate::verify::DEFAULT_BUS;
use events::Events;
use names::Names;
use triggers::{Candidate, Fate};

/// The spec that comes closest, and what it leaves out.
pub(super) fn derive(found: &Found, called: Called<'_>, manner: Manner) -> (Draft, Vec<Note>) {
    let Called {
        pipeline,
        environment,
    } = called;
    let mut notes = found.notes.clone();
    let candidates = gather::candidates(found, &mut notes);
    let candidates = kept(candidates, manner, &mut notes);
    let events = Events::choose(&candidates, pipeline);
    let mut draft = Draft {
        pipeline: pipeline.to_owned(),
        environment: environment.to_owned(),
        source: events.source().to_owned(),
        bus: bus_in_spec(found, environment),
        no_discriminator: events.no_discriminator(),
        no_alarms: !manner.hardens,
        events: BTreeMap::new(),
        jobs: Vec::new(),
        values: found.values.clone(),
    };
    let mut names = Names::new(pipeline, environment);
    for (key, candidates) in jobs::by_job(candidates, &names, manner) {
        let name = names.job(key.name());
        let ids = candidates.iter().map(|candidate| {
            let first = candidate.names().next().unwrap_or_default();
            names.trigger(&name, first, candidate.default_id())
        });
        let drafting = Drafting {
            ids: ids.collect(),
            candidates: &candidates,
            key: &key,
            name: &name,
            names: &names,
            events: &events,
            found,
            manner,
        };
        let job = drafting.job(&draft, &mut notes);
        if !job.triggers.is_empty() {
            draft.jobs.push(job);
        }
    }
    trial::settle(&mut draft, &events, &mut notes);
    values::keep_used(&mut draft, &mut notes);
    notes.extend(remarks::remarks(&draft));
    (draft, notes)
}

/// A job that is to be drafted, with its triggers.
struct Drafting<'d> {
    /// The ids of the triggers.
    ids: Vec<String>,
    candidates: &'d [Candidate],
    key: &'d jobs::Key,
    name: &'d str,
    names: &'d Names<'d>,
    events: &'d Events,
    found: &'d Found,
    manner: Manner,
}

impl Drafting<'_> {
    /// The job. A function without a name is built anew, unless that would lose a trigger: then each environment says its name.
    fn job(&self, draft: &Draft, notes: &mut Vec<Note>) -> Job {
        let (mut job, mut of_job) = self.with(draft, true);
        if job.triggers.len() < self.candidates.len() && !self.manner.makes_anew {
            let (other, of_other) = self.with(draft, false);
            if other.triggers.len() > job.triggers.len() {
                (job, of_job) = (other, of_other);
            }
        }
        notes.extend(of_job);
        job
    }

    fn with(&self, draft: &Draft, builds: bool) -> (Job, Vec<Note>) {
        let mut notes = Vec::new();
        let (key, names) = (self.key, self.names);
        let name = self.name.to_owned();
        let mut job = jobs::without_triggers(self.found, name, key, names, builds, &mut notes);
        for (candidate, id) in self.candidates.iter().zip(&self.ids) {
            let trigger = candidate.trigger(id.clone(), self.events, &self.found.bus);
            let trigger = match named(trigger, candidate, self.name, names) {
                Ok(trigger) => trigger,
                Err(why) => {
                    notes.push(Note::left_out(&candidate.place, why));
                    continue;
                }
            };
            match trial::sayable(draft, &job, trigger, self.events) {
                Ok(trigger) => {
                    notes.extend(beside(&trigger, candidate, self.manner));
                    job.triggers.push(switched(trigger, candidate, self.manner));
                }
                Err(why) => notes.push(Note::left_out(
                    &candidate.place,
                    format!("the spec cannot say it: {why}"),
                )),
            }
        }
        (job, notes)
    }
}

/// What can be taken over, and what is to be made anew.
fn kept(candidates: Vec<Candidate>, manner: Manner, notes: &mut Vec<Note>) -> Vec<Candidate> {
    let (kept, others): (Vec<_>, Vec<_>) = candidates
        .into_iter()
        .partition(|one| manner.makes_anew || !matches!(one.fate, Fate::Shared(_)));
    for one in others {
        if let Fate::Shared(targets) = one.fate {
            let why = format!("its rule has {targets} targets, and a rule of a spec has one");
            notes.push(Note::left_out(&one.place, why).help(
                "it stays as it is: give each target a rule of its own, or let `--anew` make a second rule for it",
            ));
        }
    }
    kept
}

/// A trigger with the names that its rule or schedule keeps.
///
/// # Errors
/// Why it cannot keep them.
fn named(
    trigger: Trigger,
    candidate: &Candidate,
    job: &str,
    names: &Names<'_>,
) -> Result<Trigger, String> {
    if candidate.fate != Fate::Adopted {
        return Ok(trigger);
    }
    let first = candidate.names().next().unwrap_or_default();
    let is_made = first == names.made(job, &trigger.id);
    // A trigger with several rules numbers their names.
    for (index, name) in candidate.names().enumerate().skip(1) {
        let number = index + 1;
        let expected = if is_made {
            names.made(job, &format!("{}-{number}", trigger.id))
        } else {
            format!("{first}-{number}")
        };
        if name != expected {
            return Err(format!(
                "its run is split over rules whose names are not numbered: {name} and not {expected}"
            ));
        }
    }
    let own = candidate.target_id.as_ref().filter(|id| *id != job);
    Ok(Trigger {
        name: (!is_made).then(|| first.to_owned()),
        target_id: own.cloned(),
        ..trigger
    })
}

/// A rule of a template that does not say its name may be on AWS already, under another name.
fn switched(trigger: Trigger, candidate: &Candidate, manner: Manner) -> Trigger {
    let is_off = candidate.fate == Fate::Unnamed && !manner.makes_anew;
    Trigger {
        enabled: trigger.enabled && !is_off,
        ..trigger
    }
}

/// What is made beside what is there.
fn beside(trigger: &Trigger, candidate: &Candidate, manner: Manner) -> Option<Note> {
    if candidate.fate == Fate::Adopted {
        return None;
    }
    let place = candidate.place.clone();
    let id = &trigger.id;
    Some(match candidate.fate {
        Fate::Unnamed if !manner.makes_anew => Note::new(
            Kind::Changes,
            place,
            format!(
                "the template does not say its name: the trigger {id} is another rule or schedule, and off, as both would run"
            ),
        )
        .help("write its name on AWS as `name` of the trigger and import it, or switch the trigger on when the old one is gone"),
        _ => Note::new(
            Kind::Twice,
            place,
            format!("the trigger {id} is made beside it, and both run"),
        )
        .help("disable or remove the old one with the first apply"),
    })
}

/// The spec's word for the pipeline's bus. One that ends in the environment becomes the pipeline's own.
fn bus_in_spec(found: &Found, environment: &str) -> Bus {
    let name = found.bus.as_str();
    if name == DEFAULT_BUS {
        return Bus::Default;
    }
    match name.strip_suffix(&format!("-{environment}")) {
        Some(stem) if !stem.is_empty() && !found.keeps_bus => Bus::Own(stem.to_owned()),
        _ => Bus::Existing(name.to_owned()),
    }
}
