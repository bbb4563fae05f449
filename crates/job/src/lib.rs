//! What every function of a pipeline shares: the envelope in, the job's own events out, logs, a metric,
//! and the deadline.
//!
//! `codegen generate` writes a type for each event and for each job of a spec. A function implements
//! [`Handler`] for its job, and its `main` is a call of [`run`]:
//!
//! ```no_run
//! # mod events {
//! #     #[derive(serde::Serialize, serde::Deserialize)]
//! #     pub struct OrderPlaced { pub order_id: String }
//! #     impl job::Event for OrderPlaced {
//! #         const NAME: &'static str = "order.placed";
//! #         const SOURCE: &'static str = "shop";
//! #         const DETAIL_TYPE: &'static str = "Order Placed";
//! #         const DISCRIMINATED: bool = true;
//! #     }
//! #     #[derive(serde::Serialize, serde::Deserialize)]
//! #     pub struct OrderBilled { pub order_id: String }
//! #     impl job::Event for OrderBilled {
//! #         const NAME: &'static str = "order.billed";
//! #         const SOURCE: &'static str = "shop";
//! #         const DETAIL_TYPE: &'static str = "Order Billed";
//! #         const DISCRIMINATED: bool = true;
//! #     }
//! #     pub enum Bill {}
//! #     impl job::Job for Bill {
//! #         const PIPELINE: &'static str = "shop";
//! #         const SOURCE: &'static str = "shop";
//! #         const NAME: &'static str = "bill";
//! #         type Trigger = BillTrigger;
//! #         type Schedule = job::Scheduled;
//! #     }
//! #     pub enum BillTrigger { OrderPlaced(OrderPlaced) }
//! #     impl job::Trigger for BillTrigger {
//! #         const EVENTS: &'static [job::EventId] = &[job::EventId::of::<OrderPlaced>()];
//! #         fn decode(arrival: &job::Arrival<'_>) -> Result<Option<Self>, job::Malformed> {
//! #             Ok(Some(Self::OrderPlaced(arrival.detail()?)))
//! #         }
//! #     }
//! #     impl job::EmittedBy<Bill> for OrderBilled {}
//! # }
//! # use events::{Bill, BillTrigger, OrderBilled};
//! struct Billing;
//!
//! impl job::Handler for Billing {
//!     type Job = Bill;
//!
//!     async fn on_event(&self, trigger: BillTrigger, _run: &job::Run) -> Result<job::Outcome<Bill>, job::Error> {
//!         let BillTrigger::OrderPlaced(order) = trigger;
//!         // … bill the order …
//!         job::Outcome::done().emit(&OrderBilled { order_id: order.order_id })
//!     }
//!
//!     async fn on_schedule(&self, _schedule: job::Scheduled, _run: &job::Run) -> Result<(), job::Error> {
//!         // … bill whatever is still open …
//!         Ok(())
//!     }
//! }
//!
//! # #[allow(clippy::needless_doctest_main)]
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), job::Error> {
//!     job::run(Billing).await
//! }
//! ```
//!
//! # What a function does about failures
//!
//! | What fails | What happens |
//! |---|---|
//! | the event cannot be read | nobody can read it the next time either: the function puts it into the job's failure queue at once, with a message that names the field |
//! | the handler, with a [`Permanent`] error | the same, with the handler's message |
//! | the handler, with any other error | the run fails with the handler's message; Lambda tries again, then puts the event into the failure queue |
//! | the failure queue, or there is none | the run fails; Lambda tries again |
//! | the emission of an event | it is retried, then logged as an error with the whole event and counted in the metric `EmitFailures`; the run succeeds |
//! | the same, where `LOG_EVENTS` hides what events hold | the log is no copy of the event then, so the run fails as a temporary error does |
//!
//! # Schedules that emit
//!
//! With `emits` on a schedule of the spec, the run of that schedule is a [`ScheduledBy`], and its
//! [`done`](ScheduledBy::done) begins what the handler returns. A job with several schedules then has an enum with a
//! variant for each: the function knows them by the name of the rule in the envelope's `resources`.
//!
//! # A queue before the function
//!
//! With a `buffer` in the spec, Lambda sends several messages at a time. The handler still gets one event at a time: a
//! message whose event cannot be read, or whose handler fails or panics, comes again without the others. After a failure in
//! a FIFO queue, the rest of the message's group waits for it.
//!
//! # Environment
//!
//! | Variable | Meaning |
//! |---|---|
//! | `EVENT_BUS_NAME` | the bus of the emitted events; `default` without it |
//! | `FAILURE_QUEUE_URL` | the job's failure queue; without it every failed run is tried again |
//! | `PIPELINE_ENVIRONMENT` | the environment, a dimension of the metrics and a part of the names of rules; `none` without it |
//! | `LOG_EVENTS` | what the log has of an event: `all`, which it is without it, `keys` for the names of its fields, or `none` |
//! | `AWS_LAMBDA_LOG_LEVEL`, else `RUST_LOG` | the lowest level of a log line; `info` without them |
//! | `AWS_ENDPOINT_URL` and the other variables of the AWS SDKs | as in any SDK |

mod arrival;
mod batch;
mod decode;
mod emit;
mod event;
mod failed;
mod function;
mod handler;
mod idempotency;
mod invocation;
mod log;
mod log_events;
mod metric;
mod outcome;
mod outgoing;
mod permanent;
mod rule_name;
mod scheduled;
mod scheduled_by;
mod sdk;
mod settings;
#[cfg(test)]
mod testing;
mod trace;

pub use arrival::{Arrival, Malformed, OtherEvent};
pub use event::{EmittedBy, Event, EventId, Job, Trigger};
#[cfg(feature = "shutdown")]
pub use function::on_shutdown;
pub use function::{Function, run};
pub use handler::{Error, Handler, Run, ScheduleResult};
#[cfg(feature = "postgres")]
pub use idempotency::postgres::PostgresStore;
pub use idempotency::{Begun, EveryTime, IdempotencyStore, MemoryStore};
pub use metric::{Metric, Unit};
pub use outcome::{Outcome, ScheduleOf, ScheduleOutcome};
pub use outgoing::{Emissions, Outgoing};
pub use permanent::Permanent;
pub use scheduled::{Schedule, Scheduled, Shard, Unscheduled};
pub use scheduled_by::ScheduledBy;
pub use settings::settings;
