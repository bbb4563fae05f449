//! What a pipeline comes to in an environment, from the wiring of which Terraform is made too.

use std::collections::BTreeMap;

use pipeline::model::{Code, DeliverTo, Job, Pipeline, ScheduledDetail};
use pipeline::names;
use pipeline::permissions::{self, Permissions};
use pipeline::platform::ALIAS;
use pipeline::wiring::{self, Source};
use serde_json::Value;

use crate::aws::deployed::{Input, Retry};

/// What should be deployed.
#[derive(Debug)]
pub(crate) struct Expected {
    /// What every name begins with.
    pub(crate) prefix: String,
    /// What every name ends in.
    pub(crate) suffix: String,
    /// The buses that hold its rules, the pipeline's own first.
    pub(crate) buses: Vec<String>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) functions: Vec<Function>,
    pub(crate) queues: Vec<Queue>,
}

/// A rule, or a schedule of EventBridge Scheduler.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) name: String,
    /// Its Terraform label.
    pub(crate) label: String,
    pub(crate) enabled: bool,
    pub(crate) waits_for: WaitsFor,
    pub(crate) targets: Vec<Target>,
    /// What its targets reach.
    pub(crate) reaches: Reaches,
    /// The dead-letter queue of its targets.
    pub(crate) queue: String,
    pub(crate) retry: Retry,
}

/// What a rule's targets reach.
#[derive(Clone, Debug)]
pub(crate) enum Reaches {
    /// A function.
    Function {
        /// The name or ARN that it is asked for with.
        name: String,
        /// Of the version that is invoked.
        alias: Option<&'static str>,
    },
    /// Something that is made with the pipeline.
    Made {
        /// Its service, as in an ARN.
        service: &'static str,
        /// The end of its ARN, behind the account.
        end: String,
    },
    /// Something whose ARN the environment's own variables have.
    Said(&'static str),
}

/// What a rule waits for, and where it lives.
#[derive(Debug)]
pub(crate) enum WaitsFor {
    /// Events on a bus.
    Pattern { bus: String, pattern: Value },
    /// A time, as a rule of the default bus.
    Schedule(String),
    /// A time, as EventBridge Scheduler has it.
    Scheduler {
        expression: String,
        timezone: String,
        window_minutes: Option<u32>,
        /// The role that it takes on.
        role: Named,
    },
}

/// One invocation of the function.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) id: String,
    /// Its Terraform label.
    pub(crate) label: String,
    pub(crate) input: Input,
    /// What a scheduled run is, for EventBridge Scheduler's own form of the envelope.
    pub(crate) run: wiring::Input,
    /// The fields of a scheduled event's detail, for the same.
    pub(crate) detail: ScheduledDetail,
}

/// A job's function.
#[derive(Debug)]
pub(crate) struct Function {
    /// The name or ARN that it is asked for with.
    pub(crate) name: String,
    /// Through which rules invoke it, where they do.
    pub(crate) alias: Option<&'static str>,
    /// What becomes of runs that fail; nothing for a function that is not the pipeline's.
    pub(crate) failures: Option<Failures>,
    /// The statements of its policy that are the pipeline's.
    pub(crate) permissions: Vec<Named>,
}

/// Something by its Terraform label and its name on AWS.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) label: String,
    pub(crate) name: String,
}

/// What becomes of runs that fail.
#[derive(Debug)]
pub(crate) struct Failures {
    pub(crate) max_attempts: u32,
    pub(crate) max_age_seconds: u32,
    /// The queue that keeps them.
    pub(crate) queue: String,
}

/// A queue of failures.
#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) name: String,
    /// Its Terraform label.
    pub(crate) label: String,
    pub(crate) keeps: Keeps,
    /// The indices of the rules that send to it.
    pub(crate) senders: Vec<usize>,
}

/// What a queue is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeps {
    /// Events that could not be delivered.
    DeadLetters,
    /// Runs that failed.
    FailedRuns,
    /// Events for whoever reads them.
    Events,
}

/// The account's own bus, where schedules live.
pub(crate) const DEFAULT_BUS: &str = "default";

