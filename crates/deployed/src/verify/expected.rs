//! The resources of a pipeline under their names in one environment, as far as `verify` reads them.

mod source;
mod target;
mod way;

use eventbridge::arn::Arn;
use eventbridge::schedule::Lifetime;
use pipeline::Pipeline;
use pipeline::model::{self, ExistingTarget, TargetAddress};
use pipeline::resources::{self, JobResources, Name, Receiver, Resources, Role, RuleBus};
pub(crate) use pipeline::resources::{DEFAULT_BUS, Keeps};
use pipeline::values::Text;
use serde_json::Value;

use crate::aws::deployed::{Input, Retry, asked_for};
pub(crate) use way::Way;

/// What should be deployed.
#[derive(Debug)]
pub struct Expected {
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
    /// The Terraform label.
    pub(crate) label: String,
    pub(crate) enabled: bool,
    pub(crate) waits_for: RuleSource,
    pub(crate) targets: Vec<Target>,
    /// What its targets reach.
    pub(crate) reaches: Reaches,
    /// How its targets deliver to that.
    pub(crate) way: Way,
    /// The name or ARN of the dead-letter queue of its targets; empty if there is none.
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
        /// The alias or version that is invoked.
        alias: Option<String>,
    },
    /// Something that is in the account and the region.
    Made {
        /// The service, as in an ARN.
        service: &'static str,
        /// The end of its ARN, behind the account.
        end: String,
    },
    /// An API destination, by its name: AWS puts an id behind it.
    Api(String),
    /// Something that is there already, by its ARN.
    Arn(String),
    /// Something whose ARN the environment's own variables have.
    Said(&'static str),
}

/// What a rule waits for, and where it lives.
#[derive(Debug)]
pub(crate) enum RuleSource {
    /// Events on a bus.
    Pattern { bus: String, pattern: Value },
    /// A time, as a rule of the default bus.
    Schedule(String),
    /// A time, as EventBridge Scheduler has it.
    Scheduler {
        expression: String,
        timezone: String,
        lifetime: Lifetime,
        /// The group that it is in: its name is unique there alone.
        group: String,
        window_minutes: Option<u32>,
        /// The role that it takes on.
        role: Named,
    },
}

/// One invocation of the function.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) id: String,
    /// The Terraform label.
    pub(crate) label: String,
    pub(crate) input: Input,
    /// What EventBridge Scheduler sends if that is a scheduled event, but for the region and the account in it.
    pub(crate) envelope: Option<Value>,
}

/// A job's function.
#[derive(Debug)]
pub(crate) struct Function {
    /// The name or ARN that it is asked for with.
    pub(crate) name: String,
    /// Through which rules invoke it, where they do.
    pub(crate) alias: Option<String>,
    /// What becomes of runs that fail; nothing for a function that is not the pipeline's.
    pub(crate) failures: Option<Failures>,
    /// The queue that it gets its events from, if it has a buffer.
    pub(crate) mapping: Option<Mapping>,
    /// The statements of its policy that are the pipeline's.
    pub(crate) permissions: Vec<Named>,
}

/// Something by its Terraform label and its name on AWS.
#[derive(Clone, Debug)]
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

/// How a function gets the events of a queue.
#[derive(Debug)]
pub(crate) struct Mapping {
    /// The name of the queue.
    pub(crate) queue: String,
    pub(crate) batch: u32,
    pub(crate) window_seconds: u32,
    pub(crate) max_concurrency: Option<u32>,
}

/// What becomes of messages that are received again and again.
#[derive(Debug)]
pub(crate) struct Redrive {
    /// The name of the queue that gets them.
    pub(crate) queue: String,
    pub(crate) max_receives: u32,
    pub(crate) visibility_seconds: u32,
}

/// A queue of failures, or one that events are delivered to.
#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) name: String,
    /// The Terraform label.
    pub(crate) label: String,
    pub(crate) keeps: Keeps,
    /// The indices of the rules that send to it.
    pub(crate) senders: Vec<usize>,
    pub(crate) redrive: Option<Redrive>,
    /// Whether a key of the spec encrypts it. Which key that is, an environment says.
    pub(crate) has_key: bool,
}

