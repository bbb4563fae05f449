//! Roles, and what each may do.

use std::collections::BTreeSet;

use super::name::{JobRef, Name};
use super::queue::Queue;
use crate::model::{ExistingTarget, Function, Pipeline, TargetAddress};
use crate::rights::{Rights, Statement};
use crate::values::Text;

/// An IAM role with its one policy of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role<'p> {
    /// The job's name, with `-scheduler` for the role of EventBridge Scheduler.
    pub key: String,
    /// The name on AWS.
    pub name: Name,
    /// The Terraform label.
    pub label: String,
    /// The service that assumes it.
    pub service: Service,
    /// What its policy allows.
    pub grants: Vec<Grant<'p>>,
    /// The ARNs of the managed policies that are attached to it.
    pub policies: Vec<&'p Text>,
}

/// A service that assumes roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// AWS Lambda, for a function.
    Lambda,
    /// EventBridge, for a target that lets in roles alone.
    Events,
    /// EventBridge Scheduler, which invokes through a role and not through a permission.
    Scheduler,
}

impl Service {
    /// The name in policies.
    pub fn principal(self) -> &'static str {
        match self {
            Self::Lambda => "lambda.amazonaws.com",
            Self::Events => "events.amazonaws.com",
            Self::Scheduler => "scheduler.amazonaws.com",
        }
    }
}

