//! The pipeline for the local bus: the same resources as Terraform's, under their names on this machine.

mod call;
mod elsewhere;
mod program;
mod rule;
mod together;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use emulator::{EventSourceMapping, To, Wiring};
use pipeline::Pipeline;
use pipeline::language::Defaults;
use pipeline::model::{self, Code, Existing, Retry};
use pipeline::platform::Platform;
use pipeline::resources::{
    self, Buffer, Function, JobRef, JobResources, Receiver, Resources, Variable,
};

pub(crate) use elsewhere::{elsewhere, jobs_elsewhere};
use program::{Program, local_environment, program_of};
pub(crate) use program::{programs, way_out};
use rule::convert_rule;
pub(crate) use together::together;

/// The environment at the end of every name on this machine.
pub const ENVIRONMENT: &str = "local";
const ACCOUNT: &str = "000000000000";
const REGION: &str = "us-east-1";

/// The account and the region that the local bus stands for.
#[derive(Clone, Debug)]
pub struct Here {
    /// Twelve digits.
    pub account: String,
    /// A region of AWS.
    pub region: String,
}

impl Default for Here {
    fn default() -> Self {
        Self {
            account: ACCOUNT.to_owned(),
            region: REGION.to_owned(),
        }
    }
}

/// Returns what the local bus has before a pipeline is installed: an account with a default bus.
pub(crate) fn nothing(here: &Here) -> Wiring {
    let Here { account, region } = here;
    Wiring::new(account, region)
}

