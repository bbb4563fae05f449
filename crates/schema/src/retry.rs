//! `delivery:` and `execution:`.

use pipeline::language::{
    DELIVERY_AGE, DELIVERY_ATTEMPTS, EXECUTION_AGE, EXECUTION_ATTEMPTS, Range, show_duration,
};
use pipeline::model::Retry;
use serde_json::json;

use super::Schema;
use super::quantity::{duration, integer};

/// The retries of a delivery. Inside `defaults:` it has defaults.
pub(super) fn delivery(defaults: Option<Retry>) -> Schema {
    let on_aws = [
        "`MaximumRetryAttempts` in the retry policy of the target or schedule.",
        "`MaximumEventAgeInSeconds` in the retry policy of the target or schedule.",
    ];
    retry(&DELIVERY_ATTEMPTS, &DELIVERY_AGE, defaults, on_aws)
        .describe("How EventBridge delivers an event to the function. What cannot be delivered goes to the job's dead-letter queue.")
        .example(json!({ "max_age": "1h" }))
        .on_aws("The retry policy of the trigger's target or schedule.")
}

/// The retries of a run that fails. Inside `defaults:` it has defaults.
pub(super) fn execution(defaults: Option<Retry>) -> Schema {
    let on_aws = [
        "`MaximumRetryAttempts` of the function's asynchronous invocations.",
        "`MaximumEventAgeInSeconds` of the function's asynchronous invocations.",
    ];
    retry(&EXECUTION_ATTEMPTS, &EXECUTION_AGE, defaults, on_aws)
        .describe("What Lambda does when a run fails. What failed for good goes to the job's failure queue.")
        .example(json!({ "max_attempts": 0 }))
        .on_aws("The settings of the function's asynchronous invocations, with `<pipeline>-<job>-on-failure-<environment>` as the destination of failed runs.")
}

fn retry(
    attempts: &Range,
    age: &Range,
    defaults: Option<Retry>,
    [attempts_on_aws, age_on_aws]: [&'static str; 2],
) -> Schema {
    let mut max_attempts = integer(
        attempts,
        "How often it is tried again after the first time.",
    )
    .example(attempts.least)
    .on_aws(attempts_on_aws);
    let mut max_age = duration(age, "The age at which an event is given up.")
        .example("1h")
        .on_aws(age_on_aws);
    if let Some(defaults) = defaults {
        max_attempts = max_attempts.default_value(defaults.max_attempts);
        max_age = max_age.default_value(show_duration(defaults.max_age_seconds));
    }
    Schema::mapping()
        .key("max_attempts", max_attempts)
        .key("max_age", max_age)
}
