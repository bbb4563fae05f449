//! What may become triggers: rules and schedules, by the functions that they start.

use std::collections::BTreeMap;

use eventbridge::arn::{Arn, FunctionName};
use eventbridge::schedule::Lifetime;
use serde_json::{Map, Value};

use super::events::Events;
use super::runs::{self, Run};
use crate::aws::Reading;
use crate::aws::deployed::{DEFAULT_GROUP, Input, Retry, Rule, Schedule, Target};
use crate::import::draft::{self, Delivery, Trigger, TriggerKind};
use crate::import::found::{Found, Placed};
use crate::import::note::Note;

/// One or more rules that start a function at one occasion.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) function: String,
    /// The job that the target's id and the rule's name speak of.
    pub(super) job: Option<String>,
    /// The id of the target, if there is one for all of it.
    target: Option<String>,
    /// The rules' names on AWS, or the schedules'.
    pub(super) names: Vec<String>,
    place: String,
    enabled: bool,
    pub(super) waits: RuleSource,
    input: Input,
    retry: Retry,
    /// Into how many parts a scheduled run is split.
    shards: u32,
    /// The fields of a scheduled event's detail.
    detail: Map<String, Value>,
}

/// What a rule waits for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum RuleSource {
    Pattern(Value),
    Schedule {
        expression: String,
        /// Those of EventBridge Scheduler have one.
        timezone: Option<String>,
        lifetime: Lifetime,
        /// The group, if it is not that of schedules which name none.
        group: Option<String>,
        window_minutes: Option<u32>,
    },
}

/// Everything that may become a trigger; what cannot is noted.
pub(super) fn candidates(found: &Found, notes: &mut Vec<Note>) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for rule in &found.rules {
        add_rule(rule, &mut candidates, notes);
    }
    for schedule in &found.schedules {
        add_schedule(schedule, &mut candidates, notes);
    }
    candidates
}

fn add_rule(rule: &Placed<Rule>, candidates: &mut Vec<Candidate>, notes: &mut Vec<Note>) {
    let Placed { place, item } = rule;
    if let Some(service) = &item.managed_by {
        notes.push(Note::left_out(
            place,
            format!("{service} made the rule, and keeps it"),
        ));
        return;
    }
    let waits = match waits_for(item) {
        Ok(waits) => waits,
        Err(why) => {
            notes.push(Note::left_out(place, why));
            return;
        }
    };
    let targets: &[Target] = match &item.targets {
        Reading::Found(targets) => targets,
        Reading::Absent => &[],
        Reading::Refused(why) => {
            notes.push(Note::left_out(
                place,
                format!("its targets cannot be read: {why}"),
            ));
            return;
        }
    };
    if targets.is_empty() {
        notes.push(Note::left_out(place, "the rule has no targets"));
    }
    for target in targets {
        let place = format!("{place}, target {}", target.id);
        match named_function(&target.arn) {
            Err(why) => notes.push(Note::left_out(place, why)),
            Ok(function) => {
                let run = match waits {
                    RuleSource::Schedule { .. } => runs::run_of_rule(&target.input),
                    RuleSource::Pattern(_) => Run::default(),
                };
                let shard = run.shard;
                let id = match shard {
                    Some(shard) => target.id.strip_suffix(&format!("-{}", shard.index)),
                    None => Some(target.id.as_str()),
                };
                let candidate = Candidate {
                    function,
                    job: id.map(str::to_owned),
                    target: shard.is_none().then(|| target.id.clone()),
                    names: vec![item.name.clone()],
                    place,
                    enabled: item.enabled,
                    waits: waits.clone(),
                    input: target.input.clone(),
                    retry: target.retry,
                    shards: shard.map_or(1, |shard| shard.of),
                    detail: run.detail,
                };
                add_candidate(candidates, candidate);
            }
        }
    }
}

fn waits_for(rule: &Rule) -> Result<RuleSource, String> {
    match (&rule.pattern, &rule.schedule) {
        (Some(_), Some(_)) => {
            Err("the rule has both a pattern and a schedule: make two of it first".to_owned())
        }
        (None, None) => Err("the rule waits for nothing".to_owned()),
        (Some(pattern), None) => serde_json::from_str(pattern)
            .map(RuleSource::Pattern)
            .map_err(|error| format!("its pattern is not JSON: {error}")),
        (None, Some(expression)) => Ok(RuleSource::Schedule {
            expression: expression.clone(),
            timezone: None,
            lifetime: Lifetime::default(),
            group: None,
            window_minutes: None,
        }),
    }
}

