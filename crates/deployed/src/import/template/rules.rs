//! Rules and schedules of a template.

use std::collections::BTreeMap;

use eventbridge::arn::Arn;
use serde_json::Value;

use super::document::inexact_numbers;
use super::parts::{Part, cannot_read, note_digits, said};
use super::resolve::{Resolver, as_text};
use crate::aws::Reading;
use crate::aws::deployed::{Input, Retry, Rule, Target};
use crate::import::found::{Found, Placed};
use crate::import::note::Note;
use crate::import::open::has_reference;
use crate::verify::DEFAULT_BUS;

/// The state of a rule that also gets calls which only read.
const ALL_CALLS: &str = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";

/// Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html>, `State`.
pub(super) const STATES: [(&str, State); 3] = [
    ("ENABLED", State::Enabled),
    ("DISABLED", State::Disabled),
    (ALL_CALLS, State::EnabledForAllCalls),
];

/// The state of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Enabled,
    Disabled,
    EnabledForAllCalls,
}

pub(super) fn read_rule(resolver: Resolver<'_>, id: &str, resource: &Value, found: &mut Found) {
    let mut part = Part::new(resolver, id, resource, found);
    let known = [
        "Description",
        "EventBusName",
        "EventPattern",
        "Name",
        "RoleArn",
        "ScheduleExpression",
        "State",
        "Tags",
        "Targets",
    ];
    part.note_others(&known, found);
    let pattern = pattern(&mut part, found);
    let schedule = part.text("ScheduleExpression", found);
    let state = part.word("State", &STATES, found);
    let bus = bus(&mut part, found);
    let name = part.address("Name", found);
    if !part.is_whole {
        return;
    }
    let targets = read_targets(&part, found);
    let is_named = name.is_some();
    let rule = Rule {
        name: name.unwrap_or_else(|| id.to_owned()),
        bus: bus.unwrap_or_else(|| DEFAULT_BUS.to_owned()),
        arn: String::new(),
        enabled: state != Some(State::Disabled),
        sees_all_calls: state == Some(State::EnabledForAllCalls),
        pattern,
        schedule,
        role: part.address("RoleArn", found),
        managed_by: None,
        targets: Reading::Found(targets),
    };
    found.rules.push(Placed {
        place: part.place,
        item: rule,
        is_named,
    });
}

/// The pattern as JSON, which CloudFormation takes as a text, too.
fn pattern(part: &mut Part<'_>, found: &mut Found) -> Option<String> {
    let value = part.get("EventPattern")?.clone();
    let place = format!("{}/EventPattern", part.place);
    let read = read_pattern(part.resolver, &place, &value, found);
    if let Err(note) = read {
        part.is_whole = false;
        found.notes.push(note);
        return None;
    }
    read.ok()
}

fn read_pattern(
    resolver: Resolver<'_>,
    place: &str,
    value: &Value,
    found: &mut Found,
) -> Result<String, Note> {
    let pattern = match value {
        Value::String(text) if !is_open(resolver, value) => {
            for digits in inexact_numbers(text) {
                let message = format!("the digits of {digits}, which are written in another way");
                found.notes.push(Note::left_out(place, message));
            }
            serde_json::from_str(text).map_err(|error| {
                Note::left_out(place, format!("the pattern is not JSON: {error}"))
            })?
        }
        other => {
            note_digits(resolver, place, other, found);
            other.clone()
        }
    };
    match said(resolver, place, &pattern, &mut found.values)? {
        pattern @ Value::Object(_) => Ok(pattern.to_string()),
        _ => Err(cannot_read(resolver, place.to_owned(), value, "a pattern")),
    }
}

/// Whether a text is nothing but one unknown.
fn is_open(resolver: Resolver<'_>, value: &Value) -> bool {
    let is_one = as_text(value).is_some_and(|text| text.chars().count() == 1);
    is_one && !resolver.unknowns().names(value).is_empty()
}

/// The name of a bus, given by its name or its ARN.
fn bus(part: &mut Part<'_>, found: &mut Found) -> Option<String> {
    let text = part.address("EventBusName", found)?;
    let name = Arn::parse(&text).ok().and_then(|arn| arn.bus_name());
    Some(name.map_or(text.clone(), str::to_owned))
}

