//! The job `thank`: writes to the customer of an order, and once a day to those who were left out.

use job::{Error, Outcome, Run, Scheduled};

use @crate@_events::OrderAccepted;
use @crate@_events::jobs::{Thank, ThankTrigger};

struct Thanking;

fn letter(order: &OrderAccepted) -> String {
    let (whole, cents) = (order.total_cents / 100, order.total_cents % 100);
    format!(
        "Thank you, {}: your order {} over {whole}.{cents:02} is on its way",
        order.customer, order.order_id
    )
}

impl job::Handler for Thanking {
    type Job = Thank;

    async fn on_event(&self, trigger: ThankTrigger, run: &Run) -> Result<Outcome<Thank>, Error> {
        let ThankTrigger::OrderAccepted(order) = trigger;
        // Here the letter would be sent. An event may arrive twice: a key such as the order's id tells whether it was.
        tracing::info!("{}", letter(&order));
        run.count("LettersSent", 1);
        Ok(Outcome::done())
    }

    async fn on_schedule(&self, schedule: Scheduled, _run: &Run) -> Result<(), Error> {
        // The time for which the run was due, which is the same when the run is tried again.
        tracing::info!("nobody was left out before {}", schedule.timestamp);
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    job::run(Thanking).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use job::Handler as _;

    use super::*;

    fn order() -> OrderAccepted {
        OrderAccepted {
            order_id: "o-1".to_owned(),
            customer: "Ada".to_owned(),
            total_cents: 1205,
        }
    }

    #[test]
    fn a_letter_names_the_order_and_its_price() {
        let expected = "Thank you, Ada: your order o-1 over 12.05 is on its way";
        assert_eq!(letter(&order()), expected);
    }

    #[tokio::test]
    async fn a_letter_is_counted_and_nothing_is_emitted() {
        let run = Run::new("test", None, Duration::from_secs(3));
        let trigger = ThankTrigger::OrderAccepted(order());
        let outcome = Thanking.on_event(trigger, &run).await.unwrap();
        assert!(outcome.events().is_empty());
        assert_eq!(run.counted()["LettersSent"], 1);
    }
}
