//! What a job delivers its events to, instead of a function.

use eventbridge::arn::Arn;

use super::api::{Api, Call};
use super::{BatchJob, Task};
use crate::platform::LogClass;
use crate::span::{Span, Spanned};
use crate::values::{Text, Valued};

/// What a job delivers its events to.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// What it is.
    pub to: Spanned<DeliverTo>,
    /// Days for which a log group keeps its lines; 0 is for ever.
    pub log_retention_days: Valued<u32>,
    /// The class of a log group, if the spec says one.
    pub log_class: Option<LogClass>,
    /// Whether Terraform leaves a log group there when the pipeline is destroyed.
    pub keep_log: bool,
}

/// A destination other than a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliverTo {
    /// A queue that the module makes.
    Queue {
        /// The message group of every event; a queue with one is a FIFO queue.
        group: Option<String>,
    },
    /// A topic that the module makes.
    Topic,
    /// A log group that the module makes.
    LogGroup,
    /// Something that is there already.
    Existing(Box<ExistingTarget>),
    /// An API destination that the module makes.
    Api(Box<Api>),
}

impl DeliverTo {
    /// What each call of an API has beside the event.
    pub fn call(&self) -> Option<&Call> {
        match self {
            Self::Api(api) => Some(&api.call),
            Self::Existing(target) => match &target.kind {
                TargetKind::Api(call) => Some(call),
                _ => None,
            },
            Self::Queue { .. } | Self::Topic | Self::LogGroup => None,
        }
    }

    /// The URL that the local bus calls instead of an API.
    pub fn local(&self) -> Option<&str> {
        self.call()?.local.as_deref()
    }

    /// What it is called in sentences.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Queue { group: _ } => "queue",
            Self::Topic => "topic",
            Self::LogGroup => "log group",
            Self::Existing(target) => target.kind.name(),
            Self::Api(_) => "API",
        }
    }

    /// Whether the module makes it.
    pub fn is_made(&self) -> bool {
        match self {
            Self::Queue { .. } | Self::Topic | Self::LogGroup | Self::Api(_) => true,
            Self::Existing(_) => false,
        }
    }

    /// Whether EventBridge takes on a role of the job to reach it.
    pub fn needs_role(&self) -> bool {
        match self {
            Self::Queue { .. } | Self::Topic | Self::LogGroup => false,
            Self::Existing(_) | Self::Api(_) => true,
        }
    }

    /// Whether it is a FIFO queue.
    pub fn is_fifo(&self) -> bool {
        match self {
            Self::Queue { group } => group.is_some(),
            Self::Existing(target) => target.is_fifo(),
            Self::Topic | Self::LogGroup | Self::Api(_) => false,
        }
    }
}

/// What the name of every FIFO queue and FIFO topic ends in.
pub(crate) const FIFO: &str = ".fifo";

/// A target that is there already. EventBridge reaches it with a role of the job, and its own policy is not touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExistingTarget {
    /// What it is.
    pub kind: TargetKind,
    /// Where it is.
    pub address: TargetAddress,
}

impl ExistingTarget {
    /// Whether it is a FIFO queue or a FIFO topic, which its name says.
    pub fn is_fifo(&self) -> bool {
        self.name().is_some_and(|name| name.ends_with(FIFO))
    }

    /// The name in the setting that the spec was read for, if the spec says it.
    pub fn name(&self) -> Option<&str> {
        match &self.address {
            TargetAddress::Variable => None,
            TargetAddress::Name(name) => Some(&name.value),
            TargetAddress::Arn(arn) => {
                let resource = Arn::parse(&arn.value).ok()?.resource();
                resource.strip_prefix(self.kind.before_name())
            }
        }
    }
}

/// Where a target is that is there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetAddress {
    /// The Terraform variable `destinations` has its ARN, under the job's name.
    Variable,
    /// The ARN.
    Arn(Text),
    /// The name, in the account and the region that Terraform deploys to.
    Name(Text),
}

