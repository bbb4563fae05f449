//! Schedules of EventBridge Scheduler, which work as rules of their own, and their groups.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Rule;

/// The group that every account has.
pub(crate) const DEFAULT_GROUP: &str = "default";

/// A schedule.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    /// The rule that fires. Its ARN is the schedule's.
    pub(crate) rule: Arc<Rule>,
    /// What `GetSchedule` returns beside the times of changes.
    pub(crate) members: Map<String, Value>,
    /// Whether it goes after its last run: `ActionAfterCompletion` is `DELETE`.
    pub(crate) goes_when_done: bool,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
}

/// A group of schedules.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) arn: String,
    pub(crate) created: Timestamp,
}

/// Returns the group and the name in the ARN of a schedule.
pub(super) fn parse(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.splitn(6, ':');
    let service = parts.nth(2)?;
    let named = parts.nth(2)?.strip_prefix("schedule/")?;
    (service == "scheduler").then_some(named)?.split_once('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_known_by_its_arn() {
        let arn = "arn:aws:scheduler:eu-central-1:123456789012:schedule/default/nightly";
        assert_eq!(parse(arn), Some(("default", "nightly")));
        assert_eq!(parse("arn:aws:events:r:1:schedule/default/nightly"), None);
        assert_eq!(parse("arn:aws:scheduler:r:1:schedule-group/g"), None);
    }
}