/// Lists the packages of a pipeline's functions, each once.
pub fn packages(pipeline: &Pipeline) -> Vec<&str> {
    let functions = pipeline.jobs.values();
    let functions = functions.filter_map(|job| job.work.function());
    let mut packages: Vec<&str> = functions
        .filter_map(|function| Some(function.code.package()?.value.as_str()))
        .collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

/// Converts the resources of a pipeline into what the local bus installs, given the binary of each package.
/// Functions run in the folder of the spec.
///
/// # Errors
/// A pattern, schedule or template that EventBridge would refuse. The checks of a spec find these first.
pub fn wiring(
    pipeline: &Pipeline,
    folder: &Path,
    binaries: &BTreeMap<String, PathBuf>,
    here: &Here,
) -> anyhow::Result<Wiring> {
    wiring_with(pipeline, folder, binaries, &BTreeSet::new(), here)
}

/// Converts the resources of a pipeline, in which the functions of some jobs are there although nothing runs for them:
/// stubs stand for them.
///
/// # Errors
/// As [`wiring`].
pub(crate) fn wiring_with(
    pipeline: &Pipeline,
    folder: &Path,
    binaries: &BTreeMap<String, PathBuf>,
    stubbed: &BTreeSet<String>,
    here: &Here,
) -> anyhow::Result<Wiring> {
    let Resources {
        // Every text has been filled in for this machine.
        values: _,
        bus: _,
        // These have no counterpart on this machine.
        archive: _,
        alarm_topic: _,
        dashboard: _,
        log_policy: _,
        encryption: _,
        bus_alarm: _,
        forgotten: _,
        jobs,
    } = Resources::new(pipeline);
    let mut wiring = Wiring {
        bus: pipeline.bus.name_in(ENVIRONMENT),
        subject: pipeline.subject.as_ref().map(|path| path.value.clone()),
        ..nothing(here)
    };
    for job in &jobs {
        let stub = stubbed.contains(job.name()).then(Program::stub);
        add_job(&mut wiring, pipeline, folder, binaries, (job, stub))?;
    }
    // Two jobs may deliver to one queue, and a queue of another job may be meant.
    for job in &jobs {
        if let Receiver::Elsewhere { to, role: _ } = &job.receiver
            && let Some(queue) = elsewhere::stand_in(to)
            && !wiring.queues.iter().any(|made| made.name == queue.name)
        {
            wiring.queues.push(queue);
        }
        if let Some(name) = elsewhere::dead_letters(job)
            && !wiring.queues.iter().any(|made| made.name == name)
        {
            wiring.queues.push(emulator::Queue::new(name));
        }
    }
    Ok(wiring)
}

/// Adds a job. A function that has no binary yet gets no events.
fn add_job(
    wiring: &mut Wiring,
    pipeline: &Pipeline,
    folder: &Path,
    binaries: &BTreeMap<String, PathBuf>,
    (job, stub): (&JobResources<'_>, Option<Program>),
) -> anyhow::Result<()> {
    let JobResources {
        job: _,
        label: _,
        rules,
        receiver,
        // The local bus checks no permission.
        permissions: _,
        dead_letters: _,
        scheduler_role: _,
        // `convert_rule` has the queue.
        given: _,
    } = job;
    let to = match receiver {
        Receiver::Function(made) => match program_of(made, folder, binaries).or(stub) {
            Some(program) => {
                let name = made.name.in_environment(ENVIRONMENT);
                let function = convert_function(pipeline, made, program);
                wiring.functions.insert(name.clone(), function);
                match &made.buffer {
                    Some(buffer) => add_mapping(wiring, buffer, &name),
                    None => To::Function(name),
                }
            }
            // It is still to be built.
            None if matches!(made.settings.code, Code::Package(_)) => return Ok(()),
            None => To::Elsewhere(elsewhere::arn(wiring, job.job, receiver)),
        },
        Receiver::Existing(existing) => {
            match convert_existing(pipeline, folder, (job.job, stub), existing) {
                Some(function) => {
                    let name = function_name(job.job);
                    wiring.functions.insert(name.clone(), function);
                    To::Function(name)
                }
                None => To::Elsewhere(elsewhere::arn(wiring, job.job, receiver)),
            }
        }
        Receiver::Queue { queue, group } => To::Queue {
            name: queue.name.in_environment(ENVIRONMENT),
            group: group.map(str::to_owned),
        },
        Receiver::Elsewhere { to, role: _ } => match elsewhere::stand_in(to) {
            Some(queue) => To::Queue {
                name: queue.name,
                group: to.kind.group().map(str::to_owned),
            },
            None => To::Elsewhere(elsewhere::arn(wiring, job.job, receiver)),
        },
        other => match call::called(job) {
            Some(call) => To::Http(call),
            None => To::Elsewhere(elsewhere::arn(wiring, job.job, other)),
        },
    };
    wiring.queues.extend(job.queues().map(convert_queue));
    for rule in rules {
        let converted = convert_rule(job, rule, &to, &wiring.bus);
        wiring
            .rules
            .push(converted.with_context(|| format!("the rule {}", rule.name.base()))?);
    }
    Ok(())
}

/// Adds the way from a queue to a function. Returns the queue.
fn add_mapping(wiring: &mut Wiring, buffer: &Buffer, function: &str) -> To {
    let Buffer {
        // `convert_queue` converts it.
        queue,
        group,
        label: _,
        batch,
        window_seconds,
        max_concurrency,
    } = buffer;
    let name = queue.name.in_environment(ENVIRONMENT);
    wiring.mappings.push(EventSourceMapping {
        batch_size: *batch,
        window: Duration::from_secs((*window_seconds).into()),
        max_concurrency: max_concurrency.as_ref().map(|most| most.value),
        report_batch_item_failures: true,
        ..EventSourceMapping::new(&name, function)
    });
    To::Queue {
        name,
        group: group.clone(),
    }
}

fn convert_queue(queue: &resources::Queue) -> emulator::Queue {
    let resources::Queue {
        name,
        label: _,
        keeps: _,
        is_fifo,
        retention_seconds,
        visibility,
        redrive,
        // The local bus checks no permission, and encrypts nothing.
        senders: _,
        admitted: _,
        kms_key: _,
    } = queue;
    let made = emulator::Queue::new(name.in_environment(ENVIRONMENT));
    emulator::Queue {
        retention_seconds: *retention_seconds,
        deduplicate_by_content: *is_fifo,
        visibility_seconds: visibility
            .as_ref()
            .map_or(made.visibility_seconds, resources::Visibility::seconds),
        redrive: redrive.as_ref().map(convert_redrive),
        ..made
    }
}

fn convert_redrive(redrive: &resources::Redrive) -> emulator::Redrive {
    let resources::Redrive {
        label: _,
        name,
        max_receives,
    } = redrive;
    emulator::Redrive {
        queue: name.in_environment(ENVIRONMENT),
        max_receives: *max_receives,
    }
}

/// Returns the name of a job's function on this machine.
pub(crate) fn function_name(job: JobRef<'_>) -> String {
    job.function_name().in_environment(ENVIRONMENT)
}

/// Converts a function that exists already, if a program stands for it here. Its owner's settings are not known: these
/// are Lambda's defaults.
fn convert_existing(
    pipeline: &Pipeline,
    folder: &Path,
    (job, stub): (JobRef<'_>, Option<Program>),
    existing: &Existing,
) -> Option<emulator::Function> {
    let name = function_name(job);
    let Existing {
        // Its name on this machine is the job's.
        function: _,
        qualifier,
        timeout_seconds,
        local,
    } = existing;
    let Program {
        command,
        arguments,
        handler,
        folder,
    } = local
        .as_ref()
        .and_then(|local| Program::given(local, "", folder))
        .or(stub)?;
    Some(emulator::Function {
        bus: Some(pipeline.bus.name_in(ENVIRONMENT)),
        command,
        arguments,
        handler,
        log_group: format!("/aws/lambda/{name}"),
        folder: Some(folder),
        environment: local_environment(pipeline).collect(),
        timeout: Duration::from_secs(timeout_seconds.value.into()),
        memory_mb: 128,
        max_attempts: 2,
        max_age: Duration::from_hours(6),
        reserved_concurrency: None,
        alias: qualifier.as_ref().map(|alias| alias.value.clone()),
        on_failure: None,
        failure_queue: None,
    })
}

fn convert_function(
    pipeline: &Pipeline,
    function: &Function<'_>,
    program: Program,
) -> emulator::Function {
    let Function {
        name: _,
        label: _,
        description: _,
        settings,
        // There is only one version here, which rules invoke. Others may call it by its alias.
        alias,
        // Functions log to standard error, and are told this name.
        log_group,
        // They may do whatever the user may.
        role: _,
        execution,
        failed_runs,
        // `add_mapping` converts it.
        buffer: _,
    } = function;
    let model::Function {
        // In `program`.
        code: _,
        local: _,
        memory_mb,
        timeout_seconds,
        // Built for this machine, with the package's default features.
        architecture: _,
        features: _,
        log_retention_days: _,
        tracing: _,
        environment: _,
        secrets: _,
        secret_keys: _,
        rights: _,
        platform,
    } = *settings;
    let Platform {
        reserved_concurrency,
        // Only AWS has these.
        network: _,
        layers: _,
        ephemeral_storage_mb: _,
        kms_key: _,
        log_level: _,
        log_events: _, // Among the variables.
        log_class: _,
        keep_log: _,
        versions: _,
    } = platform;
    // Behind a queue only a person invokes it without waiting, and Lambda has its defaults for that.
    let Retry {
        max_attempts,
        max_age_seconds,
    } = execution.unwrap_or(Defaults::default().execution);
    let own = function.variables().into_iter();
    let own = own.filter_map(|(name, variable)| match variable {
        Variable::Word(word) => Some((name.to_owned(), word.to_owned())),
        Variable::Text(text) => Some((name.to_owned(), text.value.clone())),
        // The local bus sets the first three itself, and there are no secrets on this machine.
        Variable::BusName
        | Variable::Environment
        | Variable::FailureQueue
        | Variable::Secret(_) => None,
    });
    let Program {
        command,
        arguments,
        handler,
        folder,
    } = program;
    emulator::Function {
        bus: Some(pipeline.bus.name_in(ENVIRONMENT)),
        command,
        arguments,
        handler,
        log_group: log_group.name.in_environment(ENVIRONMENT),
        folder: Some(folder),
        // The last one wins: what the spec sets for this machine overrides the function's own variables.
        environment: own.chain(local_environment(pipeline)).collect(),
        timeout: Duration::from_secs(timeout_seconds.value.into()),
        memory_mb: memory_mb.value,
        max_attempts,
        max_age: Duration::from_secs(max_age_seconds.into()),
        reserved_concurrency: reserved_concurrency.as_ref().map(|most| most.value),
        alias: alias.map(str::to_owned),
        on_failure: execution.map(|_| failed_runs.name.in_environment(ENVIRONMENT)),
        failure_queue: Some(failed_runs.name.in_environment(ENVIRONMENT)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_elsewhere_is_named_and_shown_as_delivered() {
        let spec = "
pipeline: p
source: s
events: { e: { detail_type: E, external: true } }
jobs:
  here: { function: { package: here, reserved_concurrency: 1 }, triggers: [{ event: e }] }
  there: { function: { existing: mail }, triggers: [{ event: e }] }
  ledger: { deliver_to: queue, triggers: [{ event: e }] }
  books: { deliver_to: state_machine, triggers: [{ event: e }] }
  sheet: { function: { zip: s.zip, runtime: python3.13, handler: s.h }, buffer: { batch: 5, fifo: true }, triggers: [{ event: e }] }
  orders: { deliver_to: { queue: { fifo: true, group: g } }, triggers: [{ event: e }] }
  theirs: { deliver_to: { queue: { existing: '${environment}.fifo', group: t } }, triggers: [{ event: e }] }
  too: { deliver_to: { queue: { existing: 'arn:aws:sqs:${region}:${account}:local.fifo', group: u } }, triggers: [{ event: e }] }
  lake: { deliver_to: { stream: { existing: lake } }, triggers: [{ event: e }] }
";
        let parsed = pipeline::parse(spec, &pipeline::Surroundings::default());
        assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
        let pipeline = parsed.pipeline.unwrap();
        let named: Vec<String> = elsewhere(&pipeline).collect();
        assert_eq!(
            named,
            [
                "the function of there exists elsewhere: its events are shown as delivered, and it does not run here",
                "the state machine of books is not here: its events are shown as delivered",
                "the zip of sheet does not run here: its events are shown as delivered to its queue, and `local.command` says what runs instead of it",
                "the stream of lake is not here: its events are shown as delivered",
            ]
        );
        assert_eq!(packages(&pipeline), ["here"]);
        let binaries = BTreeMap::from([("here".to_owned(), PathBuf::from("here"))]);
        let wired = wiring(&pipeline, Path::new("."), &binaries, &Here::default()).unwrap();
        let targets = wired.rules.iter().map(|rule| &rule.targets[0].to);
        let aws = "arn:aws";
        let queue = |name: &str, group: Option<&str>| To::Queue {
            name: name.to_owned(),
            group: group.map(str::to_owned),
        };
        let expected = [
            To::Function("p-here-local".to_owned()),
            To::Elsewhere(format!("{aws}:lambda:us-east-1:000000000000:function:mail")),
            queue("p-ledger-local", None),
            To::Elsewhere(format!(
                "{aws}:states:us-east-1:000000000000:stateMachine:books"
            )),
            To::Elsewhere(format!(
                "{aws}:sqs:us-east-1:000000000000:p-sheet-buffer-local.fifo"
            )),
            queue("p-orders-local.fifo", Some("g")),
            queue("local.fifo", Some("t")),
            queue("local.fifo", Some("u")),
            To::Elsewhere(format!("{aws}:kinesis:us-east-1:000000000000:stream/lake")),
        ];
        assert_eq!(targets.cloned().collect::<Vec<_>>(), expected);
        let queues: Vec<&str> = wired
            .queues
            .iter()
            .map(|queue| queue.name.as_str())
            .collect();
        assert!(queues.contains(&"p-ledger-local"), "{queues:?}");
        let theirs = wired.queues.iter();
        let theirs: Vec<_> = theirs.filter(|queue| queue.name == "local.fifo").collect();
        assert_eq!(theirs.len(), 1, "{queues:?}");
        // EventBridge sends no deduplication id, so its owner has set this.
        assert!(theirs[0].deduplicate_by_content);
        let function = &wired.functions["p-here-local"];
        assert_eq!(function.reserved_concurrency, Some(1));
    }
}
