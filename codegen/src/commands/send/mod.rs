//! `codegen send`: publish an event to AWS, or to an endpoint that stands in for it, and follow it.

mod chain;
mod local_bus;
mod wait;

use std::time::Duration;

use anyhow::bail;
use deployed::Config;
use deployed::logs::Logs;
use deployed::send::put_event;
use eventbridge::put_events::Entry;
use jiff::Timestamp;
use pipeline::Pipeline;
use pipeline::language::SOURCE_RESERVED;
use pipeline::resources::rules_of_job;
use serde::Serialize;

use crate::args::{Format, Send};
use crate::project::{Chosen, Project};
use crate::session::{Outcome, Session};
use crate::{entry, local};
use chain::Witness;
use local_bus::LocalBus;
use wait::Source;

/// What `--format json` prints first.
#[derive(Serialize)]
struct Sent<'s> {
    event_id: &'s str,
    event_bus: &'s str,
    source: &'s str,
    detail_type: &'s str,
    detail: serde_json::Value,
}

pub(crate) fn run(session: &mut Session, args: &Send) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (config, local) = runtime.block_on(async {
        let config = Config::load(
            args.endpoint_url.as_deref(),
            args.region.as_deref(),
            !session.quiet,
        )
        .await?;
        let local = LocalBus::at(config.endpoint_url()).await;
        anyhow::Ok((config, local))
    })?;
    let project = if local.is_some() {
        Project::load_for(&session.spec, &Chosen::local(&args.values))?
    } else {
        let environment = &args.environment;
        super::load_deployed(session, environment, &args.values, &config, &runtime)?
    };
    let pipeline = project.pipeline()?;
    let entry = entry::build(session, pipeline, &args.event, Timestamp::now())?;
    if entry.source.starts_with(SOURCE_RESERVED) {
        // `NotAuthorizedForSourceException`: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
        bail!(
            "AWS alone sends events of the source `{}`, and refuses them from anybody else: `codegen match` says what \
             such an event starts, and `codegen run` starts it on this machine",
            entry.source
        );
    }
    runtime.block_on(send(session, args, pipeline, &entry, &config, local))
}

async fn send(
    session: &mut Session,
    args: &Send,
    pipeline: &Pipeline,
    entry: &Entry,
    config: &Config,
    local: Option<LocalBus>,
) -> anyhow::Result<Outcome> {
    let environment = match &local {
        Some(_) => local::ENVIRONMENT,
        None => &args.environment,
    };
    let bus = args.event.bus_for(entry, pipeline, environment);
    let begin = Timestamp::now();
    let event_id = put_event(config, &bus, entry).await?;
    say_sent(session, entry, &bus, &event_id)?;
    if !args.wait {
        return Ok(Outcome::Fine);
    }
    let witness = match &local {
        Some(_) => Witness::LocalBus,
        None => Witness::Logs,
    };
    let own = pipeline.bus.name_in(environment);
    let buses = (bus.as_str(), own.as_str());
    let (silent, expected): (Vec<_>, Vec<_>) =
        chain::expected_jobs(pipeline, entry, witness, buses)
            .into_iter()
            .partition(|job| witness.silence(*job).is_some());
    for job in &silent {
        let why = witness.silence(*job).unwrap_or_default();
        session.remark(format_args!("note: {} is not waited for: {why}", job.name))?;
    }
    if expected.is_empty() && !silent.is_empty() {
        return Ok(Outcome::Fine);
    }
    let source = match local {
        Some(local) => Source::LocalBus(local),
        None => Source::Logs(Logs::new(config, begin)),
    };
    let functions = expected.iter().map(|job| {
        let function = job.function_name().in_environment(environment);
        let rules = rules_of_job(*job).into_iter();
        wait::Awaited {
            job: job.name.to_owned(),
            known_by: match witness {
                Witness::LocalBus => rules
                    .map(|rule| rule.name.in_environment(environment))
                    .collect(),
                Witness::Logs => vec![function.clone()],
            },
            runs: witness.sees_run(*job),
            log_group: job.log_group().in_environment(environment),
            outcome: None,
            function,
        }
    });
    let timeout = Duration::from_secs(args.timeout);
    wait::wait_for_functions(session, source, &event_id, functions.collect(), timeout).await
}

fn say_sent(session: &mut Session, entry: &Entry, bus: &str, event_id: &str) -> anyhow::Result<()> {
    if session.format == Format::Json {
        let sent = Sent {
            event_id,
            event_bus: bus,
            source: &entry.source,
            detail_type: &entry.detail_type,
            detail: serde_json::from_str(&entry.detail)?,
        };
        return session.say(serde_json::to_string(&sent)?);
    }
    session.say(format_args!(
        "sent {} to the bus {bus} as event {event_id}\n{}",
        entry.detail_type, entry.detail
    ))
}
