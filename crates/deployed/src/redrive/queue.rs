//! The queue whose letters are sent again.

use anyhow::anyhow;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, MessageSystemAttributeName, QueueAttributeName,
};

use super::letter::Letter;
use crate::aws::sentence;

/// The most messages in one request.
pub(super) const BATCH: usize = 10;

/// How long a request waits for a message, in seconds. With a wait, SQS asks all of its servers, so that nothing means that
/// there is nothing:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html>
const WAIT: i32 = 1;

/// A queue that is there.
pub(super) struct Queue {
    client: Client,
    url: String,
    name: String,
}

impl Queue {
    /// Finds a queue by its name; nothing if it is not there.
    pub(super) async fn find(client: &Client, name: &str) -> anyhow::Result<Option<Self>> {
        let answer = client.get_queue_url().queue_name(name).send().await;
        match answer {
            Ok(found) => Ok(Some(Self {
                client: client.clone(),
                url: found.queue_url.unwrap_or_default(),
                name: name.to_owned(),
            })),
            Err(error) if is_absent(error.code()) => Ok(None),
            Err(error) => {
                let request = format!("sqs:GetQueueUrl of {name}");
                Err(anyhow!(sentence(&request, &error)))
            }
        }
    }

    /// Receives some letters, and hides them from others for so many seconds. Waits for them, unless it is only a look.
    pub(super) async fn receive(
        &self,
        most: usize,
        hidden: i32,
        is_look: bool,
    ) -> anyhow::Result<Vec<Letter>> {
        let most = i32::try_from(most.clamp(1, BATCH)).unwrap_or(1);
        let request = self.client.receive_message().queue_url(&self.url);
        let request = request
            .max_number_of_messages(most)
            .visibility_timeout(hidden)
            .wait_time_seconds(if is_look { 0 } else { WAIT })
            .message_attribute_names("All")
            .message_system_attribute_names(MessageSystemAttributeName::All);
        let received = request.send().await.map_err(|error| {
            let request = format!("sqs:ReceiveMessage of {}", self.name);
            anyhow!(sentence(&request, &error))
        })?;
        let messages = received.messages.unwrap_or_default();
        Ok(messages.into_iter().map(Letter::new).collect())
    }

    /// Deletes a letter. Fails with a sentence.
    pub(super) async fn delete(&self, letter: &Letter) -> Result<(), String> {
        let request = self.client.delete_message().queue_url(&self.url);
        let deleted = request.receipt_handle(&letter.receipt).send().await;
        deleted.map(|_| ()).map_err(|error| {
            let request = format!("sqs:DeleteMessage of {}", self.name);
            sentence(&request, &error)
        })
    }

    /// Hides letters for so many seconds from now on, each by its receipt. One that is gone by now is no error.
    pub(super) async fn hide(&self, receipts: &[&str], seconds: i32) -> anyhow::Result<()> {
        for some in receipts.chunks(BATCH) {
            let entries = some.iter().enumerate().filter_map(|(number, receipt)| {
                ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(number.to_string())
                    .receipt_handle(*receipt)
                    .visibility_timeout(seconds)
                    .build()
                    .ok()
            });
            let request = self.client.change_message_visibility_batch();
            let request = request.queue_url(&self.url);
            let changed = request.set_entries(Some(entries.collect())).send().await;
            changed.map_err(|error| {
                let request = format!("sqs:ChangeMessageVisibility of {}", self.name);
                anyhow!(sentence(&request, &error))
            })?;
        }
        Ok(())
    }

    /// About how many letters there are to receive, and how many somebody has received and not deleted.
    pub(super) async fn counts(&self) -> anyhow::Result<(u64, u64)> {
        let names = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let request = self.client.get_queue_attributes().queue_url(&self.url);
        let request = request.set_attribute_names(Some(names.to_vec()));
        let found = request.send().await.map_err(|error| {
            let request = format!("sqs:GetQueueAttributes of {}", self.name);
            anyhow!(sentence(&request, &error))
        })?;
        let attributes = found.attributes.unwrap_or_default();
        let [seen, hidden] = names.map(|name| {
            let number = attributes.get(&name).and_then(|text| text.parse().ok());
            number.unwrap_or(0)
        });
        Ok((seen, hidden))
    }
}

fn is_absent(code: Option<&str>) -> bool {
    code.is_some_and(|code| {
        code.ends_with("QueueDoesNotExist") || code.ends_with("NonExistentQueue")
    })
}
