//! Operations on schedules.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use eventbridge::Dialect;
use eventbridge::arn::Arn;
use eventbridge::schedule::Lifetime;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{check_name, groups};
use crate::api::answer::{page, required};
use crate::api::rest::{read, respond};
use crate::control::{
    ControlPlane, DEFAULT_GROUP, Input, KeptSchedule, Reach, Rule, Schedule, Target, Timetable,
    check_length, read_retry,
};
use crate::local_bus::LocalBus;
use crate::refusal::{Answer, Refusal};

/// The members of a request that `GetSchedule` returns as they were put.
const MEMBERS: [&str; 6] = [
    "Description",
    "FlexibleTimeWindow",
    "KmsKeyArn",
    "ScheduleExpression",
    "StartDate",
    "EndDate",
];

pub(super) async fn create(
    State(bus): State<Arc<LocalBus>>,
    Path(name): Path<String>,
    body: Bytes,
) -> Response {
    put(&bus, &name, &body, false)
}

/// Replaces a schedule: what the request leaves out is as it is by default.
pub(super) async fn update(
    State(bus): State<Arc<LocalBus>>,
    Path(name): Path<String>,
    body: Bytes,
) -> Response {
    put(&bus, &name, &body, true)
}

fn put(bus: &LocalBus, name: &str, body: &[u8], is_there: bool) -> Response {
    let now = bus.clock.now();
    let done = read(body).and_then(|input| {
        let mut control = bus.control();
        put_one(&mut control, name, &input, is_there, now)
    });
    // Planned here, because that takes the lock that has just been released.
    if done.is_ok() {
        bus.replan();
    }
    respond(StatusCode::OK, done)
}

fn put_one(
    control: &mut ControlPlane,
    name: &str,
    input: &Value,
    is_there: bool,
    now: Timestamp,
) -> Answer<Value> {
    check_name(name)?;
    check_length("description", input["Description"].as_str(), 512)?;
    let group = input["GroupName"].as_str().unwrap_or(DEFAULT_GROUP);
    if !control.groups.contains_key(group) {
        return Err(groups::missing(group));
    }
    let key = (group.to_owned(), name.to_owned());
    let old = control.schedules.get(&key);
    if old.is_some() && !is_there {
        let message = format!("Schedule {name} already exists.");
        return Err(Refusal::new("ConflictException", message));
    }
    if old.is_none() && is_there {
        return Err(missing(name));
    }
    let arn = control.arn_of("scheduler", &format!("schedule/{group}/{name}"));
    let mut rule = read_rule(name, &arn, input, now)?;
    let mut created = now;
    if let Some(old) = old {
        created = old.created;
        // A rate goes on counting, whatever else has changed.
        if rule.has_schedule_of(&old.rule) {
            rule.made = old.rule.made;
        }
    }
    let after = choice(input, "ActionAfterCompletion", &["NONE", "DELETE"])?;
    let mut members: Map<String, Value> = MEMBERS
        .iter()
        .filter_map(|member| {
            let value = input.get(*member).filter(|value| !value.is_null())?;
            Some(((*member).to_owned(), value.clone()))
        })
        .collect();
    let zone = rule.schedule.as_ref().map(|schedule| schedule.zone_name());
    for (member, value) in [
        ("Name", json!(name)),
        ("GroupName", json!(group)),
        ("Arn", json!(arn)),
        (
            "State",
            json!(if rule.enabled { "ENABLED" } else { "DISABLED" }),
        ),
        ("ScheduleExpressionTimezone", json!(zone)),
        ("ActionAfterCompletion", json!(after)),
        ("Target", rule.targets[0].json.clone()),
    ] {
        members.insert(member.to_owned(), value);
    }
    let schedule = Schedule {
        rule: Arc::new(rule),
        members,
        goes_when_done: after == "DELETE",
        created,
        modified: now,
    };
    control.schedules.insert(key, schedule);
    Ok(json!({ "ScheduleArn": arn }))
}

