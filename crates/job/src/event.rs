//! What generated code says about a pipeline: its events, its jobs, and who may emit what.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::arrival::{Arrival, Malformed};
use crate::scheduled::Schedule;

/// A declared event of a pipeline; its value is the event's detail, without `event_type`.
pub trait Event: Serialize + DeserializeOwned {
    /// The name in the spec, and `event_type` in the detail.
    const NAME: &'static str;
    /// `source` on the bus.
    const SOURCE: &'static str;
    /// `detail-type` on the bus.
    const DETAIL_TYPE: &'static str;
    /// Whether the rules of the pipeline also match `event_type`, so that two events may share a
    /// detail type.
    const DISCRIMINATED: bool;
}

/// What tells one event from another, as a value: for lists of events of several types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventId {
    /// [`Event::NAME`].
    pub name: &'static str,
    /// [`Event::SOURCE`].
    pub source: &'static str,
    /// [`Event::DETAIL_TYPE`].
    pub detail_type: &'static str,
    /// [`Event::DISCRIMINATED`].
    pub discriminated: bool,
}

impl EventId {
    /// The identity of an event type.
    pub const fn of<E: Event>() -> Self {
        Self {
            name: E::NAME,
            source: E::SOURCE,
            detail_type: E::DETAIL_TYPE,
            discriminated: E::DISCRIMINATED,
        }
    }
}

/// A job of a pipeline. It is a name for the type system: it needs no value.
pub trait Job {
    /// The pipeline's name, and the CloudWatch namespace of its metrics.
    const PIPELINE: &'static str;
    /// `source` of the pipeline's events.
    const SOURCE: &'static str;
    /// The field of a detail that says whom or what an event is about, as a path with dots: `customer.id`.
    const SUBJECT: Option<&'static str> = None;
    /// The job's name in the spec.
    const NAME: &'static str;
    /// The events that start it.
    type Trigger: Trigger;
    /// [`Scheduled`](crate::Scheduled) if the job has a schedule, otherwise
    /// [`Unscheduled`](crate::Unscheduled). If a schedule of the job emits, see [`Schedule`].
    type Schedule: Schedule;
}

/// The events that start a job: an enum with one variant for each.
pub trait Trigger: Sized {
    /// The declared events among them.
    const EVENTS: &'static [EventId];

    /// Reads the event that arrived; `None` if it is not one that starts the job.
    ///
    /// # Errors
    ///
    /// The detail is not what the spec declares.
    fn decode(arrival: &Arrival<'_>) -> Result<Option<Self>, Malformed>;
}

/// Proof that the job `J` may emit this event: the spec lists it in the job's `emits`. Or that the schedule `J` may, by
/// the `emits` of that schedule.
///
/// [`Outcome::emit`](crate::Outcome::emit) asks for it, so that a handler which emits anything else
/// does not compile. With the implementation for the job it compiles,
///
/// ```
/// # use serde::{Deserialize, Serialize};
/// #[derive(Serialize, Deserialize)]
/// struct OrderBilled {}
/// # impl job::Event for OrderBilled {
/// #     const NAME: &'static str = "order.billed";
/// #     const SOURCE: &'static str = "shop";
/// #     const DETAIL_TYPE: &'static str = "Order Billed";
/// #     const DISCRIMINATED: bool = true;
/// # }
/// # enum Bill {}
/// # enum NoEvent {}
/// # impl job::Trigger for NoEvent {
/// #     const EVENTS: &'static [job::EventId] = &[];
/// #     fn decode(_: &job::Arrival<'_>) -> Result<Option<Self>, job::Malformed> { Ok(None) }
/// # }
/// # impl job::Job for Bill {
/// #     const PIPELINE: &'static str = "shop";
/// #     const SOURCE: &'static str = "shop";
/// #     const NAME: &'static str = "bill";
/// #     type Trigger = NoEvent;
/// #     type Schedule = job::Unscheduled;
/// # }
/// impl job::EmittedBy<Bill> for OrderBilled {}
///
/// let outcome = job::Outcome::<Bill>::done().emit(&OrderBilled {});
/// assert_eq!(outcome.unwrap().events()[0].name(), "order.billed");
/// ```
///
/// and without that line it does not:
///
/// ```compile_fail,E0277
/// # use serde::{Deserialize, Serialize};
/// #[derive(Serialize, Deserialize)]
/// struct OrderBilled {}
/// # impl job::Event for OrderBilled {
/// #     const NAME: &'static str = "order.billed";
/// #     const SOURCE: &'static str = "shop";
/// #     const DETAIL_TYPE: &'static str = "Order Billed";
/// #     const DISCRIMINATED: bool = true;
/// # }
/// # enum Bill {}
/// # enum NoEvent {}
/// # impl job::Trigger for NoEvent {
/// #     const EVENTS: &'static [job::EventId] = &[];
/// #     fn decode(_: &job::Arrival<'_>) -> Result<Option<Self>, job::Malformed> { Ok(None) }
/// # }
/// # impl job::Job for Bill {
/// #     const PIPELINE: &'static str = "shop";
/// #     const SOURCE: &'static str = "shop";
/// #     const NAME: &'static str = "bill";
/// #     type Trigger = NoEvent;
/// #     type Schedule = job::Unscheduled;
/// # }
///
/// let outcome = job::Outcome::<Bill>::done().emit(&OrderBilled {});
/// assert_eq!(outcome.unwrap().events()[0].name(), "order.billed");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{J}` does not emit `{Self}`",
    label = "not among its `emits`",
    note = "list the event in the `emits` of the job, or for a scheduled run in that of the schedule, then run `codegen generate`"
)]
pub trait EmittedBy<J>: Event {}
