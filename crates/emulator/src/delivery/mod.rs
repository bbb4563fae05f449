//! Delivery of an event to its targets, with EventBridge's retries and dead letters.
//!
//! EventBridge invokes a function asynchronously, so a delivery is over when Lambda's queue has taken the event.
//! [`crate::invocation`] is the other layer: what the function then does with it.

mod arrival;
mod backoff;
mod dead_letter;
mod destination;
mod target;

use std::sync::Arc;
use std::time::Duration;

use eventbridge::pattern::{Event, Explanation};

use crate::agenda::Delivery;
use crate::call::Call;
use crate::control::{Matching, Reach, Rule};
use crate::event::BusEvent;
use crate::local_bus::LocalBus;
use crate::refusal::Refusal;
use crate::trace::{FaultKind, Nearest, Step};

use backoff::wait_after;
use target::Accepted;

impl LocalBus {
    /// Matches an event against every rule of its bus, and sends it to the targets of those that it matches.
    pub(crate) fn deliver(self: &Arc<Self>, event: &Arc<BusEvent>) {
        let matching = self
            .control()
            .in_passing()
            .matching(&event.bus, &event.json);
        self.deliver_to(event, &matching);
    }

    /// Sends an event to the targets of the rules that match it.
    pub(crate) fn deliver_to(self: &Arc<Self>, event: &Arc<BusEvent>, matching: &Matching) {
        for rule in &matching.undecided {
            self.record(Step::RuleUndecided {
                event: Arc::clone(&event.id),
                rule: Arc::clone(&rule.name),
            });
        }
        if matching.matched.is_empty() {
            self.record(Step::NoStandardRulesMatched {
                event: Arc::clone(&event.id),
                nearest: self.nearest(event),
                no_bus: self.no_bus(&event.bus),
            });
        }
        for rule in &matching.matched {
            self.record(Step::RuleMatch {
                event: Arc::clone(&event.id),
                rule: Arc::clone(&rule.name),
            });
            self.send_to_targets(event, rule);
        }
    }

    /// Sends an event to every target of a rule.
    pub(crate) fn send_to_targets(self: &Arc<Self>, event: &Arc<BusEvent>, rule: &Arc<Rule>) {
        for target in 0..rule.targets.len() {
            let Some(first) = self.start(event, rule, target) else {
                continue;
            };
            let key = (&*event.id, u32::try_from(target).unwrap_or_default());
            if self.config.faults.hits(FaultKind::Duplicate, key)
                && let Some(second) = self.start(event, rule, target)
            {
                self.record(Step::Fault {
                    fault: FaultKind::Duplicate,
                    delivery: Some(second.number),
                    request: None,
                });
                // The copy begins first. EventBridge promises no order either.
                self.begin(second);
            }
            self.begin(first);
        }
    }

    /// Makes the delivery of an event to a target of a rule. Returns `None` if there is nothing to deliver, because the
    /// target's input cannot be made of the event.
    fn start(&self, event: &Arc<BusEvent>, rule: &Arc<Rule>, target: usize) -> Option<Delivery> {
        let to = &rule.targets[target];
        let payload = target::payload(event, rule, to);
        let number = self.next_delivery();
        let changed = payload.as_ref().ok();
        let changed = changed.filter(|payload| !Arc::ptr_eq(payload, &event.json));
        self.record(Step::InvocationStart {
            event: Arc::clone(&event.id),
            delivery: number,
            rule: Arc::clone(&rule.name),
            target: Arc::clone(&to.id),
            arn: Arc::clone(&to.arn),
            payload: changed.map(Arc::clone),
        });
        match payload {
            Ok(payload) => Some(Delivery {
                number,
                event: Arc::clone(event),
                rule: Arc::clone(rule),
                target,
                weight: self.load.add(event.json.len() + payload.len()),
                payload,
                attempts: 0,
                first: self.clock.now(),
                has_turn: false,
                is_kept: false,
            }),
            Err((code, message)) => {
                // EventBridge drops such a delivery without a word, and without a dead letter. Only the trace tells.
                self.record(Step::InvocationAttemptPermanentFailure {
                    delivery: number,
                    error_code: code.to_owned(),
                    message,
                });
                self.record(Step::InvocationFailure {
                    delivery: number,
                    error_code: code.to_owned(),
                    condition: None,
                });
                None
            }
        }
    }

