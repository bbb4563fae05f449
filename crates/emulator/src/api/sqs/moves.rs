//! Operations that move messages out of a dead-letter queue. A task ends in the request that starts it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::answer::page;
use super::input::{nothing, queue_of, required};
use crate::control::MoveTask;
use crate::local_bus::LocalBus;
use crate::queue::Stored;
use crate::refusal::{Answer, Refusal};

/// What SQS says of a queue that is not there, given by its ARN.
const NO_QUEUE: &str = "The resource that you specified for the SourceArn parameter doesn't exist.";

/// The most tasks that are told of.
const TASKS: u64 = 10;
/// The most tasks of all queues that are kept.
const TASKS_KEPT: usize = 100;

pub(super) fn sources(bus: &Arc<LocalBus>, input: &Value) -> Answer<Value> {
    let name = queue_of(input)?;
    if !bus.queues.has(name) {
        return Err(Refusal::no_queue());
    }
    let sources = bus.queues.sources_of(name);
    let urls = sources.iter().map(|source| bus.queue_url(source));
    let paging = json!({ "NextToken": input["NextToken"], "Limit": input["MaxResults"] });
    let (urls, next) = page(urls.collect::<Vec<_>>(), &paging, 1_000)
        .map_err(|refused| Refusal::new("InvalidParameterValue", refused.message))?;
    let mut output = json!({ "queueUrls": urls });
    if let Some(next) = next {
        output["NextToken"] = Value::from(next);
    }
    Ok(output)
}

/// Returns the name of the queue that a task begins with.
fn source<'i>(bus: &LocalBus, input: &'i Value) -> Answer<&'i str> {
    let arn = required(input, "SourceArn")?;
    let name = bus
        .queues
        .name(arn)
        .ok()
        .filter(|name| bus.queues.has(name));
    name.ok_or_else(|| Refusal::not_found(NO_QUEUE))
}

pub(super) fn start(bus: &Arc<LocalBus>, input: &Value) -> Answer<Value> {
    let name = source(bus, input)?;
    if bus.queues.sources_of(name).is_empty() {
        return Err(Refusal::new(
            "InvalidParameterValue",
            "Source queue must be configured as a Dead Letter Queue.",
        ));
    }
    let destination = input["DestinationArn"].as_str();
    if let Some(arn) = destination
        && !bus.queues.name(arn).is_ok_and(|name| bus.queues.has(name))
    {
        return Err(Refusal::not_found(
            "The resource that you specified for the DestinationArn parameter doesn't exist.",
        ));
    }
    let (mut moved, mut failure) = (0, None);
    let (mut passed, mut all) = (0, bus.queues.count(name));
    while all > 0 {
        let mut messages = bus.queues.peek(name, passed)?;
        messages.truncate(all);
        if messages.is_empty() {
            break;
        }
        all -= messages.len();
        for stored in messages {
            match move_one(bus, &stored, destination) {
                Ok(()) => {
                    bus.queues.remove(name, &stored.id);
                    moved += 1;
                }
                Err(code) => {
                    passed += 1;
                    failure = Some(code.to_owned());
                }
            }
        }
    }
    let task = MoveTask {
        source: bus.queues.arn(name),
        destination: destination.map(str::to_owned),
        moved,
        failure,
        started: bus.clock.now(),
    };
    let mut control = bus.control();
    control.move_tasks.insert(0, task);
    control.move_tasks.truncate(TASKS_KEPT);
    drop(control);
    Ok(json!({ "TaskHandle": super::super::answer::request_id() }))
}

/// Sends a message to where it is moved. Returns a code if it cannot be.
fn move_one(bus: &LocalBus, stored: &Stored, to: Option<&str>) -> Result<(), &'static str> {
    let to = to.or(stored.given_up_by.as_deref());
    let to = to.ok_or("CouldNotDetermineMessageSource")?;
    let mut message = stored.message.clone();
    // The new message is no repetition of the one that was given up.
    message.deduplication = message.deduplication.map(|_| stored.id.clone());
    let sent = bus.send_message(to, message);
    sent.map(|_| ()).map_err(|refusal| refusal.code)
}

pub(super) fn list(bus: &Arc<LocalBus>, input: &Value) -> Answer<Value> {
    let arn = bus.queues.arn(source(bus, input)?);
    let most = super::input::number(input, "MaxResults", 1..=10, 1)?;
    let control = bus.control();
    let tasks = control.move_tasks.iter().filter(|task| task.source == arn);
    let tasks = tasks.take(u64::from(most).min(TASKS).try_into().unwrap_or(1));
    let tasks = tasks.map(|task| {
        let mut listed = json!({
            "Status": if task.failure.is_some() { "FAILED" } else { "COMPLETED" },
            "SourceArn": task.source,
            "ApproximateNumberOfMessagesMoved": task.moved,
            "StartedTimestamp": task.started.as_millisecond(),
        });
        if let Some(destination) = &task.destination {
            listed["DestinationArn"] = json!(destination);
        }
        if let Some(failure) = &task.failure {
            listed["FailureReason"] = json!(failure);
        }
        listed
    });
    Ok(json!({ "Results": tasks.collect::<Value>() }))
}

/// There is never a task to cancel, as each ends in the request that starts it.
pub(super) fn cancel(_: &Arc<LocalBus>, input: &Value) -> Answer<Value> {
    required(input, "TaskHandle").map(|_| nothing())?;
    Err(Refusal::not_found("Task does not exist."))
}
