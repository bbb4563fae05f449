//! What starts a job: the rules of each trigger, and when its schedules run.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use eventbridge::schedule::time_zone;
use jiff::Timestamp;
use pipeline::event_pattern::below;
use pipeline::model::{InputTemplate, Schedule, Trigger, TriggerKind};
use pipeline::resources::{
    Input, JobResources, Pattern, Rule, RuleBus, RuleSource, Run as ScheduledRun, Target,
};
use pipeline::values::Text;
use serde_json::{Map, Value};

use super::fact::{Fact, valued};
use super::function::show_retry;
use super::line::{Line, Run, Runs};
use pipeline::language::show_duration;

/// How many runs of a schedule are listed.
const RUNS: usize = 3;

/// What a line about the time of a schedule is about.
const SCHEDULE: &str = "schedule";

/// The name of a trigger's part.
pub(super) fn part(trigger: &Trigger) -> String {
    format!("trigger `{}`", trigger.id.value)
}

pub(super) fn add(rules: &[Rule<'_>], facts: &mut Vec<Fact>) {
    for (at, rule) in rules.iter().enumerate() {
        // A schedule with many shards has several rules, which differ in their numbers alone.
        let id = &rule.trigger.id.value;
        let is_first = rules[..at]
            .iter()
            .all(|other| other.trigger.id.value != *id);
        if is_first {
            add_rule(rule, facts);
        }
    }
}

fn add_rule(rule: &Rule<'_>, facts: &mut Vec<Fact>) {
    let Rule {
        job: _,
        trigger,
        key: _,
        name,
        statement,
        label: _,
        // It is made of the others.
        description: _,
        enabled,
        source,
        targets,
        delivery,
    } = rule;
    let part = part(trigger);
    facts.push(Fact::new(&part, "id", &trigger.id.value));
    match source {
        RuleSource::Pattern(pattern) => {
            let event = match &trigger.kind {
                TriggerKind::Event { event, filter: _ } => Some(event.value.as_str()),
                TriggerKind::Pattern(_) | TriggerKind::Schedule(_) => None,
            };
            facts.extend(event.map(|event| Fact::main(&part, "event", event)));
            add_pattern(&part, pattern, event.is_some(), facts);
        }
        RuleSource::Schedule(schedule) | RuleSource::Scheduler(schedule) => {
            add_schedule(&part, schedule, facts);
        }
    }
    match rule.bus() {
        // A schedule is on the account's own bus, or on none.
        Some(RuleBus::Pipeline) | None => {}
        Some(RuleBus::Default) if matches!(source, RuleSource::Schedule(_)) => {}
        Some(RuleBus::Default) => facts.push(Fact::main(&part, "bus", "default")),
        Some(RuleBus::Existing(name)) => {
            facts.push(Fact::main(&part, "bus", name.as_written()));
        }
    }
    let is_on = valued(enabled, bool::to_string);
    facts.push(Fact {
        is_main: is_on != "true",
        ..Fact::new(&part, "enabled", is_on)
    });
    facts.push(Fact::new(&part, "failed deliveries", show_retry(*delivery)));
    let word = match source {
        RuleSource::Scheduler(_) => "schedule on AWS",
        RuleSource::Pattern(_) | RuleSource::Schedule(_) => "rule on AWS",
    };
    facts.push(Fact::new(&part, word, name));
    if statement.kept().is_some() {
        facts.push(Fact::new(&part, "statement", statement));
    }
    if let Some(target) = targets.first() {
        add_target(&part, target, facts);
    }
}

fn add_target(part: &str, target: &Target<'_>, facts: &mut Vec<Fact>) {
    let Target {
        id,
        label: _,
        input,
    } = target;
    facts.push(Fact::new(part, "target", id.as_written()));
    let input = match input {
        // A schedule's own detail is told with it.
        Input::Event
        | Input::Scheduled(ScheduledRun {
            detail: _,
            shard: _,
        }) => return,
        Input::Constant(text) => format!("always {text}"),
        Input::Part(path) => format!("`{path}` of the event"),
        Input::Transformed(template) => {
            let InputTemplate { paths, template } = template;
            let mut text = template.value.trim_end().to_owned();
            for (name, path) in paths {
                let _infallible = write!(text, ", {name}={}", path.value);
            }
            text
        }
    };
    facts.push(Fact::main(part, "input", input));
}

fn add_schedule(part: &str, schedule: &Schedule, facts: &mut Vec<Fact>) {
    let Schedule {
        expression,
        timezone,
        start,
        end,
        group,
        flexible_window_minutes,
        shards,
        detail,
        emits,
    } = schedule;
    let mut text = expression.value.clone();
    if let Some(zone) = timezone {
        let _infallible = write!(text, " in {}", zone.value);
    }
    for (word, instant) in [("from", start), ("until", end)] {
        if let Some(instant) = instant {
            let _infallible = write!(text, " {word} {}", instant.value);
        }
    }
    facts.push(Fact::main(part, SCHEDULE, text));
    let group = group.iter();
    facts.extend(group.map(|name| Fact::new(part, "group", name.as_written())));
    let window = flexible_window_minutes.iter();
    facts.extend(window.map(|minutes| Fact::new(part, "window", show_duration(60 * minutes))));
    if *shards != 1 {
        facts.push(Fact::main(part, "shards", shards));
    }
    for (name, json) in detail {
        facts.push(Fact::new(part, format!("detail `{name}`"), &json.value));
    }
    for event in emits {
        facts.push(Fact::main(part, format!("emits `{}`", event.value), ""));
    }
}

/// Adds what a pattern asks of each field, with the values that it names instead of what they are on this machine. That an
/// event trigger waits for its event is told already.
fn add_pattern(part: &str, pattern: &Pattern, has_event: bool, facts: &mut Vec<Fact>) {
    let Pattern { json, texts } = pattern;
    let mut fields = Vec::new();
    flatten("", "", json, texts, &mut fields);
    for (path, wanted) in fields {
        let is_of_event = ["source", "detail-type", "detail.event_type"].contains(&path.as_str());
        facts.push(Fact {
            is_main: !(has_event && is_of_event),
            ..Fact::new(part, format!("pattern `{path}`"), wanted)
        });
    }
}

/// Lists the fields that a pattern asks for by their dotted paths, each with what it asks.
fn flatten(
    path: &str,
    pointer: &str,
    json: &Map<String, Value>,
    texts: &BTreeMap<String, Text>,
    fields: &mut Vec<(String, Value)>,
) {
    for (key, value) in json {
        let (path, pointer) = (format!("{path}{key}"), below(pointer, key));
        match value {
            Value::Object(inner) => flatten(&format!("{path}."), &pointer, inner, texts, fields),
            wanted => fields.push((path, as_written(wanted, &pointer, texts))),
        }
    }
}

fn as_written(value: &Value, pointer: &str, texts: &BTreeMap<String, Text>) -> Value {
    match value {
        Value::Object(object) => {
            let parts = object.iter().map(|(key, value)| {
                let inner = as_written(value, &below(pointer, key), texts);
                (key.clone(), inner)
            });
            Value::Object(parts.collect())
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            let items = items.map(|(at, item)| as_written(item, &format!("{pointer}/{at}"), texts));
            Value::Array(items.collect())
        }
        scalar => match texts.get(pointer) {
            Some(text) => Value::from(text.as_written()),
            None => scalar.clone(),
        },
    }
}

/// Gives facts about triggers that have another id now the part that it makes.
pub(super) fn follow_renames(facts: &mut [Fact], is: &JobResources<'_>) {
    for trigger in &is.spec().triggers {
        for old in &trigger.renamed_from {
            let before = format!("trigger `{}`", old.value);
            for fact in facts.iter_mut().filter(|fact| fact.part == before) {
                fact.part = part(trigger);
            }
        }
    }
}

/// Adds the next runs to the lines about schedules.
pub(super) fn add_runs(
    lines: &mut [Line],
    was: &JobResources<'_>,
    is: &JobResources<'_>,
    now: Timestamp,
) {
    for line in lines.iter_mut().filter(|line| line.key == SCHEDULE) {
        let runs = |job: &JobResources<'_>| {
            let mut triggers = job.spec().triggers.iter();
            let found = triggers.find(|trigger| is_of(trigger, &line.part, is));
            found.and_then(Trigger::schedule).map(|it| next(it, now))
        };
        line.runs = Some(Runs {
            before: runs(was).unwrap_or_default(),
            after: runs(is).unwrap_or_default(),
        });
    }
}

/// Whether a trigger of a job before or after makes a part.
fn is_of(trigger: &Trigger, of: &str, is: &JobResources<'_>) -> bool {
    let id = &trigger.id.value;
    let mut triggers = is.spec().triggers.iter();
    let renamed = triggers.find(|now| now.renamed_from.iter().any(|old| old.value == *id));
    part(renamed.unwrap_or(trigger)) == of
}

/// Lists the next runs of a schedule; none if it cannot be read, which is a finding of the spec.
fn next(schedule: &Schedule, now: Timestamp) -> Vec<Run> {
    let (Ok(parsed), Some(zone)) = (schedule.parse(), time_zone(schedule.zone())) else {
        return Vec::new();
    };
    let runs = parsed.runs_within(now, &zone, schedule.lifetime());
    let runs = runs.take(RUNS).map(|run| {
        let local = run.to_zoned_datetime(zone.clone());
        Run {
            at: run.to_string(),
            local: local.strftime("%a %Y-%m-%d %H:%M %Z").to_string(),
        }
    });
    runs.collect()
}
