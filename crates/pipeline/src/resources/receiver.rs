//! The function or other destination that a job delivers to, with everything that belongs to it.

use super::api::ApiDestination;
use super::buffer::Buffer;
use super::name::{JobRef, Name};
use super::queue::Queue;
use super::role::Role;
use super::rule::Rule;
use crate::model::{self, DeliverTo, Existing, ExistingTarget, Retry, Work};
use crate::platform::{ALIAS, LOG_EVENTS, LogClass, LogEvents};
use crate::values::{Text, Valued};

/// The function or other destination that a job delivers to.
#[derive(Clone, Debug)]
pub enum Receiver<'p> {
    /// A function that is created with the pipeline.
    Function(Box<Function<'p>>),
    /// A function that exists already.
    Existing(&'p Existing),
    /// A queue.
    Queue {
        /// The queue.
        queue: Queue,
        /// The message group of every event, if it is a FIFO queue.
        group: Option<&'p str>,
    },
    /// A topic, with its name and its Terraform label.
    Topic {
        /// The name on AWS.
        name: Name,
        /// The Terraform label.
        label: String,
        /// The name, in the variable `kms_keys`, of the key that encrypts it.
        kms_key: Option<&'p str>,
    },
    /// A log group.
    LogGroup(LogGroup),
    /// Something that is there already, with the role that EventBridge takes on to reach it.
    Elsewhere {
        /// What it is, and where.
        to: &'p ExistingTarget,
        /// The role; nothing if the module makes none.
        role: Option<Role<'p>>,
    },
    /// An API destination.
    Api(Box<ApiDestination<'p>>),
}

/// A function that is created with the pipeline, and what belongs to it.
#[derive(Clone, Debug)]
pub struct Function<'p> {
    /// The name on AWS.
    pub name: Name,
    /// The Terraform label.
    pub label: String,
    /// What the console says of it.
    pub description: Option<&'p str>,
    /// What the spec says of it.
    pub settings: &'p model::Function,
    /// The alias that rules invoke instead of the function, if it has versions.
    pub alias: Option<&'static str>,
    /// Where it logs.
    pub log_group: LogGroup,
    /// The role that it runs with.
    pub role: Role<'p>,
    /// What Lambda does when a run fails; `None` if it has a buffer, whose messages come again.
    pub execution: Option<Retry>,
    /// The queue that keeps its failed runs, or the messages that its buffer gave up.
    pub failed_runs: Queue,
    /// The queue that its events wait in.
    pub buffer: Option<Buffer>,
}

/// A log group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogGroup {
    /// The name on AWS.
    pub name: Name,
    /// The Terraform label.
    pub label: String,
    /// Days for which it keeps lines; 0 is for ever.
    pub retention_days: Valued<u32>,
    /// The class, if the spec says one.
    pub class: Option<LogClass>,
    /// Whether Terraform leaves it there when the pipeline is destroyed.
    pub is_kept: bool,
    /// The name, in the variable `kms_keys`, of the key that encrypts it.
    pub kms_key: Option<String>,
}

