//! Events that a function itself puts into its failure queue, as the package `eventbridge-job` does with what no other
//! attempt could mend. For Lambda such a run has succeeded; a person wants to see that it has not.

use serde_json::Value;

use super::input::queue_of;
use crate::function::Caller;
use crate::local_bus::LocalBus;
use crate::trace::Step;

/// The condition in the record of such a run, where Lambda's own are `RetriesExhausted` and `EventAgeExceeded`.
const CONDITION: &str = "PermanentFailure";

/// The attribute with the id of the message that it was, behind a queue.
const MESSAGE: &str = "MessageId";

/// Notes that the run of a function has kept its event, if this message is one.
pub(super) fn note(bus: &LocalBus, caller: &Caller, message: &Value) {
    let Ok(queue) = queue_of(message).map(|name| bus.queues.arn(name)) else {
        return;
    };
    if let Some(id) = message["MessageAttributes"][MESSAGE]["StringValue"].as_str() {
        bus.record(Step::MessageGivenUp {
            message: id.into(),
            queue: queue.as_str().into(),
            to: Some(queue),
        });
        return;
    }
    let body = message["MessageBody"].as_str().unwrap_or_default();
    let record: Value = serde_json::from_str(body).unwrap_or_default();
    let context = &record["requestContext"];
    if context["condition"] == CONDITION && context["requestId"] == *caller.request {
        bus.record(Step::FunctionFailure {
            request: caller.request.clone(),
            condition: CONDITION.to_owned(),
            destination: Some(queue),
        });
    }
}
