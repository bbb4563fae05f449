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

/// A job that the event should reach.
pub(super) struct Awaited {
    pub(super) job: String,
    pub(super) function: String,
    /// What sightings of it name: its rules on the local bus, its function in logs.
    pub(super) known_by: Vec<String>,
    /// Whether its function is seen to run. Otherwise a delivery is all that is waited for.
    pub(super) runs: bool,
    /// Where the function logs.
    pub(super) log_group: String,
    /// Nothing until it is known. What happened, or what went wrong.
    pub(super) outcome: Option<Result<String, String>>,
}

/// What was seen of a job.
pub(super) struct Sighting {
    of: String,
    is_delivery: bool,
    outcome: Result<String, String>,
}

/// Logs arrive with seconds of delay, and each look is a request that costs.
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

impl Sighting {
    pub(super) fn ok(of: &str) -> Self {
        Self {
            of: of.to_owned(),
            is_delivery: false,
            outcome: Ok("received it".to_owned()),
        }
    }

    /// Something has taken the event that is no function that runs here.
    pub(super) fn delivered(of: &str, is_elsewhere: bool) -> Self {
        let not_run = if is_elsewhere { ", not run here" } else { "" };
        Self {
            is_delivery: true,
            outcome: Ok(format!("delivered{not_run}")),
            ..Self::ok(of)
        }
    }

    pub(super) fn failed(of: &str, why: &str) -> Self {
        Self {
            outcome: Err(why.to_owned()),
            ..Self::ok(of)
        }
    }
}

impl Awaited {
    /// Whether a sighting is what is waited for. The first one counts: EventBridge may deliver an event more than once.
    fn is_seen_by(&self, sighting: &Sighting) -> bool {
        self.outcome.is_none()
            && self.known_by.contains(&sighting.of)
            && !(self.runs && sighting.is_delivery)
    }

    fn is_fine(&self) -> bool {
        matches!(self.outcome, Some(Ok(_)))
    }
}

/// Says of each job when it has received the event; a finding if one has not in time, or has failed.
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
                .find(|awaited| awaited.is_seen_by(&sighting));
            if let Some(awaited) = of {
                awaited.outcome = Some(sighting.outcome);
                say_outcome(session, awaited, begin.elapsed())?;
            }
        }
    }
    for awaited in awaited.iter().filter(|awaited| awaited.outcome.is_none()) {
        say_outcome(session, awaited, begin.elapsed())?;
    }
    Ok(if awaited.iter().all(Awaited::is_fine) {
        Outcome::Fine
    } else {
        Outcome::Findings
    })
}

fn say_outcome(session: &mut Session, awaited: &Awaited, after: Duration) -> anyhow::Result<()> {
    let what = match &awaited.outcome {
        Some(Ok(what) | Err(what)) => what.clone(),
        None => "has not received it".to_owned(),
    };
    if session.format == Format::Json {
        return session.say(json!({
            "job": awaited.job,
            "function": awaited.function,
            "received": awaited.is_fine(),
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
