//! The job `accept`: adds an order up, and counts the customer's points.

use job::{Error, Outcome, Permanent, Run, Unscheduled};
use webshop_events::jobs::{Accept, AcceptTrigger};
use webshop_events::{OrderAccepted, OrderAcceptedChannel, OrderPlaced, OrderPlacedChannel};

struct Accepting {
    points_per_euro: i64,
}

impl Accepting {
    fn accept(&self, order: OrderPlaced) -> Result<OrderAccepted, Error> {
        let costs = order
            .items
            .iter()
            .map(|item| item.quantity.checked_mul(item.price_cents));
        let total_cents = costs
            .chain([Some(0)])
            .try_fold(0_i64, |sum, cost| sum.checked_add(cost?))
            .ok_or("the order costs more than can be counted")?;
        if total_cents <= 0 {
            // It will cost nothing the next time, too.
            let reason = format!("the order {} costs nothing", order.order_id);
            return Err(Permanent::new(reason).into());
        }
        Ok(OrderAccepted {
            order_id: order.order_id,
            customer: order.customer,
            channel: match order.channel {
                OrderPlacedChannel::Web => OrderAcceptedChannel::Web,
                OrderPlacedChannel::Shop => OrderAcceptedChannel::Shop,
            },
            total_cents,
            points: total_cents / 100 * self.points_per_euro,
        })
    }
}

impl job::Handler for Accepting {
    type Job = Accept;

    async fn on_event(&self, trigger: AcceptTrigger, _run: &Run) -> Result<Outcome<Accept>, Error> {
        let AcceptTrigger::OrderPlaced(order) = trigger;
        Outcome::done().emit(&self.accept(order)?)
    }

    async fn on_schedule(&self, schedule: Unscheduled, _run: &Run) -> Result<(), Error> {
        match schedule {}
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let points = std::env::var("POINTS_PER_EURO")?;
    let points_per_euro = points.parse()?;
    job::run(Accepting { points_per_euro }).await
}
