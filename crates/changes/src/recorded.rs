//! Recorded events: which of them go elsewhere with another spec.

use std::borrow::Cow;
use std::collections::BTreeMap;

use eventbridge::pattern::{EventError, Matcher, Pattern, RuleSet};
use pipeline::Pipeline;
use pipeline::language::SOURCE_RESERVED;
use pipeline::resources::{DEFAULT_BUS, Resources, Rule, RuleBus, RuleSource};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::compare::pairs;

/// How many examples are kept of events that go the same way.
const EXAMPLES: usize = 3;

/// The step of a trace with which an event arrives on a bus.
const ARRIVES: &str = "EVENT_RECEIPT";

/// How a line of a trace begins.
const RECORD: &str = "{\"sequence\":";

/// The enabled rules of two specs.
pub struct Recorded {
    before: Rules,
    after: Rules,
}

/// The enabled rules of a spec that wait for events.
struct Rules {
    set: RuleSet,
    /// The job that each starts, as the spec after calls it, and the bus that it is on.
    each: Vec<(String, On)>,
    /// The bus of the pipeline on this machine.
    bus: String,
}

/// The bus of a rule or an event.
#[derive(Clone, Debug, PartialEq, Eq)]
enum On {
    /// The pipeline's, which may have another name in another spec.
    Pipeline,
    /// One by its name.
    Named(String),
}

/// What recorded events come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Routed {
    /// The events that were read.
    pub events: u64,
    /// The lines that are no events.
    pub malformed: u64,
    /// The events that go elsewhere.
    pub elsewhere: u64,
    /// The jobs that get more or fewer deliveries, or others, by name.
    pub jobs: Vec<JobCount>,
    /// What becomes of events that go elsewhere, the most frequent first.
    pub ways: Vec<Way>,
}

/// Deliveries of a job, one for each rule that an event matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JobCount {
    /// The job.
    pub job: String,
    /// With the spec before.
    pub before: u64,
    /// With the present one.
    pub after: u64,
    /// Those that are new.
    pub gained: u64,
    /// Those that are no more.
    pub lost: u64,
}

/// Events that go elsewhere in the same way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Way {
    /// The jobs that they start no more; one that they start once less has its name once.
    pub lost: Vec<String>,
    /// The jobs that they start now and did not before.
    pub gained: Vec<String>,
    /// How many they are.
    pub events: u64,
    /// The first of them.
    pub examples: Vec<Example>,
}

/// A recorded event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Example {
    /// The number of its line, from 1, in the recording.
    pub line: u64,
    /// The recording.
    pub file: String,
    /// `id`, if it has one.
    pub id: Option<String>,
    /// `source`.
    pub source: String,
    /// `detail-type`.
    pub detail_type: String,
    /// What it is about, if the spec says where that stands.
    pub subject: Option<String>,
}

impl Recorded {
    /// Compiles the rules of both specs.
    pub fn new(before: &Pipeline, after: &Pipeline) -> Self {
        let (old, new) = (Resources::new(before), Resources::new(after));
        // A job that only looks the same is another one.
        let same = pairs(&old.jobs, &new.jobs);
        let names: BTreeMap<&str, &str> = same
            .iter()
            .filter(|pair| !pair.is_guess)
            .filter_map(|pair| Some((pair.old.name(), pair.new?.name())))
            .collect();
        let is_taken = |name: &str| new.jobs.iter().any(|job| job.name() == name);
        let name_before = |name: &str| match names.get(name) {
            Some(now) => (*now).to_owned(),
            // The name belongs to another job now.
            None if is_taken(name) => format!("{name} (before)"),
            None => name.to_owned(),
        };
        Self {
            before: Rules::new(before, &old, name_before),
            after: Rules::new(after, &new, str::to_owned),
        }
    }

    /// Begins to read recordings. `subject` is the path of the field that says what an event is about.
    pub fn reader<'r>(&'r self, subject: Option<&'r str>) -> Reader<'r> {
        Reader {
            rules: (&self.before, &self.after),
            matchers: (self.before.set.matcher(), self.after.set.matcher()),
            subject,
            routed: Routed::default(),
            jobs: BTreeMap::new(),
            ways: BTreeMap::new(),
            counts: (BTreeMap::new(), BTreeMap::new()),
        }
    }
}

