//! What no case reaches: triggers, events that jobs may emit, and the queues of failures.

use serde::Serialize;

use crate::bench::{Bench, DEAD_LETTERS, FAILURES, TriggerRef};
use crate::happened::Happened;

/// What cases have reached of a pipeline.
#[derive(Clone, Debug)]
pub struct Coverage {
    triggers: Vec<(TriggerRef, bool)>,
    /// Jobs and what they may emit.
    emits: Vec<((String, String), bool)>,
    /// Queues of dead letters and of failed runs.
    failures: Vec<(String, bool)>,
}

/// What no case has reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Uncovered {
    /// Enabled triggers that nothing has started, as `job/trigger`.
    pub triggers: Vec<String>,
    /// Events that a job may emit and never did, as `job: event`.
    pub emits: Vec<String>,
    /// Queues of failures in which nothing has landed, as `job/dead-letters` and `job/failures`.
    pub failures: Vec<String>,
}

impl Uncovered {
    /// Whether everything has been reached.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many things have not been reached.
    pub fn len(&self) -> usize {
        self.triggers.len() + self.emits.len() + self.failures.len()
    }
}

impl Coverage {
    /// Lists what there is to reach.
    pub fn new(bench: &Bench<'_>) -> Self {
        let triggers = bench.triggers.iter().filter(|known| known.is_enabled);
        let emits = bench.pipeline.jobs.iter().flat_map(|(job, spec)| {
            let emitted = spec.emitted().into_iter();
            emitted.map(move |event| ((job.clone(), event.to_owned()), false))
        });
        let queues = bench.queue_labels().into_iter();
        let failures = queues.filter(|queue| {
            let kind = queue.split_once('/').map(|(_, kind)| kind);
            kind == Some(DEAD_LETTERS) || kind == Some(FAILURES)
        });
        Self {
            triggers: triggers.map(|known| (known.name.clone(), false)).collect(),
            emits: emits.collect(),
            failures: failures.map(|queue| (queue.to_owned(), false)).collect(),
        }
    }

    /// Notes what a case has reached.
    pub fn add(&mut self, happened: &Happened) {
        for (trigger, is_reached) in &mut self.triggers {
            *is_reached |= happened.started.contains(trigger);
        }
        for ((job, event), is_reached) in &mut self.emits {
            let mut emitted = happened.emitted();
            *is_reached |= emitted.any(|seen| seen.name == *event && seen.by.as_ref() == Some(job));
        }
        for (queue, is_reached) in &mut self.failures {
            *is_reached |= happened.in_queue(queue).next().is_some();
        }
    }

    /// Returns how many things there are to reach.
    pub fn total(&self) -> usize {
        self.triggers.len() + self.emits.len() + self.failures.len()
    }

    /// Lists what no case has reached.
    pub fn uncovered(&self) -> Uncovered {
        fn left<T>(all: &[(T, bool)], name: impl Fn(&T) -> String) -> Vec<String> {
            let left = all.iter().filter(|(_, is_reached)| !is_reached);
            left.map(|(one, _)| name(one)).collect()
        }
        Uncovered {
            triggers: left(&self.triggers, ToString::to_string),
            emits: left(&self.emits, |(job, event)| format!("{job}: {event}")),
            failures: left(&self.failures, Clone::clone),
        }
    }
}
