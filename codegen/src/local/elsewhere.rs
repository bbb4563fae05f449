//! What a job delivers to that is not on this machine.

use emulator::Wiring;
use eventbridge::arn::Arn;
use pipeline::Pipeline;
use pipeline::model::{Code, DeliverTo, ExistingTarget, Job, TargetAddress, TargetKind, Work};
use pipeline::resources::{JobRef, JobResources, Receiver};

use super::ENVIRONMENT;

/// Writes a sentence for each job whose target is not on this machine.
pub(crate) fn elsewhere(pipeline: &Pipeline) -> impl Iterator<Item = String> {
    jobs_elsewhere(pipeline).map(|(_, sentence)| sentence)
}

/// Returns each job whose target is not on this machine, with a sentence that says so.
pub(crate) fn jobs_elsewhere(pipeline: &Pipeline) -> impl Iterator<Item = (&str, String)> {
    let jobs = pipeline.jobs.iter();
    let jobs = jobs.map(|(name, job)| (name.as_str(), said_of(name, job)));
    jobs.filter_map(|(name, sentence)| Some((name, sentence?)))
}

fn said_of(name: &str, job: &Job) -> Option<String> {
    match &job.work {
        Work::Function(function) => match (&function.code, &function.local) {
            (Code::Package(_), _) | (_, Some(_)) => None,
            (Code::Zip(_), None) => Some(of_function("zip", name, job.buffer.is_some())),
            (Code::Image(_), None) => Some(of_function("image", name, job.buffer.is_some())),
        },
        Work::Existing(existing) if existing.local.is_some() => None,
        Work::Existing(_) => Some(format!(
            "the function of {name} exists elsewhere: its events are shown as delivered, and it does not run here"
        )),
        Work::DeliverTo(delivery) => match &delivery.to.value {
            DeliverTo::Queue { .. } => None,
            DeliverTo::Existing(target) if stand_in(target).is_some() => None,
            to if to.local().is_some() => None,
            to => Some(format!(
                "the {} of {name} is not here: its events are shown as delivered",
                to.name()
            )),
        },
    }
}

fn of_function(code: &str, name: &str, has_queue: bool) -> String {
    let to = if has_queue { " to its queue" } else { "" };
    format!(
        "the {code} of {name} does not run here: its events are shown as delivered{to}, and `local.command` says what runs instead of it"
    )
}

/// Returns the name of a job's dead-letter queue that is there already: a queue stands in for it.
pub(super) fn dead_letters(job: &JobResources<'_>) -> Option<String> {
    match job.given.dead_letters? {
        TargetAddress::Variable => None,
        TargetAddress::Name(name) => Some(name.value.clone()),
        TargetAddress::Arn(arn) => Some(Arn::parse(&arn.value).ok()?.queue_name()?.to_owned()),
    }
}

/// Returns the queue that stands in for one that is there already, with the name that it has on AWS.
pub(super) fn stand_in(target: &ExistingTarget) -> Option<emulator::Queue> {
    let TargetKind::Queue { .. } = target.kind else {
        return None;
    };
    Some(emulator::Queue {
        // EventBridge sends no deduplication id: a FIFO queue takes its events only if it makes one of their texts.
        deduplicate_by_content: target.is_fifo(),
        ..emulator::Queue::new(target.name()?)
    })
}

/// Returns the ARN of what is not on this machine, as it would be in this account.
pub(super) fn arn(wiring: &Wiring, job: JobRef<'_>, receiver: &Receiver<'_>) -> String {
    let (region, account) = (&wiring.region, &wiring.account);
    let of = |service: &str, resource: String| {
        format!("arn:aws:{service}:{region}:{account}:{resource}")
    };
    match receiver {
        Receiver::Function(function) => {
            // Rules deliver to the queue, and nothing here takes messages from it.
            if let Some(buffer) = &function.buffer {
                return of("sqs", buffer.queue.name.in_environment(ENVIRONMENT));
            }
            let name = function.name.in_environment(ENVIRONMENT);
            of("lambda", format!("function:{name}"))
        }
        Receiver::Existing(existing) => {
            let name = existing.qualified();
            if name.starts_with("arn:") {
                name
            } else {
                of("lambda", format!("function:{name}"))
            }
        }
        Receiver::Queue { queue, group: _ } => of("sqs", queue.name.in_environment(ENVIRONMENT)),
        Receiver::Topic { name, .. } => of("sns", name.in_environment(ENVIRONMENT)),
        Receiver::LogGroup(group) => {
            let name = group.name.in_environment(ENVIRONMENT);
            of("logs", format!("log-group:{name}"))
        }
        Receiver::Api(api) => {
            let name = api.name.in_environment(ENVIRONMENT);
            of("events", format!("api-destination/{name}"))
        }
        Receiver::Elsewhere { to, role: _ } => {
            let ExistingTarget { kind, address } = to;
            let named = |name: &str| of(kind.service(), format!("{}{name}", kind.before_name()));
            match address {
                // Its ARN is a value of the root module, by the job's name.
                TargetAddress::Variable => named(job.name),
                TargetAddress::Name(name) => named(&name.value),
                TargetAddress::Arn(arn) => arn.value.clone(),
            }
        }
    }
}
