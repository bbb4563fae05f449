//! A pipeline as cases see it: triggers, functions and queues under the names that people give them.

use std::collections::BTreeMap;
use std::fmt;

use eventbridge::pattern::{Event, Pattern, RuleSet};
use eventbridge::put_events::Entry;
use jiff::Timestamp;
use pipeline::Pipeline;
use pipeline::detail;
use pipeline::model::Work;
use pipeline::resources::{DEFAULT_BUS, JobResources, Resources, Rule, RuleBus, RuleSource};
use serde_json::Value;

use crate::case::{Case, What};
use crate::happened::Happened;
use crate::words::in_words;

/// The environment, the account and the region that the local bus stands for.
#[derive(Clone, Debug)]
pub struct Place {
    /// What every name ends with.
    pub environment: String,
    /// Twelve digits.
    pub account: String,
    /// A region of AWS.
    pub region: String,
}

/// A trigger of a job, written `job/trigger`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TriggerRef {
    /// The job.
    pub job: String,
    /// The trigger's id.
    pub trigger: String,
}

impl fmt::Display for TriggerRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.job, self.trigger)
    }
}

/// A trigger with what its rule waits for.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) name: TriggerRef,
    pub(crate) is_enabled: bool,
    /// The bus and the pattern; nothing if it waits for a time.
    pub(crate) waits: Option<(String, Pattern)>,
}

/// A pipeline as cases see it.
#[derive(Debug)]
pub struct Bench<'p> {
    pub(crate) pipeline: &'p Pipeline,
    pub(crate) place: Place,
    pub(crate) triggers: Vec<Known>,
    /// Triggers by the names of their rules, by their numbers in `triggers`.
    rules: BTreeMap<String, usize>,
    /// Jobs by the names of their functions.
    functions: BTreeMap<String, &'p str>,
    /// What people call a queue, by its name.
    queues: BTreeMap<String, String>,
    /// The jobs that each declared event may start.
    pub(crate) starts: BTreeMap<&'p str, Vec<&'p str>>,
    /// The rules of each bus, with their triggers.
    sets: BTreeMap<String, (RuleSet, Vec<usize>)>,
}

