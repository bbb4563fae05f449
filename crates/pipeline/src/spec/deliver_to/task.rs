//! Reading `task:` and `batch:` of `deliver_to`.

use eventbridge::arn::Arn;

use super::super::quantity::{BATCH_ARRAY, BATCH_ATTEMPTS, TASK_COUNT};
use super::super::reader::Reader;
use super::{existing_target, read_address};
use crate::diagnostic::Diagnostic;
use crate::lints::{CONFLICTING_KEYS, INVALID_VALUE, MISSING_KEY};
use crate::model::{BatchJob, DeliverTo, LaunchType, TargetKind, Task, TaskDefinition};
use crate::span::{Span, Spanned};
use crate::values::Text;
use crate::yaml::Node;

/// Launch types, by their words in the spec.
pub const LAUNCH_TYPES: [(&str, LaunchType); 3] = [
    ("fargate", LaunchType::Fargate),
    ("ec2", LaunchType::Ec2),
    ("external", LaunchType::External),
];

/// The longest name of a job of AWS Batch:
/// [`SubmitJob`](https://docs.aws.amazon.com/batch/latest/APIReference/API_SubmitJob.html), `jobName`.
pub const BATCH_NAME_MAX: usize = 128;

/// The longest family of a task definition, and the longest name of a job definition:
/// [`RegisterTaskDefinition`](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html),
/// [`RegisterJobDefinition`](https://docs.aws.amazon.com/batch/latest/APIReference/API_RegisterJobDefinition.html).
const TASK_FAMILY_MAX: usize = 255;
const JOB_DEFINITION_MAX: usize = 128;

pub(super) fn read_task(reader: &mut Reader, (at, node): (Span, &Node)) -> Option<DeliverTo> {
    let mut fields = reader.fields("`task`", node, at)?;
    let cluster = fields.require("cluster");
    let definition = fields.require("definition");
    let launch_type = fields.take("launch_type");
    let launch_type = launch_type.and_then(|node| reader.choice(node, &LAUNCH_TYPES));
    let network = fields.take("network").and_then(|node| reader.string(node));
    let public_ip = fields.take_entry("public_ip");
    let public = public_ip.and_then(|(at, node)| Some((at, reader.boolean(node)?)));
    let count = fields.take("count");
    let count = count.and_then(|node| reader.integer(node, &TASK_COUNT));
    let roles = fields.take("roles");
    let roles = roles.map_or_else(Vec::new, |node| read_roles(reader, node));
    fields.finish(reader);
    let of_task = DefinitionKind {
        service: "ecs",
        before_name: "task-definition/",
        what: "task definition",
        longest: TASK_FAMILY_MAX,
    };
    let definition = of_task.read(reader, definition?);
    let task = Task {
        definition: definition?,
        launch_type: launch_type.unwrap_or(LaunchType::Fargate),
        network,
        public_ip: public.is_some_and(|(_, is_public)| is_public),
        count: count.unwrap_or(1),
        roles,
    };
    check_network(reader, at, &task, public)?;
    let kind = TargetKind::Task(Box::new(task));
    let address = read_address(reader, cluster?, &kind)?;
    Some(existing_target(kind, address))
}

/// Finds what the network of a task cannot be: [`NetworkConfiguration`](
/// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EcsParameters.html) is for tasks with the network mode
/// `awsvpc`, which those of Fargate have, and only those of Fargate may have a public address.
fn check_network(
    reader: &mut Reader,
    at: Span,
    task: &Task,
    public: Option<(Span, bool)>,
) -> Option<()> {
    let is_fargate = task.launch_type == LaunchType::Fargate;
    if is_fargate && task.network.is_none() {
        let message = "a task on Fargate needs a network";
        let help = "add `network:` with a name of the Terraform variable `networks`, which has its subnets and security groups";
        reader.report(Diagnostic::new(&MISSING_KEY, at, message).with_help(help));
        return None;
    }
    if let Some((span, true)) = public
        && !is_fargate
    {
        let message = "only a task on Fargate may have a public address";
        let diagnostic = Diagnostic::new(&CONFLICTING_KEYS, span, message);
        reader.report(diagnostic.or_remove(span).with_help("remove `public_ip`"));
        return None;
    }
    Some(())
}

fn read_roles(reader: &mut Reader, node: &Node) -> Vec<Text> {
    let items = reader.list("`roles`", node);
    let roles: Vec<Text> = items.iter().filter_map(|item| reader.text(item)).collect();
    let is_role = |text: &Text| {
        let arn = Arn::parse(&text.value).ok();
        arn.is_some_and(|arn| arn.service() == "iam" && arn.role_name().is_some())
    };
    let (right, wrong): (Vec<Text>, Vec<Text>) = roles.into_iter().partition(is_role);
    for role in wrong {
        let message = format!("`{}` is not the ARN of a role", role.value);
        let help = "write `arn:aws:iam::<account>:role/<name>`";
        reader.report(Diagnostic::new(&INVALID_VALUE, role.span, message).with_help(help));
    }
    right
}

pub(super) fn read_batch(reader: &mut Reader, (at, node): (Span, &Node)) -> Option<DeliverTo> {
    let mut fields = reader.fields("`batch`", node, at)?;
    let queue = fields.require("queue");
    let definition = fields.require("definition");
    let name = fields
        .take("job_name")
        .and_then(|node| reader.string(node))
        .and_then(|name| check_name(reader, name));
    let attempts = fields.take("attempts");
    let attempts = attempts.and_then(|node| reader.integer(node, &BATCH_ATTEMPTS));
    let array_size = fields.take("array_size");
    let array_size = array_size.and_then(|node| reader.integer(node, &BATCH_ARRAY));
    fields.finish(reader);
    let of_batch = DefinitionKind {
        service: "batch",
        before_name: "job-definition/",
        what: "job definition",
        longest: JOB_DEFINITION_MAX,
    };
    let definition = of_batch.read(reader, definition?);
    let kind = TargetKind::Batch(Box::new(BatchJob {
        definition: definition?,
        name,
        attempts,
        array_size,
    }));
    let address = read_address(reader, queue?, &kind)?;
    Some(existing_target(kind, address))
}

