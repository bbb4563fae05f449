//! What is on its way and must not be lost with the bus: deliveries that wait for another attempt or a response, and runs
//! of functions for somebody who does not wait. A batch is none: its messages are still in their queue.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::agenda::{Delivery, Due, Invocation};
use crate::event::BusEvent;
use crate::local_bus::LocalBus;
use crate::state::FUNCTION;

/// The kinds of keys.
pub(crate) const DELIVERY: &str = "delivery";
pub(crate) const RUN: &str = "run";
pub(crate) const FIRED: &str = "fired";

/// A run, and when it is due if it is not on its way already.
type KeptRun = (Option<Timestamp>, Invocation);

#[derive(Debug, Serialize, Deserialize)]
struct KeptDelivery {
    at: Option<Timestamp>,
    event: BusEvent,
    /// The rule's ARN.
    rule: Arc<str>,
    /// The target's id.
    target: Arc<str>,
    /// What the target gets, if it is not the event as it is.
    payload: Option<Arc<str>>,
    attempts: u32,
    first: Timestamp,
}

impl LocalBus {
    /// Keeps a run that begins now.
    pub(crate) fn keep_run(&self, invocation: &Invocation) {
        self.keep_run_until(None, invocation);
    }

    fn keep_run_until(&self, at: Option<Timestamp>, invocation: &Invocation) {
        self.store
            .put(&[RUN, &invocation.request], &(at, invocation));
    }

    /// Plans a run, and keeps it.
    pub(crate) fn plan_run_of(&self, at: Timestamp, invocation: Invocation) {
        self.keep_run_until(Some(at), &invocation);
        self.clock.schedule(at, Due::Run(invocation));
    }

    /// Notes that nothing is left to do for a run. What it led to has been kept before.
    pub(crate) fn run_is_over(&self, request: &str) {
        self.store.remove(&[RUN, request]);
    }

    /// Keeps a delivery that has to wait for something.
    pub(crate) fn keep_delivery(&self, delivery: &mut Delivery, at: Option<Timestamp>) {
        if !self.store.is_open() {
            return;
        }
        delivery.is_kept = true;
        let Delivery {
            number,
            event,
            rule,
            target: _,
            payload,
            attempts,
            first,
            has_turn: _,
            is_kept: _,
            weight: _,
        } = &*delivery;
        let is_event = Arc::ptr_eq(payload, &event.json);
        let kept = KeptDelivery {
            at,
            event: BusEvent::clone(event),
            rule: Arc::clone(&rule.arn),
            target: Arc::clone(&delivery.target().id),
            payload: (!is_event).then(|| Arc::clone(payload)),
            attempts: *attempts,
            first: *first,
        };
        self.store.put(&[DELIVERY, &number.to_string()], &kept);
    }

    /// Plans an attempt to deliver, and keeps the delivery.
    pub(crate) fn plan_delivery(&self, at: Timestamp, mut delivery: Delivery) {
        self.keep_delivery(&mut delivery, Some(at));
        self.clock.schedule(at, Due::Delivery(delivery));
    }

    /// Notes that nothing is left to do for a delivery. What it led to has been kept before.
    pub(crate) fn delivery_is_over(&self, delivery: &Delivery) {
        if delivery.is_kept {
            self.store.remove(&[DELIVERY, &delivery.number.to_string()]);
        }
    }

    /// Notes and keeps that the API has changed a function.
    pub(crate) fn keep_function(&self, name: &str) {
        if let Some(changed) = self.functions.note_change(name) {
            self.store.put(&[FUNCTION, name], &changed);
        }
    }

    /// Goes on with a run of an earlier bus.
    ///
    /// # Errors
    /// Why it does not fit.
    pub(crate) fn adopt_run(&self, value: &str) -> anyhow::Result<()> {
        let (at, mut invocation): KeptRun = serde_json::from_str(value)?;
        anyhow::ensure!(
            self.functions.get(&invocation.function).is_some(),
            "there is no function {}",
            invocation.function
        );
        invocation.weight = self.load.add(invocation.payload.len());
        let now = self.clock.now();
        self.clock.schedule(at.unwrap_or(now), Due::Run(invocation));
        Ok(())
    }

    /// Goes on with a delivery of an earlier bus.
    ///
    /// # Errors
    /// Why it does not fit.
    pub(crate) fn adopt_delivery(&self, number: &str, value: &str) -> anyhow::Result<()> {
        let number: u64 = number.parse()?;
        let KeptDelivery {
            at,
            event,
            rule: arn,
            target: id,
            payload,
            attempts,
            first,
        } = serde_json::from_str(value)?;
        let rule = self.control().rule_by_arn(&arn);
        let rule = rule.ok_or_else(|| anyhow::anyhow!("there is no rule {arn}"))?;
        let target = rule.targets.iter().position(|target| target.id == id);
        let target = target.ok_or_else(|| anyhow::anyhow!("{arn} has no target {id}"))?;
        self.count_deliveries_from(number + 1);
        let event = Arc::new(event);
        let delivery = Delivery {
            number,
            weight: self.load.add(event.json.len()),
            payload: payload.unwrap_or_else(|| Arc::clone(&event.json)),
            event,
            rule,
            target,
            attempts,
            first,
            has_turn: false,
            is_kept: true,
        };
        let now = self.clock.now();
        self.clock
            .schedule(at.unwrap_or(now), Due::Delivery(delivery));
        Ok(())
    }
}
