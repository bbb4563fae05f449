//! The queues that functions get their events from.

use aws_sdk_lambda::Client;
use aws_sdk_lambda::types::{EventSourceMappingConfiguration, FunctionResponseType};

use super::deployed::{Mapping, asked_for};
use super::reading::{Reading, sort_response};

/// The event source mappings of a function, or of an alias of it.
pub(super) async fn read_mappings(
    client: &Client,
    name: &str,
    alias: Option<&str>,
) -> anyhow::Result<Reading<Vec<Mapping>>> {
    let of = asked_for(name, alias);
    // A function has a few at most, and a response holds a hundred.
    let answer = client.list_event_source_mappings().function_name(&of);
    let request = format!("lambda:ListEventSourceMappings of {of}");
    let found = sort_response(&request, answer.send().await)?;
    Ok(found.map(|found| {
        let mappings = found.event_source_mappings.unwrap_or_default();
        mappings.into_iter().map(mapping).collect()
    }))
}

fn mapping(found: EventSourceMappingConfiguration) -> Mapping {
    let number = |said: Option<i32>| said.and_then(|said| u32::try_from(said).ok());
    let responses = found.function_response_types.unwrap_or_default();
    let scaling = found.scaling_config;
    Mapping {
        queue: found.event_source_arn.unwrap_or_default(),
        // A mapping that is on its way to being on counts: a plan has nothing to change.
        is_on: matches!(
            found.state.as_deref(),
            Some("Enabled" | "Enabling" | "Creating" | "Updating")
        ),
        batch: number(found.batch_size).unwrap_or_default(),
        window_seconds: number(found.maximum_batching_window_in_seconds).unwrap_or_default(),
        max_concurrency: number(scaling.and_then(|scaling| scaling.maximum_concurrency)),
        reports_failures: responses.contains(&FunctionResponseType::ReportBatchItemFailures),
    }
}