fn check_name(reader: &mut Reader, name: Spanned<String>) -> Option<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let begins_well = name.value.starts_with(|c: char| c.is_ascii_alphanumeric());
    if begins_well && name.value.len() <= BATCH_NAME_MAX && name.value.chars().all(allowed) {
        return Some(name.value);
    }
    let message = format!("`{}` is not the name of a job of AWS Batch", name.value);
    let diagnostic = Diagnostic::new(&INVALID_VALUE, name.span, message).with_help(format!(
        "write up to {BATCH_NAME_MAX} letters, digits, hyphens and underscores, a letter or digit first"
    ));
    reader.report(diagnostic);
    None
}

/// What is known of a kind of definition.
struct DefinitionKind {
    service: &'static str,
    before_name: &'static str,
    what: &'static str,
    longest: usize,
}

impl DefinitionKind {
    /// Reads a definition: its name, its name and a revision, or its ARN.
    fn read(&self, reader: &mut Reader, node: &Node) -> Option<TaskDefinition> {
        let text = reader.text(node)?;
        if text.value.starts_with("arn:") {
            let arn = Arn::parse(&text.value).ok();
            let arn = arn.filter(|arn| arn.service() == self.service);
            let name = arn.and_then(|arn| arn.resource().strip_prefix(self.before_name));
            if name.is_some_and(|name| self.is_name(name)) {
                return Some(TaskDefinition::Arn(text));
            }
        } else if self.is_name(&text.value) {
            return Some(TaskDefinition::Name(text));
        }
        let (what, service, before) = (self.what, self.service, self.before_name);
        let message = format!(
            "`{}` is neither the name nor the ARN of a {what}",
            text.value
        );
        let diagnostic = Diagnostic::new(&INVALID_VALUE, text.span, message)
            .with_note("behind the name may stand a revision, as in `pick:3`; without one the newest is taken")
            .with_help(format!(
                "write its name, or its ARN: `arn:aws:{service}:<region>:<account>:{before}<name>`"
            ));
        reader.report(diagnostic);
        None
    }

    fn is_name(&self, text: &str) -> bool {
        let (name, revision) = match text.split_once(':') {
            Some((name, revision)) => (name, Some(revision)),
            None => (text, None),
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        !name.is_empty()
            && name.len() <= self.longest
            && name.chars().all(allowed)
            && revision.is_none_or(is_number)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{PREFIX, ids_of, pipeline};

    fn job(to: &str) -> String {
        format!("jobs: {{ j: {{ deliver_to: {{ {to} }}, triggers: [ {{ event: e }} ] }} }}\n")
    }

    fn ids(to: &str) -> Vec<&'static str> {
        ids_of(&format!("{PREFIX}{}", job(to)))
    }

    #[test]
    fn a_task_needs_what_runs_it() {
        let none: [&str; 0] = [];
        assert_eq!(
            ids("task: { cluster: c, definition: 'pick:3', network: n }"),
            none
        );
        assert_eq!(
            ids("task: { cluster: c, definition: pick, launch_type: ec2 }"),
            none
        );
        for (task, id) in [
            ("cluster: c, definition: pick", "missing-key"),
            ("cluster: c, network: n", "missing-key"),
            ("definition: pick, network: n", "missing-key"),
            (
                "cluster: c, definition: 'pick:new', network: n",
                "invalid-value",
            ),
            (
                "cluster: c, definition: 'arn:aws:batch:r:123456789012:job-definition/d', network: n",
                "invalid-value",
            ),
            (
                "cluster: c, definition: pick, launch_type: ec2, public_ip: true",
                "conflicting-keys",
            ),
            (
                "cluster: c, definition: pick, network: n, count: 11",
                "out-of-range",
            ),
            (
                "cluster: c, definition: pick, network: n, roles: [task]",
                "invalid-value",
            ),
        ] {
            assert_eq!(ids(&format!("task: {{ {task} }}")), [id], "{task}");
        }
    }

    #[test]
    fn a_batch_job_needs_a_queue_and_a_definition() {
        let none: [&str; 0] = [];
        assert_eq!(
            ids("batch: { queue: q, definition: 'd:1', job_name: nightly, attempts: 2 }"),
            none
        );
        for (batch, id) in [
            ("queue: q", "missing-key"),
            ("definition: d", "missing-key"),
            ("queue: q, definition: d, job_name: -x", "invalid-value"),
            ("queue: q, definition: d, attempts: 0", "out-of-range"),
            ("queue: q, definition: d, array_size: 1", "out-of-range"),
            ("queue: 'q q', definition: d", "invalid-value"),
        ] {
            assert_eq!(ids(&format!("batch: {{ {batch} }}")), [id], "{batch}");
        }
    }

    #[test]
    fn the_defaults_are_those_of_one_task() {
        let pipeline = pipeline(&job("task: { cluster: c, definition: pick, network: n }"));
        let crate::model::Work::DeliverTo(delivery) = &pipeline.jobs["j"].work else {
            panic!("a delivery");
        };
        let crate::model::DeliverTo::Existing(target) = &delivery.to.value else {
            panic!("a target");
        };
        let crate::model::TargetKind::Task(task) = &target.kind else {
            panic!("a task");
        };
        assert_eq!((task.count, task.public_ip), (1, false));
        assert_eq!(task.launch_type.on_aws(), "FARGATE");
    }
}