impl Rules {
    fn new(pipeline: &Pipeline, resources: &Resources<'_>, name: impl Fn(&str) -> String) -> Self {
        let mut patterns = Vec::new();
        let mut each = Vec::new();
        for job in &resources.jobs {
            for rule in job.rules.iter().filter(|rule| rule.enabled.value) {
                if let (RuleSource::Pattern(pattern), Some(on)) = (&rule.source, on(rule))
                    // A pattern that AWS refuses is a finding of the spec.
                    && let Ok(pattern) = Pattern::parse(&Value::Object(pattern.json.clone()).to_string())
                {
                    patterns.push(pattern);
                    each.push((name(job.name()), on));
                }
            }
        }
        Self {
            set: RuleSet::new(&patterns),
            each,
            bus: pipeline.bus.name_in(LOCAL),
        }
    }
}

/// The environment of a trace, which is made on one machine.
const LOCAL: &str = "local";

fn on(rule: &Rule<'_>) -> Option<On> {
    Some(match rule.bus()? {
        RuleBus::Pipeline => On::Pipeline,
        RuleBus::Default => On::Named(DEFAULT_BUS.to_owned()),
        RuleBus::Existing(name) => On::Named(name.value.clone()),
    })
}

/// Jobs, with how often an event starts each.
type Starts<'r> = BTreeMap<&'r str, u64>;

/// Reads recorded events, one after the other.
pub struct Reader<'r> {
    rules: (&'r Rules, &'r Rules),
    matchers: (Matcher<'r>, Matcher<'r>),
    subject: Option<&'r str>,
    routed: Routed,
    jobs: BTreeMap<&'r str, JobCount>,
    ways: BTreeMap<(Vec<&'r str>, Vec<&'r str>), Way>,
    /// Room for the jobs of the event at hand.
    counts: (Starts<'r>, Starts<'r>),
}

/// A line of a trace; an event by itself has none of these fields.
#[derive(Deserialize)]
struct Step<'l> {
    #[serde(borrow, rename = "step")]
    what: Option<Cow<'l, str>>,
    #[serde(borrow)]
    bus: Option<Cow<'l, str>>,
    #[serde(borrow)]
    envelope: Option<&'l RawValue>,
}

/// The fields of an event that an example shows.
#[derive(Deserialize)]
struct Shown {
    id: Option<String>,
    #[serde(default)]
    source: String,
    #[serde(default, rename = "detail-type")]
    detail_type: String,
    #[serde(default)]
    detail: Value,
}

/// Returns the event of a line of a recording, and the bus if the line says it: the line itself, or what arrives with a step
/// of a trace. Other steps have none.
pub fn recorded_event(line: &str) -> Option<(&str, Option<Cow<'_, str>>)> {
    if line.trim().is_empty() {
        return None;
    }
    // Most lines of a trace are other steps, and no event begins like one.
    if line.starts_with(RECORD) && !line.contains(ARRIVES) {
        return None;
    }
    let step: Option<Step<'_>> = line
        .contains("\"step\"")
        .then(|| serde_json::from_str(line).ok())
        .flatten();
    match step {
        Some(Step {
            what: Some(what),
            bus,
            envelope: Some(envelope),
        }) if what == ARRIVES => Some((envelope.get(), bus)),
        Some(Step { what: Some(_), .. }) => None,
        _ => Some((line, None)),
    }
}