fn read_targets(part: &Part<'_>, found: &mut Found) -> Vec<Target> {
    let mut targets = Vec::new();
    let empty = Vec::new();
    let list = match part.get("Targets") {
        None => &empty,
        Some(Value::Array(targets)) => targets,
        Some(other) => {
            let place = format!("{}/Targets", part.place);
            found
                .notes
                .push(cannot_read(part.resolver, place, other, "a list"));
            &empty
        }
    };
    for (index, target) in list.iter().enumerate() {
        let place = format!("{}/Targets/{index}", part.place);
        let mut target = Part::of(part.resolver, place, Some(target), found);
        targets.extend(read_target(&mut target, found));
    }
    targets
}

fn read_target(part: &mut Part<'_>, found: &mut Found) -> Option<Target> {
    let known = [
        "Arn",
        "DeadLetterConfig",
        "Id",
        "Input",
        "InputPath",
        "InputTransformer",
        "KinesisParameters",
        "RetryPolicy",
        "SqsParameters",
    ];
    part.note_others(&known, found);
    let input = input(part, found);
    let arn = target_arn(part, "Arn", found);
    let id = part.address("Id", found);
    let mut dead_letters = part.inner("DeadLetterConfig", found);
    let retry = retry(part, found);
    if !part.is_whole {
        return None;
    }
    let mut queue = part.inner("SqsParameters", found);
    queue.note_others(&["MessageGroupId"], found);
    let mut stream = part.inner("KinesisParameters", found);
    stream.note_others(&["PartitionKeyPath"], found);
    Some(Target {
        starts: None,
        id: id.unwrap_or_default(),
        arn: arn.unwrap_or_default(),
        input,
        group: queue.text("MessageGroupId", found),
        dead_letters: dead_letters.address("Arn", found),
        retry,
        partition_key: stream.text("PartitionKeyPath", found),
        // The module has a role of its own: what a template says of it is in its notes.
        role: None,
        // They are noted.
        others: Vec::new(),
    })
}

/// The ARN of a target. One that is unknown as a whole may be of anything, and what a job does hangs on that.
pub(super) fn target_arn(part: &mut Part<'_>, key: &str, found: &mut Found) -> Option<String> {
    let arn = part.address(key, found)?;
    if !has_reference(&arn) || arn.starts_with("arn:") {
        return Some(arn);
    }
    let value = part.get(key).cloned().unwrap_or_default();
    let place = format!("{}/{key}", part.place);
    found
        .notes
        .push(cannot_read(part.resolver, place, &value, "known"));
    part.is_whole = false;
    None
}

/// What the target receives. It is the same in every environment, so nothing may be unknown in it.
fn input(part: &mut Part<'_>, found: &mut Found) -> Input {
    let constant = json_text(part, "Input", found);
    let path = part.text("InputPath", found);
    if part.get("InputTransformer").is_none() {
        return match (constant, path) {
            (Some(constant), _) => Input::Constant(constant),
            (None, Some(path)) => Input::Path(path),
            (None, None) => Input::Event,
        };
    }
    let mut transformer = part.inner("InputTransformer", found);
    transformer.note_others(&["InputPathsMap", "InputTemplate"], found);
    let template = json_text(&mut transformer, "InputTemplate", found);
    let mut map = transformer.inner("InputPathsMap", found);
    let names: Vec<String> = map.keys().cloned().collect();
    let mut paths = BTreeMap::new();
    for name in names {
        if let Some(path) = map.text(&name, found) {
            paths.insert(name, path);
        }
    }
    part.is_whole &= transformer.is_whole && map.is_whole;
    Input::Transformer {
        paths,
        template: template.unwrap_or_default(),
    }
}

/// A text of JSON; one that is written as YAML or JSON itself is taken as its text.
pub(super) fn json_text(part: &mut Part<'_>, key: &str, found: &mut Found) -> Option<String> {
    let value = part.exact(key, found)?;
    match value {
        Value::String(text) => Some(text),
        other => {
            let place = format!("{}/{key}", part.place);
            note_digits(part.resolver, &place, &other, found);
            Some(other.to_string())
        }
    }
}

/// The retries: what cannot be read is noted, and EventBridge's own stay.
pub(super) fn retry(part: &Part<'_>, found: &mut Found) -> Retry {
    let mut policy = part.inner("RetryPolicy", found);
    policy.note_others(&["MaximumEventAgeInSeconds", "MaximumRetryAttempts"], found);
    let mut number = |key: &str| {
        let number = policy.whole(key, found);
        number.map(|number| i32::try_from(number).unwrap_or(i32::MAX))
    };
    let attempts = number("MaximumRetryAttempts");
    Retry::new(attempts, number("MaximumEventAgeInSeconds"))
}
