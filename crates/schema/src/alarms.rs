//! `alarms:`, of the whole pipeline and of a job.

use pipeline::alarms::{Alarms, JobAlarms};
use pipeline::language::{
    ALARM_COUNT, ALARM_PERIOD, DURATION_PERCENT, METRIC_NAME_MAX, Range, TOPICS, show_duration,
};
use serde_json::json;

use super::Schema;
use super::node::Type;
use super::quantity::{duration, integer};

/// At the top: whom alarms tell, and what holds for every job.
pub(super) fn of_pipeline() -> Schema {
    let Alarms { topic, dashboard } = Alarms::default();
    let default = TOPICS.iter().find(|(_, word)| *word == topic);
    let mapping = Schema::mapping()
        .key(
            "topic",
            Schema::choice(TOPICS.map(|(word, _)| word))
                .describe("The SNS topic that alarms tell: the one that the Terraform variable `alarm_topic_arn` names, or one that is made.")
                .default_value(default.map_or(TOPICS[0].0, |(word, _)| *word)),
        )
        .key(
            "dashboard",
            Schema::boolean()
                .describe("Whether a CloudWatch dashboard of the pipeline is made.")
                .default_value(dashboard),
        );
    let defaults = JobAlarms::default();
    Schema::any_of([none(), with_thresholds(mapping, Some(&defaults))]).describe(
        "When CloudWatch alarms go off, for every job; `false` makes none, and no dashboard.",
    )
}

/// In a job: what overrides the top for it.
pub(super) fn of_job() -> Schema {
    Schema::any_of([none(), with_thresholds(Schema::mapping(), None)])
        .describe("When the job's alarms go off: overrides the top's `alarms` for this job; `false` makes none.")
}

fn none() -> Schema {
    Schema::choice([false])
}

fn with_thresholds(mapping: Schema, defaults: Option<&JobAlarms>) -> Schema {
    let mut period = duration(
        &ALARM_PERIOD,
        "The time over which a metric is looked at, in whole minutes.",
    )
    .example("5m");
    if let Some(defaults) = defaults {
        period = period.default_value(show_duration(defaults.period_seconds));
    }
    let of = |default: fn(&JobAlarms) -> Option<u32>| defaults.and_then(default);
    let count = |sentence, default| threshold(&ALARM_COUNT, sentence, default);
    mapping
        .key("period", period)
        .key(
            "failed_deliveries",
            count(
                "How many deliveries may fail.",
                of(|alarms| alarms.failed_deliveries),
            ),
        )
        .key(
            "undelivered",
            count(
                "How many events the dead-letter queue may hold.",
                of(|alarms| alarms.undelivered),
            ),
        )
        .key(
            "failed_runs",
            count(
                "How many failed runs the failure queue may hold.",
                of(|alarms| alarms.failed_runs),
            ),
        )
        .key(
            "lost_runs",
            count(
                "How many failed runs may be lost because their queue could not be reached.",
                of(|alarms| alarms.lost_runs),
            ),
        )
        .key(
            "errors",
            count(
                "How many runs may fail, with those that are tried again.",
                of(|alarms| alarms.errors),
            ),
        )
        .key(
            "throttles",
            count(
                "How many invocations may be throttled.",
                of(|alarms| alarms.throttles),
            ),
        )
        .key(
            "duration_percent",
            threshold(
                &DURATION_PERCENT,
                "The share of its timeout that a run may come near to, in percent.",
                of(|alarms| alarms.duration_percent),
            ),
        )
        .key(
            "emit_failures",
            count(
                "How many events the job may fail to emit.",
                of(|alarms| alarms.emit_failures),
            ),
        )
        .key("metrics", metrics())
}

/// A number, or `false` for no alarm.
fn threshold(range: &Range, sentence: &str, default: Option<u32>) -> Schema {
    let number = integer(range, sentence);
    let schema = Schema::any_of([none(), number])
        .describe(format!("{sentence} More is an alarm; `false` makes none."));
    match default {
        Some(default) => schema.default_value(default),
        None => schema,
    }
}

fn metrics() -> Schema {
    let least_and_most = (ALARM_COUNT.least, ALARM_COUNT.most);
    let count = Schema::of([Type::Integer]).between(least_and_most.0, least_and_most.1);
    let rest = METRIC_NAME_MAX - 1;
    Schema::each(count)
        .describe(
            "Metrics that the jobs count themselves, each with the number above which its alarm goes off.",
        )
        .example(json!({ "UserFailures": 0 }))
        .names(Schema::default().matching(format!("^[A-Za-z][A-Za-z0-9]{{0,{rest}}}$")))
}