impl Reader<'_> {
    /// Reads a line: an event as rules get it, or a step of a trace, of which those count with which an event arrives.
    ///
    /// # Errors
    /// A line that is no event. It is counted, and others may follow.
    pub fn read(&mut self, file: &str, number: u64, line: &str) -> Result<(), EventError> {
        let Some((event, bus)) = recorded_event(line) else {
            return Ok(());
        };
        let read = self.route(event, bus.as_deref());
        match read {
            Ok(is_elsewhere) => {
                self.routed.events += 1;
                if is_elsewhere {
                    self.keep(file, number, event);
                }
                Ok(())
            }
            Err(error) => {
                self.routed.malformed += 1;
                Err(error)
            }
        }
    }

    /// Finds the jobs that an event starts with either spec, and returns whether they are others.
    fn route(&mut self, event: &str, bus: Option<&str>) -> Result<bool, EventError> {
        let (before, after) = self.rules;
        // On its way an event of AWS stays on the account's bus, and any other moves with the pipeline's.
        let on = bus.map(|bus| {
            let is_own = bus == before.bus && (bus != DEFAULT_BUS || !is_of_aws(event));
            if is_own {
                On::Pipeline
            } else {
                On::Named(bus.to_owned())
            }
        });
        count(
            before,
            &mut self.matchers.0,
            event,
            on.as_ref(),
            &mut self.counts.0,
        )?;
        count(
            after,
            &mut self.matchers.1,
            event,
            on.as_ref(),
            &mut self.counts.1,
        )?;
        for (job, starts) in &self.counts.0 {
            job_count(&mut self.jobs, job).before += starts;
        }
        for (job, starts) in &self.counts.1 {
            job_count(&mut self.jobs, job).after += starts;
        }
        Ok(self.counts.0 != self.counts.1)
    }

    /// Counts an event that goes elsewhere.
    fn keep(&mut self, file: &str, number: u64, event: &str) {
        self.routed.elsewhere += 1;
        let lost = more(&self.counts.0, &self.counts.1);
        let gained = more(&self.counts.1, &self.counts.0);
        for job in &lost {
            job_count(&mut self.jobs, job).lost += 1;
        }
        for job in &gained {
            job_count(&mut self.jobs, job).gained += 1;
        }
        let way = self.ways.entry((lost, gained));
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let way = way.or_insert_with_key(|(lost, gained)| Way {
            lost: owned(lost),
            gained: owned(gained),
            events: 0,
            examples: Vec::new(),
        });
        way.events += 1;
        if way.examples.len() < EXAMPLES {
            way.examples
                .extend(example(file, number, event, self.subject));
        }
    }

    /// Returns what all events come to.
    pub fn finish(self) -> Routed {
        let jobs = self.jobs.into_values();
        let mut ways: Vec<Way> = self.ways.into_values().collect();
        ways.sort_by_key(|way| std::cmp::Reverse(way.events));
        Routed {
            jobs: jobs.filter(|job| job.gained + job.lost > 0).collect(),
            ways,
            ..self.routed
        }
    }
}

fn job_count<'j, 'r>(jobs: &'j mut BTreeMap<&'r str, JobCount>, job: &'r str) -> &'j mut JobCount {
    jobs.entry(job).or_insert_with(|| JobCount {
        job: job.to_owned(),
        before: 0,
        after: 0,
        gained: 0,
        lost: 0,
    })
}

/// Counts how often an event starts each job.
fn count<'r>(
    rules: &'r Rules,
    matcher: &mut Matcher<'r>,
    event: &str,
    on: Option<&On>,
    counts: &mut Starts<'r>,
) -> Result<(), EventError> {
    counts.clear();
    for place in matcher.matches(event)? {
        let (job, bus) = &rules.each[*place];
        // An event by itself does not say where it came: a rule on any bus may match it.
        if on.is_none_or(|on| on == bus) {
            *counts.entry(job).or_default() += 1;
        }
    }
    Ok(())
}

/// Lists the jobs that one count has more often than another.
fn more<'r>(counts: &Starts<'r>, than: &Starts<'r>) -> Vec<&'r str> {
    let mut names = Vec::new();
    for (job, count) in counts {
        let other = than.get(job).copied().unwrap_or_default();
        for _ in other..*count {
            names.push(*job);
        }
    }
    names
}

fn is_of_aws(event: &str) -> bool {
    // To ask for the source costs more than to match all rules, and few events name AWS.
    if !event.contains(SOURCE_RESERVED) {
        return false;
    }
    let shown: Result<Shown, _> = serde_json::from_str(event);
    shown.is_ok_and(|event| event.source.starts_with(SOURCE_RESERVED))
}

fn example(file: &str, line: u64, event: &str, subject: Option<&str>) -> Option<Example> {
    let Shown {
        id,
        source,
        detail_type,
        detail,
    } = serde_json::from_str(event).ok()?;
    let subject = subject.and_then(|path| {
        let mut value = &detail;
        for part in path.split('.') {
            value = value.get(part)?;
        }
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    });
    Some(Example {
        line,
        file: file.to_owned(),
        id,
        source,
        detail_type,
        subject,
    })
}

#[cfg(test)]
mod tests;
