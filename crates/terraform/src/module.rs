//! The interface of the module: versions, variables and outputs.

use hcl::Expression;
use hcl::structure::{Block, BlockBuilder};
use pipeline::resources::{
    AlarmTopic, Forgotten, JobResources, MAX_ENVIRONMENT, Queue, Receiver, Resources,
};

use super::given::{self, Given};
use super::hcl::{
    Body, File, attribute, block, builder, call, call_with_all, object, reference, string, word,
};
use super::{alarm, bus, destination, values};

/// The provider's versions: from the oldest that has every resource here, to before the next major one, which may not.
const PROVIDER: &str = ">= 5.100, < 7.0";

/// The oldest Terraform that the module is for: 1.5, or the first with `removed` blocks.
fn required_version(forgotten: &[Forgotten]) -> &'static str {
    // https://developer.hashicorp.com/terraform/language/block/removed
    if forgotten.is_empty() {
        ">= 1.5"
    } else {
        ">= 1.7"
    }
}

pub(super) fn versions(forgotten: &[Forgotten]) -> Body {
    let aws = object([
        ("source", string("hashicorp/aws")),
        ("version", string(PROVIDER)),
    ]);
    let terraform = builder("terraform")
        .add_attribute(attribute(
            "required_version",
            string(required_version(forgotten)),
        ))
        .add_block(block("required_providers", [("aws", aws)]));
    Body::builder().add_block(terraform.build()).build()
}

pub(super) fn variables(resources: &Resources<'_>) -> Body {
    let most = MAX_ENVIRONMENT;
    // No hyphen: the resource `x` in the environment `a-b` and `x-a` in `b` would have the same name.
    let pattern = format!("^[a-z][a-z0-9]{{0,{}}}$", most - 1);
    let name = reference(["var", "environment"]);
    let matches = call("can", [call("regex", [string(pattern), name])]);
    let message =
        format!("An environment has 1 to {most} small letters and digits, a letter first.");
    let environment = variable(
        "environment",
        "The environment: the last part of every name",
        word("string"),
    )
    .add_block(block(
        "validation",
        [("condition", matches), ("error_message", string(message))],
    ));
    let optional = || call("optional", [word("string")]);
    let artifact = object(ARTIFACT.map(|field| (field, optional())));
    let artifacts = variable(
        "artifacts",
        "Where functions' zips are, by job; artifacts/<job>.zip below the root module unless said here",
        call("map", [call("object", [artifact])]),
    )
    .add_attribute(attribute("default", object::<&str>([])))
    // A caller that passes null gets the default, so no expression below has to expect null.
    .add_attribute(attribute("nullable", false));
    // An artifact whose fields are all null: the one of a job that the caller says nothing about.
    let built_here = object(ARTIFACT.map(|field| (field, Expression::Null)));
    let locals = builder("locals").add_attribute(attribute("built_here", built_here));
    let mut blocks = vec![environment.build(), artifacts.build()];
    if resources.alarm_topic == Some(AlarmTopic::Given) {
        let description = "The SNS topic that alarms tell; null tells nobody";
        blocks.push(optional_arn("alarm_topic_arn", description));
    }
    if roles(resources).next().is_some() {
        let description =
            "The ARN of the IAM policy that bounds every role here, where an account asks for one";
        blocks.push(optional_arn("permissions_boundary", description));
    }
    blocks.extend(given::given(resources).iter().map(Given::block));
    blocks.extend(given::versions(resources));
    blocks.extend(values::variable(resources.values));
    blocks.extend(bus::producers(resources));
    blocks.push(locals.build());
    Body::builder().add_blocks(blocks).build()
}

/// The fields of an artifact: a local path, or a place in S3 with the hash of what is there, and the
/// processor that the zip was built for.
const ARTIFACT: [&str; 5] = [
    "path",
    "architecture",
    "s3_bucket",
    "s3_key",
    "source_code_hash",
];

fn variable(name: &str, description: &str, kind: Expression) -> BlockBuilder {
    builder("variable")
        .add_label(name)
        .add_attribute(attribute("description", string(description)))
        .add_attribute(attribute("type", kind))
}

/// Declares a variable for an ARN that the caller may leave out.
fn optional_arn(name: &str, description: &str) -> Block {
    variable(name, description, word("string"))
        .add_attribute(attribute("default", Expression::Null))
        .build()
}

