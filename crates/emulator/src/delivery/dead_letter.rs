//! Messages to a dead-letter queue: EventBridge's are
//! [the event and these attributes](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html),
//! those of EventBridge Scheduler
//! [what was sent, and some more](https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html).

use eventbridge::arn::Arn;

use crate::agenda::Delivery;
use crate::queue::{Message, Origin};

pub(super) fn message(
    delivery: &Delivery,
    (code, text): (&str, &str),
    condition: Option<&str>,
) -> Message {
    // The first attempt is not a retry.
    let retries = delivery.attempts.saturating_sub(1).to_string();
    let arn = delivery.rule.arn.to_string();
    let is_schedule = Arn::parse(&arn).is_ok_and(|arn| arn.service() == "scheduler");
    let (body, mut attributes) = if is_schedule {
        let run = vec![
            ("SCHEDULE_ARN", arn),
            ("SCHEDULED_TIME", delivery.event.time.clone()),
            ("EXECUTION_ID", delivery.event.id.to_string()),
            ("IS_PAYLOAD_TRUNCATED", "false".to_owned()),
        ];
        (&delivery.payload, run)
    } else {
        (&delivery.event.json, vec![("RULE_ARN", arn)])
    };
    attributes.extend([
        ("TARGET_ARN", delivery.target().arn.to_string()),
        ("ERROR_CODE", code.to_owned()),
        ("ERROR_MESSAGE", text.to_owned()),
        ("RETRY_ATTEMPTS", retries),
    ]);
    if let Some(condition) = condition {
        attributes.push(("EXHAUSTED_RETRY_CONDITION", condition.to_owned()));
    }
    Message {
        origin: Some(Origin::of(delivery)),
        ..Message::text(body.as_ref(), attributes)
    }
}
