//! The names that the generator makes, without the environment that each ends in.

use crate::model::{Code, DeliverTo, Job, Trigger, TriggerKind};

/// The longest name of an environment. The generated module refuses a longer one.
pub const MAX_ENVIRONMENT: usize = 16;

/// The longest name of a function and of a role: Lambda's `FunctionName`, IAM's `RoleName`.
const MAX_FUNCTION: usize = 64;
/// The longest name of a queue: SQS's `QueueName`.
const MAX_QUEUE: usize = 80;

/// The longest name of a topic: SNS's `Name`.
const MAX_TOPIC: usize = 256;
/// The longest name of a log group, less what stands before the pipeline's name.
const MAX_LOG_GROUP: usize = 512 - "/aws/events/".len();

/// A name that the generator makes for a job, with what it names and how long it may be.
pub(crate) struct Generated {
    pub(crate) what: &'static str,
    pub(crate) most: usize,
    pub(crate) name: String,
}

/// The names that a job comes to, beside those of its rules.
pub(crate) fn generated(pipeline: &str, name: &str, job: &Job) -> Vec<Generated> {
    let of = |what, most, name| Generated { what, most, name };
    let name = job.name_on_aws(name);
    let mut names = vec![of("queue", MAX_QUEUE, dead_letter_queue(pipeline, name))];
    if job.triggers.iter().any(uses_scheduler) {
        names.push(of("role", MAX_FUNCTION, scheduler_role(pipeline, name)));
    }
    if matches!(job.function.code, Code::Package(_)) {
        names.push(of("function", MAX_FUNCTION, function(pipeline, name)));
        names.push(of("queue", MAX_QUEUE, failure_queue(pipeline, name)));
    }
    if let Code::Delivery(to) = &job.function.code {
        let name = destination(pipeline, name);
        names.push(match to.value {
            DeliverTo::Queue => of("queue", MAX_QUEUE, name),
            DeliverTo::Topic => of("topic", MAX_TOPIC, name),
            DeliverTo::LogGroup => of("log group", MAX_LOG_GROUP, name),
            DeliverTo::StateMachine | DeliverTo::Bus => of("role", MAX_FUNCTION, name),
        });
    }
    names
}

fn uses_scheduler(trigger: &Trigger) -> bool {
    matches!(&trigger.kind, TriggerKind::Schedule(schedule) if schedule.needs_scheduler())
}

/// A job's function, and the role that it runs with.
pub fn function(pipeline: &str, job: &str) -> String {
    format!("{pipeline}-{job}")
}

/// What a job without a function has its events delivered to, or the role that EventBridge takes on for it.
pub fn destination(pipeline: &str, job: &str) -> String {
    function(pipeline, job)
}

/// The role that EventBridge Scheduler takes on to invoke a job's function.
pub fn scheduler_role(pipeline: &str, job: &str) -> String {
    format!("{pipeline}-{job}-scheduler")
}

/// The queue that keeps the events which EventBridge could not deliver to a job.
pub fn dead_letter_queue(pipeline: &str, job: &str) -> String {
    format!("{pipeline}-{job}-dlq")
}

/// The queue that keeps the runs of a job that failed for good.
pub fn failure_queue(pipeline: &str, job: &str) -> String {
    format!("{pipeline}-{job}-on-failure")
}