/// A variable of a function's environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variable<'p> {
    /// The name of the pipeline's bus.
    BusName,
    /// The name of the environment.
    Environment,
    /// The URL of the job's failure queue.
    FailureQueue,
    /// A word of our own.
    Word(&'static str),
    /// A text of the spec.
    Text(&'p Text),
    /// The ARN of a secret, by its name in the variable `secrets`.
    Secret(&'p str),
}

impl<'p> Receiver<'p> {
    pub(super) fn new(job: JobRef<'p>, rules: &[Rule<'p>]) -> Self {
        let delivery = match &job.job.work {
            Work::Function(settings) => {
                return Self::Function(Box::new(Function::new(job, settings, rules)));
            }
            Work::Existing(existing) => return Self::Existing(existing),
            Work::DeliverTo(delivery) => delivery,
        };
        let encryption = &job.pipeline.encryption;
        match &delivery.to.value {
            DeliverTo::Queue { group } => {
                let queue = Queue::events(job, rules);
                Self::Queue {
                    queue: match group {
                        Some(_) => queue.fifo(),
                        None => queue,
                    },
                    group: group.as_deref(),
                }
            }
            DeliverTo::Topic => Self::Topic {
                name: job.function_name(),
                label: job.label(),
                kms_key: encryption.topics.as_ref().map(|key| key.value.as_str()),
            },
            DeliverTo::LogGroup => Self::LogGroup(LogGroup {
                name: job.log_group_of_events(),
                label: job.label(),
                retention_days: delivery.log_retention_days.clone(),
                class: delivery.log_class,
                is_kept: delivery.keep_log,
                kms_key: encryption.logs.as_ref().map(|key| key.value.clone()),
            }),
            DeliverTo::Existing(to) => Self::Elsewhere {
                to,
                role: (job.job.delivery_role.is_made()).then(|| Role::of_delivery(job, to)),
            },
            DeliverTo::Api(settings) => Self::Api(Box::new(ApiDestination::new(job, settings))),
        }
    }

    /// The function that is created with the pipeline, if it is one.
    pub fn function(&self) -> Option<&Function<'p>> {
        match self {
            Self::Function(function) => Some(function),
            _ => None,
        }
    }

    /// Whether it is a function, whoever created it.
    pub fn is_function(&self) -> bool {
        matches!(self, Self::Function(_) | Self::Existing(_))
    }
}

impl<'p> Function<'p> {
    fn new(job: JobRef<'p>, settings: &'p model::Function, rules: &[Rule<'p>]) -> Self {
        let failed_runs = Queue::failed_runs(job);
        let buffer =
            job.job.buffer.as_ref().map(|buffer| {
                Buffer::new(job, buffer, &settings.timeout_seconds, &failed_runs, rules)
            });
        let waiting = buffer.as_ref().map(|buffer| &buffer.queue);
        let class = &settings.platform.log_class;
        let logs = &job.pipeline.encryption.logs;
        Self {
            name: job.function_name(),
            label: job.label(),
            description: job.job.description.as_deref(),
            settings,
            alias: settings.platform.versions.then_some(ALIAS),
            log_group: LogGroup {
                // Created here, the group has a retention.
                name: job.log_group(),
                label: job.label(),
                retention_days: settings.log_retention_days.clone(),
                class: class.as_ref().map(|class| class.value),
                is_kept: settings.platform.keep_log,
                kms_key: logs.as_ref().map(|key| key.value.clone()),
            },
            role: Role::of_function(job, settings, &failed_runs, waiting),
            execution: buffer.is_none().then_some(job.job.execution),
            failed_runs,
            buffer,
        }
    }

    /// The variables of its environment, by name.
    pub fn variables(&self) -> Vec<(&'p str, Variable<'p>)> {
        let given = [
            ("EVENT_BUS_NAME", Variable::BusName),
            ("FAILURE_QUEUE_URL", Variable::FailureQueue),
            ("PIPELINE_ENVIRONMENT", Variable::Environment),
        ];
        let own = self.settings.environment.iter();
        let own = own.map(|(name, value)| (name.as_str(), Variable::Text(value)));
        let secrets = self.settings.secrets.iter();
        let secrets = secrets.map(|(name, value)| (name.as_str(), Variable::Secret(&value.value)));
        let log_events = self
            .settings
            .platform
            .log_events
            .and_then(LogEvents::variable);
        let log_events = log_events.map(|word| (LOG_EVENTS, Variable::Word(word)));
        let mut all: Vec<_> = given
            .into_iter()
            .chain(log_events)
            .chain(own)
            .chain(secrets)
            .collect();
        // By name: moving a variable in the spec must not change the output.
        all.sort_by_key(|(name, _)| *name);
        all
    }
}