/// Adopts a schedule of an earlier bus, by its group and name.
pub(crate) fn adopt_schedule(
    control: &mut ControlPlane,
    (group, name): (&str, &str),
    kept: KeptSchedule,
) -> Answer<()> {
    let KeptSchedule {
        members,
        created,
        modified,
        made,
    } = kept;
    put_one(control, name, &Value::Object(members), false, created)?;
    let key = (group.to_owned(), name.to_owned());
    if let Some(schedule) = control.schedules.get_mut(&key) {
        schedule.modified = modified;
        Arc::make_mut(&mut schedule.rule).made = made;
    }
    Ok(())
}

/// Reads one word of several. Without it, it is the first.
fn choice<'c>(input: &Value, member: &str, words: &[&'c str]) -> Answer<&'c str> {
    let Some(given) = input[member].as_str() else {
        return Ok(words[0]);
    };
    let found = words.iter().find(|word| **word == given);
    found.copied().ok_or_else(|| {
        let mut letters = member.chars();
        let first = letters.next().map(|first| first.to_ascii_lowercase());
        let field: String = first.into_iter().chain(letters).collect();
        let words = words.join(", ");
        Refusal::validation(format!(
            "1 validation error detected: Value '{given}' at '{field}' failed to satisfy constraint: Member must satisfy enum value set: [{words}]"
        ))
    })
}

fn read_rule(name: &str, arn: &str, input: &Value, now: Timestamp) -> Answer<Rule> {
    let expression = required(input, "ScheduleExpression")?;
    let window = &input["FlexibleTimeWindow"];
    if choice(window, "Mode", &["OFF", "FLEXIBLE"])? == "FLEXIBLE"
        && window["MaximumWindowInMinutes"].is_null()
    {
        return Err(Refusal::validation(
            "FlexibleTimeWindow with mode FLEXIBLE needs MaximumWindowInMinutes.",
        ));
    }
    required(window, "Mode")?;
    let zone = input["ScheduleExpressionTimezone"]
        .as_str()
        .unwrap_or("UTC");
    if eventbridge::schedule::time_zone(zone).is_none() {
        return Err(Refusal::validation(format!(
            "Invalid ScheduleExpressionTimezone {zone}."
        )));
    }
    let timetable = Timetable::parse(expression, zone, Dialect::Scheduler);
    let timetable = timetable
        .map_err(|_| Refusal::validation(format!("Invalid Schedule Expression {expression}.")))?;
    let lifetime = Lifetime {
        start: date(input, "StartDate")?,
        end: date(input, "EndDate")?,
    };
    Ok(Rule {
        name: name.into(),
        bus: "default".into(),
        arn: arn.into(),
        description: None,
        role_arn: None,
        enabled: choice(input, "State", &["ENABLED", "DISABLED"])? == "ENABLED",
        pattern: None,
        schedule: Some(Arc::new(timetable.within(lifetime))),
        made: now,
        targets: vec![read_target(&input["Target"])?],
    })
}

fn date(input: &Value, member: &str) -> Answer<Option<Timestamp>> {
    let Some(seconds) = input[member].as_f64() else {
        return Ok(None);
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole milliseconds; what is too large is no time"
    )]
    let at = Timestamp::from_millisecond((seconds * 1e3) as i64);
    at.map(Some)
        .map_err(|_| Refusal::validation(format!("Parameter {member} is not valid.")))
}

