//! The pipeline as the spec says it, checked and with every default filled in.

mod api;
mod delivery;
mod event;
mod input;
mod names;
mod provision;
mod schedule;
mod task;
mod used;

use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};

use crate::alarms::{Alarms, JobAlarms};
use crate::allow::Allow;
use crate::backend::Backend;
use crate::encryption::Encryption;
use crate::event_pattern::EventPattern;
use crate::platform::Platform;
use crate::removed::Removed;
use crate::rights::Rights;
use crate::span::{Span, Spanned};
use crate::values::{Part, Reference, Text, Value, Valued};
use crate::volumes::Volumes;
pub use api::{Api, Auth, AuthKind, Call};
pub(crate) use delivery::FIFO;
pub use delivery::{DeliverTo, Delivery, ExistingTarget, TargetAddress, TargetKind};
pub use event::{Discriminator, Event, Field, FieldType, SOURCE_RESERVED};
pub use input::{InputTemplate, TriggerInput};
pub use names::{JobNames, PipelineNames, TriggerNames};
pub use provision::Provision;
pub use schedule::{Schedule, ScheduledDetail};
pub use task::{BatchJob, LaunchType, Task, TaskDefinition};
pub use used::{Contract, Foreign, OnBus, Reaction, Use, Used};

/// A whole pipeline: what `pipeline.yaml` means.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// The first part of every name on AWS.
    pub name: Spanned<String>,
    /// `source` of the events that the jobs emit.
    pub source: Spanned<String>,
    /// The field of a detail that says whom or what the event is about, as a dotted path: `customer.id`.
    pub subject: Option<Spanned<String>>,
    /// What each environment says for itself, by name, in the order of the spec.
    pub values: IndexMap<String, Value>,
    /// The values without a declaration that its texts name.
    pub built_in: Vec<Reference>,
    /// The pipelines whose events this one waits for, by the words in front of these.
    pub uses: IndexMap<String, Use>,
    /// What is known of other pipelines: of those that are used, and of those that they use.
    pub others: Vec<Arc<Contract>>,
    /// The event bus that carries the pipeline's events.
    pub bus: Bus,
    /// How names on AWS are made.
    pub names: PipelineNames,
    /// Whether a rule also matches `detail.event_type`.
    pub discriminator: Discriminator,
    /// The declared events by name, in the order of the spec.
    pub events: IndexMap<String, Event>,
    /// The jobs by name, in the order of the spec.
    pub jobs: IndexMap<String, Job>,
    /// Whom alarms tell, and whether there is a dashboard.
    pub alarms: Alarms,
    /// Days for which the bus keeps its events for a replay. 0 keeps them for ever; `None` keeps none.
    pub archive_days: Option<Spanned<u32>>,
    /// What every resource is tagged with.
    pub tags: IndexMap<String, Text>,
    /// Where generated files go, relative to the spec's folder.
    pub output: Output,
    /// Where Terraform keeps its state, if the spec says so.
    pub backend: Option<Backend>,
    /// Environment variables that functions get only on this machine, each with the place of its name.
    pub local_environment: IndexMap<String, Text>,
    /// Keys that encrypt what AWS keeps.
    pub encryption: Encryption,
    /// Findings that stay on purpose, wherever they are.
    pub allow: Vec<Allow>,
    /// What left the spec and is still on AWS.
    pub removed: Removed,
    /// How much there is, as far as the spec says.
    pub volumes: Volumes,
}

impl Pipeline {
    /// Whether a text names the region or the account.
    pub fn names_its_place(&self) -> bool {
        let place = [Reference::Region, Reference::Account];
        place.iter().any(|one| self.built_in.contains(one))
    }

    /// Whether an event has the pipeline's source, so that its jobs may emit it.
    pub fn is_own(&self, event: &Event) -> bool {
        event.source.value == self.source.value && event.used.is_none()
    }
}

