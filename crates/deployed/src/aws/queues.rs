//! Queues.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::Value;

use super::deployed::Queue;
use super::reading::{Reading, sort_response};

/// How long SQS hides a received message unless told otherwise, in seconds.
const DEFAULT_VISIBILITY: u32 = 30;

/// A queue by name.
pub(super) async fn read_queue(client: &Client, name: &str) -> anyhow::Result<Reading<Queue>> {
    let answer = client.get_queue_url().queue_name(name).send().await;
    let found = match sort_response(&format!("sqs:GetQueueUrl of {name}"), answer)? {
        Reading::Found(found) => found,
        Reading::Absent => return Ok(Reading::Absent),
        Reading::Refused(why) => return Ok(Reading::Refused(why)),
    };
    let url = found.queue_url.unwrap_or_default();
    let request = client.get_queue_attributes().queue_url(&url);
    let request = request.attribute_names(QueueAttributeName::All);
    let answer = request.send().await;
    let attributes = sort_response(&format!("sqs:GetQueueAttributes of {name}"), answer)?;
    Ok(attributes.map(|found| {
        let attributes = found.attributes.unwrap_or_default();
        let number = |name| attributes.get(&name)?.parse::<u64>().ok();
        let visible = number(QueueAttributeName::ApproximateNumberOfMessages);
        let in_flight = number(QueueAttributeName::ApproximateNumberOfMessagesNotVisible);
        let visibility = number(QueueAttributeName::VisibilityTimeout);
        let redrive = attributes.get(&QueueAttributeName::RedrivePolicy);
        Queue {
            url,
            arn: attributes
                .get(&QueueAttributeName::QueueArn)
                .cloned()
                .unwrap_or_default(),
            policy: attributes
                .get(&QueueAttributeName::Policy)
                .filter(|policy| !policy.is_empty())
                .cloned(),
            kms_key: attributes
                .get(&QueueAttributeName::KmsMasterKeyId)
                .filter(|key| !key.is_empty())
                .cloned(),
            // A message in flight comes back if its reader fails, so it counts.
            messages: visible.map(|visible| visible.saturating_add(in_flight.unwrap_or(0))),
            visibility_seconds: visibility
                .and_then(|seconds| u32::try_from(seconds).ok())
                .unwrap_or(DEFAULT_VISIBILITY),
            redrive: redrive.and_then(|policy| read_redrive(policy)),
        }
    }))
}

/// The queue in a redrive policy, and the most receives, which AWS writes as a number or as a text.
fn read_redrive(policy: &str) -> Option<(String, u32)> {
    let policy: Value = serde_json::from_str(policy).ok()?;
    let receives = match &policy["maxReceiveCount"] {
        Value::String(text) => text.parse().ok()?,
        number => u32::try_from(number.as_u64()?).ok()?,
    };
    Some((policy["deadLetterTargetArn"].as_str()?.to_owned(), receives))
}
