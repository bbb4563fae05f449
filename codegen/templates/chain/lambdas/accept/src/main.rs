//! The job `accept`: checks an order.

use job::{Error, Outcome, Permanent, Run, Unscheduled};

use @crate@_events::jobs::{Accept, AcceptTrigger};
use @crate@_events::{OrderAccepted, OrderPlaced};

struct Accepting;

/// Checks an order. An error fails the run: Lambda tries it again, and then keeps the event in the job's failure queue. This
/// one would come again each time, so the event goes there at once.
fn accept(order: OrderPlaced) -> Result<OrderAccepted, Error> {
    if order.total_cents <= 0 {
        let reason = format!("the order {} costs nothing", order.order_id);
        return Err(Permanent::new(reason).into());
    }
    Ok(OrderAccepted {
        order_id: order.order_id,
        customer: order.customer,
        total_cents: order.total_cents,
    })
}

impl job::Handler for Accepting {
    type Job = Accept;

    async fn on_event(&self, trigger: AcceptTrigger, run: &Run) -> Result<Outcome<Accept>, Error> {
        let AcceptTrigger::OrderPlaced(order) = trigger;
        let accepted = accept(order)?;
        run.count("OrdersAccepted", 1);
        // What the spec does not list under `emits` does not compile here.
        Outcome::done().emit(&accepted)
    }

    async fn on_schedule(&self, schedule: Unscheduled, _run: &Run) -> Result<(), Error> {
        match schedule {}
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    job::run(Accepting).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use job::Handler as _;

    use super::*;

    fn order(total_cents: i64) -> AcceptTrigger {
        AcceptTrigger::OrderPlaced(OrderPlaced {
            order_id: "o-1".to_owned(),
            customer: "Ada".to_owned(),
            total_cents,
        })
    }

    fn run() -> Run {
        Run::new("test", None, Duration::from_secs(3))
    }

    #[tokio::test]
    async fn an_order_that_costs_something_is_accepted() {
        let run = run();
        let outcome = Accepting.on_event(order(1250), &run).await.unwrap();
        let accepted = &outcome.events()[0];
        assert_eq!(accepted.name(), "order.accepted");
        assert_eq!(accepted.detail()["total_cents"], 1250);
        assert_eq!(run.counted()["OrdersAccepted"], 1);
    }

    #[tokio::test]
    async fn an_order_that_costs_nothing_fails() {
        let error = Accepting.on_event(order(0), &run()).await.unwrap_err();
        assert_eq!(error.to_string(), "the order o-1 costs nothing");
    }
}