impl TargetAddress {
    /// The name or the ARN, if the spec says one of them.
    pub fn text(&self) -> Option<&Text> {
        match self {
            Self::Variable => None,
            Self::Arn(text) | Self::Name(text) => Some(text),
        }
    }

    /// Where the spec says it.
    pub(crate) fn span(&self) -> Span {
        self.text().map_or_else(Span::default, |text| text.span)
    }
}

/// What a target is that is there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// A state machine of Step Functions.
    StateMachine,
    /// An event bus.
    Bus,
    /// A cluster of ECS, with the task that an event starts there.
    Task(Box<Task>),
    /// A job queue of AWS Batch, with the job that an event submits there.
    Batch(Box<BatchJob>),
    /// A queue of SQS.
    Queue {
        /// The message group of every event: of a FIFO queue, or of a standard one that shares its readers fairly.
        group: Option<String>,
        /// The name, in the variable `kms_keys`, of the key that encrypts it.
        kms_key: Option<Spanned<String>>,
    },
    /// A topic of SNS.
    Topic {
        /// The name, in the variable `kms_keys`, of the key that encrypts it.
        kms_key: Option<Spanned<String>>,
    },
    /// A data stream of Kinesis.
    Stream {
        /// The path to the part of an event that says to which shard it goes; without one the event's id does.
        partition_key: Option<Spanned<String>>,
        /// The name, in the variable `kms_keys`, of the key that encrypts it.
        kms_key: Option<Spanned<String>>,
    },
    /// A stream of Amazon Data Firehose.
    Firehose,
    /// An API destination, with what each call has beside the event.
    Api(Call),
}

impl TargetKind {
    /// What it is called in sentences.
    pub fn name(&self) -> &'static str {
        match self {
            Self::StateMachine => "state machine",
            Self::Bus => "bus",
            Self::Task(_) => "ECS task",
            Self::Batch(_) => "Batch job",
            Self::Queue { .. } => "queue",
            Self::Topic { .. } => "topic",
            Self::Stream { .. } => "stream",
            Self::Firehose => "Firehose stream",
            Self::Api(_) => "API",
        }
    }

    /// What its address is the name of.
    pub fn what_is_there(&self) -> &'static str {
        match self {
            Self::Task(_) => "cluster",
            Self::Batch(_) => "job queue",
            Self::Api(_) => "API destination",
            _ => self.name(),
        }
    }

    /// The service in its ARN.
    pub fn service(&self) -> &'static str {
        match self {
            Self::StateMachine => "states",
            Self::Bus | Self::Api(_) => "events",
            Self::Task(_) => "ecs",
            Self::Batch(_) => "batch",
            Self::Queue { .. } => "sqs",
            Self::Topic { .. } => "sns",
            Self::Stream { .. } => "kinesis",
            Self::Firehose => "firehose",
        }
    }

    /// What stands in front of its name in the last part of its ARN.
    pub fn before_name(&self) -> &'static str {
        match self {
            Self::StateMachine => "stateMachine:",
            Self::Bus => "event-bus/",
            Self::Task(_) => "cluster/",
            Self::Batch(_) => "job-queue/",
            Self::Queue { .. } | Self::Topic { .. } => "",
            Self::Stream { .. } => "stream/",
            Self::Firehose => "deliverystream/",
            Self::Api(_) => "api-destination/",
        }
    }

    /// The message group of every event.
    pub fn group(&self) -> Option<&str> {
        match self {
            Self::Queue { group, .. } => group.as_deref(),
            _ => None,
        }
    }

    /// The path to the part of an event that says to which shard of a stream it goes.
    pub fn partition_key(&self) -> Option<&Spanned<String>> {
        match self {
            Self::Stream { partition_key, .. } => partition_key.as_ref(),
            _ => None,
        }
    }

    /// The name, in the variable `kms_keys`, of the key that encrypts it.
    pub fn kms_key(&self) -> Option<&Spanned<String>> {
        match self {
            Self::Queue { kms_key, .. }
            | Self::Topic { kms_key }
            | Self::Stream { kms_key, .. } => kms_key.as_ref(),
            _ => None,
        }
    }
}