impl<'p> Bench<'p> {
    /// Takes what a pipeline comes to in a place.
    ///
    /// # Errors
    /// A pattern that EventBridge would refuse. The checks of a spec find these first.
    pub fn new(pipeline: &'p Pipeline, place: Place) -> anyhow::Result<Self> {
        let mut bench = Self {
            pipeline,
            place,
            triggers: Vec::new(),
            rules: BTreeMap::new(),
            functions: BTreeMap::new(),
            queues: BTreeMap::new(),
            starts: pipeline::starts(pipeline).into_iter().collect(),
            sets: BTreeMap::new(),
        };
        for job in &Resources::new(pipeline).jobs {
            bench.add_job(job)?;
        }
        let mut by_bus: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, known) in bench.triggers.iter().enumerate() {
            if let (Some((bus, _)), true) = (&known.waits, known.is_enabled) {
                by_bus.entry(bus.clone()).or_default().push(place);
            }
        }
        bench.sets = by_bus
            .into_iter()
            .map(|(bus, places)| {
                let waits = places
                    .iter()
                    .filter_map(|place| bench.triggers[*place].waits.as_ref());
                let set = RuleSet::new(waits.map(|(_, pattern)| pattern));
                (bus, (set, places))
            })
            .collect();
        Ok(bench)
    }

    fn add_job(&mut self, job: &JobResources<'p>) -> anyhow::Result<()> {
        let environment = self.place.environment.clone();
        let name = job.name();
        for rule in &job.rules {
            let trigger = self.add_rule(name, rule)?;
            self.rules
                .insert(rule.name.in_environment(&environment), trigger);
        }
        if is_function(&job.spec().work) {
            let function = job.job.function_name().in_environment(&environment);
            self.functions.insert(function, name);
        }
        let mut add = |queue: &pipeline::resources::Queue, what: &str| {
            let label = if what.is_empty() {
                name.to_owned()
            } else {
                format!("{name}/{what}")
            };
            self.queues
                .insert(queue.name.in_environment(&environment), label);
        };
        if let Some(queue) = &job.dead_letters {
            add(queue, DEAD_LETTERS);
        }
        if let Some(queue) = job.failed_runs() {
            add(queue, FAILURES);
        }
        if let Some(buffer) = job.buffer() {
            add(&buffer.queue, BUFFER);
        }
        if let pipeline::resources::Receiver::Queue { queue, group: _ } = &job.receiver {
            add(queue, "");
        }
        if let pipeline::resources::Receiver::Elsewhere { to, role: _ } = &job.receiver
            && let pipeline::model::TargetKind::Queue { .. } = to.kind
            && let Some(queue) = to.name()
        {
            self.queues.insert(queue.to_owned(), name.to_owned());
        }
        Ok(())
    }

    /// Adds the trigger of a rule, unless another rule of it is there already.
    fn add_rule(&mut self, job: &str, rule: &Rule<'_>) -> anyhow::Result<usize> {
        let name = TriggerRef {
            job: job.to_owned(),
            trigger: rule.trigger.id.value.clone(),
        };
        let known = self.triggers.iter().position(|known| known.name == name);
        if let Some(known) = known {
            return Ok(known);
        }
        let waits = match &rule.source {
            RuleSource::Pattern(pattern) => {
                let bus = match rule.bus() {
                    Some(RuleBus::Existing(name)) => name.value.clone(),
                    Some(RuleBus::Default) => DEFAULT_BUS.to_owned(),
                    Some(RuleBus::Pipeline) | None => self.bus(),
                };
                let text = Value::Object(pattern.json.clone()).to_string();
                Some((bus, Pattern::parse(&text)?))
            }
            RuleSource::Schedule(_) | RuleSource::Scheduler(_) => None,
        };
        self.triggers.push(Known {
            name,
            is_enabled: rule.enabled.value,
            waits,
        });
        Ok(self.triggers.len() - 1)
    }

    /// Writes a trigger as short as it can be: its job's name, if the job has no other trigger on events.
    pub(crate) fn short_name(&self, trigger: &TriggerRef) -> String {
        let of_job = self
            .triggers
            .iter()
            .filter(|known| known.name.job == trigger.job);
        if of_job.count() == 1 {
            return trigger.job.clone();
        }
        trigger.to_string()
    }

    /// Returns the name of the bus that an event comes to.
    pub(crate) fn bus_of(&self, entry: &Entry) -> String {
        let detail = serde_json::from_str(&entry.detail).unwrap_or_default();
        let event = (entry.source.as_str(), entry.detail_type.as_str());
        pipeline::bus_of(self.pipeline, event, &detail, &self.place.environment)
    }

    /// Returns the name of the pipeline's bus.
    pub(crate) fn bus(&self) -> String {
        self.pipeline.bus.name_in(&self.place.environment)
    }

    /// Returns the pipeline.
    pub fn pipeline(&self) -> &'p Pipeline {
        self.pipeline
    }

    /// Returns the name on this machine of the function of a job.
    pub fn function_name(&self, job: &str) -> Option<String> {
        let mut functions = self.functions.iter();
        let found = functions.find(|(_, of)| **of == job);
        found.map(|(name, _)| name.clone())
    }

    /// Lists the jobs that have a function.
    pub(crate) fn jobs_with_function(&self) -> impl Iterator<Item = &'p str> {
        let jobs = self.pipeline.jobs.iter();
        let jobs = jobs.filter(|(_, job)| is_function(&job.work));
        jobs.map(|(name, _)| name.as_str())
    }

    pub(crate) fn trigger_of_rule(&self, rule: &str) -> Option<&TriggerRef> {
        let place = self.rules.get(rule)?;
        Some(&self.triggers[*place].name)
    }

    pub(crate) fn job_of_function(&self, function: &str) -> Option<&'p str> {
        self.functions.get(function).copied()
    }

    /// Returns what people call the queue with an ARN.
    pub(crate) fn queue_of_arn(&self, arn: &str) -> Option<&str> {
        let (before, name) = arn.rsplit_once(':')?;
        let is_queue = before.starts_with("arn:aws:sqs:");
        let label = self.queues.get(name).filter(|_| is_queue)?;
        Some(label)
    }

    /// Lists what people call the queues.
    pub(crate) fn queue_labels(&self) -> Vec<&str> {
        let mut labels: Vec<&str> = self.queues.values().map(String::as_str).collect();
        labels.sort_unstable();
        labels.dedup();
        labels
    }

    /// Returns the name of a declared event, or of any other its source and detail type.
    pub(crate) fn event_name(&self, envelope: &Value) -> String {
        let text = |key: &str| envelope[key].as_str().unwrap_or_default();
        let (source, detail_type) = (text("source"), text("detail-type"));
        let declared = envelope["detail"].as_object().and_then(|detail| {
            detail::declared(self.pipeline, source, detail_type, detail).ok()?
        });
        match declared {
            Some((name, _)) => name.to_owned(),
            None => format!("{source} / {detail_type}"),
        }
    }

    /// Says which triggers match the events of a case. Nothing runs.
    ///
    /// # Errors
    /// An event that EventBridge would refuse.
    pub fn matched(&self, case: &Case) -> anyhow::Result<Happened> {
        let mut happened = Happened::new(case.begin);
        for (number, step) in case.steps.iter().enumerate() {
            if let What::Event(entry) = &step.what {
                if let Some(message) = entry.dropped_because() {
                    let said = format!("EventBridge takes the event and drops it: {message}");
                    happened.trouble.push(said);
                    continue;
                }
                let bus = entry.event_bus_name.clone();
                let bus = bus.unwrap_or_else(|| DEFAULT_BUS.to_owned());
                let json = self.envelope(entry, number, step.at)?;
                let mut started = Vec::new();
                if let Some((set, triggers)) = self.sets.get(&bus) {
                    let mut matcher = set.matcher();
                    let places = matcher.matches(&json)?.iter();
                    started.extend(places.map(|place| &self.triggers[triggers[*place]].name));
                }
                happened.add_matched(step.at, &bus, json, started);
            }
        }
        Ok(happened)
    }

    fn envelope(&self, entry: &Entry, number: usize, at: Timestamp) -> anyhow::Result<String> {
        entry.check_of_service()?;
        let Place {
            environment: _,
            account,
            region,
        } = self.place.clone();
        let id = format!("00000000-0000-4000-8000-{number:012}");
        let envelope = entry.clone().into_envelope(id, account, region, at)?;
        Ok(envelope.to_json())
    }

    /// Says in words why a job's triggers, or one of them, match none of some events: the one that comes nearest, and
    /// the field that keeps it from matching.
    pub(crate) fn why_not(&self, written: &str, events: &[(&str, &str)]) -> Option<String> {
        let mut nearest: Option<(usize, String)> = None;
        for known in self.triggers.iter().filter(|known| known.is_named(written)) {
            let name = &known.name;
            let Some((bus, pattern)) = &known.waits else {
                continue;
            };
            if !known.is_enabled {
                nearest = nearest.or_else(|| Some((usize::MAX, format!("`{name}` is disabled"))));
                continue;
            }
            for (on, json) in events {
                let Ok(event) = Event::parse(json) else {
                    continue;
                };
                let explanation = pattern.explain(&event);
                let said = match explanation.deciding() {
                    _ if on != bus => (
                        usize::MAX - 1,
                        format!("`{name}` waits on the bus `{bus}`, and the event is on `{on}`"),
                    ),
                    Some(finding) => (
                        explanation.failures(),
                        format!("`{name}` does not match: {}", in_words(finding)),
                    ),
                    None => continue,
                };
                if nearest
                    .as_ref()
                    .is_none_or(|(failures, _)| said.0 < *failures)
                {
                    nearest = Some(said);
                }
            }
        }
        nearest.map(|(_, said)| said)
    }
}

impl Known {
    /// Whether a name means this trigger: `job/trigger`, or its job's name.
    pub(crate) fn is_named(&self, written: &str) -> bool {
        self.name.is_named(written)
    }
}

impl TriggerRef {
    /// Whether a name means this trigger: `job/trigger`, or its job's name.
    pub(crate) fn is_named(&self, written: &str) -> bool {
        match written.split_once('/') {
            Some((job, trigger)) => self.job == job && self.trigger == trigger,
            None => self.job == written,
        }
    }
}

/// What people call the queue of dead letters, that of failed runs and that between rules and a function.
pub(crate) const DEAD_LETTERS: &str = "dead-letters";
pub(crate) const FAILURES: &str = "failures";
pub(crate) const BUFFER: &str = "buffer";

pub(crate) fn is_function(work: &Work) -> bool {
    matches!(work, Work::Function(_) | Work::Existing(_))
}