fn read_target(given: &Value) -> Answer<Target> {
    let arn = required(given, "Arn")?;
    required(given, "RoleArn")?;
    let parsed = Arn::parse(arn);
    let parsed =
        parsed.map_err(|_| Refusal::validation("Provided Arn is not in correct format."))?;
    let mut json = given.clone();
    let retry = read_retry(&given["RetryPolicy"])?;
    // AWS returns its defaults, too.
    json["RetryPolicy"] = json!({
        "MaximumEventAgeInSeconds": retry.max_age.as_secs(),
        "MaximumRetryAttempts": retry.max_attempts,
    });
    let parameters = &given["EventBridgeParameters"];
    let reach = if parsed.bus_name().is_some() {
        Reach::Put {
            source: required(parameters, "Source")?.to_owned(),
            detail_type: required(parameters, "DetailType")?.to_owned(),
        }
    } else {
        Reach::Arn
    };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Ok(Target {
        id: "target".into(),
        arn: arn.into(),
        input: Input::Schedule(given["Input"].as_str().map(Arc::from)),
        retry,
        dead_letter_arn: text(&given["DeadLetterConfig"]["Arn"]),
        group: text(&given["SqsParameters"]["MessageGroupId"]),
        reach,
        json,
    })
}

fn missing(name: &str) -> Refusal {
    Refusal::not_found(format!("Schedule {name} does not exist."))
}

/// The query of a request for one schedule.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Place {
    group_name: Option<String>,
}

impl Place {
    fn key(self, name: String) -> (String, String) {
        let group = self.group_name.unwrap_or_else(|| DEFAULT_GROUP.to_owned());
        (group, name)
    }
}

pub(super) async fn get(
    State(bus): State<Arc<LocalBus>>,
    Path(name): Path<String>,
    Query(place): Query<Place>,
) -> Response {
    let control = bus.control();
    let schedule = control.schedules.get(&place.key(name.clone()));
    let schedule = schedule.map(|schedule| {
        let mut members = schedule.members.clone();
        members.insert(
            "CreationDate".to_owned(),
            json!(schedule.created.as_second()),
        );
        members.insert(
            "LastModificationDate".to_owned(),
            json!(schedule.modified.as_second()),
        );
        Value::Object(members)
    });
    respond(StatusCode::OK, schedule.ok_or_else(|| missing(&name)))
}

pub(super) async fn delete(
    State(bus): State<Arc<LocalBus>>,
    Path(name): Path<String>,
    Query(place): Query<Place>,
) -> Response {
    let removed = bus.control().schedules.remove(&place.key(name.clone()));
    let removed = removed.map(|_| json!({}));
    if removed.is_some() {
        bus.replan();
    }
    respond(StatusCode::OK, removed.ok_or_else(|| missing(&name)))
}

/// The query of a list of schedules.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Wanted {
    name_prefix: Option<String>,
    #[serde(rename = "ScheduleGroup")]
    group: Option<String>,
    state: Option<String>,
    next_token: Option<String>,
    max_results: Option<u64>,
}

pub(super) async fn list(
    State(bus): State<Arc<LocalBus>>,
    Query(wanted): Query<Wanted>,
) -> Response {
    let prefix = wanted.name_prefix.unwrap_or_default();
    let control = bus.control();
    let schedules = control
        .schedules
        .iter()
        .filter(|((group, name), schedule)| {
            name.starts_with(&prefix)
                && wanted.group.as_ref().is_none_or(|wanted| wanted == group)
                && wanted
                    .state
                    .as_ref()
                    .is_none_or(|state| schedule.members["State"] == **state)
        });
    let schedules = schedules.map(|(_, schedule)| {
        let mut listed = json!({
            "CreationDate": schedule.created.as_second(),
            "LastModificationDate": schedule.modified.as_second(),
            "Target": { "Arn": schedule.members["Target"]["Arn"] },
        });
        for name in ["Arn", "GroupName", "Name", "State"] {
            listed[name] = schedule.members[name].clone();
        }
        listed
    });
    let paging = json!({ "NextToken": wanted.next_token, "Limit": wanted.max_results });
    let listed = page(schedules.collect(), &paging, 100);
    let listed =
        listed.map(|(schedules, next)| json!({ "Schedules": schedules, "NextToken": next }));
    respond(StatusCode::OK, listed)
}
