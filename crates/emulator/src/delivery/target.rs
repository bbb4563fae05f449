//! Hands an event to a target: makes what it receives, and finds who takes it.

use std::sync::Arc;

use eventbridge::arn::Arn;
use eventbridge::put_events::Entry;
use eventbridge::transformer::{RuleFacts, TransformerError};

use serde_json::Value;

use super::destination::is_destination;
use crate::agenda::{Delivery, Invocation};
use crate::control::{Input, Reach, Rule, Target};
use crate::event::BusEvent;
use crate::local_bus::LocalBus;
use crate::queue::{Message, Origin};
use crate::refusal::Refusal;
use crate::trace::{INVALID_INPUT, THIRD_BUS};

/// The result of an event that its target took.
#[derive(Debug)]
pub(super) enum Accepted {
    /// A function has to run.
    Run(Invocation),
    /// A queue has it, from which a function gets its events. The text is the message's id.
    Queued(Arc<str>),
    /// Nothing is left to do.
    Done,
    /// It is not on this machine, and nothing runs.
    Elsewhere,
}

/// Makes what a target receives: the event, or what the target wants instead. Fails, with a code and a message, if
/// EventBridge would send nothing.
pub(super) fn payload(
    event: &BusEvent,
    rule: &Rule,
    target: &Target,
) -> Result<Arc<str>, (&'static str, String)> {
    // [Sending and receiving between buses](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-bus-to-bus.html):
    // an event from another bus is not sent on to a third one, nor back.
    if event.is_from_bus && Arn::parse(&target.arn).is_ok_and(|arn| arn.bus_name().is_some()) {
        let message =
            "the event came from another bus, and EventBridge does not send it on to a third one";
        return Err((THIRD_BUS, message.to_owned()));
    }
    let unusable = |error: TransformerError| (INVALID_INPUT, error.to_string());
    Ok(match &target.input {
        Input::Envelope => Arc::clone(&event.json),
        Input::Constant(text) => Arc::clone(text),
        // A path that finds nothing sends JSON's `null`: a target always receives JSON.
        Input::Path(path) => path
            .apply(&event.json)
            .map_err(unusable)?
            .unwrap_or_else(|| "null".to_owned())
            .into(),
        Input::Transformer(transformer) => {
            let facts = RuleFacts::new(&*rule.arn, &*rule.name, &event.time);
            let made = transformer.apply(&event.json, &facts);
            made.map_err(unusable)?.into()
        }
        Input::Schedule(Some(text)) => with_keywords(text, event, rule).into(),
        Input::Schedule(None) => notification(event).into(),
    })
}

/// Fills in the [keywords](https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html)
/// that EventBridge Scheduler knows.
fn with_keywords(text: &str, event: &BusEvent, rule: &Rule) -> String {
    let keywords = [
        ("<aws.scheduler.schedule-arn>", &*rule.arn),
        ("<aws.scheduler.scheduled-time>", &event.time),
        ("<aws.scheduler.execution-id>", &event.id),
        ("<aws.scheduler.attempt-number>", "1"),
    ];
    keywords
        .iter()
        .fold(text.to_owned(), |text, (word, value)| {
            text.replace(word, value)
        })
}

/// Makes what EventBridge Scheduler sends if a schedule says no input: an event whose detail is a text.
fn notification(event: &BusEvent) -> String {
    let mut envelope: Value = serde_json::from_str(&event.json).unwrap_or_default();
    envelope["source"] = "aws.scheduler".into();
    envelope["detail"] = "{}".into();
    envelope.to_string()
}

impl Origin {
    /// Says which delivery a message comes from.
    pub(super) fn of(delivery: &Delivery) -> Self {
        Self {
            hops: delivery.event.hops,
            target: Arc::clone(&delivery.target().id),
        }
    }
}

impl Target {
    /// Returns whether it is an API destination that was made over the API.
    pub(super) fn is_destination(&self) -> bool {
        matches!(self.reach, Reach::Arn) && is_destination(&self.arn)
    }

