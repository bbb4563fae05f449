//! Works off the agenda, in virtual time and in real time.

use std::sync::Arc;

use jiff::Timestamp;

use crate::agenda::Due;
use crate::local_bus::LocalBus;

/// Works off the agenda as real time passes, for ever.
pub(crate) async fn drive(bus: Arc<LocalBus>) {
    loop {
        while let Some(due) = bus.clock.due() {
            bus.dispatch(due);
        }
        bus.clock.wait().await;
    }
}

impl LocalBus {
    /// Works off the agenda up to an instant. Each entry waits until everything before it has come to rest.
    pub(crate) async fn run_agenda(self: &Arc<Self>, until: Timestamp) {
        loop {
            // A run on its way may put something on the agenda that is due before the next entry.
            self.flights.landed().await;
            match self.clock.advance(until) {
                Some(due) => self.dispatch(due),
                None => return,
            }
        }
    }

    fn dispatch(self: &Arc<Self>, due: Due) {
        if self.flights.is_closed() {
            // Put there by what a reset was just ending.
            return;
        }
        match due {
            Due::Schedule { rule, runs, index } => self.schedule_due(rule, runs, index),
            Due::Delivery(delivery) => self.attempt(delivery),
            Due::Run(invocation) => self.take_off(invocation),
            Due::Batch(batch) => self.take_off_batch(batch),
            Due::Look { queue } => self.look(&queue),
        }
    }
}
