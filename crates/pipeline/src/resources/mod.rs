//! The resources that a pipeline becomes on AWS.
//!
//! Terraform writes these resources, `verify` compares them with what is deployed, the local bus installs them, and an
//! import finds them: nobody else makes a name, a retry or a permission. A resource that another one belongs to is named
//! by its Terraform label.

mod admitted;
mod alarm;
mod alarm_kind;
mod api;
mod buffer;
mod bus;
mod forgotten;
mod lengths;
mod name;
mod permission;
mod queue;
mod receiver;
mod role;
mod rule;
mod watch;

pub use admitted::{Admitted, QUEUE_POLICY_BYTES_MAX};
pub use alarm::{Alarm, AlarmTopic, Dimension, Limit, Metric};
pub use alarm_kind::{ALARM_KINDS, AlarmKind, JOB};
pub use api::ApiDestination;
pub use buffer::Buffer;
pub use bus::{Archive, Bus, DEFAULT_BUS, Producers};
pub use forgotten::Forgotten;
pub(crate) use lengths::{MAX_STATEMENT, MAX_TARGET, Named, names_of_pipeline};
pub use name::{JobRef, Kept, MAX_ENVIRONMENT, Name, label};
pub(crate) use name::{MAX_REGION, RULE_MAX};
pub(crate) use permission::policy_bytes;
pub use permission::{POLICY_BYTES_MAX, Permission, Permitted};
pub use queue::{Keeps, Queue, Redrive, Visibility};
pub use receiver::{Function, LogGroup, Receiver, Variable};
pub use role::{Grant, Role, Service};
pub use rule::{
    Input, Pattern, Rule, RuleBus, RuleSource, Run, SCHEDULED_DETAIL_TYPE, Shard, TARGETS_PER_RULE,
    Target, rules, rules_of_job,
};
pub(crate) use rule::{event_pattern, rules_of_trigger};
pub use watch::Watch;

use admitted::Namesakes;
use indexmap::IndexMap;

use crate::encryption::Encryption;
use crate::model::{Job, Pipeline, TargetAddress};
use crate::values::{Text, Value};

/// The resources of a pipeline.
#[derive(Clone, Debug)]
pub struct Resources<'p> {
    /// What each environment says for itself, by name.
    pub values: &'p IndexMap<String, Value>,
    /// The bus that carries the pipeline's events.
    pub bus: Bus<'p>,
    /// The archive of events for a replay.
    pub archive: Option<Archive<'p>>,
    /// The alarm on events that the bus could not read, if a key encrypts it.
    pub bus_alarm: Option<Alarm>,
    /// Whom alarms tell; `None` if there are no alarms.
    pub alarm_topic: Option<AlarmTopic>,
    /// The name of the dashboards; a number follows that of the second and later ones.
    pub dashboard: Option<Name>,
    /// The one policy by which EventBridge may write to log groups, if it has to: an account has ten in a region.
    pub log_policy: Option<Name>,
    /// The keys that encrypt them: each resource has its own, too.
    pub encryption: &'p Encryption,
    /// What left the spec and stays on AWS.
    pub forgotten: Vec<Forgotten>,
    /// The resources of each job, in the order of the spec.
    pub jobs: Vec<JobResources<'p>>,
}

/// The resources of one job.
#[derive(Clone, Debug)]
pub struct JobResources<'p> {
    /// The job.
    pub job: JobRef<'p>,
    /// The Terraform label.
    pub label: String,
    /// The rules and the schedules, in the order of the triggers.
    pub rules: Vec<Rule<'p>>,
    /// The function or other destination that they deliver to.
    pub receiver: Receiver<'p>,
    /// The permissions by which rules may invoke the function.
    pub permissions: Vec<Permission<'p>>,
    /// The queue that keeps dead letters; `None` if there are no rules, or the module makes none.
    pub dead_letters: Option<Queue>,
    /// The role that EventBridge Scheduler takes on, if a schedule needs it and the module makes it.
    pub scheduler_role: Option<Role<'p>>,
    /// What is there already instead of the two.
    pub given: Given<'p>,
}

/// What a job does not make, as it is there already.
#[derive(Clone, Copy, Debug, Default)]
pub struct Given<'p> {
    /// The queue that keeps dead letters.
    pub dead_letters: Option<&'p TargetAddress>,
    /// The ARN of the role that is taken on to deliver.
    pub role: Option<&'p Text>,
}

impl<'p> Resources<'p> {
    /// Lists the resources of a pipeline.
    pub fn new(pipeline: &'p Pipeline) -> Self {
        let namesakes = Namesakes::new(pipeline);
        let jobs = pipeline.job_refs().map(JobResources::apart);
        let jobs: Vec<_> = jobs.map(|job| job.complete(&namesakes)).collect();
        // EventBridge writes to a log group by a policy of the group's account: it takes no role for that.
        let has_log_group = jobs
            .iter()
            .any(|job| matches!(job.receiver, Receiver::LogGroup(_)));
        let has_dashboard = pipeline.alarms.dashboard && !jobs.is_empty();
        let own = &pipeline.name.value;
        let bus = Bus::new(pipeline);
        let alarm_topic = AlarmTopic::new(pipeline);
        let unreadable = bus.unreadable().filter(|_| alarm_topic.is_some());
        Self {
            values: &pipeline.values,
            bus_alarm: unreadable.map(|queue| Alarm::of_bus(pipeline, queue)),
            bus,
            archive: Archive::new(pipeline),
            alarm_topic,
            dashboard: has_dashboard.then(|| Name::new(own).once_in_account(pipeline)),
            log_policy: has_log_group.then(|| Name::new(format!("{own}-events"))),
            encryption: &pipeline.encryption,
            forgotten: Forgotten::of_pipeline(pipeline),
            jobs,
        }
    }
}

