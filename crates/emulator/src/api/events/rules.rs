//! Operations on rules.

use std::sync::Arc;

use eventbridge::Dialect;
use eventbridge::arn::Arn;
use eventbridge::limits::{PATTERN_CHARACTERS_MAX, SCHEDULE_CHARACTERS_MAX};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::answer::{optional, page, required, with_next, without_nulls};
use super::input::bus_of;
use super::tags;
use crate::control::{ControlPlane, DESCRIPTION, Rule, Timetable, check_length, pattern};
use crate::refusal::{Answer, Refusal};

pub(super) fn put(control: &mut ControlPlane, input: &Value, now: Timestamp) -> Answer<Value> {
    let name = required(input, "Name")?;
    let bus = Arc::clone(&control.bus(bus_of(input))?.name);
    let given = |name| optional(input, name).filter(|text| !text.is_empty());
    check_length(
        "eventPattern",
        given("EventPattern"),
        PATTERN_CHARACTERS_MAX,
    )?;
    let expression = given("ScheduleExpression");
    check_length("scheduleExpression", expression, SCHEDULE_CHARACTERS_MAX)?;
    // A rule's schedule is in UTC on AWS. Only EventBridge Scheduler has time zones.
    let schedule = expression.map(|text| Timetable::parse(text, "UTC", Dialect::Rule));
    let description = optional(input, "Description").map(str::to_owned);
    check_length("description", description.as_deref(), DESCRIPTION)?;
    let rule = Rule {
        name: name.into(),
        arn: control.rule_arn(&bus, name).into(),
        bus,
        description,
        role_arn: optional(input, "RoleArn").map(str::to_owned),
        enabled: state(input)?,
        pattern: given("EventPattern").map(pattern).transpose()?,
        schedule: schedule.transpose()?.map(Arc::new),
        made: now,
        targets: Vec::new(),
    };
    let tags = tags::read(input)?;
    let arn = control.put_rule(rule)?;
    control.tags.get_or_default(arn.to_string()).extend(tags);
    Ok(json!({ "RuleArn": &*arn }))
}

fn state(input: &Value) -> Answer<bool> {
    match optional(input, "State") {
        None | Some("ENABLED" | "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS") => Ok(true),
        Some("DISABLED") => Ok(false),
        Some(other) => Err(Refusal::validation(format!(
            "1 validation error detected: Value '{other}' at 'state' failed to satisfy constraint: Member must satisfy enum value set: [ENABLED, DISABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS]"
        ))),
    }
}

pub(super) fn delete(control: &mut ControlPlane, input: &Value) -> Answer<Value> {
    control.delete_rule(bus_of(input), required(input, "Name")?)?;
    Ok(json!({}))
}

pub(super) fn describe(control: &ControlPlane, input: &Value) -> Answer<Value> {
    let rule = control.rule(bus_of(input), required(input, "Name")?)?;
    let mut described = listed(rule);
    let account = Arn::parse(&rule.arn).map_or("", |arn| arn.account());
    described["CreatedBy"] = Value::from(account);
    Ok(described)
}

pub(super) fn list(control: &ControlPlane, input: &Value) -> Answer<Value> {
    let prefix = optional(input, "NamePrefix").unwrap_or_default();
    let rules = control.bus(bus_of(input))?.rules();
    let rules = rules.filter(|rule| rule.name.starts_with(prefix));
    let (rules, next) = page(rules.map(|rule| listed(rule)).collect(), input, 100)?;
    Ok(with_next(json!({ "Rules": rules }), next))
}

pub(super) fn set_enabled(
    control: &mut ControlPlane,
    input: &Value,
    enabled: bool,
) -> Answer<Value> {
    control.set_enabled(bus_of(input), required(input, "Name")?, enabled)?;
    Ok(json!({}))
}

fn listed(rule: &Rule) -> Value {
    without_nulls(json!({
        "Name": &*rule.name,
        "Arn": &*rule.arn,
        "EventPattern": rule.pattern.as_ref().map(|(text, _)| &**text),
        "ScheduleExpression": rule.schedule.as_ref().map(|schedule| &schedule.expression),
        "State": if rule.enabled { "ENABLED" } else { "DISABLED" },
        "Description": rule.description,
        "RoleArn": rule.role_arn,
        "EventBusName": &*rule.bus,
    }))
}
