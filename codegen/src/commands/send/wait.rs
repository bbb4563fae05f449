//! Waiting until every function that an event should reach has received it.

use std::time::{Duration, Instant};

use serde_json::json;

use super::local_bus::LocalBus;
use crate::args::Format;
use crate::session::{Outcome, Session};
use deployed::logs::Logs;

/// The source that tells what became of events.
pub(super) enum Source {
    LocalBus(LocalBus),
    Logs(Logs),
}

/// A function that the event should reach.
pub(super) struct Awaited {
    pub(super) job: String,
    pub(super) function: String,
    /// Where the function logs.
    pub(super) log_group: String,
    /// Nothing until it is known.
    pub(super) outcome: Option<Result<(), String>>,
}

/// What was seen of a function.
pub(super) struct Sighting {
    function: String,
    outcome: Result<(), String>,
}

/// Logs arrive with seconds of delay, and each look is a request that costs.
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

impl Sighting {
    pub(super) fn ok(function: &str) -> Self {
        Self {
            function: function.to_owned(),
            outcome: Ok(()),
        }
    }

    pub(super) fn failed(function: &str, why: &str) -> Self {
        Self {
            function: function.to_owned(),
            outcome: Err(why.to_owned()),
        }
    }
}

/// Says of each function when it has received the event; a finding if one has not in time, or has failed.
pub(super) async fn wait_for_functions(
    session: &mut Session,
    mut source: Source,
    event: &str,
    mut awaited: Vec<Awaited>,
    timeout: Duration,
) -> anyhow::Result<Outcome> {
    let begin = Instant::now();
    if awaited.is_empty() {
        session
            .note("the spec has no rule that this event matches: there is nothing to wait for")?;
        return Ok(Outcome::Findings);
    }
    while awaited.iter().any(|awaited| awaited.outcome.is_none()) && begin.elapsed() < timeout {
        let seen = match &mut source {
            Source::LocalBus(bus) => bus.look(event).await?,
            Source::Logs(logs) => {
                let missing = awaited.iter().filter(|awaited| awaited.outcome.is_none());
                let missing =
                    missing.map(|awaited| (awaited.function.as_str(), awaited.log_group.as_str()));
                let seen = logs.received(event, missing).await?;
                if seen.is_empty() {
                    tokio::time::sleep(BETWEEN_LOOKS).await;
                }
                seen.iter().map(|function| Sighting::ok(function)).collect()
            }
        };
        for sighting in seen {
            let of = awaited
                .iter_mut()
                .find(|awaited| awaited.function == sighting.function);
            // The first sighting counts: EventBridge may deliver an event more than once.
            if let Some(awaited) = of.filter(|awaited| awaited.outcome.is_none()) {
                awaited.outcome = Some(sighting.outcome);
                say_outcome(session, awaited, begin.elapsed())?;
            }
        }
    }
    for awaited in awaited.iter().filter(|awaited| awaited.outcome.is_none()) {
        say_outcome(session, awaited, begin.elapsed())?;
    }
    let is_fine = awaited
        .iter()
        .all(|awaited| awaited.outcome == Some(Ok(())));
    Ok(if is_fine {
        Outcome::Fine
    } else {
        Outcome::Findings
    })
}

fn say_outcome(session: &mut Session, awaited: &Awaited, after: Duration) -> anyhow::Result<()> {
    let what = match &awaited.outcome {
        Some(Ok(())) => "received it".to_owned(),
        Some(Err(why)) => why.clone(),
        None => "has not received it".to_owned(),
    };
    if session.format == Format::Json {
        return session.say(json!({
            "job": awaited.job,
            "function": awaited.function,
            "received": awaited.outcome == Some(Ok(())),
            "message": what,
            "after_ms": u64::try_from(after.as_millis()).unwrap_or(u64::MAX),
        }));
    }
    let function = &awaited.function;
    session.say(format_args!(
        "{function}  {what}, {:.1} s after",
        after.as_secs_f64()
    ))
}