/// Writes the outputs, by name. Each is printed before the next one is made: a large pipeline's together would take many
/// times the memory of their text.
pub(super) fn outputs(header: &[String], resources: &Resources<'_>) -> String {
    let rules = of_rules(resources, "aws_cloudwatch_event_rule", false);
    let schedules = of_rules(resources, "aws_scheduler_schedule", true);
    let mut file = File::new(header, resources.jobs.len());
    let mut add = |name, description, value| file.add(&output(name, description, value));
    add(
        "alarm_arns",
        "Every alarm, by <job>-<what it watches>",
        alarm_arns(resources),
    );
    if let Some(AlarmTopic::Made { .. }) = resources.alarm_topic {
        let arn = alarm::topic_arn();
        add("alarm_topic_arn", "The topic that alarms tell", arn);
    }
    add(
        "destination_arns",
        if destination::calls_api(resources) {
            "Every queue, topic, log group and API that events are delivered to, by job"
        } else {
            "Every queue, topic and log group that events are delivered to, by job"
        },
        sorted(destination::made(resources)),
    );
    let description = "The ARN of the bus that carries the pipeline's events";
    add("event_bus_arn", description, bus::arn());
    let description = "The bus that carries the pipeline's events";
    add("event_bus_name", description, bus::name());
    let arns = of_jobs(resources, "arn");
    add("function_arns", "Every job's function", arns);
    let names = of_jobs(resources, "function_name");
    add("function_names", "Every job's function, by name", names);
    let description = "The log group of every job's function";
    add("log_group_names", description, log_groups(resources));
    add(
        "queue_urls",
        "Every queue of failures: <job>-dlq keeps events that could not be delivered, <job>-on-failure runs that failed",
        queue_urls(resources),
    );
    add(
        "role_names",
        "Every IAM role, by the job whose function or deliveries take it on; <job>-scheduler is EventBridge Scheduler's",
        sorted(roles(resources)),
    );
    add("rule_arns", "Every rule", rules("arn"));
    add("rule_names", "Every rule, by name", rules("name"));
    let description = "Every schedule of EventBridge Scheduler";
    add("schedule_arns", description, schedules("arn"));
    file.finish()
}

/// Lists the name of every role, by the job that uses it.
fn roles(resources: &Resources<'_>) -> impl Iterator<Item = (String, Expression)> {
    let roles = resources.jobs.iter().flat_map(JobResources::roles);
    roles.map(|role| {
        let name = reference(["aws_iam_role", &role.label, "name"]);
        (role.key.clone(), name)
    })
}

fn log_groups(resources: &Resources<'_>) -> Expression {
    sorted(resources.jobs.iter().filter_map(|job| {
        let group = &job.receiver.function()?.log_group.label;
        let group = reference(["aws_cloudwatch_log_group", group, "name"]);
        Some((job.name().to_owned(), group))
    }))
}

/// Returns the name of a variable, an output or a module call.
pub(super) fn label(block: &Block) -> &str {
    block.labels().first().map_or("", |label| label.as_str())
}

fn output(name: &str, description: &str, value: Expression) -> Block {
    builder("output")
        .add_label(name)
        .add_attribute(attribute("description", string(description)))
        .add_attribute(attribute("value", value))
        .build()
}

/// Maps each job with a function to a field of that function.
fn of_jobs(resources: &Resources<'_>, field: &str) -> Expression {
    sorted(resources.jobs.iter().filter_map(|job| {
        let value = match job.receiver {
            Receiver::Function(_) => reference(["aws_lambda_function", &job.label, field]),
            Receiver::Existing(_) => reference(["data", "aws_lambda_function", &job.label, field]),
            _ => return None,
        };
        Some((job.name().to_owned(), value))
    }))
}

/// Maps `<job>-<trigger>` to a field of the rule, or of the schedule of EventBridge Scheduler.
fn of_rules<'p>(
    resources: &'p Resources<'p>,
    kind: &'p str,
    scheduler: bool,
) -> impl Fn(&str) -> Expression + 'p {
    move |field| {
        let rules = resources.jobs.iter().flat_map(|job| &job.rules);
        let chosen = rules.filter(|rule| rule.bus().is_none() == scheduler);
        sorted(chosen.map(|rule| {
            let value = reference([kind, &rule.label, field]);
            (rule.key.clone(), value)
        }))
    }
}

fn alarm_arns(resources: &Resources<'_>) -> Expression {
    let of_jobs = resources.jobs.iter().filter_map(alarm::arns_by_key);
    let of_bus = resources.bus_alarm.as_ref();
    let of_bus = of_bus.map(|one| object([(&one.key, alarm::arn_of_bus())]));
    let all: Vec<Expression> = of_jobs.chain(of_bus).collect();
    if all.is_empty() {
        return object::<&str>([]);
    }
    call_with_all("merge", all)
}

/// Lists the URLs of the queues for dead letters and for failed runs.
fn queue_urls(resources: &Resources<'_>) -> Expression {
    let url = |queue: &Queue| reference(["aws_sqs_queue", &queue.label, "url"]);
    let of_bus = resources.bus.unreadable();
    let of_bus = of_bus.map(|queue| ("bus_dlq".to_owned(), url(queue)));
    let of_jobs = resources.jobs.iter().flat_map(|job| {
        let name = job.name();
        let dead_letters = job.dead_letters.as_ref();
        let dead_letters = dead_letters.map(|queue| (format!("{name}-dlq"), queue));
        let failed_runs = job.failed_runs();
        let failed_runs = failed_runs.map(|queue| (format!("{name}-on-failure"), queue));
        let queues = [failed_runs, dead_letters].into_iter().flatten();
        queues.map(|(key, queue)| (key, url(queue)))
    });
    sorted(of_jobs.chain(of_bus))
}

/// Makes an object with its keys in alphabetical order: the order of a spec must not change an output.
fn sorted(entries: impl Iterator<Item = (String, Expression)>) -> Expression {
    let mut entries: Vec<_> = entries.collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    object(entries)
}
