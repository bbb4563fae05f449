//! [EventBridge Scheduler's API](https://docs.aws.amazon.com/scheduler/latest/APIReference/Welcome.html): schedules, their
//! groups, and the groups' tags.

mod groups;
mod schedules;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use serde_json::Value;

use super::answer::required;
pub(crate) use schedules::adopt_schedule;

use crate::local_bus::LocalBus;
use crate::refusal::{Answer, Refusal};

pub(super) fn routes() -> Router<Arc<LocalBus>> {
    Router::new()
        .route("/schedules", get(schedules::list))
        .route(
            "/schedules/{name}",
            get(schedules::get)
                .post(schedules::create)
                .put(schedules::update)
                .delete(schedules::delete),
        )
        .route("/schedule-groups", get(groups::list))
        .route(
            "/schedule-groups/{name}",
            get(groups::get).post(groups::create).delete(groups::delete),
        )
        .route(
            "/tags/{arn}",
            get(groups::tags).post(groups::tag).delete(groups::untag),
        )
}

/// Checks the name of a schedule or a group. Refuses another in AWS's words.
fn check_name(name: &str) -> Answer<()> {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if (1..=64).contains(&name.len()) && name.bytes().all(is_letter) {
        return Ok(());
    }
    Err(Refusal::validation(format!(
        "1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[0-9a-zA-Z-_.]+$"
    )))
}

/// Reads a list of tags.
fn read_tags(input: &Value) -> Answer<Vec<(String, String)>> {
    let tags = input["Tags"].as_array().into_iter().flatten();
    let tags = tags.map(|tag| {
        Ok((
            required(tag, "Key")?.to_owned(),
            required(tag, "Value")?.to_owned(),
        ))
    });
    tags.collect()
}
