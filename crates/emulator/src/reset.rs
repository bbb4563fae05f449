//! Goes back to the state right after the bus was ready, so that many tests can share one bus.

use std::sync::Arc;

use crate::local_bus::LocalBus;
use crate::refusal::{Answer, Refusal};
use crate::wiring;

impl LocalBus {
    /// Ends what is on its way, and forgets what has happened and what was changed over the API. A function that runs is
    /// stopped, and its outcome dropped; processes that wait for work are kept. Requests of AWS's APIs wait meanwhile.
    ///
    /// # Errors
    /// A bus that is not ready, or is just being reset: there is nothing to go back to.
    pub(crate) async fn reset(self: &Arc<Self>) -> Answer<()> {
        let bus = Arc::clone(self);
        // In a task of its own: a client that goes away must not leave the bus in the middle.
        let reset = tokio::spawn(async move { bus.reset_now().await });
        match reset.await {
            Ok(answer) => answer,
            Err(error) => Err(Refusal::new("ServiceException", error.to_string())),
        }
    }

    async fn reset_now(self: &Arc<Self>) -> Answer<()> {
        let was_ready = self.ready.send_if_modified(std::mem::take);
        if !was_ready {
            let message = "the local bus is not ready, so that there is nothing to go back to";
            return Err(Refusal::new("ServiceUnavailable", message));
        }
        self.functions.disown_runs();
        self.resets.send_modify(|count| *count += 1);
        self.queues.wake();
        self.flights.end_all().await;
        let restored = wiring::restore(self);
        self.flights.open();
        if !self.is_virtual() {
            self.plan_schedules();
        }
        self.look_at_all();
        self.ready.send_replace(true);
        restored
    }
}
