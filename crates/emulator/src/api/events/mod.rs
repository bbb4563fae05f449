//! [EventBridge's API](https://docs.aws.amazon.com/eventbridge/latest/APIReference/Welcome.html): AWS JSON 1.1, one
//! group of operations a file.

mod archives;
mod buses;
mod connections;
mod destinations;
mod input;
mod permissions;
mod put_events;
mod replays;
mod rules;
mod tags;
mod targets;
mod test_event_pattern;

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::Value;

use super::answer::respond;
use crate::local_bus::LocalBus;
use crate::refusal::{Answer, Refusal};

pub(super) async fn answer(
    bus: &Arc<LocalBus>,
    operation: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    if operation == "PutEvents" {
        return put_events::put_events(bus, headers, body).await;
    }
    let input = match input::read(body) {
        Ok(input) => input,
        Err(refused) => return respond(Err(refused)),
    };
    let answer = dispatch(bus, operation, &input);
    // Schedules are planned again here, because that takes the lock that `dispatch` has just released.
    if answer.is_ok() && CHANGES_RULES.contains(&operation) {
        bus.replan();
    }
    respond(answer)
}

const CHANGES_RULES: [&str; 4] = ["PutRule", "DeleteRule", "EnableRule", "DisableRule"];

fn dispatch(bus: &Arc<LocalBus>, operation: &str, input: &Value) -> Answer<Value> {
    let now = bus.clock.now();
    match operation {
        // It takes the lock of `control` by itself and delivers without it, so it cannot run below.
        "StartReplay" => return replays::start(bus, input),
        "TestEventPattern" => return test_event_pattern::test(input),
        _ => {}
    }
    let mut control = bus.control();
    let is_read = ["Describe", "List"]
        .iter()
        .any(|verb| operation.starts_with(verb));
    // What only reads has changed nothing that is to be kept.
    let control = if is_read {
        control.in_passing()
    } else {
        &mut control
    };
    match operation {
        "CreateEventBus" => buses::create(control, input, now),
        "UpdateEventBus" => buses::update(control, input, now),
        "DeleteEventBus" => buses::delete(control, input),
        "DescribeEventBus" => buses::describe(control, input),
        "ListEventBuses" => buses::list(control, input),
        "PutRule" => rules::put(control, input, now),
        "DeleteRule" => rules::delete(control, input),
        "DescribeRule" => rules::describe(control, input),
        "ListRules" => rules::list(control, input),
        "EnableRule" => rules::set_enabled(control, input, true),
        "DisableRule" => rules::set_enabled(control, input, false),
        "PutTargets" => targets::put(control, input),
        "RemoveTargets" => targets::remove(control, input),
        "ListTargetsByRule" => targets::list(control, input),
        "ListRuleNamesByTarget" => targets::rule_names(control, input),
        "CreateArchive" => archives::create(control, input, now),
        "UpdateArchive" => archives::update(control, input),
        "DeleteArchive" => archives::delete(control, input),
        "DescribeArchive" => archives::describe(control, input),
        "ListArchives" => archives::list(control, input),
        "CancelReplay" => replays::cancel(control, input),
        "DescribeReplay" => replays::describe(control, input),
        "ListReplays" => replays::list(control, input),
        "PutPermission" => permissions::put(control, input),
        "RemovePermission" => permissions::remove(control, input),
        "CreateConnection" => connections::create(control, input, now),
        "UpdateConnection" => connections::update(control, input, now),
        "DeauthorizeConnection" => connections::deauthorize(control, input),
        "DeleteConnection" => connections::delete(control, input),
        "DescribeConnection" => connections::describe(control, input),
        "ListConnections" => connections::list(control, input),
        "CreateApiDestination" => destinations::create(control, input, now),
        "UpdateApiDestination" => destinations::update(control, input, now),
        "DeleteApiDestination" => destinations::delete(control, input),
        "DescribeApiDestination" => destinations::describe(control, input),
        "ListApiDestinations" => destinations::list(control, input),
        "TagResource" => tags::tag(control, input),
        "UntagResource" => tags::untag(control, input),
        "ListTagsForResource" => tags::list(control, input),
        _ => Err(Refusal::new(
            "UnknownOperationException",
            format!("the local bus has no operation AWSEvents.{operation}"),
        )),
    }
}
