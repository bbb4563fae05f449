//! How much there is in a month: events, deliveries and runs.

use std::collections::{BTreeMap, BTreeSet};

use eventbridge::schedule::time_zone;
use jiff::{Timestamp, ToSpan as _};
use pipeline::Pipeline;
use pipeline::model::{Job, Trigger, TriggerKind};

use crate::DAYS;
use crate::recorded::Counted;

/// How much there is in a month.
#[derive(Clone, Debug, Default)]
pub struct Volume {
    /// Events by name.
    pub events: BTreeMap<String, f64>,
    /// What each job gets, by name.
    pub jobs: BTreeMap<String, Deliveries>,
    /// The size of an event in bytes.
    pub event_bytes: f64,
    /// What was assumed, a sentence for each.
    pub assumed: BTreeSet<String>,
    /// What nobody says, so that it is counted as nothing.
    pub unsaid: BTreeSet<String>,
}

/// Deliveries of a month.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Deliveries {
    /// Of events.
    pub events: f64,
    /// By scheduled rules.
    pub rules: f64,
    /// By schedules of EventBridge Scheduler.
    pub scheduler: f64,
}

impl Deliveries {
    /// All of them.
    pub fn all(self) -> f64 {
        self.events + self.rules + self.scheduler
    }
}

/// The size of an event if no recording tells.
const EVENT_BYTES: f64 = 1_024.0;

impl Volume {
    /// Finds out how much there is in the month that begins at `from`. What was recorded goes before what the spec says.
    pub fn new(pipeline: &Pipeline, recorded: Option<&Counted>, from: Timestamp) -> Self {
        let mut volume = Self {
            event_bytes: recorded.and_then(Counted::event_bytes).unwrap_or_default(),
            ..Self::default()
        };
        if volume.event_bytes == 0.0 {
            volume.event_bytes = EVENT_BYTES;
            let sentence = "an event has 1 KB: no recording tells";
            volume.assumed.insert(sentence.to_owned());
        }
        let mut counting = Counting {
            pipeline,
            recorded,
            from,
            open: BTreeSet::new(),
            volume,
        };
        for name in pipeline.events.keys() {
            counting.event(name);
        }
        for name in pipeline.jobs.keys() {
            counting.job(name);
        }
        counting.volume
    }
}

struct Counting<'p> {
    pipeline: &'p Pipeline,
    recorded: Option<&'p Counted>,
    from: Timestamp,
    /// The events that are being counted: one of them again is a loop.
    open: BTreeSet<&'p str>,
    volume: Volume,
}

impl<'p> Counting<'p> {
    fn event(&mut self, name: &'p str) -> f64 {
        if let Some(known) = self.volume.events.get(name) {
            return *known;
        }
        let count = self.count_event(name);
        self.volume.events.insert(name.to_owned(), count);
        count
    }

    fn count_event(&mut self, name: &'p str) -> f64 {
        if let Some(recorded) = self.recorded {
            return recorded.events_per_day(name) * f64::from(DAYS);
        }
        let pipeline = self.pipeline;
        if let Some(said) = pipeline.volumes.events_per_day.get(name) {
            return f64::from(said.value) * f64::from(DAYS);
        }
        let emits = |job: &Job| job.emitted().contains(name);
        let is_emitted = pipeline.jobs.values().any(emits);
        if !is_emitted || !self.open.insert(name) {
            self.volume.unsaid.insert(format!("events `{name}`"));
            return 0.0;
        }
        let mut count = 0.0;
        for (job, spec) in &pipeline.jobs {
            let has = |events: &[pipeline::Spanned<String>]| {
                events.iter().any(|event| event.value == name)
            };
            if has(&spec.emits) {
                count += self.job(job).events;
                let sentence =
                    format!("each event that starts `{job}` makes it emit `{name}` once");
                self.volume.assumed.insert(sentence);
            }
            let scheduled = spec.triggers.iter().filter(|trigger| {
                trigger
                    .schedule()
                    .is_some_and(|schedule| has(&schedule.emits))
            });
            for trigger in scheduled {
                count += self.scheduled(trigger).all();
                let sentence = format!("each scheduled run of `{job}` emits `{name}` once");
                self.volume.assumed.insert(sentence);
            }
        }
        self.open.remove(name);
        count
    }

    fn job(&mut self, name: &'p str) -> Deliveries {
        if let Some(known) = self.volume.jobs.get(name) {
            return *known;
        }
        let Some(job) = self.pipeline.jobs.get(name) else {
            return Deliveries::default();
        };
        let mut deliveries = Deliveries::default();
        for trigger in &job.triggers {
            let scheduled = self.scheduled(trigger);
            deliveries.rules += scheduled.rules;
            deliveries.scheduler += scheduled.scheduler;
        }
        let said = self.pipeline.volumes.deliveries_per_day.get(name);
        deliveries.events = match (self.recorded, said) {
            (Some(recorded), _) => recorded.deliveries_per_day(name) * f64::from(DAYS),
            (None, Some(said)) => f64::from(said.value) * f64::from(DAYS),
            (None, None) => {
                let triggers = job.triggers.iter().filter(|trigger| trigger.enabled.value);
                triggers.map(|trigger| self.by_events(name, trigger)).sum()
            }
        };
        // Within a loop it is not known yet.
        if self.open.is_empty() {
            self.volume.jobs.insert(name.to_owned(), deliveries);
        }
        deliveries
    }

    /// Deliveries of a trigger that waits for events.
    fn by_events(&mut self, job: &str, trigger: &'p Trigger) -> f64 {
        match &trigger.kind {
            TriggerKind::Schedule(_) => 0.0,
            TriggerKind::Event { event, filter } => {
                let name = event.value.as_str();
                if filter.is_some() {
                    let sentence = format!(
                        "each event `{name}` starts `{job}`, whatever its `where` lets through"
                    );
                    self.volume.assumed.insert(sentence);
                }
                match self.pipeline.events.get_key_value(name) {
                    Some((name, _)) => self.event(name),
                    None => 0.0,
                }
            }
            TriggerKind::Pattern(_) => {
                let id = &trigger.id.value;
                let unsaid = format!("events for the pattern `{id}` of `{job}`");
                self.volume.unsaid.insert(unsaid);
                0.0
            }
        }
    }

    /// Deliveries of a trigger that waits for times, in the month.
    fn scheduled(&self, trigger: &Trigger) -> Deliveries {
        let mut deliveries = Deliveries::default();
        let Some(schedule) = trigger.schedule().filter(|_| trigger.enabled.value) else {
            return deliveries;
        };
        let (Ok(parsed), Some(zone)) = (schedule.parse(), time_zone(schedule.zone())) else {
            // A finding of the spec.
            return deliveries;
        };
        let hours = i64::from(DAYS) * 24;
        let end = self
            .from
            .checked_add(hours.hours())
            .unwrap_or(Timestamp::MAX);
        let runs = parsed.runs_within(self.from, &zone, schedule.lifetime());
        let runs = runs.take_while(|run| *run <= end).count();
        #[expect(clippy::cast_precision_loss, reason = "a month has few runs")]
        let runs = runs as f64 * f64::from(schedule.shards);
        if schedule.needs_scheduler() {
            deliveries.scheduler = runs;
        } else {
            deliveries.rules = runs;
        }
        deliveries
    }
}
