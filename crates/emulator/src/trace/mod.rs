//! The trace: everything that happened, step by step, in AWS's own vocabulary.
//!
//! There are two layers, as on AWS. The bus delivers: `INVOCATION_…` steps, EventBridge's own
//! [log vocabulary](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-logs.html), are each about one
//! target. A function runs what was delivered: `FUNCTION_…` steps, joined to the delivery by the request id. If a queue is
//! between them, `BATCH_…` steps join a message to the run that it was in.

mod failure;
mod file;
mod journal;
mod reading;
mod report;
mod step;
mod tree;

pub use failure::Failure;
pub(crate) use journal::Journal;
pub use journal::{Follow, Record};
pub use report::Report;
pub use step::{BatchMessage, FaultKind, Nearest, Step};
pub(crate) use step::{INVALID_INPUT, THIRD_BUS};
pub use tree::{Tree, TreeOptions};