impl<'p> JobResources<'p> {
    /// Lists the resources of a job. Those of all jobs are listed by [`Resources::new`] in less time.
    pub fn new(job: JobRef<'p>) -> Self {
        Self::apart(job).complete(&Namesakes::new(job.pipeline))
    }

    /// Adds the rules that the policies of queues let in.
    fn complete(mut self, namesakes: &Namesakes<'_>) -> Self {
        let admitted = Admitted::new(self.job, &self.rules, namesakes).map(Box::new);
        for queue in self.queues_of_rules() {
            queue.admitted.clone_from(&admitted);
        }
        self
    }

    /// The queues that rules send to.
    pub fn queues_of_rules(&mut self) -> impl Iterator<Item = &mut Queue> {
        let delivered = match &mut self.receiver {
            Receiver::Queue { queue, group: _ } => Some(queue),
            Receiver::Function(made) => made.buffer.as_mut().map(|buffer| &mut buffer.queue),
            _ => None,
        };
        self.dead_letters.iter_mut().chain(delivered)
    }

    /// The alarms. They are made when they are asked for: all of them together are larger than everything else.
    pub fn alarms(&self) -> Vec<Alarm> {
        let watches = self.watches();
        let alarms = watches.iter().map(|watch| Alarm::new(self.job, watch));
        alarms.collect()
    }

    /// What the alarms watch, in the order of the alarms.
    pub fn watches(&self) -> Vec<Watch<'_>> {
        watch::watches(self)
    }

    /// Lists all but whom queues let in, which depends on other jobs, for checks that do not look at it.
    pub(crate) fn apart(job: JobRef<'p>) -> Self {
        let rules = rules_of_job(job);
        let receiver = Receiver::new(job, &rules);
        // Without a rule nothing is delivered, and an empty queue would still need a policy and an alarm.
        let makes_queue = !rules.is_empty() && job.job.dead_letters.is_made();
        let dead_letters = makes_queue.then(|| Queue::dead_letters(job, &rules));
        // Only a schedule of EventBridge Scheduler is on no bus.
        let has_schedule = rules.iter().any(|rule| rule.bus().is_none());
        let makes_role = has_schedule && job.job.delivery_role.is_made();
        let scheduler_role = makes_role.then(|| {
            let buffer = receiver.function().and_then(|made| made.buffer.as_ref());
            let buffer = buffer.map(|buffer| &buffer.queue);
            Role::of_scheduler(job, dead_letters.as_ref(), buffer)
        });
        let role = job.job.delivery_role.existing();
        let given = Given {
            dead_letters: job.job.dead_letters.existing(),
            role: role.and_then(TargetAddress::text),
        };
        Self {
            job,
            label: job.label(),
            permissions: permission::permissions(job, &rules),
            rules,
            receiver,
            dead_letters,
            scheduler_role,
            given,
        }
    }

    /// Returns the name that the spec gives the job.
    pub fn name(&self) -> &'p str {
        self.job.name
    }

    /// Returns the job as the spec has it.
    pub fn spec(&self) -> &'p Job {
        self.job.job
    }

    /// The permission that lets a rule invoke the function; a schedule of EventBridge Scheduler needs none.
    pub fn permission_of(&self, rule: &Rule<'_>) -> Option<&Permission<'p>> {
        let bus = rule.bus()?;
        let stands_alone = rule.stands_alone();
        let lets_in = |permission: &&Permission<'p>| match &permission.source {
            Permitted::Rule(label) => *label == rule.label,
            // One for the default bus serves the pipeline's rules too, if that is their bus.
            Permitted::Rules { bus: of, .. } => *of == bus && !stands_alone,
        };
        let found = self.permissions.iter().find(lets_in);
        found.or_else(|| self.permissions.first())
    }

    /// The queue that keeps the failed runs of the function.
    pub fn failed_runs(&self) -> Option<&Queue> {
        Some(&self.receiver.function()?.failed_runs)
    }

    /// The queue that events wait in, if the function has one, with how Lambda reads it.
    pub fn buffer(&self) -> Option<&Buffer> {
        self.receiver.function()?.buffer.as_ref()
    }

    /// The message group of every event, if they go to a queue that has groups.
    pub fn group(&self) -> Option<&str> {
        match &self.receiver {
            Receiver::Function(_) => self.buffer()?.group.as_deref(),
            Receiver::Queue { queue: _, group } => *group,
            Receiver::Elsewhere { to, role: _ } => to.kind.group(),
            Receiver::Existing(_)
            | Receiver::Topic { .. }
            | Receiver::LogGroup(_)
            | Receiver::Api(_) => None,
        }
    }

    /// Lists every queue: for dead letters, for failed runs, and the one that events are delivered to.
    pub fn queues(&self) -> impl Iterator<Item = &Queue> {
        let delivered = match &self.receiver {
            Receiver::Queue { queue, group: _ } => Some(queue),
            _ => self.buffer().map(|buffer| &buffer.queue),
        };
        let all = [self.dead_letters.as_ref(), delivered, self.failed_runs()];
        all.into_iter().flatten()
    }

    /// Lists every role.
    pub fn roles(&self) -> impl Iterator<Item = &Role<'p>> {
        let own = match &self.receiver {
            Receiver::Function(function) => Some(&function.role),
            Receiver::Elsewhere { role, .. } => role.as_ref(),
            Receiver::Api(api) => Some(&api.role),
            _ => None,
        };
        [own, self.scheduler_role.as_ref()].into_iter().flatten()
    }
}
