//! Everything of a pipeline that can be destroyed with something in it, or that events depend on.

use pipeline::platform::LogClass;
use pipeline::removed::Keep;
use pipeline::resources::{
    Bus, JobResources, LogGroup, Name, Queue, Receiver, Resources, Role, Service,
};

use super::model::{Purpose, Resource, What};

/// A resource of a job, or of the pipeline.
#[derive(Clone, Debug)]
pub(crate) struct Thing {
    pub(crate) resource: Resource,
    /// What it is to its job: the part of its address that is the same under another name of the job.
    pub(crate) slot: (What, &'static str),
    /// What cannot change without another one being made.
    pub(crate) identity: String,
    /// The word by which a spec may keep it.
    pub(crate) keep: Option<Keep>,
    /// Whether Terraform leaves it there when it destroys the rest.
    pub(crate) is_kept: bool,
}

/// The things of the pipeline itself.
pub(crate) fn of_pipeline(resources: &Resources<'_>, environment: &str) -> Vec<Thing> {
    let mut things = Vec::new();
    let bus = match &resources.bus {
        Bus::Default => "default".to_owned(),
        Bus::Existing(name) => name.value.clone(),
        Bus::Made {
            name, unreadable, ..
        } => {
            things.push(thing(
                (What::Bus, ""),
                "aws_cloudwatch_event_bus",
                "pipeline",
                name,
                environment,
            ));
            things.extend(
                unreadable
                    .as_deref()
                    .map(|made| queue(made, "bus", None, environment)),
            );
            name.in_environment(environment)
        }
    };
    if let Some(archive) = &resources.archive {
        let kind = "aws_cloudwatch_event_archive";
        let made = thing(
            (What::Archive, ""),
            kind,
            "pipeline",
            &archive.name,
            environment,
        );
        things.push(Thing {
            identity: format!("{} of {bus}", made.identity),
            keep: Some(Keep::Archive),
            ..made
        });
    }
    things
}

/// The things of a job, without its rules.
pub(crate) fn of_job(job: &JobResources<'_>, environment: &str) -> Vec<Thing> {
    let mut things = Vec::new();
    match &job.receiver {
        Receiver::Function(made) => {
            let kind = "aws_lambda_function";
            let function = thing(
                (What::Function, ""),
                kind,
                &made.label,
                &made.name,
                environment,
            );
            // An image instead of a zip takes another function.
            let is_zipped = made.settings.code.is_zipped();
            things.push(Thing {
                identity: format!("{} {is_zipped}", function.identity),
                ..function
            });
            things.push(log_group(&made.log_group, environment));
            things.push(role(&made.role, environment));
            let keep = Some(Keep::FailureQueue);
            things.push(queue(&made.failed_runs, "on_failure", keep, environment));
            let keep = Some(Keep::Buffer);
            let buffer = made.buffer.as_ref();
            things.extend(buffer.map(|waits| queue(&waits.queue, "buffer", keep, environment)));
        }
        Receiver::Existing(_) => {}
        Receiver::Queue {
            queue: made,
            group: _,
        } => things.push(queue(made, "", Some(Keep::Queue), environment)),
        Receiver::Topic { name, label, .. } => {
            things.push(thing(
                (What::Topic, ""),
                "aws_sns_topic",
                label,
                name,
                environment,
            ));
        }
        Receiver::LogGroup(group) => things.push(log_group(group, environment)),
        Receiver::Elsewhere {
            role: assumed,
            to: _,
        } => things.extend(assumed.as_ref().map(|made| role(made, environment))),
        Receiver::Api(api) => things.push(role(&api.role, environment)),
    }
    let keep = Some(Keep::DeadLetterQueue);
    let dead_letters = job.dead_letters.as_ref();
    things.extend(dead_letters.map(|made| queue(made, "dlq", keep, environment)));
    things.extend(job.scheduler_role.as_ref().map(|it| role(it, environment)));
    things
}

fn thing(
    slot: (What, &'static str),
    kind: &str,
    label: &str,
    name: &Name,
    environment: &str,
) -> Thing {
    Thing {
        resource: Resource {
            what: slot.0,
            address: format!("{kind}.{label}"),
            name: name.to_string(),
        },
        slot,
        identity: name.in_environment(environment),
        keep: None,
        is_kept: false,
    }
}

fn queue(made: &Queue, slot: &'static str, keep: Option<Keep>, environment: &str) -> Thing {
    let what = What::Queue(Purpose::from(made.keeps));
    let thing = thing(
        (what, slot),
        "aws_sqs_queue",
        &made.label,
        &made.name,
        environment,
    );
    Thing {
        // A queue is FIFO for ever.
        identity: format!("{} {}", thing.identity, made.is_fifo),
        keep,
        ..thing
    }
}

fn log_group(group: &LogGroup, environment: &str) -> Thing {
    let kind = "aws_cloudwatch_log_group";
    let thing = thing(
        (What::LogGroup, ""),
        kind,
        &group.label,
        &group.name,
        environment,
    );
    let class = group.class.map_or(STANDARD, LogClass::on_aws);
    Thing {
        // The class of a log group cannot change.
        identity: format!("{} {class}", thing.identity),
        keep: Some(Keep::LogGroup),
        is_kept: group.is_kept,
        ..thing
    }
}

/// The class of a log group that says none.
const STANDARD: &str = "STANDARD";

fn role(role: &Role<'_>, environment: &str) -> Thing {
    let slot = match role.service {
        Service::Scheduler => "scheduler",
        Service::Lambda | Service::Events => "",
    };
    thing(
        (What::Role, slot),
        "aws_iam_role",
        &role.label,
        &role.name,
        environment,
    )
}
