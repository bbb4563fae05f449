//! The names of a job's resources, and how long each may be.

use super::JobResources;
use super::alarm::AlarmTopic;
use super::bus::Bus;
use super::name::{Name, RULE_MAX};
use super::receiver::Receiver;
use crate::model::Pipeline;

/// The longest name of a function and of a role: Lambda's `FunctionName`, IAM's `RoleName`.
pub(super) const MAX_FUNCTION: usize = 64;
/// The longest name of an API destination and of a connection:
/// [`Name`](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateApiDestination.html).
const MAX_API: usize = 64;
/// The longest name of a queue: SQS's `QueueName`.
const MAX_QUEUE: usize = 80;
/// The longest name of a topic: SNS's `Name`.
const MAX_TOPIC: usize = 256;
/// The longest name of a log group: CloudWatch Logs' `logGroupName`.
const MAX_LOG_GROUP: usize = 512;

/// The longest id of a statement of a function's policy:
/// [`AddPermission`](https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html), `StatementId`.
pub(crate) const MAX_STATEMENT: usize = 100;
/// The longest id of a target:
/// [`Target`](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html), `Id`.
pub(crate) const MAX_TARGET: usize = 64;

/// A name, what it names and how long it may be with the environment.
pub(crate) struct Named<'r> {
    pub(crate) what: &'static str,
    pub(crate) most: usize,
    pub(crate) name: &'r Name,
}

impl JobResources<'_> {
    /// The names of everything but alarms, whose names may be longer than any that is made here.
    pub(crate) fn names(&self) -> Vec<Named<'_>> {
        let of = |what, most, name| Named { what, most, name };
        let mut names = Vec::new();
        let queue = self.dead_letters.as_ref();
        names.extend(queue.map(|queue| of("queue", MAX_QUEUE, &queue.name)));
        let role = self.scheduler_role.as_ref();
        names.extend(role.map(|role| of_role(&role.name)));
        match &self.receiver {
            Receiver::Function(function) => {
                // The role of a function has the same limit, and the same name unless the spec gives one of the two.
                names.push(of_role(&function.role.name));
                names.push(of("function", MAX_FUNCTION, &function.name));
                names.push(of("log group", MAX_LOG_GROUP, &function.log_group.name));
                names.push(of("queue", MAX_QUEUE, &function.failed_runs.name));
                let buffer = function.buffer.as_ref();
                names.extend(buffer.map(|buffer| of("queue", MAX_QUEUE, &buffer.queue.name)));
            }
            // The owner chose the name, and AWS has accepted it.
            Receiver::Existing(_) => {}
            Receiver::Queue { queue, group: _ } => names.push(of("queue", MAX_QUEUE, &queue.name)),
            Receiver::Topic { name, .. } => names.push(of("topic", MAX_TOPIC, name)),
            Receiver::LogGroup(group) => names.push(of("log group", MAX_LOG_GROUP, &group.name)),
            Receiver::Elsewhere { role, .. } => {
                names.extend(role.as_ref().map(|role| of_role(&role.name)));
            }
            // Its connection and its role have the same name, and the same limit.
            Receiver::Api(api) => names.push(of("API destination", MAX_API, &api.name)),
        }
        let rules = self.rules.iter();
        names.extend(rules.map(|rule| of(rule.kind_name(), RULE_MAX, &rule.name)));
        names
    }
}

/// The names of what belongs to no job, of kinds that jobs have too.
pub(crate) fn names_of_pipeline(pipeline: &Pipeline) -> Vec<(&'static str, Name)> {
    let bus = Bus::new(pipeline);
    let queue = bus.unreadable().map(|queue| ("queue", queue.name.clone()));
    let topic = match AlarmTopic::new(pipeline) {
        Some(AlarmTopic::Made { name, kms_key: _ }) => Some(("topic", name)),
        Some(AlarmTopic::Given) | None => None,
    };
    queue.into_iter().chain(topic).collect()
}

fn of_role(name: &Name) -> Named<'_> {
    Named {
        what: "role",
        most: MAX_FUNCTION,
        name,
    }
}
