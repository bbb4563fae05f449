//! How much there is, counted in recordings.

use std::collections::BTreeMap;

use changes::recorded_event;
use eventbridge::pattern::{EventError, Matcher, Pattern, RuleSet};
use jiff::Timestamp;
use pipeline::Pipeline;
use pipeline::model::Discriminator;
use pipeline::resources::{RuleSource, rules};
use serde::Deserialize;
use serde_json::Value;

/// What was recorded.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    events: BTreeMap<String, u64>,
    deliveries: BTreeMap<String, u64>,
    all: u64,
    bytes: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    /// How long it took, if somebody says.
    seconds: Option<f64>,
}

impl Counted {
    /// Says how long it took to record.
    #[must_use]
    pub fn over(self, seconds: Option<f64>) -> Self {
        Self { seconds, ..self }
    }

    /// The number of events.
    pub fn all(&self) -> u64 {
        self.all
    }

    /// How long it took to record, in seconds: as somebody says, or from the first event to the last.
    pub fn seconds(&self) -> Option<f64> {
        let said = self.seconds;
        let told = || Some(self.last?.duration_since(self.first?).as_secs_f64());
        said.or_else(told).filter(|seconds| *seconds > 0.0)
    }

    /// The mean size of an event.
    pub(crate) fn event_bytes(&self) -> Option<f64> {
        (self.all > 0).then(|| number(self.bytes) / number(self.all))
    }

    pub(crate) fn events_per_day(&self, name: &str) -> f64 {
        self.per_day(self.events.get(name))
    }

    pub(crate) fn deliveries_per_day(&self, job: &str) -> f64 {
        self.per_day(self.deliveries.get(job))
    }

    fn per_day(&self, count: Option<&u64>) -> f64 {
        let count = count.copied().map_or(0.0, number);
        self.seconds()
            .map_or(0.0, |seconds| count * 86_400.0 / seconds)
    }
}

#[expect(clippy::cast_precision_loss, reason = "an estimate has few digits")]
fn number(count: u64) -> f64 {
    count as f64
}

/// The rules and the events of a pipeline, to count recorded events with.
pub struct Counter<'p> {
    pipeline: &'p Pipeline,
    set: RuleSet,
    /// The job that each rule starts.
    jobs: Vec<&'p str>,
}

impl<'p> Counter<'p> {
    /// Compiles the enabled rules.
    pub fn new(pipeline: &'p Pipeline) -> Self {
        let (mut patterns, mut jobs) = (Vec::new(), Vec::new());
        for rule in rules(pipeline).filter(|rule| rule.enabled.value) {
            if let RuleSource::Pattern(pattern) = &rule.source
                // A pattern that AWS refuses is a finding of the spec.
                && let Ok(pattern) = Pattern::parse(&Value::Object(pattern.json.clone()).to_string())
            {
                patterns.push(pattern);
                jobs.push(rule.job.name);
            }
        }
        Self {
            pipeline,
            set: RuleSet::new(&patterns),
            jobs,
        }
    }

    /// Begins to count.
    pub fn reader(&self) -> Reader<'_, 'p> {
        Reader {
            counter: self,
            matcher: self.set.matcher(),
            counted: Counted::default(),
        }
    }
}

/// Counts recorded events, one after the other.
pub struct Reader<'c, 'p> {
    counter: &'c Counter<'p>,
    matcher: Matcher<'c>,
    counted: Counted,
}

/// What tells which event it is.
#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    source: String,
    #[serde(default, rename = "detail-type")]
    detail_type: String,
    time: Option<Timestamp>,
    #[serde(default)]
    detail: Value,
}

impl Reader<'_, '_> {
    /// Counts a line: an event as rules get it, or the step of a trace with which one arrives. Other lines of a trace count
    /// nothing.
    ///
    /// # Errors
    /// A line that is no event. It is not counted, and others may follow.
    pub fn read(&mut self, line: &str) -> Result<(), EventError> {
        let Some((event, _)) = recorded_event(line) else {
            return Ok(());
        };
        for place in self.matcher.matches(event)? {
            let job = self.counter.jobs[*place];
            *self.counted.deliveries.entry(job.to_owned()).or_default() += 1;
        }
        self.counted.all += 1;
        self.counted.bytes += u64::try_from(event.len()).unwrap_or(u64::MAX);
        // An event that matches may still lack what AWS always adds.
        if let Ok(told) = serde_json::from_str::<Told>(event) {
            let names = self.counter.names(&told);
            for name in names {
                *self.counted.events.entry(name.to_owned()).or_default() += 1;
            }
            let Counted { first, last, .. } = &mut self.counted;
            *first = [*first, told.time].into_iter().flatten().min();
            *last = (*last).max(told.time);
        }
        Ok(())
    }

    /// Returns what was counted.
    pub fn finish(self) -> Counted {
        self.counted
    }
}

impl<'p> Counter<'p> {
    /// The declared events that a recorded one is.
    fn names(&self, told: &Told) -> impl Iterator<Item = &'p str> {
        let events = self.pipeline.events.iter();
        let is = move |(name, event): &(&'p String, &pipeline::model::Event)| {
            event.source.value == told.source
                && event.detail_type.value == told.detail_type
                && match event.discriminator {
                    Discriminator::EventType => told.detail["event_type"] == name.as_str(),
                    Discriminator::None => true,
                }
        };
        events.filter(is).map(|(name, _)| name.as_str())
    }
}
