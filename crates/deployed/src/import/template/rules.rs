//! Rules and schedules of a template.

use std::collections::BTreeMap;

use eventbridge::arn::Arn;
use eventbridge::schedule::Lifetime;
use jiff::Timestamp;
use serde_json::Value;

use super::parts::{note_others, place, whole_number};
use super::resolve::Resolver;
use crate::aws::Reading;
use crate::aws::deployed::{DEFAULT_GROUP, Input, Retry, Rule, Schedule, ScheduleBody, Target};
use crate::import::found::{Found, Placed};
use crate::import::note::Note;
use crate::verify::DEFAULT_BUS;

pub(super) fn read_rule(resolver: &Resolver<'_>, id: &str, resource: &Value, found: &mut Found) {
    let place = place(id);
    let properties = &resource["Properties"];
    let known = [
        "Description",
        "EventBusName",
        "EventPattern",
        "Name",
        "ScheduleExpression",
        "State",
        "Tags",
        "Targets",
    ];
    note_others(&place, properties, &known, &mut found.notes);
    let mut notes = Vec::new();
    let mut value = |key: &str| known_value(resolver, properties, key, &place, &mut notes);
    let (pattern, schedule, state) = (
        value("EventPattern"),
        value("ScheduleExpression"),
        value("State"),
    );
    if !notes.is_empty() {
        found.notes.append(&mut notes);
        return;
    }
    let targets = properties["Targets"].as_array().into_iter().flatten();
    let targets = targets.enumerate().filter_map(|(index, target)| {
        read_target(
            resolver,
            &format!("{place}/Targets/{index}"),
            target,
            &mut found.notes,
        )
    });
    let sees_all_calls = state.as_ref().and_then(Value::as_str)
        == Some("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS");
    let rule = Rule {
        name: resolver.name(id).unwrap_or_else(|| id.to_owned()),
        bus: bus(resolver, &properties["EventBusName"]),
        arn: String::new(),
        enabled: state.is_none_or(|state| state != "DISABLED"),
        sees_all_calls,
        pattern: pattern.map(|pattern| pattern.to_string()),
        schedule: schedule.and_then(|schedule| Some(schedule.as_str()?.to_owned())),
        managed_by: None,
        targets: Reading::Found(targets.collect()),
    };
    found.rules.push(Placed {
        place,
        item: rule,
        is_named: resolver.name(id).is_some(),
    });
}

/// A property without anything unknown in it; what is unknown is noted.
fn known_value(
    resolver: &Resolver<'_>,
    properties: &Value,
    key: &str,
    place: &str,
    notes: &mut Vec<Note>,
) -> Option<Value> {
    let value = properties.get(key)?;
    let found = resolver.resolve(value);
    if found.unknown.is_empty() {
        return Some(found.value);
    }
    let names = found.unknown.join(", ");
    let note = Note::left_out(
        format!("{place}/{key}"),
        format!("the template alone does not say what {names} is"),
    );
    notes.push(note.help("say it with `--parameter NAME=VALUE`, or import the live bus"));
    None
}

/// The name of a bus, given by its name or its ARN.
fn bus(resolver: &Resolver<'_>, value: &Value) -> String {
    let Some(text) = resolver.text(value) else {
        return DEFAULT_BUS.to_owned();
    };
    let name = Arn::parse(&text).ok().and_then(|arn| arn.bus_name());
    let name = name.unwrap_or(&text);
    name.trim_start_matches("${")
        .trim_end_matches('}')
        .to_owned()
}

fn read_target(
    resolver: &Resolver<'_>,
    place: &str,
    target: &Value,
    notes: &mut Vec<Note>,
) -> Option<Target> {
    let known = [
        "Arn",
        "DeadLetterConfig",
        "Id",
        "Input",
        "InputPath",
        "InputTransformer",
        "RetryPolicy",
    ];
    note_others(place, target, &known, notes);
    let mut unknown = Vec::new();
    let mut value = |key: &str| known_value(resolver, target, key, place, &mut unknown);
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let input = match (
        value("InputTransformer"),
        value("Input"),
        value("InputPath"),
    ) {
        (Some(transformer), _, _) => Input::Transformer {
            paths: paths(&transformer["InputPathsMap"]),
            template: text(transformer["InputTemplate"].clone()),
        },
        (_, Some(input), _) => Input::Constant(text(input)),
        (_, _, Some(path)) => Input::Path(text(path)),
        _ => Input::Event,
    };
    if !unknown.is_empty() {
        notes.append(&mut unknown);
        return None;
    }
    Some(Target {
        id: resolver.text(&target["Id"]).unwrap_or_default(),
        arn: resolver.text(&target["Arn"]).unwrap_or_default(),
        input,
        group: resolver.text(&target["SqsParameters"]["MessageGroupId"]),
        dead_letters: resolver.text(&target["DeadLetterConfig"]["Arn"]),
        retry: retry(&target["RetryPolicy"]),
        // No draft has them: what a template says of them is in its notes.
        role: None,
        partition_key: None,
        others: Vec::new(),
    })
}

