//! Rules and their targets.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use eventbridge::Dialect;
use eventbridge::pattern::{Pattern, PatternErrorKind};
use eventbridge::schedule::{Lifetime, Schedule, time_zone};
use eventbridge::transformer::{
    InputPath, InputTransformer, TransformerError, TransformerErrorKind, check_constant,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::name::check_name;
use crate::call::Call;
use crate::config::RetryPolicy;
use crate::refusal::{Answer, Refusal};

/// A rule. A change makes a new one, so that a delivery on its way keeps the rule that it began with.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) name: Arc<str>,
    pub(crate) bus: Arc<str>,
    pub(crate) arn: Arc<str>,
    pub(crate) description: Option<String>,
    pub(crate) role_arn: Option<String>,
    pub(crate) enabled: bool,
    /// The pattern, both as written and parsed.
    pub(crate) pattern: Option<(Arc<str>, Arc<Pattern>)>,
    pub(crate) schedule: Option<Arc<Timetable>>,
    /// When it was made. A rate counts from there.
    pub(crate) made: Timestamp,
    /// The targets, sorted by id.
    pub(crate) targets: Vec<Target>,
}

/// A rule's schedule with its time zone.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Timetable {
    pub(crate) expression: String,
    schedule: Schedule,
    zone: TimeZone,
    pub(super) lifetime: Lifetime,
}

/// The receiver of a rule's events.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) id: Arc<str>,
    pub(crate) arn: Arc<str>,
    pub(crate) input: Input,
    pub(crate) retry: RetryPolicy,
    pub(crate) dead_letter_arn: Option<String>,
    /// The message group, if the target is a FIFO queue. EventBridge takes a fixed text only.
    pub(crate) group: Option<String>,
    pub(crate) reach: Reach,
    /// The target's JSON as it was put. It is listed like this.
    pub(crate) json: Value,
}

/// The way to a target.
#[derive(Clone, Debug, Default)]
pub(crate) enum Reach {
    /// What its ARN names on this machine.
    #[default]
    Arn,
    /// A URL.
    Http(Arc<Call>),
    /// It is not on this machine.
    Elsewhere,
    /// A bus, which gets a new event with what the target receives as its detail.
    Put { source: String, detail_type: String },
}

/// The kind of text that a target receives.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    /// The whole event.
    Envelope,
    /// A fixed text.
    Constant(Arc<str>),
    /// A part of the event.
    Path(InputPath),
    /// A text made from the event.
    Transformer(Arc<InputTransformer>),
    /// What EventBridge Scheduler sends: a text with its keywords, or its own notification.
    Schedule(Option<Arc<str>>),
}

/// The most targets of a rule:
/// [quotas](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html).
const TARGETS: usize = 5;

impl Rule {
    /// Returns the next runs of the rule's schedule, at most `most`.
    pub(crate) fn next_runs(&self, after: Timestamp, most: usize) -> Vec<Timestamp> {
        let Some(timetable) = &self.schedule else {
            return Vec::new();
        };
        let Timetable {
            expression: _,
            schedule,
            zone,
            lifetime,
        } = &**timetable;
        // With a start, a rate counts from that.
        let after = match lifetime.start {
            None => schedule.goes_on_after(self.made, after),
            Some(_) => after,
        };
        let runs = schedule.runs_within(after, zone, *lifetime);
        runs.take(most).collect()
    }

    pub(crate) fn pattern(&self) -> Option<&Pattern> {
        self.pattern.as_ref().map(|(_, pattern)| &**pattern)
    }

    /// Whether it has the schedule of another rule.
    pub(crate) fn has_schedule_of(&self, other: &Self) -> bool {
        let schedules = (&self.schedule, &other.schedule);
        matches!(schedules, (Some(own), Some(other)) if own == other)
    }

    /// Returns the rule with more targets. They replace those with the same ids.
    pub(super) fn with_targets(&self, targets: Vec<Target>) -> Answer<Self> {
        let mut all: BTreeMap<Arc<str>, Target> = BTreeMap::new();
        for target in self.targets.iter().cloned().chain(targets) {
            all.insert(Arc::clone(&target.id), target);
        }
        // Counted after the merge: a target that replaces another one is not counted twice.
        if all.len() > TARGETS {
            return Err(Refusal::new(
                "LimitExceededException",
                "The requested resource exceeds the maximum number allowed.",
            ));
        }
        Ok(Self {
            targets: all.into_values().collect(),
            ..self.clone()
        })
    }
}

impl Timetable {
    /// Returns the time zone's IANA name.
    pub(crate) fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// Parses an expression of a rule or of EventBridge Scheduler, and its time zone.
    pub(crate) fn parse(expression: &str, zone: &str, dialect: Dialect) -> Answer<Self> {
        let refuse = || Refusal::validation("Parameter ScheduleExpression is not valid.");
        Ok(Self {
            expression: expression.to_owned(),
            schedule: Schedule::parse_in(expression, dialect).map_err(|_| refuse())?,
            zone: time_zone(zone).ok_or_else(refuse)?,
            lifetime: Lifetime::default(),
        })
    }

    /// Returns it with a time in which it runs.
    pub(crate) fn within(self, lifetime: Lifetime) -> Self {
        Self { lifetime, ..self }
    }
}

