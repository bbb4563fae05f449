//! EventBridge and Lambda on one machine, for developing and testing one pipeline.
//!
//! An [`Emulator`] serves EventBridge's API on loopback, matches events against rules as AWS does, and
//! runs the real function binaries, each as processes that ask for work over the Lambda Runtime API.
//! Time is virtual or real. Everything that happens is a [`Record`] of the trace, and [`Tree`] draws it.

/// The page on tests, of which the Rust is run with the documentation's examples.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/testing.md")]
struct TestingPage;

mod adopt;
mod agenda;
mod api;
mod call;
mod clock;
mod companion;
mod config;
mod control;
mod delivery;
mod drive;
mod emulator;
mod event;
mod faults;
mod flight;
mod function;
mod guard;
mod invocation;
mod kept_work;
mod load;
mod local_bus;
mod mapping;
mod messages;
mod page;
mod publish;
mod queue;
mod refusal;
mod reset;
mod schedules;
mod state;
mod story;
mod stub;
mod stubbed;
mod subject;
mod trace;
mod wiring;

pub use clock::Time;
pub use companion::{Nearby, Wait, Waited};
pub use config::{
    Config, EventSourceMapping, Function, HttpCall, Queue, Redrive, RetryPolicy, Rule, RuleSource,
    Target, TargetInput, To, TraceKeeping, Transformer, Wiring,
};
pub use emulator::Emulator;
pub use faults::Faults;
pub use page::{Build, Checked, Problem, Workbench};
pub use stub::{Stub, StubAnswer, StubRun};
pub use trace::{
    BatchMessage, Failure, FaultKind, Follow, Nearest, Record, Report, Step, Tree, TreeOptions,
};