fn paths(value: &Value) -> BTreeMap<String, String> {
    let entries = value.as_object().into_iter().flatten();
    let entries =
        entries.filter_map(|(name, path)| Some((name.clone(), path.as_str()?.to_owned())));
    entries.collect()
}

fn retry(value: &Value) -> Retry {
    let part = |key: &str| whole_number(&value[key]).and_then(|number| i32::try_from(number).ok());
    Retry::new(
        part("MaximumRetryAttempts"),
        part("MaximumEventAgeInSeconds"),
    )
}

pub(super) fn read_schedule(
    resolver: &Resolver<'_>,
    id: &str,
    resource: &Value,
    found: &mut Found,
) {
    let place = place(id);
    let properties = &resource["Properties"];
    let known = [
        "Description",
        "EndDate",
        "FlexibleTimeWindow",
        "GroupName",
        "Name",
        "ScheduleExpression",
        "ScheduleExpressionTimezone",
        "StartDate",
        "State",
        "Target",
    ];
    note_others(&place, properties, &known, &mut found.notes);
    let target = &properties["Target"];
    let of_target = ["Arn", "DeadLetterConfig", "Input", "RetryPolicy", "RoleArn"];
    note_others(
        &format!("{place}/Target"),
        target,
        &of_target,
        &mut found.notes,
    );
    let mut notes = Vec::new();
    let mut value = |key: &str| known_value(resolver, properties, key, &place, &mut notes);
    let text = |value: Option<Value>| value.and_then(|value| Some(value.as_str()?.to_owned()));
    let expression = text(value("ScheduleExpression")).unwrap_or_default();
    let timezone = text(value("ScheduleExpressionTimezone"));
    let state = text(value("State"));
    let window = value("FlexibleTimeWindow").unwrap_or_default();
    let group = text(value("GroupName"));
    let (start, end) = (text(value("StartDate")), text(value("EndDate")));
    if !notes.is_empty() {
        found.notes.append(&mut notes);
        return;
    }
    let mut instant = |key: &str, text: Option<String>| -> Option<Timestamp> {
        let text = text?;
        let read = text.parse().ok();
        if read.is_none() {
            let why = format!("`{text}` is no instant such as 2026-01-31T09:00:00Z");
            found
                .notes
                .push(Note::left_out(format!("{place}/{key}"), why));
        }
        read
    };
    let lifetime = Lifetime {
        start: instant("StartDate", start),
        end: instant("EndDate", end),
    };
    let minutes = whole_number(&window["MaximumWindowInMinutes"]);
    let body = ScheduleBody {
        enabled: state.is_none_or(|state| state != "DISABLED"),
        expression,
        timezone: timezone.unwrap_or_else(|| "UTC".to_owned()),
        lifetime,
        window_minutes: minutes.and_then(|minutes| u32::try_from(minutes).ok()),
        target: resolver.text(&target["Arn"]).unwrap_or_default(),
        role: resolver.text(&target["RoleArn"]),
        input: resolver.text(&target["Input"]),
        message_group: resolver.text(&target["SqsParameters"]["MessageGroupId"]),
        dead_letters: resolver.text(&target["DeadLetterConfig"]["Arn"]),
        retry: retry(&target["RetryPolicy"]),
    };
    let schedule = Schedule {
        name: resolver.name(id).unwrap_or_else(|| id.to_owned()),
        group: group.unwrap_or_else(|| DEFAULT_GROUP.to_owned()),
        body: Reading::Found(body),
    };
    found.schedules.push(Placed {
        place,
        item: schedule,
        is_named: resolver.name(id).is_some(),
    });
}
