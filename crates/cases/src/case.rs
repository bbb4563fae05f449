//! A case: what happens, and what is expected of it.

use std::collections::BTreeMap;

use emulator::Faults;
use eventbridge::put_events::Entry;
use indexmap::IndexMap;
use jiff::Timestamp;
use pipeline::reading::DetailPattern;
use pipeline::{Span, Spanned};
use serde_json::{Map, Value};

/// A case of a file.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it is called, unique in its file.
    pub name: String,
    /// The place of its name.
    pub key: Span,
    /// The place of all of it; empty if it is an alias of another.
    pub(crate) span: Span,
    /// The place of the first key of what it says.
    pub(crate) first: Option<Span>,
    /// Whether only triggers are matched, and nothing runs.
    pub only_match: bool,
    /// The instant at which virtual time begins.
    pub begin: Timestamp,
    /// What happens, in this order.
    pub steps: Vec<Step>,
    /// What runs instead of functions, by their jobs.
    pub stubs: BTreeMap<String, StubPlan>,
    /// The faults that are put in.
    pub faults: Faults,
    /// What ids, jitter and faults are made from.
    pub seed: Option<u64>,
    /// Variables that functions get beside their own.
    pub environment: BTreeMap<String, String>,
    /// What is expected; nothing if it is still to be recorded.
    pub(crate) expect: Option<Expect>,
}

impl Case {
    /// Returns whether it says what is expected of it.
    pub fn is_recorded(&self) -> bool {
        let expect = self.expect.as_ref();
        expect.is_some_and(|expect| expect.first.is_some())
    }
}

/// Something that happens.
#[derive(Clone, Debug)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
}

/// What happens in a step.
#[derive(Clone, Debug)]
pub enum What {
    /// An event comes to its bus.
    Event(Entry),
    /// Every schedule fires that is due until this instant.
    Schedules(Timestamp),
}

/// What a stub does.
#[derive(Clone, Debug, Default)]
pub struct StubPlan {
    /// What it does in its first run, in the second and so on. All later ones are as the last; without any it does nothing.
    pub(crate) runs: Vec<StubRun>,
}

/// What a stub does in a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct StubRun {
    /// What it emits in a run that succeeds.
    pub(crate) emits: Vec<StubEmit>,
    /// The number of attempts that fail before one succeeds.
    pub(crate) fails: u32,
    /// What it says when it fails.
    pub(crate) error: Option<String>,
}

/// An event that a stub emits.
#[derive(Clone, Debug)]
pub(crate) struct StubEmit {
    pub(crate) event: String,
    /// Fields of the detail. Others come from the event that the stub was started by.
    pub(crate) detail: Map<String, Value>,
}

/// What is expected.
#[derive(Clone, Debug)]
pub(crate) struct Expect {
    /// The place of `expect`.
    pub(crate) key: Span,
    /// The place of what it has.
    pub(crate) value: Span,
    /// The place of the first key in it, if it has one.
    pub(crate) first: Option<Span>,
    /// Whether runs and emitted events may come in any order.
    pub(crate) any_order: bool,
    /// The triggers that match, and no others.
    pub(crate) matches: Option<Listed<Spanned<String>>>,
    /// Triggers that do not match.
    pub(crate) misses: Option<Listed<Spanned<String>>>,
    /// The runs of functions, and no others.
    pub(crate) runs: Option<Listed<ExpectedRun>>,
    /// What functions emit, and nothing else.
    pub(crate) emits: Option<Listed<ExpectedEvent>>,
    /// The place of `queues`.
    pub(crate) queues_key: Option<Span>,
    /// What lands in some queues, and nothing else there.
    pub(crate) queues: IndexMap<String, ExpectedQueue>,
    /// The seconds after which everything is at rest.
    pub(crate) within: Option<Spanned<u32>>,
}

/// A list of expectations, with its place.
#[derive(Clone, Debug)]
pub(crate) struct Listed<T> {
    /// The place of the key.
    pub(crate) key: Span,
    /// The place of the list.
    pub(crate) value: Span,
    pub(crate) items: Vec<Item<T>>,
}

/// An expectation, with its place.
#[derive(Clone, Debug)]
pub(crate) struct Item<T> {
    pub(crate) span: Span,
    pub(crate) of: T,
}

/// A run of a function.
#[derive(Clone, Debug)]
pub(crate) struct ExpectedRun {
    pub(crate) job: String,
    /// Whether it fails for good.
    pub(crate) fails: bool,
    pub(crate) attempts: Option<u32>,
    pub(crate) within: Option<u32>,
}

/// An event that is emitted.
#[derive(Clone, Debug)]
pub(crate) struct ExpectedEvent {
    pub(crate) event: String,
    pub(crate) by: Option<String>,
    pub(crate) detail: Option<Detail>,
    pub(crate) within: Option<u32>,
}

/// What is expected of a detail, with its place.
#[derive(Clone, Debug)]
pub(crate) struct Detail {
    pub(crate) span: Span,
    pub(crate) pattern: DetailPattern,
}

/// What lands in a queue.
#[derive(Clone, Debug)]
pub(crate) enum ExpectedQueue {
    /// So many messages.
    Count { value: Span, count: u32 },
    /// These, in this order.
    Messages(Listed<ExpectedMessage>),
}

/// A message in a queue.
#[derive(Clone, Debug)]
pub(crate) struct ExpectedMessage {
    /// The event that it comes from.
    pub(crate) event: Option<String>,
    /// The detail of that event.
    pub(crate) detail: Option<Detail>,
    /// The message itself, as JSON.
    pub(crate) message: Option<Detail>,
    pub(crate) within: Option<u32>,
}