/// What `pipeline` comes to in `environment`.
pub(crate) fn expected(pipeline: &Pipeline, environment: &str) -> Expected {
    let bus = pipeline.bus.name_in(environment);
    let mut expected = Expected {
        prefix: format!("{}-", pipeline.name.value),
        suffix: format!("-{environment}"),
        buses: vec![bus.clone()],
        rules: Vec::new(),
        functions: Vec::new(),
        queues: Vec::new(),
    };
    if bus != DEFAULT_BUS {
        expected.buses.push(DEFAULT_BUS.to_owned());
    }
    for (name, job) in &pipeline.jobs {
        add_job(&mut expected, pipeline, environment, name, job);
    }
    expected
}

fn add_job(expected: &mut Expected, pipeline: &Pipeline, environment: &str, name: &str, job: &Job) {
    let here = |name: String| format!("{name}-{environment}");
    let on_aws = job.name_on_aws(name);
    let queue = here(names::dead_letter_queue(&pipeline.name.value, on_aws));
    let label = wiring::label(name);
    let first = expected.rules.len();
    let rules = wiring::rules_of(pipeline, name, job);
    let reaches = reaches(pipeline, environment, name, job);
    let function = function(pipeline, environment, name, job, &rules, &reaches);
    for rule in &rules {
        expected.rules.push(Rule {
            name: here(rule.name.clone()),
            label: rule.label.clone(),
            enabled: rule.trigger.enabled,
            waits_for: waits_for(pipeline, environment, rule),
            targets: rule
                .targets
                .iter()
                .map(|found| target(rule, found))
                .collect(),
            reaches: reaches.clone(),
            queue: queue.clone(),
            retry: Retry {
                max_attempts: rule.trigger.delivery.max_attempts,
                max_age_seconds: rule.trigger.delivery.max_age_seconds,
            },
        });
    }
    if !rules.is_empty() {
        expected.queues.push(Queue {
            name: queue,
            label: format!("{label}_dlq"),
            keeps: Keeps::DeadLetters,
            senders: (first..expected.rules.len()).collect(),
        });
    }
    if let Code::Delivery(to) = &job.function.code
        && to.value == DeliverTo::Queue
    {
        expected.queues.push(Queue {
            name: here(names::destination(&pipeline.name.value, on_aws)),
            label: label.clone(),
            keeps: Keeps::Events,
            senders: (first..expected.rules.len()).collect(),
        });
    }
    let Some(function) = function else {
        return;
    };
    if let Some(failures) = &function.failures {
        expected.queues.push(Queue {
            name: failures.queue.clone(),
            label: format!("{label}_on_failure"),
            keeps: Keeps::FailedRuns,
            senders: Vec::new(),
        });
    }
    // Two jobs may have one existing function.
    match expected
        .functions
        .iter_mut()
        .find(|known| known.name == function.name)
    {
        Some(known) => known.permissions.extend(function.permissions),
        None => expected.functions.push(function),
    }
}

