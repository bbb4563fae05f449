//! Events onto a bus of EventBridge.

use anyhow::{anyhow, bail};
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::ProvideErrorMetadata;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use eventbridge::put_events::Entry;

use crate::Config;
use crate::aws::sentence;

/// Puts one event onto a bus, and returns its id.
///
/// # Errors
/// A service that cannot be reached, or a refusal of the request or of the event.
pub async fn put_event(config: &Config, bus: &str, entry: &Entry) -> anyhow::Result<String> {
    let request = PutEventsRequestEntry::builder()
        .event_bus_name(bus)
        .source(&entry.source)
        .detail_type(&entry.detail_type)
        .detail(&entry.detail)
        .build();
    let answer = Client::new(config.sdk())
        .put_events()
        .entries(request)
        .send()
        .await
        .map_err(|error| match error.code() {
            Some("ResourceNotFoundException") => absent(bus),
            _ => anyhow!(sentence(&format!("events:PutEvents on {bus}"), &error)),
        })?;
    // PutEvents succeeds as a request even if it refuses the entry.
    let Some(result) = answer.entries().first() else {
        bail!("PutEvents returned no result for the event");
    };
    match (result.event_id(), result.error_code()) {
        (Some(id), None) => Ok(id.to_owned()),
        (_, Some("ResourceNotFoundException")) => Err(absent(bus)),
        (_, code) => bail!(
            "EventBridge refused the event: {}: {}",
            code.unwrap_or("unknown error"),
            result.error_message().unwrap_or("no message")
        ),
    }
}

fn absent(bus: &str) -> anyhow::Error {
    anyhow!(
        "there is no bus {bus} in this account and region: check `--environment` and `--region`, or deploy first"
    )
}
