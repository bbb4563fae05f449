//! What a change comes to on AWS, as a list for whoever tells it.

use std::fmt;

use pipeline::Span;
use pipeline::resources::Keeps;

use super::figures::{Cause, Seconds};

/// One thing on AWS that a change destroys, replaces or leaves unserved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What happens to it.
    pub kind: Kind,
    /// What it is.
    pub resource: Resource,
    /// The job that it belongs to, by its name in the spec that had it; nothing if it is the pipeline's.
    pub job: Option<String>,
    /// Its place in the present spec; if it left the spec, the one of `removed` or where that would stand.
    pub place: Span,
    /// Whether its job, or the archive, left the spec: `removed` is then what may keep it, and allow findings about it.
    pub has_left: bool,
    /// What is lost with it.
    pub lost: Lost,
}

/// What happens to a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is destroyed, and the spec has nothing in its place.
    Removed,
    /// It is destroyed, and this is created in its place.
    Replaced(String),
    /// It is destroyed and created again under its name.
    Remade,
    /// It stays, and what it delivers to does not.
    Redirected,
}

/// A resource, as Terraform and people call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// What it is.
    pub what: What,
    /// The address in the generated module: `aws_sqs_queue.bill_dlq`.
    pub address: String,
    /// The name on AWS, in the environment or with a mark for it.
    pub name: String,
}

/// A kind of resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// An archive of events.
    Archive,
    /// An event bus.
    Bus,
    /// A function.
    Function,
    /// A log group.
    LogGroup,
    /// A queue, and what it is for.
    Queue(Purpose),
    /// A role.
    Role,
    /// A rule.
    Rule,
    /// A schedule of EventBridge Scheduler.
    Schedule,
    /// A target of a rule.
    Target,
    /// A topic.
    Topic,
}

/// What a queue is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Dead letters.
    DeadLetters,
    /// Failed runs.
    FailedRuns,
    /// Events for whoever reads them.
    Events,
    /// Events that wait for the job's function.
    Waiting,
    /// Events that the bus could not encrypt or decrypt.
    Unreadable,
    /// A plan does not say.
    Unknown,
}

/// What is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The messages in a queue.
    Messages,
    /// The events in an archive.
    Events,
    /// The lines in a log group.
    Lines,
    /// What others have by its name or id: permissions, trusts, subscriptions, rules.
    References,
    /// Events of so long a time, as no rule that is there has a target that works.
    Deliveries(Cause, Seconds),
    /// Nothing; but for so long a time two rules bring each event.
    Nothing(Cause, Seconds),
    /// The thing itself: Terraform makes it under its name before it destroys the old one, which is the same.
    Itself,
}

impl What {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Archive => "archive",
            Self::Bus => "bus",
            Self::Function => "function",
            Self::LogGroup => "log group",
            Self::Queue(_) => "queue",
            Self::Role => "role",
            Self::Rule => "rule",
            Self::Schedule => "schedule",
            Self::Target => "target",
            Self::Topic => "topic",
        }
    }
}

impl From<Keeps> for Purpose {
    fn from(keeps: Keeps) -> Self {
        match keeps {
            Keeps::DeadLetters => Self::DeadLetters,
            Keeps::FailedRuns => Self::FailedRuns,
            Keeps::Events => Self::Events,
            Keeps::Waiting => Self::Waiting,
            Keeps::Unreadable => Self::Unreadable,
        }
    }
}

/// Shows the resource to people: ``the queue `shop-bill-dlq-<environment>` ``.
impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} `{}`", self.what.word(), self.name)
    }
}
