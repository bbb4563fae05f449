//! A small pipeline for the tests: `bill` runs on `order.placed` or on any event of others, and emits
//! `order.billed`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Arrival, EmittedBy, Event, EventId, Job, Malformed, OtherEvent, Outcome, Outgoing, Schedule,
    ScheduleOf, ScheduleOutcome, Scheduled, ScheduledBy, Trigger, Unscheduled,
};

macro_rules! event {
    ($event:ident, $name:literal, $detail_type:literal, $discriminated:literal) => {
        impl Event for $event {
            const NAME: &'static str = $name;
            const SOURCE: &'static str = "shop";
            const DETAIL_TYPE: &'static str = $detail_type;
            const DISCRIMINATED: bool = $discriminated;
        }
    };
}

macro_rules! job {
    ($job:ident, $name:literal, $trigger:ty, $schedule:ty) => {
        #[derive(Debug)]
        pub(crate) enum $job {}
        impl Job for $job {
            const PIPELINE: &'static str = "shop";
            const SOURCE: &'static str = "shop";
            const SUBJECT: Option<&'static str> = Some("customer_id");
            const NAME: &'static str = $name;
            type Trigger = $trigger;
            type Schedule = $schedule;
        }
    };
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct OrderPlaced {
    pub(crate) customer_id: String,
    pub(crate) timestamp: Timestamp,
    #[serde(default)]
    pub(crate) lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) pieces: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct OrderBilled {
    pub(crate) order_id: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Restocked {}

event!(OrderPlaced, "order.placed", "Order Placed", true);
event!(OrderBilled, "order.billed", "Order Billed", true);
event!(Restocked, "restocked", "Restocked", false);

job!(Bill, "bill", BillTrigger, Scheduled);
job!(Audit, "audit", AuditTrigger, Unscheduled);
job!(Remind, "remind", AuditTrigger, RemindSchedule);
impl EmittedBy<Bill> for OrderBilled {}
impl EmittedBy<RemindWeekly> for OrderBilled {}

/// The schedules of `remind`, of which one emits.
#[derive(Debug)]
pub(crate) enum RemindSchedule {
    Weekly(ScheduledBy<RemindWeekly>),
    Nightly(ScheduledBy<RemindNightly>),
}

#[derive(Debug)]
pub(crate) enum RemindWeekly {}
#[derive(Debug)]
pub(crate) enum RemindNightly {}
impl ScheduleOf<RemindSchedule> for RemindWeekly {}
impl ScheduleOf<RemindSchedule> for RemindNightly {}

impl Schedule for RemindSchedule {
    const IS_SCHEDULED: bool = true;
    type Outcome = ScheduleOutcome<Self>;

    fn accept(run: Scheduled, arrival: &Arrival<'_>) -> Option<Self> {
        if arrival.is_by("shop-remind-weekly-{environment}") {
            return Some(Self::Weekly(ScheduledBy::new(run)));
        }
        if arrival.is_by("shop-remind-nightly-{environment}") {
            return Some(Self::Nightly(ScheduledBy::new(run)));
        }
        None
    }
}

#[derive(Debug, PartialEq)]
pub(crate) enum BillTrigger {
    OrderPlaced(OrderPlaced),
    Restocked(Restocked),
}

impl Trigger for BillTrigger {
    const EVENTS: &'static [EventId] = &[EventId::of::<OrderPlaced>(), EventId::of::<Restocked>()];

    fn decode(arrival: &Arrival<'_>) -> Result<Option<Self>, Malformed> {
        if arrival.is::<OrderPlaced>() {
            return arrival.detail().map(Self::OrderPlaced).map(Some);
        }
        if arrival.is::<Restocked>() {
            return arrival.detail().map(Self::Restocked).map(Some);
        }
        Ok(None)
    }
}

#[derive(Debug, PartialEq)]
pub(crate) enum AuditTrigger {
    Other(OtherEvent),
}

impl Trigger for AuditTrigger {
    const EVENTS: &'static [EventId] = &[];

    fn decode(arrival: &Arrival<'_>) -> Result<Option<Self>, Malformed> {
        Ok(arrival.other().map(Self::Other))
    }
}

/// An `order.billed` on its way to the bus.
pub(crate) fn billed(order_id: &str) -> Outgoing {
    let order_id = order_id.to_owned();
    let outcome = Outcome::<Bill>::done()
        .emit(&OrderBilled { order_id })
        .unwrap();
    outcome.events()[0].clone()
}
