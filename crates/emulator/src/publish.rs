//! From `PutEvents`, or a schedule, to the bus.

use std::sync::Arc;

use eventbridge::envelope::Envelope;
use eventbridge::put_events::{self, Entry, Rejection};

use crate::control::{Replay, Rule, bus_name};
use crate::emulator::Inner;
use crate::event::BusEvent;
use crate::function::Caller;
use crate::trace::{FaultKind, Step};

/// How many things may be on the agenda. Beyond that the bus takes no more, as AWS throttles.
const AGENDA: usize = 1_000_000;

/// What becomes of a request of `PutEvents`.
#[derive(Debug)]
pub(crate) enum Put {
    /// An id or a rejection for each entry, in order.
    Answered(Vec<Result<Arc<str>, Rejection>>),
    /// The request failed as a whole: an internal failure of the service, which a client tries again.
    Failed,
    /// The process that asked is killed before it gets an answer.
    Unanswered,
}

impl Inner {
    /// Puts entries on their buses, for a process if it was one that asked.
    pub(crate) fn put(self: &Arc<Self>, entries: Vec<Entry>, caller: Option<&Caller>) -> Put {
        let Some(caller) = caller else {
            let answers = entries.into_iter().map(|entry| self.publish(entry, None));
            return Put::Answered(answers.collect());
        };
        if caller.meets_its_end() {
            return Put::Unanswered;
        }
        let call = caller.next_call();
        if self.befalls_put(FaultKind::RefuseRequest, caller, call) {
            return Put::Failed;
        }
        let answers = entries.into_iter().enumerate().map(|(index, entry)| {
            let entry_of_call = call * 16 + u32::try_from(index).unwrap_or_default();
            if self.befalls_put(FaultKind::RefuseEntry, caller, entry_of_call) {
                let rejection = Rejection {
                    code: "InternalFailure",
                    message: "Internal Service Failure".to_owned(),
                };
                self.refused(&entry, Some(caller), &rejection);
                return Err(rejection);
            }
            self.publish(entry, Some(caller))
        });
        Put::Answered(answers.collect())
    }

    fn befalls_put(&self, fault: FaultKind, caller: &Caller, call: u32) -> bool {
        let befalls = self.config.faults.befalls(fault, (&caller.request, call));
        if befalls {
            self.record(Step::Fault {
                fault,
                delivery: None,
                request: Some(Arc::clone(&caller.request)),
            });
        }
        befalls
    }

    /// Takes an event that somebody put on a bus.
    pub(crate) fn publish(
        self: &Arc<Self>,
        entry: Entry,
        caller: Option<&Caller>,
    ) -> Result<Arc<str>, Rejection> {
        if self.clock.len() > AGENDA {
            let rejection = Rejection {
                code: "ThrottlingException",
                message: "Rate exceeded".to_owned(),
            };
            self.refused(&entry, caller, &rejection);
            return Err(rejection);
        }
        if let Err(rejection) = entry.check() {
            self.refused(&entry, caller, &rejection);
            return Err(rejection);
        }
        let bus = bus_name(entry.event_bus_name.as_deref()).into();
        let (id, now) = (self.new_id(), self.clock.now());
        let (account, region) = (self.account.clone(), self.region.clone());
        let envelope = entry.into_envelope(id.to_string(), account, region, now)?;
        let hops = caller.map_or(0, |caller| caller.hops);
        let event = Arc::new(BusEvent::new(&envelope, bus, hops));
        self.arrive(&event, caller.map(|caller| &caller.request));
        Ok(id)
    }

    fn refused(&self, entry: &Entry, caller: Option<&Caller>, rejection: &Rejection) {
        self.record(Step::EntryRefused {
            emitted_by: caller.map(|caller| Arc::clone(&caller.request)),
            source: entry.source.clone(),
            detail_type: entry.detail_type.clone(),
            code: rejection.code.to_owned(),
            message: rejection.message.clone(),
        });
    }

    fn receipt(&self, event: &BusEvent, emitted_by: Option<&Arc<str>>) {
        let summary = event.summary();
        self.record(Step::EventReceipt {
            event: Arc::clone(&event.id),
            bus: Arc::clone(&event.bus),
            emitted_by: emitted_by.map(Arc::clone),
            source: summary.source,
            detail_type: summary.detail_type,
            event_type: summary.detail.event_type(),
            user_id: summary.detail.user_id(),
            envelope: Arc::clone(&event.json),
        });
    }

    /// An event is on its bus. On AWS one on a bus that is not there is accepted and lost.
    pub(crate) fn arrive(self: &Arc<Self>, event: &Arc<BusEvent>, emitted_by: Option<&Arc<str>>) {
        self.receipt(event, emitted_by);
        if event.hops > self.config.max_hops {
            self.record(Step::LoopStopped {
                event: Arc::clone(&event.id),
                hops: event.hops,
            });
            return;
        }
        let now = self.clock.now();
        self.control().archive(&event.bus, &event.json, now);
        self.deliver(event);
    }

    /// Sends an event of an archive again, to every rule or to those that a replay names.
    pub(crate) fn replay(self: &Arc<Self>, event: &str, replay: &Replay) {
        let Ok(mut envelope) = serde_json::from_str::<Envelope>(event) else {
            return;
        };
        envelope.replay_name = Some(replay.name.clone());
        let bus = bus_name(Some(&replay.destination_arn)).into();
        let event = Arc::new(BusEvent::new(&envelope, bus, 0));
        self.receipt(&event, None);
        if replay.filter_arns.is_empty() {
            self.deliver(&event);
            return;
        }
        let mut rules = self.control().matching(&event.bus, &event.json);
        rules.retain(|rule| replay.filter_arns.iter().any(|arn| *arn == *rule.arn));
        self.deliver_to(&event, &rules);
    }

    /// Sends what a rule's schedule sends.
    pub(crate) fn fire(self: &Arc<Self>, rule: &Arc<Rule>) {
        let envelope = Envelope::scheduled(
            self.new_id().to_string(),
            self.account.clone(),
            self.region.clone(),
            put_events::seconds(self.clock.now()),
            rule.arn.to_string(),
        );
        let event = Arc::new(BusEvent::new(&envelope, Arc::clone(&rule.bus), 0));
        self.record(Step::ScheduleFired {
            event: Arc::clone(&event.id),
            rule: Arc::clone(&rule.name),
            envelope: Arc::clone(&event.json),
        });
        self.send_to_targets(&event, rule);
    }
}