    /// Returns whether a URL is called for it, which takes time.
    pub(super) fn is_called(&self) -> bool {
        matches!(self.reach, Reach::Http(_)) || self.is_destination()
    }
}

impl LocalBus {
    /// Gives a delivery to its target: a function, a queue or a bus.
    pub(super) fn hand_over(self: &Arc<Self>, delivery: &Delivery) -> Result<Accepted, Refusal> {
        let arn = &delivery.target().arn;
        let parsed = Arn::parse(arn).ok();
        if let Reach::Put {
            source,
            detail_type,
        } = &delivery.target().reach
        {
            let entry = Entry {
                source: source.clone(),
                detail_type: detail_type.clone(),
                detail: delivery.payload.to_string(),
                event_bus_name: Some(arn.to_string()),
                ..Entry::default()
            };
            let put = self.publish_by_hand(entry);
            return put
                .map(|_| Accepted::Done)
                .map_err(|rejection| Refusal::new("INVALID_PARAMETER", rejection.to_string()));
        }
        if matches!(delivery.target().reach, Reach::Elsewhere) {
            Ok(Accepted::Elsewhere)
        } else if let Some(function) = parsed.and_then(|arn| arn.function()) {
            self.to_function(delivery, function.name)
        } else if parsed.is_some_and(|arn| arn.queue_name().is_some()) {
            self.to_queue(delivery)
        } else if let Some(name) = parsed.and_then(|arn| arn.bus_name()) {
            self.to_bus(delivery, name)
        } else {
            Err(Refusal::new(
                "INVALID_PARAMETER",
                format!("the local bus does not deliver to {arn}"),
            ))
        }
    }

    fn to_function(&self, delivery: &Delivery, name: &str) -> Result<Accepted, Refusal> {
        if self.functions.get(name).is_none() {
            return Err(Refusal::new(
                "NO_RESOURCE",
                format!("there is no function {name}"),
            ));
        }
        // EventBridge invokes a function asynchronously: accepted means delivered. If the handler fails later, that is
        // no failure of the delivery.
        Ok(Accepted::Run(Invocation {
            request: self.new_id(),
            function: name.into(),
            payload: Arc::clone(&delivery.payload),
            hops: delivery.event.hops,
            attempts: 0,
            throttled: 0,
            first: self.clock.now(),
            weight: self.load.add(delivery.payload.len()),
        }))
    }

    fn to_queue(&self, delivery: &Delivery) -> Result<Accepted, Refusal> {
        let arn = &delivery.target().arn;
        // It waits, and is tried again.
        self.queues
            .check_room()
            .map_err(|refusal| Refusal::throttled_because(refusal.message))?;
        let message = Message {
            group: delivery.target().group.clone(),
            origin: Some(Origin::of(delivery)),
            ..Message::text(delivery.payload.as_ref(), Vec::new())
        };
        match self.send_message(arn, message) {
            Ok(sent)
                if self
                    .queues
                    .name(arn)
                    .is_ok_and(|name| self.mappings.has(name)) =>
            {
                Ok(Accepted::Queued(sent.id.into()))
            }
            Ok(_) => Ok(Accepted::Done),
            Err(refusal) if refusal == Refusal::no_queue() => Err(Refusal::new(
                "NO_RESOURCE",
                format!("there is no queue {arn}"),
            )),
            Err(refusal) => Err(Refusal::new("INVALID_PARAMETER", refusal.message)),
        }
    }

    /// Sends the event to another bus as it is, with the id that it has.
    fn to_bus(self: &Arc<Self>, delivery: &Delivery, name: &str) -> Result<Accepted, Refusal> {
        if !self.control().has_bus(name) {
            return Err(Refusal::new(
                "NO_RESOURCE",
                format!("there is no bus {name}"),
            ));
        }
        let mut event = BusEvent::clone(&delivery.event);
        event.bus = name.into();
        event.is_from_bus = true;
        event.hops += 1;
        self.arrive(&Arc::new(event), None);
        Ok(Accepted::Done)
    }
}