/// What `pipeline` comes to in `environment`.
pub fn expected(pipeline: &Pipeline, environment: &str) -> Expected {
    let Resources {
        // Every text has been filled in.
        values: _,
        bus,
        jobs,
        // What is not read: no event is lost if one of them is otherwise.
        archive: _,
        alarm_topic: _,
        dashboard: _,
        log_policy: _,
        // Each queue has its own.
        encryption: _,
        bus_alarm: _,
        // What left the spec is nobody's any more.
        forgotten: _,
    } = Resources::new(pipeline);
    let (bus, unreadable) = match bus {
        resources::Bus::Default => (DEFAULT_BUS.to_owned(), None),
        resources::Bus::Existing(name) => (name.value.clone(), None),
        resources::Bus::Made {
            name,
            producers: _,
            kms_key: _,
            unreadable,
        } => (name.in_environment(environment), unreadable),
    };
    let mut buses = vec![bus];
    let rules = jobs.iter().flat_map(|job| &job.rules);
    let others = rules.filter_map(|rule| match rule.bus()? {
        RuleBus::Existing(name) => Some(name.value.as_str()),
        RuleBus::Pipeline | RuleBus::Default => None,
    });
    for bus in std::iter::once(DEFAULT_BUS).chain(others) {
        if !buses.iter().any(|known| known == bus) {
            buses.push(bus.to_owned());
        }
    }
    let mut expected = Expected {
        prefix: format!("{}-", pipeline.name.value),
        suffix: format!("-{environment}"),
        buses,
        rules: Vec::new(),
        functions: Vec::new(),
        queues: Vec::new(),
    };
    expected
        .queues
        .extend(unreadable.map(|queue| *queue).map(|queue| Queue {
            name: queue.name.in_environment(environment),
            label: queue.label,
            keeps: queue.keeps,
            // The bus itself sends, and no rule.
            senders: Vec::new(),
            has_key: queue.kms_key.is_some(),
            redrive: None,
        }));
    for job in &jobs {
        expected.add_job(environment, job);
    }
    expected
}

impl Expected {
    fn add_job(&mut self, environment: &str, job: &JobResources<'_>) {
        let JobResources {
            job: _,
            label: _,
            rules,
            receiver,
            permissions,
            dead_letters,
            scheduler_role,
            given,
        } = job;
        let here = |name: &Name| name.in_environment(environment);
        let reaches = reaches(environment, receiver);
        let way = Way::new(environment, job);
        let first = self.rules.len();
        let queue = dead_letters.as_ref().map(|queue| here(&queue.name));
        let there = given.dead_letters.and_then(TargetAddress::text);
        let queue = queue.or_else(|| there.map(|text| text.value.clone()));
        let invoker = invoker(environment, scheduler_role.as_ref(), given.role);
        for found in rules {
            let bus = match found.bus() {
                Some(RuleBus::Existing(name)) => name.value.as_str(),
                Some(RuleBus::Default) => DEFAULT_BUS,
                Some(RuleBus::Pipeline) | None => self.buses[0].as_str(),
            };
            let to = (&reaches, &way);
            let expected = rule(environment, bus, found, &invoker, to, queue.as_deref());
            self.rules.push(expected);
        }
        let sent_to = job.queues().map(|queue| {
            // Rules are let in by the policy; EventBridge Scheduler sends with its role.
            let senders = rules.iter().enumerate();
            let senders = senders.filter(|(_, rule)| queue.senders.contains(&rule.label));
            Queue {
                name: here(&queue.name),
                label: queue.label.clone(),
                keeps: queue.keeps,
                senders: senders.map(|(index, _)| first + index).collect(),
                redrive: redrive(environment, queue),
                has_key: queue.kms_key.is_some(),
            }
        });
        self.queues.extend(sent_to);
        // Also if its rules reach its queue.
        let function = receiver.function();
        let function = function.map(|made| reached_function(environment, made));
        let Reaches::Function { name, alias } = function.unwrap_or(reaches) else {
            return;
        };
        let own = permissions.iter().map(|permission| Named {
            label: permission.label.clone(),
            name: here(&permission.name),
        });
        let function = Function {
            name,
            alias,
            failures: receiver
                .function()
                .and_then(|made| failures(environment, made)),
            mapping: job.buffer().map(|buffer| mapping(environment, buffer)),
            permissions: own.collect(),
        };
        // Two jobs may have one existing function.
        let mut known = self.functions.iter_mut();
        match known.find(|known| known.asked_for() == function.asked_for()) {
            Some(known) => known.permissions.extend(function.permissions),
            None => self.functions.push(function),
        }
    }

    /// Whether a name is one of the pipeline's in this environment.
    pub(crate) fn is_ours(&self, name: &str) -> bool {
        name.starts_with(&self.prefix) && name.ends_with(&self.suffix)
    }
}

fn rule(
    environment: &str,
    bus: &str,
    rule: &resources::Rule<'_>,
    invoker: &Named,
    (reaches, way): (&Reaches, &Way),
    queue: Option<&str>,
) -> Rule {
    let resources::Rule {
        job: _,
        trigger: _,
        key: _,
        name,
        // Among the permissions.
        statement: _,
        label,
        // For people.
        description: _,
        enabled,
        source,
        targets,
        delivery,
    } = rule;
    let model::Retry {
        max_attempts,
        max_age_seconds,
    } = *delivery;
    let is_scheduler = rule.bus().is_none();
    Rule {
        name: name.in_environment(environment),
        label: label.clone(),
        enabled: enabled.value,
        waits_for: source::waits_for(bus, source, invoker),
        targets: targets
            .iter()
            .map(|found| target::target(found, is_scheduler))
            .collect(),
        reaches: reaches.clone(),
        way: way.clone(),
        queue: queue.unwrap_or_default().to_owned(),
        retry: Retry {
            max_attempts,
            max_age_seconds,
        },
    }
}

