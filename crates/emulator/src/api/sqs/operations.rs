//! Runs an operation for either protocol. Inputs and outputs have the shapes of the JSON protocol.

use std::sync::Arc;

use serde_json::Value;

use super::{batch, message, moves, queues, tags};
use crate::local_bus::LocalBus;
use crate::refusal::{Answer, Refusal};

pub(super) async fn run(bus: &Arc<LocalBus>, operation: &str, input: &Value) -> Answer<Value> {
    match operation {
        "CreateQueue" => queues::create(bus, input),
        "DeleteQueue" => queues::delete(bus, input),
        "ListQueues" => queues::list(bus, input),
        "GetQueueUrl" => queues::url(bus, input),
        "GetQueueAttributes" => queues::attributes(bus, input),
        "SetQueueAttributes" => queues::set(bus, input),
        "PurgeQueue" => queues::purge(bus, input),
        "SendMessage" => message::send(bus, input),
        "ReceiveMessage" => message::receive(bus, input).await,
        "DeleteMessage" => message::delete(bus, input),
        "ChangeMessageVisibility" => message::change_visibility(bus, input),
        "SendMessageBatch" => batch::send(bus, input),
        "DeleteMessageBatch" => batch::delete(bus, input),
        "ChangeMessageVisibilityBatch" => batch::change_visibility(bus, input),
        "TagQueue" => tags::tag(bus, input),
        "UntagQueue" => tags::untag(bus, input),
        "ListQueueTags" => tags::list(bus, input),
        "ListDeadLetterSourceQueues" => moves::sources(bus, input),
        "StartMessageMoveTask" => moves::start(bus, input),
        "ListMessageMoveTasks" => moves::list(bus, input),
        "CancelMessageMoveTask" => moves::cancel(bus, input),
        _ => Err(Refusal::new(
            "UnknownOperationException",
            format!("the local bus has no operation SQS {operation}"),
        )),
    }
}
