//! `alarms:`, of the whole pipeline and of a job.

use pipeline::alarms::{Alarms, JobAlarms};
use pipeline::language::{
    ALARM_COUNT, ALARM_PERIOD, DURATION_PERCENT, METRIC_NAME_MAX, Range, TOPICS, WAITING_MINUTES,
    show_duration,
};
use serde_json::json;

use super::Schema;
use super::node::Type;
use super::quantity::{duration, integer};

/// The key at the top: who is told of alarms, and what holds for every job.
pub(super) fn of_pipeline() -> Schema {
    let Alarms { topic, dashboard } = Alarms::default();
    let default = TOPICS.iter().find(|(_, word)| *word == topic);
    let mapping = Schema::mapping()
        .key(
            "topic",
            Schema::choice(TOPICS.map(|(word, _)| word))
                .describe("The SNS topic that alarms tell: the one that the Terraform variable `alarm_topic_arn` names, if it names one, or one that is made.")
                .default_value(default.map_or(TOPICS[0].0, |(word, _)| *word))
                .example("made")
                .on_aws("With `made`, an SNS topic `<pipeline>-alarms-<environment>`, which CloudWatch may publish to. The topic of every alarm."),
        )
        .key(
            "dashboard",
            Schema::boolean()
                .describe("Whether a CloudWatch dashboard of the pipeline is made.")
                .default_value(dashboard)
                .example(false)
                .on_aws("A CloudWatch dashboard, `<pipeline>-<environment>`."),
        );
    let defaults = JobAlarms::default();
    Schema::any_of([none(), with_thresholds(mapping, Some(&defaults))])
        .describe(
            "When CloudWatch alarms go off, for every job; `false` makes none, and no dashboard.",
        )
        .kind("mapping, or `false`")
        .example(json!({ "errors": 3 }))
        .example(false)
        .on_aws("The CloudWatch alarms of every job, and a dashboard.")
}

/// The key in a job: what differs from the top's.
pub(super) fn of_job() -> Schema {
    Schema::any_of([none(), with_thresholds(Schema::mapping(), None)])
        .describe("When this job's alarms go off, if that differs from `alarms` at the top; `false` makes none.")
        .kind("mapping, or `false`")
        .example(json!({ "errors": 0 }))
        .on_aws("The CloudWatch alarms of this job.")
}

fn none() -> Schema {
    Schema::choice([false])
}

/// An alarm on a number of its own.
struct Threshold {
    key: &'static str,
    range: &'static Range,
    sentence: &'static str,
    default: fn(&JobAlarms) -> Option<u32>,
    example: u32,
    on_aws: &'static str,
}