/// The event bus of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bus {
    /// The account's `default` bus.
    Default,
    /// A bus of the pipeline's own, created with it. The environment is appended to the name.
    Custom(Spanned<String>),
    /// A bus of the account that exists already, by its name.
    Existing(Text),
}

/// The bus of a trigger, where it is not the pipeline's. It exists already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TriggerBus {
    /// The account's `default` bus.
    Default,
    /// Another bus of the account, by its name.
    Existing(Text),
}

/// A job: what it does, what triggers it, what it emits.
#[derive(Clone, Debug)]
pub struct Job {
    /// Where its name stands.
    pub name_span: Span,
    /// What it does, for people; the function's description on AWS.
    pub description: Option<String>,
    /// What it does when it is started.
    pub work: Work,
    /// What starts it, in the order of the spec.
    pub triggers: Vec<Trigger>,
    /// Names of the events that a run may emit which an event has started. Each schedule has its own.
    pub emits: Vec<Spanned<String>>,
    /// What Lambda does when a run fails.
    pub execution: Retry,
    /// The queue between its rules and its function, if it has one. Then `execution` does not count.
    pub buffer: Option<Buffer>,
    /// When its alarms go off.
    pub alarms: JobAlarms,
    /// What ends a loop of events through this job, if there is such a loop.
    pub loop_guard: Option<String>,
    /// The queue of what could not be delivered.
    pub dead_letters: Provision,
    /// The role that EventBridge or its Scheduler takes on to deliver, where one is needed.
    pub delivery_role: Provision,
    /// The names on AWS that it keeps.
    pub names: JobNames,
    /// Earlier names, the oldest first. The oldest is still its name on AWS.
    pub renamed_from: Vec<Spanned<String>>,
    /// Findings in this job that stay on purpose.
    pub allow: Vec<Allow>,
}

impl Job {
    /// Every place that says what the job may emit, on an event or on a schedule, in the order of the spec.
    pub fn says_emitted(&self) -> impl Iterator<Item = &Spanned<String>> {
        let schedules = self.triggers.iter().filter_map(Trigger::schedule);
        let on_schedules = schedules.flat_map(|schedule| &schedule.emits);
        self.emits.iter().chain(on_schedules)
    }

    /// The events that the job may emit, on an event or on a schedule, each once.
    pub fn emitted(&self) -> IndexSet<&str> {
        self.says_emitted()
            .map(|event| event.value.as_str())
            .collect()
    }
}

/// A queue between the rules of a job and its function, which then gets its events in batches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buffer {
    /// The most messages of a batch, 1–10,000.
    pub batch: Spanned<u32>,
    /// The longest time that a batch waits for more messages, 0–300 seconds.
    pub window_seconds: u32,
    /// The most batches at a time, 2–1,000.
    pub max_concurrency: Option<Spanned<Valued<u32>>>,
    /// How often a message is received before it is given up, 1–1,000.
    pub max_receives: u32,
    /// Whether events keep their order, with the place of the key. The job's name is their message group.
    pub fifo: Option<Span>,
}

/// What a job does when it is started.
#[derive(Clone, Debug)]
pub enum Work {
    /// Runs a function that is created with the pipeline.
    Function(Box<Function>),
    /// Runs a function that exists already.
    Existing(Existing),
    /// Has no function: the events are delivered to something else.
    DeliverTo(Delivery),
}

impl Work {
    /// The function that is created with the pipeline, if the job has one.
    pub fn function(&self) -> Option<&Function> {
        match self {
            Self::Function(function) => Some(function),
            Self::Existing(_) | Self::DeliverTo(_) => None,
        }
    }

    /// The longest time that a run may take, in seconds; 0 for a job without a function.
    pub fn timeout_seconds(&self) -> u32 {
        match self {
            Self::Function(function) => function.timeout_seconds.value,
            Self::Existing(existing) => existing.timeout_seconds.value,
            Self::DeliverTo(_) => 0,
        }
    }
}

