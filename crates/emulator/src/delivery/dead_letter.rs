//! Messages to a dead-letter queue:
//! [the event and these attributes](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html).

use crate::agenda::Delivery;
use crate::queue::{Message, Origin};

pub(super) fn message(
    delivery: &Delivery,
    (code, text): (&str, &str),
    condition: Option<&str>,
) -> Message {
    // The first attempt is not a retry.
    let retries = delivery.attempts.saturating_sub(1).to_string();
    let mut attributes = vec![
        ("RULE_ARN", delivery.rule.arn.to_string()),
        ("TARGET_ARN", delivery.target().arn.to_string()),
        ("ERROR_CODE", code.to_owned()),
        ("ERROR_MESSAGE", text.to_owned()),
        ("RETRY_ATTEMPTS", retries),
    ];
    if let Some(condition) = condition {
        attributes.push(("EXHAUSTED_RETRY_CONDITION", condition.to_owned()));
    }
    Message {
        origin: Some(Origin::of(delivery)),
        ..Message::text(delivery.event.json.as_ref(), attributes)
    }
}
