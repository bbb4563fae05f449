//! What may become a trigger, and the trigger that comes closest to it.

use std::collections::BTreeMap;

use eventbridge::schedule::Lifetime;
use serde_json::{Map, Value};

use super::events::Events;
use super::to::To;
use crate::aws::deployed::{Input, Retry};
use crate::import::draft::{self, Delivery, Origin, Trigger, TriggerKind};

/// One or more rules that start something at one occasion.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) to: To,
    /// The job that the target's id and the rule's name speak of.
    pub(super) job: Option<String>,
    /// The id of the target, without the number of a shard.
    pub(super) target_id: Option<String>,
    /// The rules or schedules that it is made of.
    pub(super) origins: Vec<Origin>,
    pub(super) place: String,
    pub(super) fate: Fate,
    pub(super) enabled: bool,
    pub(super) waits: RuleSource,
    /// Nothing if it receives the event as it is, or what a schedule of the spec sends.
    pub(super) input: Option<Input>,
    pub(super) retry: Retry,
    /// Into how many parts a scheduled run is split.
    pub(super) shards: u32,
    /// The fields of a scheduled event's detail.
    pub(super) detail: Map<String, Value>,
    /// The ARN of the queue of dead letters.
    pub(super) dead_letters: Option<String>,
    /// The ARN of the role that is taken on.
    pub(super) role: Option<String>,
}

/// What becomes of the rules or schedules that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// They become the trigger's.
    Adopted,
    /// The template does not say what they are called.
    Unnamed,
    /// The rule has so many targets, and a rule of a spec has one.
    Shared(usize),
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

impl Candidate {
    /// The names of its rules or schedules on AWS.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.origins.iter().map(Origin::name)
    }

    /// The id that a trigger has without being given one.
    pub(super) fn default_id(&self) -> &'static str {
        match self.waits {
            RuleSource::Pattern(_) => "pattern",
            RuleSource::Schedule { .. } => "scheduled",
        }
    }

    /// Whether another one is a part of the same run: the parts differ in their input alone.
    pub(super) fn is_split_with(&self, new: &Self) -> bool {
        new.shards > 1
            && self.shards == new.shards
            && self.detail == new.detail
            && self.to == new.to
            && self.waits == new.waits
            && self.enabled == new.enabled
            && self.retry == new.retry
            && self.dead_letters == new.dead_letters
            && self.role == new.role
    }

    /// Takes the rule of another part of its run.
    pub(super) fn add_part(&mut self, part: Self) {
        for origin in part.origins {
            if !self.origins.contains(&origin) {
                self.origins.push(origin);
            }
        }
        // The first rule of a run has the shortest name.
        self.origins
            .sort_by_key(|origin| (origin.name().len(), origin.name().to_owned()));
        if part.fate != Fate::Adopted {
            self.fate = part.fate;
        }
    }

    /// The bus that it waits on, if it waits for events.
    fn bus(&self) -> Option<&str> {
        match (&self.waits, self.origins.first()?) {
            (RuleSource::Pattern(_), Origin::Rule { bus, .. }) => Some(bus),
            _ => None,
        }
    }

    /// The trigger that comes closest, on a pipeline's bus; the names that it keeps are yet to be said.
    pub(super) fn trigger(&self, id: String, events: &Events, pipeline_bus: &str) -> Trigger {
        let kind = match &self.waits {
            RuleSource::Schedule {
                expression,
                timezone,
                lifetime,
                group,
                window_minutes,
            } => TriggerKind::Schedule {
                expression: expression.clone(),
                timezone: timezone.clone(),
                lifetime: *lifetime,
                group: group.clone(),
                window_minutes: *window_minutes,
                shards: self.shards,
                detail: self.detail.clone(),
            },
            RuleSource::Pattern(pattern) => match events.find_event(self) {
                Some((name, filter)) => TriggerKind::Event {
                    name,
                    filter,
                    pattern: pattern.clone(),
                },
                None => TriggerKind::Pattern(pattern.clone()),
            },
        };
        let bus = self.bus().filter(|bus| *bus != pipeline_bus);
        Trigger {
            id,
            kind,
            name: None,
            target_id: None,
            statement: None,
            bus: bus.map(str::to_owned),
            input: self.input.as_ref().and_then(drafted_input),
            delivery: drafted_delivery(self.retry),
            enabled: self.enabled,
            allow: Vec::new(),
            origins: self.origins.clone(),
            is_adopted: self.fate == Fate::Adopted,
            place: self.place.clone(),
        }
    }
}

/// The input, if the event is not taken as it is.
fn drafted_input(input: &Input) -> Option<draft::Input> {
    match input {
        Input::Event => None,
        Input::Path(path) => Some(draft::Input::Path(path.clone())),
        Input::Constant(text) => {
            let is_json = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
            Some(if is_json {
                draft::Input::Constant(text.clone())
            } else {
                // EventBridge takes JSON alone, so this is a template that is yet to be filled in.
                draft::Input::Transformer {
                    paths: BTreeMap::new(),
                    template: text.clone(),
                }
            })
        }
        Input::Transformer { paths, template } => Some(draft::Input::Transformer {
            paths: paths.clone(),
            template: template.clone(),
        }),
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