/// A function that exists already. The pipeline adds triggers to it; its owner decides everything else.
#[derive(Clone, Debug)]
pub struct Existing {
    /// The name or its ARN, without a version or an alias.
    pub function: Text,
    /// The version or alias that is invoked; `None` invokes the newest code.
    pub qualifier: Option<Text>,
    /// The longest time that a run may take, as far as the spec knows.
    pub timeout_seconds: Valued<u32>,
    /// The program that stands for it on one machine.
    pub local: Option<LocalCommand>,
}

impl Existing {
    /// Splits what stands behind `existing:` into a name or ARN, and the version or alias behind it.
    pub(crate) fn split(text: &Text) -> (Text, Option<Text>) {
        // An ARN of a function has six colons before the name; a name has none. An ARN that is a value has its colons
        // there, and none here.
        let is_arn = match text.parts.as_deref() {
            None => text.value.starts_with("arn:"),
            Some([Part::Literal(start), ..]) => start.starts_with("arn:"),
            Some(_) => false,
        };
        let before = if is_arn { 6 } else { 0 };
        match text.split(":", before) {
            Some((function, qualifier)) => (function, Some(qualifier)),
            None => (text.clone(), None),
        }
    }

    /// Returns its name or ARN with the version or alias, as the spec has it.
    pub fn qualified(&self) -> String {
        match &self.qualifier {
            Some(qualifier) => format!("{}:{}", self.function.value, qualifier.value),
            None => self.function.value.clone(),
        }
    }
}

/// A program that is run for a function on one machine. It speaks the Lambda Runtime API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalCommand {
    /// The program, then its arguments. No shell reads them.
    pub command: Vec<String>,
    /// The folder that it runs in, relative to the spec's; the spec's own if it is not said.
    pub directory: Option<String>,
}

/// A function that is created with the pipeline.
#[derive(Clone, Debug)]
pub struct Function {
    /// Where its code comes from.
    pub code: Code,
    /// The program that is run for it on one machine; a package needs none.
    pub local: Option<LocalCommand>,
    /// 128–10,240 MB.
    pub memory_mb: Valued<u32>,
    /// 1–900 seconds.
    pub timeout_seconds: Valued<u32>,
    /// The processor that the function is built for.
    pub architecture: Architecture,
    /// One of the values that CloudWatch Logs accepts; 0 keeps logs for ever.
    pub log_retention_days: Valued<u32>,
    /// AWS X-Ray on or off.
    pub tracing: bool,
    /// Cargo features that the package is built with for AWS, instead of its default ones.
    pub features: Option<Vec<String>>,
    /// Environment variables in addition to those that every function gets, each with the place of its name.
    pub environment: IndexMap<String, Text>,
    /// Environment variables that hold the ARN of a secret, each with the secret's name in the Terraform variable
    /// `secrets` and the place of its own.
    pub secrets: IndexMap<String, Spanned<String>>,
    /// Keys of secrets that are encrypted with one of their own, each by its name in the Terraform variable `kms_keys`:
    /// the variables of `secrets` that have one.
    pub secret_keys: IndexMap<String, Spanned<String>>,
    /// What its role may do beside what every function may.
    pub rights: Rights,
    /// Network, layers, concurrency and the like.
    pub platform: Platform,
}

/// Where the code of a function comes from.
#[derive(Clone, Debug)]
pub enum Code {
    /// A binary package of the Cargo workspace around the spec, which is built and zipped here.
    Package(Spanned<String>),
    /// A zip that something else builds.
    Zip(Zip),
    /// The URI of a container image in Amazon ECR, with a tag or a digest.
    Image(Text),
}

/// A zip with code that one of Lambda's runtimes runs.
#[derive(Clone, Debug)]
pub struct Zip {
    /// Its path, relative to the spec's folder.
    pub path: Spanned<String>,
    /// Lambda's word for the runtime: `python3.13`.
    pub runtime: Spanned<String>,
    /// What the runtime calls: `mail.handler`.
    pub handler: Spanned<String>,
}