/// The service's own words, as they were recorded.
const TOO_COMPLEX: &str = "Rule is too complex - try using fewer wildcard characters or fewer repeating character \
                           sequences after a wildcard character";

/// Parses an event pattern. Returns it both as written and parsed.
pub(crate) fn pattern(text: &str) -> Answer<(Arc<str>, Arc<Pattern>)> {
    let pattern = Pattern::parse(text).map_err(|error| {
        let message = match error.kind() {
            PatternErrorKind::TooComplex => TOO_COMPLEX.to_owned(),
            _ => format!("Event pattern is not valid. Reason: {error}"),
        };
        Refusal::new("InvalidEventPatternException", message)
    })?;
    Ok((text.into(), Arc::new(pattern)))
}

impl Target {
    /// Reads a [target](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html) as `PutTargets`
    /// takes it.
    pub(crate) fn read(json: &Value) -> Answer<Self> {
        let id = json["Id"].as_str().unwrap_or_default();
        check_name("targets.1.member.id", id, 64)?;
        let arn = json["Arn"].as_str().unwrap_or_default();
        if !arn.starts_with("arn:") {
            return Err(Refusal::validation(format!(
                "Parameter {arn} is not valid. Reason: Provided Arn is not in correct format."
            )));
        }
        let retry = read_retry(&json["RetryPolicy"])?;
        let dead_letter_arn = json["DeadLetterConfig"]["Arn"].as_str().map(str::to_owned);
        Ok(Self {
            id: id.into(),
            arn: arn.into(),
            input: read_input(id, json)?,
            retry,
            dead_letter_arn,
            group: json["SqsParameters"]["MessageGroupId"]
                .as_str()
                .map(str::to_owned),
            reach: Reach::Arn,
            json: json.clone(),
        })
    }
}

/// Reads what a target receives from its JSON.
pub(crate) fn read_input(id: &str, json: &Value) -> Answer<Input> {
    let given = ["Input", "InputPath", "InputTransformer"];
    let given = given.into_iter().filter(|name| !json[name].is_null());
    if given.count() > 1 {
        return Err(Refusal::validation(format!(
            "Only one of Input, InputPath, or InputTransformer must be provided for target {id}."
        )));
    }
    if let Some(text) = json["Input"].as_str() {
        // Not read as values: numbers and strings that they cannot hold are fine in an input.
        if check_constant(text).is_err() {
            return Err(Refusal::validation(
                "Parameter Input is not valid. Reason: JSON syntax error.",
            ));
        }
        return Ok(Input::Constant(text.into()));
    }
    if let Some(path) = json["InputPath"].as_str() {
        let path = InputPath::parse(path);
        let path = path.map_err(|error| {
            Refusal::validation(format!("Parameter InputPath is not valid. Reason: {error}"))
        })?;
        return Ok(Input::Path(path));
    }
    let Some(transformer) = json["InputTransformer"].as_object() else {
        return Ok(Input::Envelope);
    };
    let template = transformer.get("InputTemplate").and_then(Value::as_str);
    let template = template.unwrap_or_default();
    let paths = transformer.get("InputPathsMap").and_then(Value::as_object);
    let paths = paths.into_iter().flatten().filter_map(|(name, path)| {
        let path = path.as_str()?;
        Some((name.clone(), path.to_owned()))
    });
    match InputTransformer::new(paths.collect(), template) {
        Ok(transformer) => Ok(Input::Transformer(Arc::new(transformer))),
        Err(error) => Err(Refusal::validation(refused_template(id, template, &error))),
    }
}

/// Words a refusal as AWS does, as far as its words are known.
fn refused_template(id: &str, template: &str, error: &TransformerError) -> String {
    let place = error.span().filter(|_| error.path().is_none());
    let place = place.and_then(|place| template.get(place));
    match (error.kind(), place) {
        (TransformerErrorKind::UndefinedVariable, Some(variable)) => {
            let name = variable.trim_matches(['<', '>']);
            format!("InputTemplate for target {id} contains invalid placeholder {name}.")
        }
        _ => format!("Invalid InputTemplate for target {id}: {error}"),
    }
}

pub(crate) fn read_retry(json: &Value) -> Answer<RetryPolicy> {
    let mut policy = RetryPolicy::default();
    if let Some(attempts) = number(json, "MaximumRetryAttempts", 0..=185)? {
        policy.max_attempts = attempts;
    }
    if let Some(age) = number(json, "MaximumEventAgeInSeconds", 60..=86_400)? {
        policy.max_age = Duration::from_secs(age.into());
    }
    Ok(policy)
}

fn number(json: &Value, name: &str, range: std::ops::RangeInclusive<u32>) -> Answer<Option<u32>> {
    let Some(value) = json.get(name).filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    match number.filter(|number| range.contains(number)) {
        Some(number) => Ok(Some(number)),
        None => Err(Refusal::validation(format!(
            "Parameter {name} is not valid. Reason: it must be from {} to {}, and is {value}.",
            range.start(),
            range.end()
        ))),
    }
}

/// Returns a target as AWS lists it: without the members that were put as null.
pub(crate) fn listed(target: &Target) -> Value {
    let members = target.json.as_object().cloned().unwrap_or_default();
    let members: Map<String, Value> = members
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .collect();
    Value::Object(members)
}
