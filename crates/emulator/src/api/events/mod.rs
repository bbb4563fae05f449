//! [EventBridge's API](https://docs.aws.amazon.com/eventbridge/latest/APIReference/Welcome.html): AWS JSON 1.1, one
//! group of operations a file.

mod archives;
mod buses;
mod put_events;
mod replays;
mod rules;
mod tags;
mod targets;
mod test_event_pattern;

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::respond;
use crate::control::{Answer, Refused};
use crate::emulator::Inner;

pub(super) async fn answer(
    inner: &Arc<Inner>,
    operation: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    if operation == "PutEvents" {
        return put_events::put_events(inner, headers, body).await;
    }
    let input = match read(body) {
        Ok(input) => input,
        Err(refused) => return respond(Err(refused)),
    };
    let answer = dispatch(inner, operation, &input);
    // Of what was changed, schedules are planned anew.
    if answer.is_ok() && CHANGES_RULES.contains(&operation) {
        inner.replan();
    }
    respond(answer)
}

const CHANGES_RULES: [&str; 4] = ["PutRule", "DeleteRule", "EnableRule", "DisableRule"];

fn dispatch(inner: &Arc<Inner>, operation: &str, input: &Value) -> Answer<Value> {
    let now = inner.clock.now();
    match operation {
        "StartReplay" => return replays::start(inner, input),
        "TestEventPattern" => return test_event_pattern::test(input),
        _ => {}
    }
    let control = &mut *inner.control();
    match operation {
        "CreateEventBus" => buses::create(control, input, now),
        "DeleteEventBus" => buses::delete(control, input),
        "DescribeEventBus" => buses::describe(control, input),
        "ListEventBuses" => buses::list(control, input),
        "PutRule" => rules::put(control, input),
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
        "DeleteArchive" => archives::delete(control, input),
        "DescribeArchive" => archives::describe(control, input),
        "ListArchives" => archives::list(control, input),
        "DescribeReplay" => replays::describe(control, input),
        "ListReplays" => replays::list(control, input),
        "TagResource" => tags::tag(control, input),
        "UntagResource" => tags::untag(control, input),
        "ListTagsForResource" => tags::list(control, input),
        _ => Err(Refused::new(
            "UnknownOperationException",
            format!("the local bus has no operation AWSEvents.{operation}"),
        )),
    }
}

fn read(body: &[u8]) -> Answer<Value> {
    let body = if body.is_empty() { b"{}" } else { body };
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(Value::Object(members)),
        Ok(_) => Err(Refused::new(
            "SerializationException",
            "a request is a JSON object",
        )),
        Err(error) => Err(Refused::new("SerializationException", error.to_string())),
    }
}

/// A time as AWS JSON has it: seconds since 1970.
fn epoch(at: Timestamp) -> Value {
    json!(at.as_second())
}

fn timestamp(input: &Value, name: &str) -> Answer<Timestamp> {
    let seconds = input[name].as_f64();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole milliseconds; what is too large is no time"
    )]
    let at = seconds.map(|seconds| Timestamp::from_millisecond((seconds * 1e3) as i64));
    match at {
        Some(Ok(at)) => Ok(at),
        _ => Err(Refused::validation(format!(
            "Parameter {name} is not valid."
        ))),
    }
}

/// The bus that a request is about.
fn bus_of(input: &Value) -> Option<&str> {
    input["EventBusName"].as_str()
}