impl Code {
    /// The package that is built here, if there is one.
    pub fn package(&self) -> Option<&Spanned<String>> {
        match self {
            Self::Package(package) => Some(package),
            Self::Zip(_) | Self::Image(_) => None,
        }
    }

    /// Returns whether Lambda takes it as a zip, which Terraform uploads or finds in S3.
    pub fn is_zipped(&self) -> bool {
        match self {
            Self::Package(_) | Self::Zip(_) => true,
            Self::Image(_) => false,
        }
    }
}

/// A Lambda instruction set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// 64-bit ARM (Graviton).
    Arm64,
    /// 64-bit x86.
    X86_64,
}

impl Architecture {
    /// The name in Lambda's API and in the spec.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        }
    }
}

/// Limits on the attempts after a failed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Attempts after the first: 0–185 for a delivery, 0–2 for an execution.
    pub max_attempts: u32,
    /// Age in seconds at which AWS gives an event up: 60–86,400 for a delivery, 60–21,600 for an execution.
    pub max_age_seconds: u32,
}

/// One thing that starts a job.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// Unique in its job: as written, or `scheduled`, `event` or `pattern`.
    pub id: Spanned<String>,
    /// Where the trigger stands.
    pub span: Span,
    /// Whether its rule is enabled.
    pub enabled: Valued<bool>,
    /// How EventBridge delivers to the function.
    pub delivery: Retry,
    /// What the function receives instead of the event, if the spec says so.
    pub input: Option<TriggerInput>,
    /// The bus whose events it waits for, if it is not the pipeline's.
    pub bus: Option<TriggerBus>,
    /// What it waits for.
    pub kind: TriggerKind,
    /// The name of its rule or schedule, instead of one that is made.
    pub name: Option<Text>,
    /// The other names on AWS that it keeps.
    pub names: TriggerNames,
    /// Earlier ids, the oldest first. The oldest is still part of its rule's name, if that is made.
    pub renamed_from: Vec<Spanned<String>>,
    /// Findings in this trigger that stay on purpose.
    pub allow: Vec<Allow>,
}

impl Trigger {
    /// Its schedule, if it waits for a time.
    pub fn schedule(&self) -> Option<&Schedule> {
        match &self.kind {
            TriggerKind::Schedule(schedule) => Some(schedule),
            TriggerKind::Event { .. } | TriggerKind::Pattern(_) => None,
        }
    }

    /// The id that its rule's name is made of.
    pub fn id_on_aws(&self) -> &str {
        let first = self.renamed_from.first();
        &first.unwrap_or(&self.id).value
    }
}

/// What a trigger waits for.
#[derive(Clone, Debug)]
pub enum TriggerKind {
    /// A time.
    Schedule(Schedule),
    /// A declared event.
    Event {
        /// The name.
        event: Spanned<String>,
        /// Narrows the detail, in the event pattern language.
        filter: Option<EventPattern>,
    },
    /// Any event that matches a pattern: for events of others.
    Pattern(EventPattern),
}

/// Where generated files go, relative to the spec's folder, with `/` between the parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The folder of the Terraform module.
    pub terraform: Spanned<String>,
    /// The file of the typed Rust events, if the spec asks for one.
    pub events: Option<Spanned<String>>,
    /// The folder of a JSON Schema for each event, if the spec asks for one.
    pub schemas: Option<Spanned<String>>,
    /// The file of the events as typed dictionaries of Python, if the spec asks for one.
    pub python: Option<Spanned<String>>,
}

impl Output {
    /// A file of the root module, which is the folder around the generated one.
    pub fn in_root_module(&self, file: &str) -> String {
        let module = self.terraform.value.trim_end_matches('/');
        match module.rsplit_once('/') {
            Some((root, _)) => format!("{root}/{file}"),
            None => file.to_owned(),
        }
    }
}