    /// Tries to deliver at once, unless a fault holds the delivery back.
    fn begin(self: &Arc<Self>, delivery: Delivery) {
        let key = delivery.fault_key();
        if !self.config.faults.hits(FaultKind::Delay, key) {
            // A call takes time. Through the agenda, only one is made at a time, and a seed gives the same trace.
            if self.is_virtual() && delivery.target().is_called() {
                let now = self.clock.now();
                self.plan_delivery(now, delivery);
            } else {
                self.attempt(delivery);
            }
            return;
        }
        self.record(Step::Fault {
            fault: FaultKind::Delay,
            delivery: Some(delivery.number),
            request: None,
        });
        let wait = self.config.faults.delay_of(key);
        self.plan_delivery(self.after(wait), delivery);
    }

    /// Makes one attempt to deliver.
    pub(crate) fn attempt(self: &Arc<Self>, mut delivery: Delivery) {
        let number = delivery.number;
        let is_destination = delivery.target().is_destination();
        if is_destination && !std::mem::take(&mut delivery.has_turn) {
            // Waiting for the destination's rate is no attempt.
            if let Some(turn) = self.turn(&delivery.target().arn) {
                delivery.has_turn = true;
                self.plan_delivery(turn, delivery);
                return;
            }
        }
        // Every event is tried once, even if a fault held it back for longer than its maximum age.
        if delivery.attempts > 0 && self.clock.now() >= delivery.end() {
            self.give_up(
                &delivery,
                ("TIMEOUT", "the event is too old"),
                Some(MAXIMUM_AGE),
            );
            return;
        }
        delivery.attempts += 1;
        self.record(Step::InvocationAttemptStart {
            delivery: number,
            attempt: delivery.attempts,
        });
        let is_throttled = self
            .config
            .faults
            .hits(FaultKind::Throttle, delivery.fault_key());
        let taken = if is_throttled {
            self.record(Step::Fault {
                fault: FaultKind::Throttle,
                delivery: Some(number),
                request: None,
            });
            Err(Refusal::throttled())
        } else if let Reach::Http(call) = &delivery.target().reach {
            let call = Arc::clone(call);
            return self.begin_call(delivery, Some(call));
        } else if is_destination {
            return self.begin_call(delivery, None);
        } else {
            self.hand_over(&delivery)
        };
        match taken {
            Ok(accepted) => self.delivered(&delivery, accepted),
            Err(refusal) if refusal.is_throttling() => self.try_again(delivery, &refusal, None),
            // EventBridge retries only throttling and server errors. A missing target goes straight to the dead
            // letters.
            Err(refusal) => self.fail_for_good(&delivery, &refusal),
        }
    }

    /// Calls a URL in the background, and goes on when it has answered. Without a call, it is that of an API destination.
    fn begin_call(self: &Arc<Self>, mut delivery: Delivery, call: Option<Arc<Call>>) {
        self.keep_delivery(&mut delivery, None);
        let bus = Arc::clone(self);
        self.flights.spawn(async move {
            let called = match call {
                Some(call) => call.make(&delivery.payload).await.map(|()| true),
                None => bus.call_destination(&delivery).await,
            };
            match called {
                Ok(true) => bus.delivered(&delivery, Accepted::Done),
                Ok(false) => bus.delivered(&delivery, Accepted::Elsewhere),
                Err(failed) if failed.is_retried => {
                    bus.try_again(delivery, &failed.refusal, failed.wait);
                }
                Err(failed) => bus.fail_for_good(&delivery, &failed.refusal),
            }
        });
    }

    /// Gives up a delivery that no further attempt would change.
    fn fail_for_good(&self, delivery: &Delivery, refusal: &Refusal) {
        let Refusal { code, message } = refusal;
        self.record(Step::InvocationAttemptPermanentFailure {
            delivery: delivery.number,
            error_code: (*code).to_owned(),
            message: message.clone(),
        });
        self.give_up(delivery, (code, message), None);
    }

    fn delivered(self: &Arc<Self>, delivery: &Delivery, accepted: Accepted) {
        self.record(Step::InvocationAttemptSuccess {
            delivery: delivery.number,
        });
        let (request, message) = match &accepted {
            Accepted::Run(invocation) => (Some(Arc::clone(&invocation.request)), None),
            Accepted::Queued(message) => (None, Some(Arc::clone(message))),
            Accepted::Done | Accepted::Elsewhere => (None, None),
        };
        let is_elsewhere = matches!(accepted, Accepted::Elsewhere);
        self.record(Step::InvocationSuccess {
            delivery: delivery.number,
            request,
            message,
            is_elsewhere,
        });
        // Begun after the records above: readers of a trace learn from them which delivery a request belongs to.
        if let Accepted::Run(invocation) = accepted {
            self.begin_run(invocation);
        }
        self.delivery_is_over(delivery);
    }

