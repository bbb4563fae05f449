//! Messages into queues and out of them, and the agenda of those that come back.

use jiff::Timestamp;

use crate::agenda::Due;
use crate::local_bus::LocalBus;
use crate::queue::{Message, Most, Receipt, Sent};
use crate::refusal::Answer;

impl LocalBus {
    /// Sends a message to the queue with this ARN.
    pub(crate) fn send_message(&self, arn: &str, message: Message) -> Answer<Sent> {
        self.send_to_queue(self.queues.name(arn)?, message, None)
    }

    /// Sends a message to the queue with this name.
    pub(crate) fn send_to_queue(
        &self,
        name: &str,
        message: Message,
        delay_seconds: Option<u32>,
    ) -> Answer<Sent> {
        let sent = self
            .queues
            .send(name, message, delay_seconds, self.clock.now())?;
        self.plan_return(name);
        Ok(sent)
    }

    /// Receives messages for somebody who asks for them.
    pub(crate) fn receive_messages(
        &self,
        name: &str,
        most: Most,
        visibility_seconds: Option<u32>,
    ) -> Answer<Receipt> {
        let now = self.clock.now();
        let receipt = self.queues.receive(name, most, visibility_seconds, now)?;
        self.plan_return(name);
        Ok(receipt)
    }

    /// Removes a received message. Returns whether the handle is one.
    pub(crate) fn delete_message(&self, name: &str, receipt_handle: &str) -> Answer<bool> {
        self.queues
            .delete_message(name, receipt_handle, self.clock.now())
    }

    /// Hides a received message for another time, from now on.
    pub(crate) fn change_visibility(
        &self,
        name: &str,
        receipt_handle: &str,
        seconds: u32,
    ) -> Answer<()> {
        let now = self.clock.now();
        self.queues
            .change_visibility(name, receipt_handle, seconds, now)?;
        self.plan_return(name);
        Ok(())
    }

    /// Plans a look at a queue when its next hidden message comes back.
    pub(crate) fn plan_return(&self, name: &str) {
        // Virtual time must not jump to an instant at which nobody does anything.
        if self.is_virtual() {
            return;
        }
        if let Some(at) = self.queues.next_return(name, self.clock.now()) {
            self.plan_look(name, at);
        }
    }

    fn plan_look(&self, name: &str, at: Timestamp) {
        if self.queues.plan_look(name, at) {
            self.clock.schedule(at, Due::Look { queue: name.into() });
        }
    }

    /// Wakes those who wait for a message, now that one may have come back.
    pub(crate) fn look(&self, name: &str) {
        self.queues.looked(name, self.clock.now());
        self.queues.wake();
        self.plan_return(name);
    }
}