fn add_schedule(
    schedule: &Placed<Schedule>,
    candidates: &mut Vec<Candidate>,
    notes: &mut Vec<Note>,
) {
    let Placed { place, item } = schedule;
    let body = match &item.body {
        Reading::Found(body) => body,
        Reading::Absent => {
            notes.push(Note::left_out(place, "the schedule is not there any more"));
            return;
        }
        Reading::Refused(why) => {
            notes.push(Note::left_out(place, format!("it cannot be read: {why}")));
            return;
        }
    };
    match named_function(&body.target) {
        Err(why) => notes.push(Note::left_out(place, why)),
        Ok(function) => {
            let run = runs::run_of_schedule(body.input.as_deref());
            let candidate = Candidate {
                function,
                job: None,
                target: None,
                names: vec![item.name.clone()],
                place: place.clone(),
                enabled: body.enabled,
                waits: RuleSource::Schedule {
                    expression: body.expression.clone(),
                    timezone: Some(body.timezone.clone()),
                    lifetime: body.lifetime,
                    group: (item.group != DEFAULT_GROUP).then(|| item.group.clone()),
                    window_minutes: body.window_minutes,
                },
                input: Input::Event,
                retry: body.retry,
                shards: run.shard.map_or(1, |shard| shard.of),
                detail: run.detail,
            };
            add_candidate(candidates, candidate);
        }
    }
}

/// Adds a candidate, or the next part of a run that is split.
fn add_candidate(candidates: &mut Vec<Candidate>, new: Candidate) {
    // The parts of one run differ in their input alone.
    let whole = candidates.iter_mut().find(|known| {
        new.shards > 1
            && known.shards == new.shards
            && known.detail == new.detail
            && known.function == new.function
            && known.waits == new.waits
            && known.enabled == new.enabled
            && known.retry == new.retry
    });
    match whole {
        Some(known) => {
            for name in new.names {
                if !known.names.contains(&name) {
                    known.names.push(name);
                }
            }
            // The first rule of a run has the shortest name.
            known.names.sort_by_key(|name| (name.len(), name.clone()));
        }
        None => candidates.push(new),
    }
}

impl Candidate {
    /// The id that a trigger has without being given one.
    pub(super) fn default_id(&self) -> &'static str {
        match self.waits {
            RuleSource::Pattern(_) => "pattern",
            RuleSource::Schedule { .. } => "scheduled",
        }
    }

    /// The trigger that comes closest.
    pub(super) fn trigger(self, id: String, events: &Events) -> Trigger {
        let event = events.find_event(&self);
        let Self {
            function: _,
            job: _,
            target,
            names,
            place,
            enabled,
            waits,
            input,
            retry,
            shards,
            detail,
        } = self;
        let (kind, input) = match waits {
            // Of what a schedule sends, the spec says the detail's own fields.
            RuleSource::Schedule {
                expression,
                timezone,
                lifetime,
                group,
                window_minutes,
            } => {
                let kind = TriggerKind::Schedule {
                    expression,
                    timezone,
                    lifetime,
                    group,
                    window_minutes,
                    shards,
                    detail,
                };
                (kind, None)
            }
            RuleSource::Pattern(pattern) => {
                let kind = match event {
                    Some((name, filter)) => TriggerKind::Event { name, filter },
                    None => TriggerKind::Pattern(pattern),
                };
                (kind, drafted_input(input))
            }
        };
        Trigger {
            id,
            kind,
            input,
            delivery: drafted_delivery(retry),
            enabled,
            origins: names,
            target,
            place,
        }
    }
}

/// The input, if the event is not taken as it is.
fn drafted_input(input: Input) -> Option<draft::Input> {
    match input {
        Input::Event => None,
        Input::Path(path) => Some(draft::Input::Path(path)),
        Input::Constant(text) => Some(match serde_json::from_str(&text) {
            Ok(value) => draft::Input::Constant(value),
            // EventBridge takes JSON alone, so this is a template that is yet to be filled in.
            Err(_) => draft::Input::Transformer {
                paths: BTreeMap::new(),
                template: text,
            },
        }),
        Input::Transformer { paths, template } => {
            Some(draft::Input::Transformer { paths, template })
        }
    }
}

/// The retries, as far as they are not the defaults.
fn drafted_delivery(retry: Retry) -> Delivery {
    let Retry {
        max_attempts,
        max_age_seconds,
    } = retry;
    let default = Retry::new(None, None);
    let unless = |value: u32, default: u32| (value != default).then_some(value);
    Delivery {
        max_attempts: unless(max_attempts, default.max_attempts),
        max_age_seconds: unless(max_age_seconds, default.max_age_seconds),
    }
}

/// The name of what a target invokes, with its version or alias, if it is a function.
fn named_function(arn: &str) -> Result<String, String> {
    match Arn::parse(arn).ok().and_then(|arn| arn.function()) {
        Some(FunctionName {
            name,
            qualifier: None,
        }) => Ok(name.to_owned()),
        Some(FunctionName {
            name,
            qualifier: Some("$LATEST"),
        }) => Err(format!(
            "invokes `$LATEST` of {name}, which a permission cannot name"
        )),
        Some(FunctionName {
            name,
            qualifier: Some(qualifier),
        }) => Ok(format!("{name}:{qualifier}")),
        None => Err(format!("invokes {arn}, which is no function")),
    }
}
