//! The scheduled run that may emit.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use crate::arrival::Arrival;
use crate::outcome::Outcome;
use crate::scheduled::{Schedule, Scheduled};

/// A run that the schedule `S` started, which may emit what the spec lists in the `emits` of that schedule.
///
/// [`done`](Self::done) begins the outcome of the run. No other schedule's outcome can be made from it, so a handler that
/// emits anything else does not compile. This one does,
///
/// ```
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize)]
/// # struct OrderReminded {}
/// # impl job::Event for OrderReminded {
/// #     const NAME: &'static str = "order.reminded";
/// #     const SOURCE: &'static str = "shop";
/// #     const DETAIL_TYPE: &'static str = "Order Reminded";
/// #     const DISCRIMINATED: bool = true;
/// # }
/// # enum RemindWeekly {}
/// # enum RemindNightly {}
/// impl job::EmittedBy<RemindWeekly> for OrderReminded {}
///
/// fn weekly(run: &job::ScheduledBy<RemindWeekly>) -> Result<job::Outcome<RemindWeekly>, job::Error> {
///     run.done().emit(&OrderReminded {})
/// }
/// ```
///
/// and another schedule of the same job may not emit the event:
///
/// ```compile_fail,E0277
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize)]
/// # struct OrderReminded {}
/// # impl job::Event for OrderReminded {
/// #     const NAME: &'static str = "order.reminded";
/// #     const SOURCE: &'static str = "shop";
/// #     const DETAIL_TYPE: &'static str = "Order Reminded";
/// #     const DISCRIMINATED: bool = true;
/// # }
/// # enum RemindWeekly {}
/// # enum RemindNightly {}
/// impl job::EmittedBy<RemindWeekly> for OrderReminded {}
///
/// fn nightly(run: &job::ScheduledBy<RemindNightly>) -> Result<job::Outcome<RemindNightly>, job::Error> {
///     run.done().emit(&OrderReminded {})
/// }
/// ```
pub struct ScheduledBy<S> {
    run: Scheduled,
    schedule: PhantomData<fn() -> S>,
}

impl<S> ScheduledBy<S> {
    /// A run of the schedule.
    pub fn new(run: Scheduled) -> Self {
        Self {
            run,
            schedule: PhantomData,
        }
    }

    /// The work is done, and nothing is emitted yet.
    pub fn done(&self) -> Outcome<S> {
        Outcome::nothing()
    }
}

impl<S> Deref for ScheduledBy<S> {
    type Target = Scheduled;

    fn deref(&self) -> &Scheduled {
        &self.run
    }
}

impl<S> fmt::Debug for ScheduledBy<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.run.fmt(f)
    }
}

impl<S> Schedule for ScheduledBy<S> {
    const IS_SCHEDULED: bool = true;
    type Outcome = Outcome<S>;

    fn accept(run: Scheduled, _: &Arrival<'_>) -> Option<Self> {
        Some(Self::new(run))
    }
}
