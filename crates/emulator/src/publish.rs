//! Takes entries of `PutEvents` and puts their events on the bus.

use std::sync::Arc;

use eventbridge::put_events::{Entry, Malformed, Rejection, RejectionKind};

use crate::control::bus_name;
use crate::event::BusEvent;
use crate::function::Caller;
use crate::local_bus::LocalBus;
use crate::trace::{FaultKind, Step};

/// The most things on the agenda. Beyond that the bus takes no more events, as AWS throttles.
const AGENDA: usize = 1_000_000;

/// An entry of a request, or what could be read of one with a member of a wrong type.
pub(crate) type Received = Result<Entry, Box<Malformed>>;

/// The result of a `PutEvents` request.
#[derive(Debug)]
pub(crate) enum Put {
    /// An id or a rejection for each entry, in order.
    Answered(Vec<Result<Arc<str>, Rejection>>),
    /// The request failed as a whole: an internal failure of the service, which a client tries again.
    Failed,
    /// The process that asked is killed before it gets an answer.
    Unanswered,
}

impl LocalBus {
    /// Puts entries on their buses. `caller` is the run that asked, if one did.
    pub(crate) fn put(self: &Arc<Self>, entries: Vec<Received>, caller: Option<&Caller>) -> Put {
        let Some(caller) = caller else {
            let answers = entries.into_iter().map(|entry| self.accept(entry, None));
            return Put::Answered(answers.collect());
        };
        if caller.meets_its_end() {
            return Put::Unanswered;
        }
        let call = caller.next_call();
        if self.put_fails(FaultKind::RefuseRequest, caller, call) {
            return Put::Failed;
        }
        let answers = entries.into_iter().enumerate().map(|(index, entry)| {
            // A request has at most 10 entries, so 16 numbers for each call are enough.
            let entry_of_call = call * 16 + u32::try_from(index).unwrap_or_default();
            if self.put_fails(FaultKind::RefuseEntry, caller, entry_of_call) {
                let failure = RejectionKind::InternalFailure;
                let rejection = Rejection::new(failure, "Internal Service Failure");
                let entry = entry.unwrap_or_else(|malformed| malformed.entry);
                return Err(self.refuse(&entry, Some(caller), rejection));
            }
            self.accept(entry, Some(caller))
        });
        Put::Answered(answers.collect())
    }

    /// Puts the event of an entry on a bus, unless the entry could not be read. AWS's front end would refuse the whole
    /// request for a member of a wrong type. Clients that send one by accident learn more if only its entry fails.
    fn accept(
        self: &Arc<Self>,
        entry: Received,
        caller: Option<&Caller>,
    ) -> Result<Arc<str>, Rejection> {
        match entry {
            Ok(entry) => self.publish(entry, caller, Entry::check),
            Err(malformed) => Err(self.refuse(&malformed.entry, caller, malformed.rejection)),
        }
    }

    fn put_fails(&self, fault: FaultKind, caller: &Caller, call: u32) -> bool {
        let fails = self.config.faults.hits(fault, (&caller.request, call));
        if fails {
            self.record(Step::Fault {
                fault,
                delivery: None,
                request: Some(Arc::clone(&caller.request)),
            });
        }
        fails
    }

    /// Checks an entry of the person at this machine, who stands for AWS's services too, and puts its event on a bus.
    pub(crate) fn publish_by_hand(self: &Arc<Self>, entry: Entry) -> Result<Arc<str>, Rejection> {
        self.publish(entry, None, Entry::check_of_service)
    }

    /// Checks an entry, and puts its event on a bus.
    fn publish(
        self: &Arc<Self>,
        entry: Entry,
        caller: Option<&Caller>,
        check: fn(&Entry) -> Result<(), Rejection>,
    ) -> Result<Arc<str>, Rejection> {
        let room = if self.clock.len() > AGENDA {
            Err("Rate exceeded".to_owned())
        } else {
            self.check_room()
        };
        if let Err(message) = room {
            let rejection = Rejection::new(RejectionKind::Throttling, message);
            return Err(self.refuse(&entry, caller, rejection));
        }
        if let Err(rejection) = check(&entry) {
            return Err(self.refuse(&entry, caller, rejection));
        }
        if let Some(message) = entry.dropped_because() {
            // EventBridge accepts the entry, returns an id, and then drops the event. Only the trace tells.
            self.record_refusal(&entry, caller, "Dropped", message);
            return Ok(self.new_id());
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

    /// Records a rejection, and returns it.
    fn refuse(&self, entry: &Entry, caller: Option<&Caller>, rejection: Rejection) -> Rejection {
        let message = rejection.message.clone();
        self.record_refusal(entry, caller, rejection.kind.code(), message);
        rejection
    }

    fn record_refusal(&self, entry: &Entry, caller: Option<&Caller>, code: &str, message: String) {
        self.record(Step::EntryRefused {
            emitted_by: caller.map(|caller| Arc::clone(&caller.request)),
            source: entry.source.clone(),
            detail_type: entry.detail_type.clone(),
            code: code.to_owned(),
            message,
        });
    }
}
