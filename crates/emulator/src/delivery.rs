//! From an event to the functions: matching, the asynchronous queue, retries.

use std::sync::Arc;

use eventbridge::envelope::Envelope;
use eventbridge::pattern::{Event, Explanation};
use eventbridge::transformer::RuleFacts;
use jiff::{SignedDuration, Timestamp};

use crate::clock::Due;
use crate::config::{Rule, RuleSource, Target};
use crate::emulator::Inner;
use crate::flight::Flight;
use crate::function::Work;
use crate::trace::Step;

/// One asynchronous invocation of a function, through all its attempts.
#[derive(Clone, Debug)]
pub(crate) struct Invocation {
    pub(crate) id: String,
    pub(crate) function: String,
    pub(crate) payload: String,
    pub(crate) attempt: u32,
}

/// An event on the bus.
#[derive(Clone, Debug)]
pub(crate) struct BusEvent {
    pub(crate) id: String,
    /// The envelope as JSON.
    pub(crate) json: String,
    /// The envelope's `time`.
    pub(crate) time: String,
}

impl BusEvent {
    pub(crate) fn new(envelope: &Envelope) -> Self {
        Self {
            id: envelope.id.clone(),
            json: envelope.to_json(),
            time: envelope.time.clone(),
        }
    }
}

impl Inner {
    /// Matches an event against every rule, and starts an invocation for each target.
    pub(crate) fn deliver(self: &Arc<Self>, event: &BusEvent) {
        let Ok(parsed) = Event::parse(&event.json) else {
            return;
        };
        let mut nearest: Option<(usize, String)> = None;
        let mut matched = false;
        for rule in self.config.rules.iter().filter(|rule| rule.enabled) {
            let RuleSource::Pattern(pattern) = &rule.source else {
                continue;
            };
            let explanation = pattern.explain(&parsed);
            if explanation.matched {
                matched = true;
                self.record(Step::RuleMatch {
                    event: event.id.clone(),
                    rule: rule.name.clone(),
                });
                for target in &rule.targets {
                    self.start(event, rule, target);
                }
            } else if let Some(miss) = miss(rule, &explanation)
                && nearest.as_ref().is_none_or(|nearest| miss.0 < nearest.0)
            {
                nearest = Some(miss);
            }
        }
        if !matched {
            self.record(Step::NoStandardRulesMatched {
                event: event.id.clone(),
                nearest: nearest.map(|(_, reason)| reason),
            });
        }
    }

    /// Hands an event to a target's function.
    pub(crate) fn start(self: &Arc<Self>, event: &BusEvent, rule: &Rule, target: &Target) {
        let payload = match &target.input {
            None => Ok(event.json.clone()),
            Some(transformer) => transformer.apply(&event.json, &self.facts(rule, event)),
        };
        // An event on the bus is JSON, which is all that a transformer asks.
        let payload = payload.unwrap_or_else(|_| event.json.clone());
        let invocation = Invocation {
            id: uuid::Uuid::new_v4().to_string(),
            function: target.function.clone(),
            payload,
            attempt: 1,
        };
        self.record(Step::InvocationStart {
            event: event.id.clone(),
            rule: rule.name.clone(),
            invocation: invocation.id.clone(),
            function: invocation.function.clone(),
        });
        self.attempt(invocation);
    }

    fn facts(&self, rule: &Rule, event: &BusEvent) -> RuleFacts {
        RuleFacts {
            arn: self.config.rule_arn(&rule.name),
            name: rule.name.clone(),
            ingestion_time: event.time.clone(),
        }
    }

    /// Runs an attempt in the background.
    pub(crate) fn attempt(self: &Arc<Self>, invocation: Invocation) {
        let inner = Arc::clone(self);
        let flight = self.flights.take_off();
        tokio::spawn(async move { inner.run(invocation, flight).await });
    }

    async fn run(self: Arc<Self>, invocation: Invocation, _flight: Flight) {
        let work = Work {
            request_id: invocation.id.clone(),
            payload: invocation.payload.clone(),
        };
        let (id, number) = (invocation.id.clone(), invocation.attempt);
        let started = |cold| {
            self.record(Step::InvocationAttemptStart {
                invocation: id.clone(),
                attempt: number,
                cold,
            });
        };
        let attempt = self
            .functions
            .invoke(&invocation.function, work, started)
            .await;
        let duration_us = micros(attempt.duration);
        match attempt.result {
            Ok(()) => {
                let init_us = micros(attempt.init);
                self.record(Step::InvocationAttemptSuccess {
                    invocation: invocation.id,
                    duration_us,
                    init_us,
                });
            }
            Err(failure) => {
                let step = Step::InvocationAttemptRetryableFailure {
                    invocation: invocation.id.clone(),
                    duration_us,
                    failure,
                };
                self.record(step);
                self.retry(invocation);
            }
        }
    }

    /// Lambda tries again after one minute, then after two:
    /// [asynchronous invocation](https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html).
    fn retry(&self, mut invocation: Invocation) {
        let retries = self
            .config
            .functions
            .get(&invocation.function)
            .map_or(0, |function| function.max_attempts);
        if invocation.attempt > retries {
            let condition = "RetriesExhausted".to_owned();
            self.record(Step::InvocationFailure {
                invocation: invocation.id,
                condition,
            });
            return;
        }
        let wait = SignedDuration::from_mins(i64::from(invocation.attempt));
        let at = self.clock.now().checked_add(wait).unwrap_or(Timestamp::MAX);
        invocation.attempt += 1;
        self.clock.schedule(at, Due::Retry { invocation });
    }
}

/// How many fields of a rule's pattern failed, and the first of them in words.
fn miss(rule: &Rule, explanation: &Explanation) -> Option<(usize, String)> {
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
    Some((explanation.failures(), reason))
}

fn micros(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
