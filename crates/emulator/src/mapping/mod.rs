//! Event source mappings: Lambda takes batches from a queue, and a function runs for each.
//!
//! What Lambda does with a batch is written down in
//! [its guide](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html): a message that is done is
//! deleted; any other stays hidden until its visibility timeout is over, and then comes again, or goes to the other queue
//! of a redrive policy. Nothing here waits: a batch's window and a hidden message's return are on the agenda.

mod event;
mod filter;
mod response;
mod state;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::agenda::{Batch, Due, Invocation};
use crate::config::EventSourceMapping;
use crate::function::CONCURRENCY;
use crate::load::Weight;
use crate::local_bus::LocalBus;
use crate::queue::{Most, Received, Receiver};
use crate::trace::{BatchMessage, Step};
pub(crate) use filter::parse_filter;
pub(crate) use state::Mappings;
use state::Turn;

/// The most that the messages of a batch come to, in bytes. Lambda's limit is 6 MB for the whole event, in which quotation
/// marks of a body take two bytes, and each message has attributes.
const BYTES: usize = 4 << 20;

/// The first wait of a throttled batch.
const THROTTLE_WAIT: Duration = Duration::from_secs(1);

impl LocalBus {
    /// Looks at a queue, if that is still planned: wakes those who wait for a message, and takes batches for a function.
    pub(crate) fn look(self: &Arc<Self>, queue: &str) {
        // Otherwise each look would plan the next one, and none would ever end.
        if !self.queues.looked(queue, self.clock.now()) {
            return;
        }
        self.queues.wake();
        while let Some(batch) = self.next_batch(queue) {
            self.begin_batch(batch);
        }
        self.plan_return(queue);
    }

    /// Looks at every queue that a function gets its events from, after they have changed.
    pub(crate) fn look_at_all(&self) {
        for queue in self.mappings.queues() {
            self.plan_look(&queue, self.clock.now());
        }
    }

    /// Takes the next batch from a queue, if there is one and it may run.
    fn next_batch(&self, queue: &str) -> Option<Batch> {
        loop {
            let now = self.clock.now();
            let available = self.queues.available(queue, now);
            let (mapping, filter) = match self.mappings.turn(queue, available, CONCURRENCY, now) {
                Turn::Take(mapping, filter) => (mapping, filter),
                Turn::Wait(until) => {
                    self.plan_look(queue, until);
                    return None;
                }
                Turn::Rest => return None,
            };
            let most = Most {
                messages: mapping.batch_size as usize,
                bytes: BYTES,
                receiver: Receiver::Function,
            };
            let receipt = self.take_messages(queue, most, None);
            // A queue that is gone has no messages.
            let Ok(mut receipt) = receipt else {
                self.mappings.ended(&mapping);
                return None;
            };
            let arn = self.queues.arn(queue);
            receipt.messages.retain(|received| {
                let is_meant = filter.lets_through(&event::record(received, &arn, &self.region));
                if !is_meant {
                    self.leave_out(&mapping, received);
                }
                is_meant
            });
            if receipt.messages.is_empty() {
                // All of them had been received too often, or are not meant. There may be others.
                self.mappings.ended(&mapping);
                continue;
            }
            let messages = receipt.messages.iter().map(|received| BatchMessage {
                message: received.stored.id.as_str().into(),
                receive: received.stored.receives,
            });
            let batch = Batch {
                request: self.new_id(),
                messages: messages.collect(),
                handles: receipt
                    .messages
                    .iter()
                    .map(|received| received.receipt_handle.as_str().into())
                    .collect(),
                payload: event::event(&receipt.messages, &arn, &self.region)
                    .to_string()
                    .into(),
                hops: receipt
                    .messages
                    .iter()
                    .filter_map(|received| received.stored.message.origin.as_ref())
                    .map(|origin| origin.hops)
                    .max()
                    .unwrap_or_default(),
                hidden_until: receipt.hidden_until,
                throttled: 0,
                mapping,
            };
            self.record(Step::BatchStart {
                request: Arc::clone(&batch.request),
                queue: arn.into(),
                function: batch.mapping.function.as_str().into(),
                messages: batch.messages.clone(),
            });
            return Some(batch);
        }
    }

