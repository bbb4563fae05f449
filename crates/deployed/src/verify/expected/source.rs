//! What starts a rule's targets.

use pipeline::model::Schedule;
use pipeline::resources;
use serde_json::Value;

use super::{Named, RuleSource};
use crate::aws::deployed::DEFAULT_GROUP;

/// What a rule waits for; `invoker` is the role of EventBridge Scheduler.
pub(super) fn waits_for(
    bus: &str,
    source: &resources::RuleSource<'_>,
    invoker: &Named,
) -> RuleSource {
    let schedule = match source {
        resources::RuleSource::Pattern(pattern) => {
            return RuleSource::Pattern {
                bus: bus.to_owned(),
                pattern: Value::Object(pattern.json.clone()),
            };
        }
        resources::RuleSource::Schedule(schedule) => {
            return RuleSource::Schedule(schedule.expression.value.clone());
        }
        resources::RuleSource::Scheduler(schedule) => schedule,
    };
    let Schedule {
        expression,
        // In `Schedule::zone`.
        timezone: _,
        // In `Schedule::lifetime`.
        start: _,
        end: _,
        group,
        flexible_window_minutes,
        // It has become a schedule for each, with the detail in what each sends.
        shards: _,
        detail: _,
        // Roles are not read.
        emits: _,
    } = schedule;
    RuleSource::Scheduler {
        expression: expression.value.clone(),
        timezone: schedule.zone().to_owned(),
        lifetime: schedule.lifetime(),
        group: group
            .as_ref()
            .map_or_else(|| DEFAULT_GROUP.to_owned(), |group| group.value.clone()),
        window_minutes: *flexible_window_minutes,
        role: invoker.clone(),
    }
}
