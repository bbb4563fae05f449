//! The result of a run: the events that it emits.

use std::marker::PhantomData;

use crate::event::{EmittedBy, Job};
use crate::handler::Error;
use crate::outgoing::{Emissions, Outgoing, Sealed};

/// The result of a run of the job `J` for one event, or of the schedule `J`, with the events that are to be emitted.
///
/// They are emitted when the handler has returned, in this order.
#[derive(Clone, Debug)]
pub struct Outcome<J> {
    events: Vec<Outgoing>,
    job: PhantomData<fn() -> J>,
}

impl<J: Job> Outcome<J> {
    /// The work is done, and nothing is emitted.
    ///
    /// The outcome of a scheduled run that may emit begins with [`ScheduledBy::done`](crate::ScheduledBy::done).
    pub fn done() -> Self {
        Self::nothing()
    }
}

impl<J> Outcome<J> {
    pub(crate) fn nothing() -> Self {
        Self {
            events: Vec::new(),
            job: PhantomData,
        }
    }

    /// Adds an event. The spec says which events a job or a schedule may emit; any other does not compile.
    ///
    /// # Errors
    ///
    /// The event is not a JSON object; generated types always are.
    pub fn emit<E: EmittedBy<J>>(mut self, event: &E) -> Result<Self, Error> {
        let names = [E::NAME, E::SOURCE, E::DETAIL_TYPE];
        let detail = serde_json::to_value(event)?;
        self.events.push(Outgoing::new(names, detail)?);
        Ok(self)
    }

    /// The events so far, in order.
    pub fn events(&self) -> &[Outgoing] {
        &self.events
    }
}

/// The result of a scheduled run of a job with several schedules: the outcome of one of them.
///
/// An [`Outcome`] of any of the schedules becomes one with `into()`.
#[derive(Clone, Debug)]
pub struct ScheduleOutcome<E> {
    events: Vec<Outgoing>,
    schedules: PhantomData<fn() -> E>,
}

/// Says that a schedule is one of those of an enum. Generated code implements it.
pub trait ScheduleOf<E> {}

impl<S: ScheduleOf<E>, E> From<Outcome<S>> for ScheduleOutcome<E> {
    fn from(outcome: Outcome<S>) -> Self {
        Self {
            events: outcome.events,
            schedules: PhantomData,
        }
    }
}

impl<S> Emissions for Outcome<S> {
    fn into_events(self) -> Vec<Outgoing> {
        self.events
    }
}

impl<E> Emissions for ScheduleOutcome<E> {
    fn into_events(self) -> Vec<Outgoing> {
        self.events
    }
}

impl<S> Sealed for Outcome<S> {}
impl<E> Sealed for ScheduleOutcome<E> {}
