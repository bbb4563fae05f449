//! Tasks of ECS and jobs of AWS Batch that an event starts: what their target says, and what EventBridge's role may do.

use hcl::Expression;
use hcl::structure::Block;
use pipeline::model::{BatchJob, Task, TaskDefinition};

use super::hcl::{Part, attribute, block, builder, list, object, string, template};
use super::{platform, values};

/// Writes the part of a target that says which task it starts.
pub(super) fn ecs_target(task: &Task) -> Block {
    let Task {
        definition,
        launch_type,
        network,
        public_ip,
        count,
        // The role may hand them on.
        roles: _,
    } = task;
    let mut target = builder("ecs_target")
        .add_attribute(attribute("task_definition_arn", OF_TASKS.arn(definition)))
        .add_attribute(attribute("launch_type", string(launch_type.on_aws())))
        .add_attribute(attribute("task_count", *count));
    if let Some(network) = network {
        let of = |field| platform::of_network(&network.value, field);
        let configuration = [
            ("subnets", of("subnet_ids")),
            ("security_groups", of("security_group_ids")),
            ("assign_public_ip", (*public_ip).into()),
        ];
        target = target.add_block(block("network_configuration", configuration));
    }
    target.build()
}

/// Writes the part of a target that says which job it submits. `name` is that of jobs that the spec does not name.
pub(super) fn batch_target(job: &BatchJob, name: &str) -> Block {
    let BatchJob {
        definition,
        name: said,
        attempts,
        array_size,
    } = job;
    let mut target = builder("batch_target")
        .add_attribute(attribute("job_definition", OF_JOBS.arn(definition)))
        .add_attribute(attribute(
            "job_name",
            string(said.as_deref().unwrap_or(name)),
        ));
    if let Some(attempts) = attempts {
        target = target.add_attribute(attribute("job_attempts", *attempts));
    }
    if let Some(size) = array_size {
        target = target.add_attribute(attribute("array_size", *size));
    }
    target.build()
}

/// What the role of a task may do:
/// [IAM role for EventBridge](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/CWE_IAM_role.html).
pub(super) fn start_task(task: &Task, cluster: Expression) -> Vec<Expression> {
    let run = object([
        ("Sid", string("DeliverEvents")),
        ("Effect", string("Allow")),
        ("Action", string("ecs:RunTask")),
        (
            "Resource",
            list(every_revision(&task.definition, &OF_TASKS)),
        ),
        (
            "Condition",
            object([("ArnEquals", object([("ecs:cluster", cluster)]))]),
        ),
    ]);
    let mut statements = vec![run];
    if !task.roles.is_empty() {
        let roles = task.roles.iter().map(values::text);
        let to_tasks = object([("iam:PassedToService", string("ecs-tasks.amazonaws.com"))]);
        statements.push(object([
            ("Sid", string("PassRoles")),
            ("Effect", string("Allow")),
            ("Action", string("iam:PassRole")),
            ("Resource", list(roles)),
            ("Condition", object([("StringEquals", to_tasks)])),
        ]));
    }
    statements
}

/// What the role of a job of AWS Batch may do: submit the definition to the queue.
/// [Actions of AWS Batch](https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbatch.html).
pub(super) fn submit_job(job: &BatchJob, queue: Expression) -> Vec<Expression> {
    let [definition, every] = every_revision(&job.definition, &OF_JOBS);
    vec![object([
        ("Sid", string("DeliverEvents")),
        ("Effect", string("Allow")),
        ("Action", string("batch:SubmitJob")),
        ("Resource", list([queue, definition, every])),
    ])]
}

/// A definition, and every revision of it: without a revision it stands for its newest one.
fn every_revision(definition: &TaskDefinition, of: &Definitions) -> [Expression; 2] {
    let revisions = of.parts(definition).into_iter().chain([Part::Text(":*")]);
    [of.arn(definition), template(revisions)]
}

/// Where the definitions of a service are.
struct Definitions {
    service: &'static str,
    before_name: &'static str,
}

const OF_TASKS: Definitions = Definitions {
    service: "ecs",
    before_name: "task-definition/",
};
const OF_JOBS: Definitions = Definitions {
    service: "batch",
    before_name: "job-definition/",
};

impl Definitions {
    fn parts<'d>(&self, definition: &'d TaskDefinition) -> Vec<Part<'d>> {
        match definition {
            TaskDefinition::Arn(arn) => values::inside(arn),
            TaskDefinition::Name(name) => {
                values::inside_arn_here(self.service, self.before_name, name)
            }
        }
    }

    fn arn(&self, definition: &TaskDefinition) -> Expression {
        match definition {
            TaskDefinition::Arn(arn) => values::text(arn),
            TaskDefinition::Name(_) => template(self.parts(definition)),
        }
    }
}
