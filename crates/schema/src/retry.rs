//! `delivery:` and `execution:`.

use pipeline::language::{
    DELIVERY_AGE, DELIVERY_ATTEMPTS, EXECUTION_AGE, EXECUTION_ATTEMPTS, Range, show_duration,
};
use pipeline::model::Retry;

use super::Schema;
use super::quantity::{duration, integer};

/// How EventBridge delivers. Inside `defaults:` it has defaults.
pub(super) fn delivery(defaults: Option<Retry>) -> Schema {
    retry(&DELIVERY_ATTEMPTS, &DELIVERY_AGE, defaults).describe(
        "How EventBridge delivers an event to the function. What cannot be delivered goes to the job's dead-letter queue.",
    )
}

/// What Lambda does when a run fails. Inside `defaults:` it has defaults.
pub(super) fn execution(defaults: Option<Retry>) -> Schema {
    retry(&EXECUTION_ATTEMPTS, &EXECUTION_AGE, defaults).describe(
        "What Lambda does when a run fails. A run that fails at every attempt goes to the job's failure queue.",
    )
}

fn retry(attempts: &Range, age: &Range, defaults: Option<Retry>) -> Schema {
    let mut max_attempts = integer(attempts, "How many attempts follow the first.");
    let mut max_age = duration(age, "The age after which an event is not tried again.");
    if let Some(defaults) = defaults {
        max_attempts = max_attempts.default_value(defaults.max_attempts);
        max_age = max_age.default_value(show_duration(defaults.max_age_seconds));
    }
    Schema::mapping()
        .key("max_attempts", max_attempts)
        .key("max_age", max_age)
}