/// The role that EventBridge Scheduler takes on, without a label if the module does not make it.
fn invoker(environment: &str, made: Option<&Role<'_>>, given: Option<&Text>) -> Named {
    let named = |arn: &Text| Arn::parse(&arn.value).ok()?.role_name().map(str::to_owned);
    match made {
        Some(role) => Named {
            label: role.label.clone(),
            name: role.name.in_environment(environment),
        },
        None => Named {
            label: String::new(),
            name: given.and_then(named).unwrap_or_default(),
        },
    }
}

/// What a job's rules reach: its function, or what its events are delivered to.
fn reaches(environment: &str, receiver: &Receiver<'_>) -> Reaches {
    let made = |service, end| Reaches::Made { service, end };
    match receiver {
        Receiver::Function(function) => match &function.buffer {
            Some(buffer) => made("sqs", buffer.queue.name.in_environment(environment)),
            None => reached_function(environment, function),
        },
        Receiver::Existing(existing) => Reaches::Function {
            name: existing.function.value.clone(),
            alias: existing.qualifier.as_ref().map(|alias| alias.value.clone()),
        },
        Receiver::Queue { queue, group: _ } => made("sqs", queue.name.in_environment(environment)),
        Receiver::Topic { name, .. } => made("sns", name.in_environment(environment)),
        Receiver::LogGroup(group) => {
            let name = group.name.in_environment(environment);
            made("logs", format!("log-group:{name}"))
        }
        Receiver::Api(api) => Reaches::Api(api.name.in_environment(environment)),
        Receiver::Elsewhere { to, role: _ } => {
            let ExistingTarget { kind, address } = to;
            match address {
                TargetAddress::Variable => Reaches::Said(kind.name()),
                TargetAddress::Arn(arn) => Reaches::Arn(arn.value.clone()),
                TargetAddress::Name(name) => {
                    let end = format!("{}{}", kind.before_name(), name.value);
                    made(kind.service(), end)
                }
            }
        }
    }
}

fn reached_function(environment: &str, function: &resources::Function<'_>) -> Reaches {
    Reaches::Function {
        name: function.name.in_environment(environment),
        alias: function.alias.map(str::to_owned),
    }
}

fn failures(environment: &str, function: &resources::Function<'_>) -> Option<Failures> {
    let model::Retry {
        max_attempts,
        max_age_seconds,
    } = function.execution?;
    Some(Failures {
        max_attempts,
        max_age_seconds,
        queue: function.failed_runs.name.in_environment(environment),
    })
}

fn mapping(environment: &str, buffer: &resources::Buffer) -> Mapping {
    let resources::Buffer {
        queue,
        // In `Way`.
        group: _,
        label: _,
        batch,
        window_seconds,
        max_concurrency,
    } = buffer;
    Mapping {
        queue: queue.name.in_environment(environment),
        batch: *batch,
        window_seconds: *window_seconds,
        max_concurrency: max_concurrency.as_ref().map(|most| most.value),
    }
}

fn redrive(environment: &str, queue: &resources::Queue) -> Option<Redrive> {
    let resources::Redrive {
        label: _,
        name,
        max_receives,
    } = queue.redrive.as_ref()?;
    Some(Redrive {
        queue: name.in_environment(environment),
        max_receives: *max_receives,
        visibility_seconds: queue.visibility.as_ref()?.seconds(),
    })
}

impl Function {
    /// Names it together with the alias or version that rules invoke: each has a policy of its own.
    pub(crate) fn asked_for(&self) -> String {
        asked_for(&self.name, self.alias.as_deref())
    }

    /// Returns whether a rule reaches this function, by this alias or version.
    pub(crate) fn is_reached(&self, reaches: &Reaches) -> bool {
        match reaches {
            Reaches::Function { name, alias } => *name == self.name && *alias == self.alias,
            Reaches::Made { .. } | Reaches::Api(_) | Reaches::Arn(_) | Reaches::Said(_) => false,
        }
    }
}

impl Reaches {
    /// For people.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::Function { name, alias } => asked_for(name, alias.as_deref()),
            Self::Made { end, .. } => end.clone(),
            Self::Api(name) => format!("api-destination/{name}"),
            Self::Arn(arn) => arn.clone(),
            Self::Said(what) => format!("the {what} of the environment's variable `destinations`"),
        }
    }
}
