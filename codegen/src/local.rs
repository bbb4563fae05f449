//! A pipeline as the local bus runs it: the same wiring that Terraform is made from.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use emulator::{Config, Function, RuleSource};
use eventbridge::pattern::Pattern;
use eventbridge::schedule;
use eventbridge::transformer::InputTransformer;
use pipeline::model::{Code, Job, Schedule};
use pipeline::wiring::{self, Rule, SCHEDULED_DETAIL_TYPE, Source, Target};
use pipeline::{Pipeline, names};
use serde_json::Value;

/// The environment in which names end on this machine.
pub const ENVIRONMENT: &str = "local";
const ACCOUNT: &str = "000000000000";
const REGION: &str = "us-east-1";

/// The packages of a pipeline's functions, each once.
pub fn packages(pipeline: &Pipeline) -> Vec<&str> {
    let mut packages: Vec<&str> = pipeline.jobs.values().filter_map(package).collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

/// The jobs whose function exists elsewhere, and so does not run here.
pub(crate) fn elsewhere(pipeline: &Pipeline) -> impl Iterator<Item = &str> {
    let jobs = pipeline.jobs.iter();
    jobs.filter_map(|(name, job)| package(job).is_none().then_some(name.as_str()))
}

fn package(job: &Job) -> Option<&str> {
    match &job.function.code {
        Code::Package(package) => Some(&package.value),
        Code::Existing(_) => None,
    }
}

/// The rules, targets and functions of a pipeline, given the binary of each package.
///
/// # Errors
/// A pattern, schedule or template that EventBridge would refuse, which the checks of a spec find
/// first.
pub fn config(pipeline: &Pipeline, binaries: &BTreeMap<String, PathBuf>) -> anyhow::Result<Config> {
    let mut functions = BTreeMap::new();
    for (name, job) in &pipeline.jobs {
        if let Some(command) = package(job).and_then(|package| binaries.get(package)) {
            functions.insert(
                function_name(pipeline, name),
                function(job, command.clone()),
            );
        }
    }
    let rules = wiring::rules(pipeline)
        .filter(|rule| functions.contains_key(&function_name(pipeline, rule.job)))
        .map(|rule| local_rule(pipeline, &rule))
        .collect::<anyhow::Result<_>>()?;
    Ok(Config {
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
        bus: pipeline.bus.name_in(ENVIRONMENT),
        rules,
        functions,
    })
}

fn function_name(pipeline: &Pipeline, job: &str) -> String {
    format!(
        "{}-{ENVIRONMENT}",
        names::function(&pipeline.name.value, job)
    )
}

fn function(job: &Job, command: PathBuf) -> Function {
    let environment = job.function.environment.iter();
    Function {
        command,
        environment: environment
            .map(|(name, value)| (name.clone(), value.value.clone()))
            .collect(),
        timeout: Duration::from_secs(job.function.timeout_seconds.into()),
        memory_mb: job.function.memory_mb,
        max_attempts: job.execution.max_attempts,
    }
}

fn local_rule(pipeline: &Pipeline, rule: &Rule<'_>) -> anyhow::Result<emulator::Rule> {
    let name = format!("{}-{ENVIRONMENT}", rule.name);
    let source = source(&rule.source).with_context(|| format!("the rule {name}"))?;
    let is_scheduler = matches!(rule.source, Source::Scheduler(_));
    let targets = rule.targets.iter().map(|target| {
        Ok(emulator::Target {
            id: target.id.clone(),
            function: function_name(pipeline, rule.job),
            input: input(rule, target, is_scheduler).with_context(|| format!("the rule {name}"))?,
        })
    });
    Ok(emulator::Rule {
        enabled: rule.trigger.enabled,
        source,
        targets: targets.collect::<anyhow::Result<_>>()?,
        name: name.clone(),
    })
}

fn source(source: &Source<'_>) -> anyhow::Result<RuleSource> {
    match source {
        Source::Pattern(pattern) => {
            let text = Value::Object(pattern.clone()).to_string();
            Ok(RuleSource::Pattern(Box::new(Pattern::parse(&text)?)))
        }
        Source::Schedule(schedule) | Source::Scheduler(schedule) => times(schedule),
    }
}

fn times(schedule: &Schedule) -> anyhow::Result<RuleSource> {
    let parsed = schedule::Schedule::parse(&schedule.expression.value)?;
    let zone = schedule.timezone.as_ref().map_or("UTC", |zone| &zone.value);
    let zone = schedule::time_zone(zone).with_context(|| format!("no time zone {zone}"))?;
    Ok(RuleSource::Schedule(Box::new(parsed), zone))
}

/// What a target receives in the place of the event: on a schedule an envelope, in which EventBridge Scheduler
/// names itself as the source.
fn input(
    rule: &Rule<'_>,
    target: &Target,
    is_scheduler: bool,
) -> anyhow::Result<Option<InputTransformer>> {
    let Some(input) = target.scheduled_input() else {
        let input = rule.trigger.input.as_ref();
        let transformer = input.map(|input| {
            let paths = input.paths.iter();
            let paths = paths.map(|(name, path)| (name.clone(), path.value.clone()));
            InputTransformer::new(paths.collect(), &input.template.value)
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
    Ok(Some(InputTransformer::new(paths.collect(), &template)?))
}