    /// Plans the next attempt, or gives up if the target's retry policy allows no more.
    /// `least` is the least wait, if the target says one.
    fn try_again(self: &Arc<Self>, delivery: Delivery, refusal: &Refusal, least: Option<Duration>) {
        let number = delivery.number;
        let exhausted = delivery.attempts > delivery.target().retry.max_attempts;
        let wait = wait_after(delivery.attempts, self.random());
        let at = self.after(wait.max(least.unwrap_or_default()));
        // Never later than the end, at which `attempt` gives up because of the age.
        let retry_at = (!exhausted).then(|| at.min(delivery.end()));
        self.record(if refusal.is_throttling() {
            Step::InvocationAttemptThrottle {
                delivery: number,
                retry_at,
            }
        } else {
            Step::InvocationAttemptRetryableFailure {
                delivery: number,
                error_code: refusal.code.to_owned(),
                message: refusal.message.clone(),
                retry_at,
            }
        });
        if let Some(at) = retry_at {
            self.plan_delivery(at, delivery);
        } else {
            let why = (refusal.code, refusal.message.as_str());
            self.give_up(&delivery, why, Some(MAXIMUM_ATTEMPTS));
        }
    }

    fn give_up(
        &self,
        delivery: &Delivery,
        (code, message): (&str, &str),
        condition: Option<&'static str>,
    ) {
        self.record(Step::InvocationFailure {
            delivery: delivery.number,
            error_code: code.to_owned(),
            condition: condition.map(str::to_owned),
        });
        if let Some(queue) = &delivery.target().dead_letter_arn {
            let letter = dead_letter::message(delivery, (code, message), condition);
            // If the queue is missing, the event is lost for good. On AWS only a metric tells.
            let sent = self.send_message(queue, letter);
            self.record(Step::InvocationDlq {
                delivery: delivery.number,
                queue: queue.clone(),
                message: sent.ok().map(|sent| sent.id),
            });
        }
        self.delivery_is_over(delivery);
    }

    /// Says that a bus is not there, if it is not, and which are.
    fn no_bus(&self, name: &str) -> Option<String> {
        let control = self.control();
        if control.has_bus(name) {
            return None;
        }
        let names: Vec<&str> = control.buses.keys().map(|name| &**name).collect();
        let names = names.join(", ");
        Some(format!(
            "there is no bus {name}, and AWS loses its events (there is {names})"
        ))
    }

    /// Finds the rule that comes nearest to an event, and the field that decided.
    fn nearest(&self, event: &BusEvent) -> Option<Nearest> {
        let parsed = Event::parse(&event.json).ok()?;
        // A copy, so that the lock is free while the patterns are explained.
        let rules = self.control().rules(&event.bus);
        let misses = rules.iter().filter(|rule| rule.enabled);
        let misses = misses.filter_map(|rule| miss(rule, &rule.pattern()?.explain(&parsed)));
        let (_, nearest) = misses.min_by_key(|(failures, _)| *failures)?;
        Some(nearest)
    }
}

const MAXIMUM_ATTEMPTS: &str = "MaximumRetryAttempts";
const MAXIMUM_AGE: &str = "MaximumEventAgeInSeconds";

/// Returns how many fields of a rule's pattern failed, and says in words which one decided.
fn miss(rule: &Rule, explanation: &Explanation) -> Option<(usize, Nearest)> {
    let finding = explanation.deciding()?;
    let found = match finding.found.as_slice() {
        [] => "nothing".to_owned(),
        found => found.join(", "),
    };
    let near = finding.near_miss.as_ref().map(|near| format!(" ({near})"));
    let reason = format!(
        "{} wants {} in `{}`, and there is {found}{}",
        rule.name,
        finding.wanted,
        finding.path,
        near.unwrap_or_default()
    );
    let nearest = Nearest {
        rule: Arc::clone(&rule.name),
        field: finding.path.clone(),
        reason,
    };
    Some((explanation.failures(), nearest))
}