    /// Deletes a message that the filter of a mapping does not let through, as Lambda does.
    fn leave_out(&self, mapping: &EventSourceMapping, received: &Received) {
        // It was received a moment ago, so that its handle is good.
        let _ = self.delete_message(&mapping.queue, &received.receipt_handle);
        self.record(Step::MessageFiltered {
            message: received.stored.id.as_str().into(),
            queue: self.queues.arn(&mapping.queue).into(),
            function: mapping.function.as_str().into(),
        });
    }

    /// Begins to run a batch in the background. In virtual time it waits for its turn, as every run does.
    fn begin_batch(self: &Arc<Self>, batch: Batch) {
        if self.is_virtual() {
            let now = self.clock.now();
            self.clock.schedule(now, Due::Batch(batch));
        } else {
            self.take_off_batch(batch);
        }
    }

    pub(crate) fn take_off_batch(self: &Arc<Self>, batch: Batch) {
        let bus = Arc::clone(self);
        self.flights
            .spawn(async move { bus.run_batch(batch).await });
    }

    async fn run_batch(self: Arc<Self>, batch: Batch) {
        let Some(pool) = self.functions.get(&batch.mapping.function) else {
            let reason = format!("there is no function {}", batch.mapping.function);
            return self.end_batch(&batch, Err(reason));
        };
        let Some(permit) = pool.permit().await else {
            return self.throttle_batch(batch);
        };
        let invocation = batch.invocation(self.clock.now());
        let attempt = self.attempt_run(&pool, &permit, &invocation).await;
        let ended = self.ended(&invocation, attempt, Some(batch.hidden_until));
        drop(permit);
        let failed = match &ended {
            Ok(response) if batch.mapping.report_batch_item_failures => {
                let ids = batch.messages.iter().map(|message| &*message.message);
                response::failed(response, &ids.collect())
            }
            Ok(_) => Ok(BTreeSet::new()),
            Err(failure) => Err(failure.to_string()),
        };
        let failed = failed.map(|failed| failed.into_iter().map(str::to_owned).collect());
        self.end_batch(&batch, failed);
    }

    /// Tries a batch again later, as long as nobody else can receive its messages.
    fn throttle_batch(&self, mut batch: Batch) {
        let wait = THROTTLE_WAIT.saturating_mul(2_u32.saturating_pow(batch.throttled));
        let at = self.after(wait);
        batch.throttled += 1;
        let may_retry = at < batch.hidden_until;
        self.record(Step::FunctionThrottle {
            request: Arc::clone(&batch.request),
            retry_at: Some(if may_retry { at } else { batch.hidden_until }),
        });
        if may_retry {
            self.clock.schedule(at, Due::Batch(batch));
        } else {
            self.end_batch(&batch, Err("the function was throttled".to_owned()));
        }
    }

    /// Deletes what is done, and leaves the rest to its visibility timeout. `failed` are the ids of the messages that
    /// failed, or the reason why all did.
    fn end_batch(&self, batch: &Batch, failed: Result<BTreeSet<String>, String>) {
        let queue = &batch.mapping.queue;
        let (failed, reason) = match failed {
            Ok(failed) => (failed, None),
            Err(reason) => {
                let all = batch.messages.iter();
                (
                    all.map(|one| one.message.to_string()).collect(),
                    Some(reason),
                )
            }
        };
        let mut left = Vec::new();
        for (message, handle) in batch.messages.iter().zip(&*batch.handles) {
            // In a FIFO queue a batch that took too long cannot delete its messages any more.
            let is_done = !failed.contains(&*message.message)
                && self.delete_message(queue, handle).unwrap_or_default();
            if !is_done {
                left.push(Arc::clone(&message.message));
            }
        }
        self.queues.keep(queue, &left);
        self.record(Step::BatchEnd {
            request: Arc::clone(&batch.request),
            retry_at: (!left.is_empty()).then_some(batch.hidden_until),
            failed: left,
            reason,
        });
        self.mappings.ended(&batch.mapping);
        // There is room for another batch, and in a FIFO queue the rest of a group can be received.
        if self.queues.available(queue, self.clock.now()) > 0 {
            self.plan_look(queue, self.clock.now());
        }
        self.plan_return(queue);
    }
}

impl Batch {
    /// Returns the batch as a run of its function, which is never retried: its messages are.
    fn invocation(&self, now: Timestamp) -> Invocation {
        Invocation {
            request: Arc::clone(&self.request),
            function: self.mapping.function.as_str().into(),
            payload: Arc::clone(&self.payload),
            hops: self.hops,
            attempts: 1,
            throttled: self.throttled,
            first: now,
            weight: Weight::default(),
        }
    }
}
