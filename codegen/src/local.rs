//! A pipeline as the local bus runs it: the same wiring that Terraform is made from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use emulator::{Function, RetryPolicy, RuleSource, Transformer, Wiring};
use pipeline::model::{Code, Job};
use pipeline::wiring::{self, Rule, SCHEDULED_DETAIL_TYPE, Source, Target};
use pipeline::{Pipeline, names};
use serde_json::Value;

/// The environment in which names end on this machine.
pub const ENVIRONMENT: &str = "local";
const ACCOUNT: &str = "000000000000";
const REGION: &str = "us-east-1";

/// What a bus has before anything is wired: an account with a default bus.
pub(crate) fn nothing() -> Wiring {
    Wiring {
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
        bus: "default".to_owned(),
        subject: None,
        rules: Vec::new(),
        functions: BTreeMap::new(),
        queues: Vec::new(),
    }
}

/// The packages of a pipeline's functions, each once.
pub fn packages(pipeline: &Pipeline) -> Vec<&str> {
    let mut packages: Vec<&str> = pipeline.jobs.values().filter_map(package).collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

/// What is out of this machine's reach, in a sentence for each such job.
pub(crate) fn elsewhere(pipeline: &Pipeline) -> impl Iterator<Item = String> {
    let jobs = pipeline.jobs.iter();
    jobs.filter_map(|(name, job)| match &job.function.code {
        Code::Package(_) => None,
        Code::Existing(_) => Some(format!(
            "the function of {name} exists elsewhere and does not run here"
        )),
        Code::Delivery(to) => Some(format!(
            "the {} of {name} is not here, and gets no events",
            to.value.name()
        )),
    })
}

fn package(job: &Job) -> Option<&str> {
    match &job.function.code {
        Code::Package(package) => Some(&package.value),
        Code::Existing(_) | Code::Delivery(_) => None,
    }
}

/// The rules, targets, queues and functions of a pipeline, given the binary of each package. Functions run in the folder
/// of the spec.
///
/// # Errors
/// A pattern, schedule or template that EventBridge would refuse, which the checks of a spec find
/// first.
pub fn wiring(
    pipeline: &Pipeline,
    folder: &Path,
    binaries: &BTreeMap<String, PathBuf>,
) -> anyhow::Result<Wiring> {
    let mut functions = BTreeMap::new();
    let mut queues = Vec::new();
    for (name, job) in &pipeline.jobs {
        if let Some(command) = package(job).and_then(|package| binaries.get(package)) {
            let function = function(pipeline, folder, name, job, command.clone());
            queues.push(dead_letter_queue(pipeline, name));
            queues.extend(function.on_failure.clone());
            functions.insert(function_name(pipeline, name), function);
        }
    }
    let rules = wiring::rules(pipeline)
        .filter(|rule| functions.contains_key(&function_name(pipeline, rule.job)))
        .map(|rule| local_rule(pipeline, &rule))
        .collect::<anyhow::Result<_>>()?;
    Ok(Wiring {
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
        bus: pipeline.bus.name_in(ENVIRONMENT),
        subject: None,
        rules,
        functions,
        queues,
    })
}

/// The name of a job's function on this machine.
pub(crate) fn function_name(pipeline: &Pipeline, job: &str) -> String {
    in_environment(&names::function(
        &pipeline.name.value,
        pipeline.name_on_aws(job),
    ))
}

fn dead_letter_queue(pipeline: &Pipeline, job: &str) -> String {
    in_environment(&names::dead_letter_queue(
        &pipeline.name.value,
        pipeline.name_on_aws(job),
    ))
}

fn in_environment(name: &str) -> String {
    format!("{name}-{ENVIRONMENT}")
}

fn function(
    pipeline: &Pipeline,
    folder: &Path,
    name: &str,
    job: &Job,
    command: PathBuf,
) -> Function {
    let own = job.function.environment.iter();
    let own = own.map(|(name, value)| (name.clone(), value.value.clone()));
    let local = pipeline.local_environment.iter();
    let local = local.map(|(name, value)| {
        let callers = std::env::var(name).unwrap_or_else(|_| value.value.clone());
        (name.clone(), callers)
    });
    Function {
        command,
        folder: Some(folder.to_owned()),
        environment: own.chain(local).collect(),
        timeout: Duration::from_secs(job.function.timeout_seconds.into()),
        memory_mb: job.function.memory_mb,
        max_attempts: job.execution.max_attempts,
        max_age: Duration::from_secs(job.execution.max_age_seconds.into()),
        reserved_concurrency: None,
        on_failure: Some(in_environment(&names::failure_queue(
            &pipeline.name.value,
            job.name_on_aws(name),
        ))),
    }
}

fn local_rule(pipeline: &Pipeline, rule: &Rule<'_>) -> anyhow::Result<emulator::Rule> {
    let name = in_environment(&rule.name);
    let is_scheduler = matches!(rule.source, Source::Scheduler(_));
    let delivery = &rule.trigger.delivery;
    let targets = rule.targets.iter().map(|target| {
        Ok(emulator::Target {
            id: target.id.clone(),
            function: function_name(pipeline, rule.job),
            input: input(rule, target, is_scheduler).with_context(|| format!("the rule {name}"))?,
            retry: RetryPolicy {
                max_attempts: delivery.max_attempts,
                max_age: Duration::from_secs(delivery.max_age_seconds.into()),
            },
            dead_letter_queue: Some(dead_letter_queue(pipeline, rule.job)),
        })
    });
    Ok(emulator::Rule {
        enabled: rule.trigger.enabled,
        bus: bus(pipeline, &rule.source),
        source: source(&rule.source),
        targets: targets.collect::<anyhow::Result<_>>()?,
        name: name.clone(),
    })
}

/// Rules with a schedule are on the default bus, as other buses take none.
fn bus(pipeline: &Pipeline, source: &Source<'_>) -> String {
    match source {
        Source::Pattern(_) => pipeline.bus.name_in(ENVIRONMENT),
        Source::Schedule(_) | Source::Scheduler(_) => "default".to_owned(),
    }
}

fn source(source: &Source<'_>) -> RuleSource {
    match source {
        Source::Pattern(pattern) => RuleSource::Pattern(Value::Object(pattern.clone()).to_string()),
        Source::Schedule(schedule) | Source::Scheduler(schedule) => RuleSource::Schedule {
            expression: schedule.expression.value.clone(),
            timezone: match &schedule.timezone {
                Some(zone) => zone.value.clone(),
                None => "UTC".to_owned(),
            },
        },
    }
}

/// What a target receives in the place of the event: on a schedule an envelope, in which EventBridge Scheduler
/// names itself as the source.
fn input(
    rule: &Rule<'_>,
    target: &Target,
    is_scheduler: bool,
) -> anyhow::Result<Option<Transformer>> {
    let Some(input) = target.scheduled_input() else {
        let input = rule.trigger.input.as_ref();
        let transformer = input.map(|input| {
            let paths = input.paths.iter();
            let paths = paths.map(|(name, path)| (name.clone(), path.value.clone()));
            Transformer::new(paths.collect(), &input.template.value)
        });
        return Ok(transformer.transpose()?);
    };
    let template = if is_scheduler {
        target.input.envelope(|field| match field {
            "source" => "\"aws.scheduler\"".to_owned(),
            "detail_type" => format!("\"{SCHEDULED_DETAIL_TYPE}\""),
            field => format!("<{field}>"),
        })
    } else {
        input.template
    };
    let paths = input.paths.iter();
    let paths = paths.map(|(name, path)| ((*name).to_owned(), (*path).to_owned()));
    Ok(Some(Transformer::new(paths.collect(), &template)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_elsewhere_is_named_and_left_out() {
        let spec = "
pipeline: p
source: s
events: { e: { detail_type: E, external: true } }
jobs:
  here: { function: { package: here }, triggers: [{ event: e }] }
  there: { function: { existing: mail }, triggers: [{ event: e }] }
  ledger: { deliver_to: queue, triggers: [{ event: e }] }
  books: { deliver_to: state_machine, triggers: [{ event: e }] }
";
        let parsed = pipeline::parse(spec, &pipeline::Surroundings::default());
        assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
        let pipeline = parsed.pipeline.unwrap();
        let named: Vec<String> = elsewhere(&pipeline).collect();
        assert_eq!(
            named,
            [
                "the function of there exists elsewhere and does not run here",
                "the queue of ledger is not here, and gets no events",
                "the state machine of books is not here, and gets no events",
            ]
        );
        assert_eq!(packages(&pipeline), ["here"]);
        let binaries = BTreeMap::from([("here".to_owned(), PathBuf::from("here"))]);
        let wired = wiring(&pipeline, Path::new("."), &binaries).unwrap();
        let rules: Vec<&str> = wired.rules.iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!(rules, ["p-here-event-local"]);
    }
}