/// Something that a role may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant<'p> {
    /// Write to its function's log group.
    WriteLogs,
    /// Send traces to X-Ray. X-Ray has no resources that this could be narrowed to.
    WriteTraces,
    /// Put events of these detail types, with the pipeline's source, onto the pipeline's bus.
    EmitEvents(BTreeSet<&'p str>),
    /// Read these secrets of the variable `secrets`, each once.
    ReadSecrets(BTreeSet<&'p str>),
    /// Decrypt with these keys of the variable `kms_keys`, each once.
    UseKeys(BTreeSet<&'p str>),
    /// Connect its function to a network.
    JoinNetwork,
    /// Send to a queue of dead letters that is there already.
    KeepIn(&'p TargetAddress),
    /// Send to a queue, by its label.
    Send {
        /// The queue's label.
        queue: String,
        /// What the policy calls it.
        sid: &'static str,
    },
    /// Receive the messages of a queue and delete them, by its label.
    Receive {
        /// The queue's label.
        queue: String,
    },
    /// Encrypt what it sends to queues, topics and streams, with this key of the variable `kms_keys`.
    Encrypt(String),
    /// Invoke the job's function.
    InvokeFunction,
    /// Deliver to what is there already.
    Deliver(&'p ExistingTarget),
    /// Call the job's API destination.
    CallApi,
    /// What the spec says.
    Stated(&'p Statement),
}

impl<'p> Role<'p> {
    /// Builds the role that a job's function runs with.
    ///
    /// `buffer` is the queue that Lambda reads for it with this role. Without one, Lambda sends its failed runs with it;
    /// with and without, the function itself sends what fails for good.
    pub(super) fn of_function(
        job: JobRef<'p>,
        function: &'p Function,
        failures: &Queue,
        buffer: Option<&Queue>,
    ) -> Self {
        let mut grants = vec![Grant::WriteLogs];
        if function.tracing {
            grants.push(Grant::WriteTraces);
        }
        // A job that emits nothing may not emit: a stolen credential of its function cannot start others.
        if !job.job.emitted().is_empty() {
            grants.push(Grant::EmitEvents(emitted(job)));
        }
        if !function.secrets.is_empty() {
            let secrets = function.secrets.values();
            // A set: two variables may hold the same secret, and a policy names it once.
            let names = secrets.map(|secret| secret.value.as_str()).collect();
            grants.push(Grant::ReadSecrets(names));
        }
        let keys = function.secret_keys.values();
        let keys = keys.chain(&function.platform.kms_key);
        let keys: BTreeSet<&str> = keys.map(|key| key.value.as_str()).collect();
        if !keys.is_empty() {
            grants.push(Grant::UseKeys(keys));
        }
        if function.platform.network.is_some() {
            grants.push(Grant::JoinNetwork);
        }
        grants.extend(buffer.map(|buffer| Grant::Receive {
            queue: buffer.label.clone(),
        }));
        grants.push(Grant::Send {
            queue: failures.label.clone(),
            sid: "KeepFailedRuns",
        });
        grants.extend(failures.kms_key.clone().map(Grant::Encrypt));
        let Rights {
            permissions,
            policies,
        } = &function.rights;
        grants.extend(permissions.iter().map(Grant::Stated));
        Self {
            key: job.name.to_owned(),
            name: job.role_name(),
            label: job.label(),
            service: Service::Lambda,
            grants,
            policies: policies.iter().collect(),
        }
    }

    /// Builds the role that EventBridge Scheduler assumes for a job.
    pub(super) fn of_scheduler(
        job: JobRef<'p>,
        dead_letters: Option<&Queue>,
        buffer: Option<&Queue>,
    ) -> Self {
        let deliver = match buffer {
            Some(buffer) => Grant::Send {
                queue: buffer.label.clone(),
                sid: "DeliverEvents",
            },
            None => Grant::InvokeFunction,
        };
        let mut grants = vec![deliver];
        grants.extend(dead_letters.map(|queue| Grant::Send {
            queue: queue.label.clone(),
            sid: "KeepDeadLetters",
        }));
        grants.extend(job.job.dead_letters.existing().map(Grant::KeepIn));
        let key = dead_letters.and_then(|queue| queue.kms_key.clone());
        grants.extend(key.map(Grant::Encrypt));
        Self {
            key: format!("{}-scheduler", job.name),
            name: job.scheduler_role(),
            label: format!("{}_scheduler", job.label()),
            service: Service::Scheduler,
            grants,
            policies: Vec::new(),
        }
    }

    /// Builds the role that EventBridge assumes to deliver to something that exists already.
    ///
    /// EventBridge takes on a role [for queues and topics](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html),
    /// too, so their policies stay as they are. In [another account](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-cross-account.html)
    /// the policy there has to let the role in.
    pub(super) fn of_delivery(job: JobRef<'p>, to: &'p ExistingTarget) -> Self {
        let mut grants = vec![Grant::Deliver(to)];
        let key = to.kind.kms_key();
        grants.extend(key.map(|key| Grant::Encrypt(key.value.clone())));
        Self {
            key: job.name.to_owned(),
            name: job.role_name(),
            label: job.label(),
            service: Service::Events,
            grants,
            policies: Vec::new(),
        }
    }

    /// Builds the role that EventBridge assumes to call an API.
    pub(super) fn of_calls(job: JobRef<'p>) -> Self {
        Self {
            key: job.name.to_owned(),
            name: job.role_name(),
            label: job.label(),
            service: Service::Events,
            grants: vec![Grant::CallApi],
            policies: Vec::new(),
        }
    }
}

/// Collects the detail types of the events that a job emits, on an event or on a schedule.
fn emitted(job: JobRef<'_>) -> BTreeSet<&str> {
    let events = job.job.emitted().into_iter();
    let declared = events.filter_map(|name| job.pipeline.events.get(name));
    declared
        .map(|event| event.detail_type.value.as_str())
        .collect()
}

/// Collects the detail types of the events that others emit with the pipeline's source.
pub(super) fn external(pipeline: &Pipeline) -> BTreeSet<&str> {
    let events = pipeline.events.values();
    events
        .filter(|event| event.external && pipeline.is_own(event))
        .map(|event| event.detail_type.value.as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::pipeline;

    #[test]
    fn a_role_may_emit_the_events_of_the_job_and_of_its_schedules() {
        let spec = "jobs: { j: { function: { package: j }, triggers: [ { event: e }, { schedule: rate(1 hour), emits: [e, e] } ] } }";
        let pipeline = pipeline(spec);
        let job = pipeline.job_refs().next().unwrap();
        assert_eq!(emitted(job), BTreeSet::from(["E"]));
    }
}
