//! Sending by the API of each receiver.

use std::collections::HashMap;
use std::error::Error;
use std::sync::Mutex;

use aws_sdk_eventbridge::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_sdk_lambda::types::InvocationType;
use eventbridge::arn::Arn;
use eventbridge::envelope::Envelope;
use jiff::Timestamp;

use super::plan::{Sending, To};
use crate::Config;
use crate::aws::{is_about_credentials, sentence};

/// What Lambda says if it has taken an asynchronous invocation:
/// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>
const ACCEPTED: i32 = 202;

/// Why something was not sent.
#[derive(Debug)]
pub(super) enum NotSent {
    /// The receiver does not take it. Another letter may fare better.
    Refused(String),
    /// Every other request would fail as well.
    Hopeless(String),
}

/// The clients of everybody who receives something.
pub(super) struct Sender {
    lambda: aws_sdk_lambda::Client,
    sqs: aws_sdk_sqs::Client,
    events: aws_sdk_eventbridge::Client,
    region: String,
    /// The URLs of queues, by their accounts and names.
    urls: Mutex<HashMap<(Option<String>, String), String>>,
}

impl Sender {
    pub(super) fn new(config: &Config) -> Self {
        let sdk = config.sdk();
        Self {
            lambda: aws_sdk_lambda::Client::new(sdk),
            sqs: aws_sdk_sqs::Client::new(sdk),
            events: aws_sdk_eventbridge::Client::new(sdk),
            region: sdk.region().map(ToString::to_string).unwrap_or_default(),
            urls: Mutex::default(),
        }
    }

    /// Sends something, and returns when its receiver has taken it.
    pub(super) async fn send(&self, sending: &Sending) -> Result<(), NotSent> {
        match &sending.to {
            To::Function { arn, qualifier } => {
                self.invoke(arn, qualifier.as_deref(), &sending.payload)
                    .await
            }
            To::Queue { name, account, .. } => {
                let url = self.url(name, account.as_deref()).await?;
                self.put_message(&url, sending).await
            }
            To::Bus { arn } => self.put_event(arn, &sending.payload).await,
        }
    }

    /// Invokes a function asynchronously, as EventBridge does: its own retries and its failure queue apply.
    async fn invoke(
        &self,
        arn: &str,
        qualifier: Option<&str>,
        payload: &str,
    ) -> Result<(), NotSent> {
        let request = self.lambda.invoke().function_name(arn);
        let request = request
            .set_qualifier(qualifier.map(str::to_owned))
            .invocation_type(InvocationType::Event)
            .payload(payload.as_bytes().to_vec().into());
        let name = Arn::parse(arn).map_or(arn, |arn| arn.name());
        let request_of = format!("lambda:InvokeFunction of {name}");
        let answer = request.send().await;
        let answer = answer.map_err(|error| not_sent(&request_of, &error))?;
        match answer.status_code() {
            ACCEPTED => Ok(()),
            other => Err(NotSent::Refused(format!(
                "{request_of}: Lambda returned the status {other} and not {ACCEPTED}"
            ))),
        }
    }

    async fn put_message(&self, url: &str, sending: &Sending) -> Result<(), NotSent> {
        let To::Queue {
            name,
            group,
            attributes,
            ..
        } = &sending.to
        else {
            return Ok(());
        };
        let mut request = self.sqs.send_message().queue_url(url);
        request = request.message_body(&sending.payload);
        for (name, value) in attributes {
            request = request.message_attributes(name, value.clone());
        }
        if let Some(group) = group {
            request = request
                .message_group_id(group)
                .message_deduplication_id(&sending.letter);
        }
        let answer = request.send().await;
        let request_of = format!("sqs:SendMessage to {name}");
        answer
            .map(|_| ())
            .map_err(|error| not_sent(&request_of, &error))
    }

    async fn url(&self, name: &str, account: Option<&str>) -> Result<String, NotSent> {
        let key = (account.map(str::to_owned), name.to_owned());
        let known = || self.urls.lock().ok()?.get(&key).cloned();
        if let Some(url) = known() {
            return Ok(url);
        }
        let request = self.sqs.get_queue_url().queue_name(name);
        let account = account.filter(|account| !account.is_empty());
        let request = request.set_queue_owner_aws_account_id(account.map(str::to_owned));
        let found = request.send().await;
        let request_of = format!("sqs:GetQueueUrl of {name}");
        let found = found.map_err(|error| not_sent(&request_of, &error))?;
        let url = found.queue_url.unwrap_or_default();
        if let Ok(mut urls) = self.urls.lock() {
            urls.insert(key, url.clone());
        }
        Ok(url)
    }

    /// Puts an event onto a bus once more. It gets another id there.
    async fn put_event(&self, arn: &str, event: &str) -> Result<(), NotSent> {
        let refused = |why: String| Err(NotSent::Refused(why));
        let region = Arn::parse(arn).map_or("", |arn| arn.region());
        if region != self.region {
            return refused(format!(
                "its bus {arn} is in another region, which this command cannot put events into"
            ));
        }
        let Ok(envelope) = serde_json::from_str::<Envelope>(event) else {
            return refused("it is no event, and a bus takes nothing else".to_owned());
        };
        if envelope.source.starts_with("aws.") {
            // `NotAuthorizedForSourceException`: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
            return refused(format!(
                "AWS alone may put events of `{}` onto a bus",
                envelope.source
            ));
        }
        let time = envelope.time.parse::<Timestamp>().ok();
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(arn)
            .source(envelope.source)
            .detail_type(envelope.detail_type)
            .detail(envelope.detail.get())
            .set_resources(Some(envelope.resources))
            .set_time(time.map(|time| DateTime::from_secs(time.as_second())))
            .build();
        let request_of = format!("events:PutEvents on {arn}");
        let answer = self.events.put_events().entries(entry).send().await;
        let answer = answer.map_err(|error| not_sent(&request_of, &error))?;
        // PutEvents succeeds as a request even if it refuses the entry.
        let entry = answer.entries().first();
        match entry.and_then(|entry| entry.error_code()) {
            None if entry.is_some() => Ok(()),
            None => refused(format!("{request_of}: there is no result for the event")),
            Some(code) => {
                let message = entry.and_then(|entry| entry.error_message());
                let message = message.unwrap_or("no message");
                refused(format!("{request_of}: {code}: {message}"))
            }
        }
    }
}

fn not_sent<E, R>(request: &str, error: &SdkError<E, R>) -> NotSent
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug + 'static,
{
    let why = sentence(request, error);
    let is_answered = matches!(error, SdkError::ServiceError(_));
    if is_answered && !is_about_credentials(error.code().unwrap_or_default()) {
        NotSent::Refused(why)
    } else {
        NotSent::Hopeless(why)
    }
}
