//! The local bus with real processes: a function on the Lambda runtime, events over the AWS SDK.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at what it does not expect"
)]

mod api;
mod buffer;
mod buses;
mod companion;
mod delivery;
mod destinations;
mod extensions;
mod failures;
mod forms;
mod http;
mod inputs;
mod invoke;
mod mappings;
mod operations;
mod queues;
mod safety;
mod schedules;
mod state;
mod storm;
mod stubs;
mod support;
mod targets;
