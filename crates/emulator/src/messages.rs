//! Messages into queues and out of them, and the agenda of those that come back.

use jiff::Timestamp;

use crate::agenda::Due;
use crate::local_bus::LocalBus;
use crate::queue::{Message, Most, Receipt, Sent};
use crate::refusal::Answer;
use crate::trace::Step;

impl LocalBus {
    /// Sends a message to the queue with this ARN, whether there is room or not: it stands for something that was taken
    /// already, and that would be lost without it.
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
        self.look_soon(name);
        // Of the others nothing has changed, and to look at all of them for each would take long in a long queue.
        if self.returns_to_somebody(name)
            && let Some(at) = self.queues.last_hidden(name, self.clock.now())
        {
            self.plan_look(name, at);
        }
        Ok(sent)
    }

    /// Receives messages for somebody who asks for them.
    pub(crate) fn receive_messages(
        &self,
        name: &str,
        most: Most,
        visibility_seconds: Option<u32>,
    ) -> Answer<Receipt> {
        let receipt = self.take_messages(name, most, visibility_seconds)?;
        self.plan_return(name);
        Ok(receipt)
    }

    /// Receives messages, and records what left the queue otherwise.
    pub(crate) fn take_messages(
        &self,
        name: &str,
        most: Most,
        visibility_seconds: Option<u32>,
    ) -> Answer<Receipt> {
        let now = self.clock.now();
        let receipt = self.queues.receive(name, most, visibility_seconds, now)?;
        let gone = receipt.expired.iter().map(|message| (message, None));
        let kept = receipt.given_up.iter();
        let kept = kept.map(|message| (message, receipt.to.clone()));
        for (message, to) in kept.chain(gone) {
            self.record(Step::MessageGivenUp {
                message: message.as_str().into(),
                queue: self.queues.arn(name).into(),
                to,
            });
        }
        if let Some(to) = receipt
            .to
            .as_deref()
            .filter(|_| !receipt.given_up.is_empty())
        {
            self.look_soon(self.queues.name(to)?);
        }
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
        if self.returns_to_somebody(name)
            && let Some(at) = self.queues.next_return(name, self.clock.now())
        {
            self.plan_look(name, at);
        }
    }

    /// Whether somebody may wait for what comes back to a queue. Virtual time must not jump to an instant at which nobody
    /// does anything. Batches on their way may still delete their messages, and the last one that ends plans a look again.
    fn returns_to_somebody(&self, name: &str) -> bool {
        !self.is_virtual() || (self.mappings.has(name) && self.mappings.running(name) == 0)
    }

    /// Plans a look at a queue as soon as the agenda allows, if a function gets its events from there.
    fn look_soon(&self, name: &str) {
        if self.mappings.has(name) {
            self.plan_look(name, self.clock.now());
        }
    }

    /// Plans a look at a queue at an instant.
    pub(crate) fn plan_look(&self, name: &str, at: Timestamp) {
        if self.queues.plan_look(name, at) {
            self.clock.schedule(at, Due::Look { queue: name.into() });
        }
    }
}