const THRESHOLDS: [Threshold; 10] = [
    Threshold {
        key: "failed_deliveries",
        range: &ALARM_COUNT,
        sentence: "How many deliveries of EventBridge may fail.",
        default: |alarms| alarms.failed_deliveries,
        example: 3,
        on_aws: "The alarm `<pipeline>-<job>-failed-deliveries-<environment>` on `FailedInvocations`, `InvocationsSentToDlq` and `InvocationsFailedToBeSentToDlq` of the job's rules, added up.",
    },
    Threshold {
        key: "undelivered",
        range: &ALARM_COUNT,
        sentence: "How many events the dead-letter queue may hold.",
        default: |alarms| alarms.undelivered,
        example: 10,
        on_aws: "The alarm `<pipeline>-<job>-undelivered-<environment>` on the messages in the job's dead-letter queue.",
    },
    Threshold {
        key: "failed_runs",
        range: &ALARM_COUNT,
        sentence: "How many failed runs the failure queue may hold.",
        default: |alarms| alarms.failed_runs,
        example: 10,
        on_aws: "The alarm `<pipeline>-<job>-failed-runs-<environment>` on the messages in the job's failure queue.",
    },
    Threshold {
        key: "lost_runs",
        range: &ALARM_COUNT,
        sentence: "How many failed runs may be lost because their queue could not be reached.",
        default: |alarms| alarms.lost_runs,
        example: 1,
        on_aws: "The alarm `<pipeline>-<job>-lost-runs-<environment>` on `DestinationDeliveryFailures` of the function.",
    },
    Threshold {
        key: "errors",
        range: &ALARM_COUNT,
        sentence: "How many runs may fail. Each attempt counts.",
        default: |alarms| alarms.errors,
        example: 3,
        on_aws: "The alarm `<pipeline>-<job>-errors-<environment>` on `Errors` of the function.",
    },
    Threshold {
        key: "throttles",
        range: &ALARM_COUNT,
        sentence: "How many invocations may be throttled.",
        default: |alarms| alarms.throttles,
        example: 5,
        on_aws: "The alarm `<pipeline>-<job>-throttles-<environment>` on `Throttles` of the function.",
    },
    Threshold {
        key: "duration_percent",
        range: &DURATION_PERCENT,
        sentence: "How much of its timeout a run may take, in percent.",
        default: |alarms| alarms.duration_percent,
        example: 50,
        on_aws: "The alarm `<pipeline>-<job>-duration-<environment>` on `Duration` of the function.",
    },
    Threshold {
        key: "waiting_minutes",
        range: &WAITING_MINUTES,
        sentence: "How many minutes an event may wait in the queue of a `buffer`.",
        default: |alarms| alarms.waiting_minutes,
        example: 60,
        on_aws: "The alarm `<pipeline>-<job>-waiting-minutes-<environment>` on `ApproximateAgeOfOldestMessage` of the queue.",
    },
    Threshold {
        key: "waiting_events",
        range: &ALARM_COUNT,
        sentence: "How many events may wait in the queue of a `buffer`.",
        default: |alarms| alarms.waiting_events,
        example: 1_000,
        on_aws: "The alarm `<pipeline>-<job>-waiting-events-<environment>` on `ApproximateNumberOfMessagesVisible` of the queue.",
    },
    Threshold {
        key: "emit_failures",
        range: &ALARM_COUNT,
        sentence: "How many events the job may fail to emit.",
        default: |alarms| alarms.emit_failures,
        example: 2,
        on_aws: "The alarm `<pipeline>-<job>-emit-failures-<environment>` on `EmitFailures`, which the job itself counts.",
    },
];

fn with_thresholds(mapping: Schema, defaults: Option<&JobAlarms>) -> Schema {
    let mut period = duration(
        &ALARM_PERIOD,
        "The time over which a metric is looked at, in whole minutes.",
    )
    .example("10m")
    .on_aws("The period of the alarms.");
    if let Some(defaults) = defaults {
        period = period.default_value(show_duration(defaults.period_seconds));
    }
    let mut mapping = mapping.key("period", period);
    for threshold in &THRESHOLDS {
        let default = defaults.and_then(threshold.default);
        mapping = mapping.key(threshold.key, threshold.schema(default));
    }
    mapping.key("metrics", metrics())
}

impl Threshold {
    /// A number, or `false` for no alarm.
    fn schema(&self, default: Option<u32>) -> Schema {
        let sentence = format!(
            "{} More sets off an alarm; `false` makes none.",
            self.sentence
        );
        let number = integer(self.range, self.sentence);
        let schema = Schema::any_of([none(), number])
            .describe(sentence)
            .example(self.example)
            .on_aws(self.on_aws);
        match default {
            Some(default) => schema.default_value(default),
            None => schema,
        }
    }
}

fn metrics() -> Schema {
    let least_and_most = (ALARM_COUNT.least, ALARM_COUNT.most);
    let count = Schema::of([Type::Integer]).between(least_and_most.0, least_and_most.1);
    let rest = METRIC_NAME_MAX - 1;
    Schema::each(count)
        .describe(
            "Metrics that the jobs count themselves, each with the number above which an alarm goes off.",
        )
        .kind("mapping from names of metrics to whole numbers")
        .example(json!({ "UserFailures": 0 }))
        .on_aws("The alarm `<pipeline>-<job>.<metric>-<environment>` for each, on the metric in the pipeline's namespace.")
        .names(Schema::default().matching(format!("^[A-Za-z][A-Za-z0-9]{{0,{rest}}}$")))
}