/// The statements for a job's rules: one for each, or one for all of a bus.
fn permissions(
    pipeline: &Pipeline,
    environment: &str,
    name: &str,
    job: &Job,
    rules: &[wiring::Rule<'_>],
) -> Vec<Named> {
    if permissions::permissions(pipeline, name, job, rules) == Permissions::ForEachRule {
        let on_bus = rules
            .iter()
            .filter(|rule| !matches!(rule.source, Source::Scheduler(_)));
        let own = on_bus.map(|rule| Named {
            label: rule.label.clone(),
            name: format!("{}-{environment}", rule.name),
        });
        return own.collect();
    }
    let kinds = permissions::folded_kinds(pipeline, rules).into_iter();
    let folded = kinds.map(|kind| Named {
        label: format!("{}_{kind}", wiring::label(name)),
        name: format!(
            "{}-{}-{kind}-{environment}",
            pipeline.name.value,
            job.name_on_aws(name)
        ),
    });
    folded.collect()
}

/// What a job's rules reach: its function, or what its events are delivered to.
fn reaches(pipeline: &Pipeline, environment: &str, name: &str, job: &Job) -> Reaches {
    let here = |name: String| format!("{name}-{environment}");
    let on_aws = job.name_on_aws(name);
    let own_name = here(names::destination(&pipeline.name.value, on_aws));
    let made = |service, end| Reaches::Made { service, end };
    match &job.function.code {
        Code::Existing(function) => Reaches::Function {
            name: function.value.clone(),
            alias: None,
        },
        Code::Package(_) => Reaches::Function {
            name: here(names::function(&pipeline.name.value, on_aws)),
            alias: job.function.platform.versions.then_some(ALIAS),
        },
        Code::Delivery(to) => match to.value {
            DeliverTo::Queue => made("sqs", own_name),
            DeliverTo::Topic => made("sns", own_name),
            DeliverTo::LogGroup => made("logs", format!("log-group:/aws/events/{own_name}")),
            DeliverTo::StateMachine | DeliverTo::Bus => Reaches::Said(to.value.name()),
        },
    }
}

/// A job's function, if that is what its rules reach.
fn function(
    pipeline: &Pipeline,
    environment: &str,
    name: &str,
    job: &Job,
    rules: &[wiring::Rule<'_>],
    reaches: &Reaches,
) -> Option<Function> {
    let Reaches::Function {
        name: asked_for,
        alias,
    } = reaches
    else {
        return None;
    };
    let failure_queue = names::failure_queue(&pipeline.name.value, job.name_on_aws(name));
    let failures = Failures {
        max_attempts: job.execution.max_attempts,
        max_age_seconds: job.execution.max_age_seconds,
        queue: format!("{failure_queue}-{environment}"),
    };
    Some(Function {
        name: asked_for.clone(),
        alias: *alias,
        failures: job.has_own_function().then_some(failures),
        permissions: permissions(pipeline, environment, name, job, rules),
    })
}

fn waits_for(pipeline: &Pipeline, environment: &str, rule: &wiring::Rule<'_>) -> WaitsFor {
    match &rule.source {
        Source::Pattern(pattern) => WaitsFor::Pattern {
            bus: pipeline.bus.name_in(environment),
            pattern: Value::Object(pattern.clone()),
        },
        Source::Schedule(schedule) => WaitsFor::Schedule(schedule.expression.value.clone()),
        Source::Scheduler(schedule) => WaitsFor::Scheduler {
            expression: schedule.expression.value.clone(),
            timezone: schedule
                .timezone
                .as_ref()
                .map_or_else(|| "UTC".to_owned(), |zone| zone.value.clone()),
            window_minutes: schedule.flexible_window_minutes,
            role: Named {
                label: format!("{}_scheduler", wiring::label(rule.job)),
                name: format!(
                    "{}-{environment}",
                    names::scheduler_role(&pipeline.name.value, pipeline.name_on_aws(rule.job))
                ),
            },
        },
    }
}

fn target(rule: &wiring::Rule<'_>, target: &wiring::Target) -> Target {
    let input = if let Some(input) = rule.scheduled_input(target) {
        Input::Transformer {
            paths: owned(input.paths.iter().map(|(name, path)| (*name, *path))),
            template: input.template,
        }
    } else if let Some(input) = &rule.trigger.input {
        let paths = input.paths.iter();
        Input::Transformer {
            paths: owned(paths.map(|(name, path)| (name.as_str(), path.value.as_str()))),
            template: input.template.value.clone(),
        }
    } else {
        Input::Event
    };
    Target {
        id: target.id.clone(),
        label: rule.target_label(target),
        input,
        run: target.input,
        detail: match &rule.source {
            Source::Schedule(schedule) | Source::Scheduler(schedule) => schedule.detail.clone(),
            Source::Pattern(_) => ScheduledDetail::new(),
        },
    }
}

fn owned<'t>(paths: impl Iterator<Item = (&'t str, &'t str)>) -> BTreeMap<String, String> {
    paths
        .map(|(name, path)| (name.to_owned(), path.to_owned()))
        .collect()
}

impl Reaches {
    /// For people.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::Function { name, alias: None } => name.clone(),
            Self::Function {
                name,
                alias: Some(alias),
            } => format!("{name}:{alias}"),
            Self::Made { end, .. } => end.clone(),
            Self::Said(what) => format!("the {what} of the environment's variable `destinations`"),
        }
    }
}

impl WaitsFor {
    /// The bus that holds the rule; a schedule of EventBridge Scheduler has none.
    pub(crate) fn bus(&self) -> Option<&str> {
        match self {
            Self::Pattern { bus, .. } => Some(bus),
            Self::Schedule(_) => Some(DEFAULT_BUS),
            Self::Scheduler { .. } => None,
        }
    }
}

impl Expected {
    /// Whether a name is one of the pipeline's in this environment.
    pub(crate) fn is_ours(&self, name: &str) -> bool {
        name.starts_with(&self.prefix) && name.ends_with(&self.suffix)
    }
}
