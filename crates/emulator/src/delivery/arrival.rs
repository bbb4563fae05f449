//! Arrivals: an event comes to a bus, or once more to a target that did not take it.

use std::sync::Arc;

use eventbridge::envelope::Envelope;

use crate::control::{ARCHIVE_BYTES, Replay, Rule, bus_name};
use crate::event::BusEvent;
use crate::local_bus::LocalBus;
use crate::trace::Step;

impl LocalBus {
    fn receipt(&self, event: &BusEvent, emitted_by: Option<&Arc<str>>) {
        // A copy, so that the lock is free while the event is read.
        let subject = Arc::clone(&self.control().subject);
        let summary = event.summary(&subject);
        self.record(Step::EventReceipt {
            event: Arc::clone(&event.id),
            bus: Arc::clone(&event.bus),
            emitted_by: emitted_by.map(Arc::clone),
            source: summary.source,
            detail_type: summary.detail_type,
            event_type: summary.event_type,
            subject: summary.subject,
            envelope: Arc::clone(&event.json),
        });
    }

    /// Takes an event that has come to its bus. AWS accepts an event for a bus that does not exist, and loses it. So
    /// does this.
    pub(crate) fn arrive(self: &Arc<Self>, event: &Arc<BusEvent>, emitted_by: Option<&Arc<str>>) {
        self.receipt(event, emitted_by);
        if event.hops > self.config.max_hops {
            // It is not archived either: a replay counts from 0 hops and would start the loop again.
            self.record(Step::LoopStopped {
                event: Arc::clone(&event.id),
                hops: event.hops,
            });
            return;
        }
        let now = self.clock.now();
        let dropped =
            self.control()
                .in_passing()
                .archive(&event.bus, &event.json, now, &self.store);
        if let Some(dropped) = dropped {
            self.note(format!(
                "the local bus keeps {} MB of archived events: it has dropped the oldest {dropped}",
                ARCHIVE_BYTES >> 20
            ));
        }
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
        let mut matching = self
            .control()
            .in_passing()
            .matching(&event.bus, &event.json);
        // A filter only narrows: a rule that it names still has to match.
        let named = |rule: &Arc<Rule>| replay.filter_arns.iter().any(|arn| *arn == *rule.arn);
        matching.matched.retain(named);
        matching.undecided.retain(named);
        self.deliver_to(&event, &matching);
    }

    /// Delivers an event once more to the target of a rule that did not take it. Without the target's id, to every
    /// target with that ARN, of which it was one: an event may come twice, and must not be lost.
    pub(crate) fn redeliver(
        self: &Arc<Self>,
        event: &str,
        rule: &str,
        (arn, id): (&str, Option<&str>),
    ) -> Result<(), String> {
        self.check_room()?;
        let rule = self.control().rule_by_arn(rule);
        let rule = rule.ok_or("its rule is no longer there")?;
        let with_arn = |place: &usize| &*rule.targets[*place].arn == arn;
        let mut places: Vec<usize> = (0..rule.targets.len()).filter(with_arn).collect();
        let has_id = |place: &usize| id.is_some_and(|id| *rule.targets[*place].id == *id);
        // The spec may have given the target another id since then.
        if let Some(place) = places.iter().copied().find(has_id) {
            places = vec![place];
        }
        if places.is_empty() {
            return Err("its rule no longer has that target".to_owned());
        }
        let envelope: Envelope = serde_json::from_str(event).map_err(|_| "it is no event")?;
        let event = Arc::new(BusEvent::new(&envelope, Arc::clone(&rule.bus), 0));
        for place in places {
            let delivery = self.start(&event, &rule, place);
            self.begin(delivery.ok_or("its target's input cannot be made of the event")?);
        }
        Ok(())
    }
}
