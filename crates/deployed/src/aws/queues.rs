//! Queues.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;

use super::deployed::Queue;
use super::reading::{Reading, sort_response};

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
            // A message in flight comes back if its reader fails, so it counts.
            messages: visible.map(|visible| visible.saturating_add(in_flight.unwrap_or(0))),
        }
    }))
}
