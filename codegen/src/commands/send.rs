//! `codegen send`: publish an event to AWS, or to an endpoint that stands in for it.

use anyhow::{Context, bail};
use aws_config::{BehaviorVersion, Region};
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::DisplayErrorContext;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use eventbridge::put_events::Entry;
use jiff::Timestamp;
use serde::Serialize;

use crate::args::{Format, Send};
use crate::entry;
use crate::project::Project;
use crate::session::{Outcome, Session};

/// What `--format json` prints.
#[derive(Serialize)]
struct Sent<'s> {
    event_id: &'s str,
    event_bus: &'s str,
    source: &'s str,
    detail_type: &'s str,
    detail: serde_json::Value,
}

pub(crate) fn run(session: &mut Session, args: &Send) -> anyhow::Result<Outcome> {
    let project = Project::load(&session.spec)?;
    let pipeline = project.pipeline()?;
    let entry = entry::build(pipeline, &args.event, Timestamp::now())?;
    let bus = pipeline.bus.name_in(&args.environment);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let event_id = runtime.block_on(put(args, &bus, &entry))?;
    if session.format == Format::Json {
        let sent = Sent {
            event_id: &event_id,
            event_bus: &bus,
            source: &entry.source,
            detail_type: &entry.detail_type,
            detail: serde_json::from_str(&entry.detail)?,
        };
        session.say(serde_json::to_string(&sent)?)?;
    } else {
        session.say(format_args!(
            "sent {} to the bus {bus} as event {event_id}\n{}",
            entry.detail_type, entry.detail
        ))?;
    }
    Ok(Outcome::Fine)
}

/// Puts one entry, and answers the event's id.
async fn put(args: &Send, bus: &str, entry: &Entry) -> anyhow::Result<String> {
    let request = PutEventsRequestEntry::builder()
        .event_bus_name(bus)
        .source(&entry.source)
        .detail_type(&entry.detail_type)
        .detail(&entry.detail)
        .build();
    let answer = client(args)
        .await
        .put_events()
        .entries(request)
        .send()
        .await
        .map_err(|error| anyhow::anyhow!("{}", DisplayErrorContext(&error)))
        .context("PutEvents failed")?;
    let Some(result) = answer.entries().first() else {
        bail!("PutEvents answered nothing for the event");
    };
    match (result.event_id(), result.error_code()) {
        (Some(id), None) => Ok(id.to_owned()),
        (_, code) => bail!(
            "EventBridge refused the event: {}: {}",
            code.unwrap_or("unknown error"),
            result.error_message().unwrap_or("no message")
        ),
    }
}

async fn client(args: &Send) -> Client {
    let tls = aws_smithy_http_client::tls::Provider::Rustls(
        aws_smithy_http_client::tls::rustls_provider::CryptoMode::Ring,
    );
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(tls)
        .build_https();
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http);
    if let Some(region) = &args.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(url) = &args.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    Client::new(&loader.load().await)
}
