//! The failure queue of a job: where what failed for good is put by the function itself.
//!
//! Lambda asks a function for nothing but success or failure, and tries every failure again. So a run whose failure is
//! permanent puts its event into the failure queue by itself, in the form that Lambda would give it, and succeeds.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::MessageAttributeValue;
use jiff::Timestamp;
use lambda_runtime::Context;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::batch::Message;
use crate::sdk;

/// The variable with the URL of the job's failure queue; Terraform sets it, if the job has one.
const QUEUE_VARIABLE: &str = "FAILURE_QUEUE_URL";

/// The longest that putting an event into the queue may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Why a record is in the queue. Lambda's own are `RetriesExhausted` and `EventAgeExceeded`.
const CONDITION: &str = "PermanentFailure";

/// The job's failure queue.
pub(crate) struct FailureQueue {
    url: Option<String>,
    client: OnceCell<Client>,
}

impl FailureQueue {
    /// The queue that the environment names.
    pub(crate) fn from_env() -> Self {
        let url = std::env::var(QUEUE_VARIABLE).ok();
        Self {
            url: url.filter(|url| !url.is_empty()),
            client: OnceCell::new(),
        }
    }

    /// No queue: nothing is kept.
    pub(crate) fn none() -> Self {
        Self {
            url: None,
            client: OnceCell::new(),
        }
    }

    #[cfg(test)]
    pub(crate) fn at(url: String, client: Client) -> Self {
        Self {
            url: Some(url),
            client: OnceCell::new_with(Some(client)),
        }
    }

    /// Keeps the event of a run, and returns whether it is kept.
    pub(crate) async fn keep_run(
        &self,
        payload: &Value,
        context: &Context,
        error: &Value,
    ) -> Result<bool, String> {
        let record = record(payload, context, error, Timestamp::now());
        self.put(&record.to_string(), None).await
    }

    /// Keeps a message of the queue before the function as it is, as SQS itself does with what is received too often.
    ///
    /// Its attributes say which message it was, and why it failed.
    pub(crate) async fn keep_message(
        &self,
        message: &Message<'_>,
        error: &str,
    ) -> Result<bool, String> {
        match message.body {
            Some(body) => self.put(body, Some((message, error))).await,
            None => Ok(false),
        }
    }

    /// Puts a text into the queue; that of a message with its attributes and, in a FIFO queue, with its group.
    async fn put(&self, text: &str, of: Option<(&Message<'_>, &str)>) -> Result<bool, String> {
        let Some(url) = &self.url else {
            return Ok(false);
        };
        let client = self.client.get_or_init(connect).await;
        let mut request = client.send_message().queue_url(url).message_body(text);
        if let Some((message, error)) = of {
            // Lambda's own dead letters have the error in an attribute of this name, cut likewise.
            let error: String = error.chars().take(1_024).collect();
            request = request
                .message_attributes("MessageId", attribute(message.id))
                .message_attributes("ErrorMessage", attribute(&error));
            if let Some(group) = message.group {
                request = request
                    .message_group_id(group)
                    .message_deduplication_id(message.id);
            }
        }
        match tokio::time::timeout(LIMIT, request.send()).await {
            Ok(Ok(_)) => Ok(true),
            Ok(Err(error)) => Err(DisplayErrorContext(error).to_string()),
            Err(_) => Err(format!("no answer within {LIMIT:?}")),
        }
    }
}

fn attribute(text: &str) -> MessageAttributeValue {
    let text = if text.is_empty() { "-" } else { text };
    MessageAttributeValue::builder()
        .data_type("String")
        .string_value(text)
        .build()
        .expect("it has a type")
}

async fn connect() -> Client {
    Client::new(&sdk::config().await)
}

/// The [record](https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html) of a run that failed,
/// as Lambda writes it, but for the count of its attempts, which no function knows.
fn record(payload: &Value, context: &Context, error: &Value, now: Timestamp) -> Value {
    json!({
        "version": "1.0",
        "timestamp": format!("{now:.3}"),
        "requestContext": {
            "requestId": context.request_id,
            "functionArn": context.invoked_function_arn,
            "condition": CONDITION,
        },
        "requestPayload": payload,
        "responseContext": {
            "statusCode": 200,
            "executedVersion": context.env_config.version,
            "functionError": "Unhandled",
        },
        "responsePayload": error,
    })
}

#[cfg(test)]
mod tests;
