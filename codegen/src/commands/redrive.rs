//! `codegen redrive`: sends what failed again.

use std::collections::BTreeMap;

use anyhow::bail;
use deployed::redrive::{Fate, News, Order, Source, Told, Wanted, redrive, sources};
use pipeline::Pipeline;
use serde_json::json;

use super::Connected;
use crate::args::{Format, Redrive};
use crate::session::{Outcome, Session};
use crate::{entry, signals};

/// How many messages of a queue met which fate.
#[derive(Clone, Copy, Default)]
struct Counts {
    sent: u64,
    left: u64,
    skipped: u64,
}

pub(crate) fn run(session: &mut Session, args: &Redrive) -> anyhow::Result<Outcome> {
    let Connected {
        runtime,
        config,
        project,
        environment,
        now,
    } = Connected::open(session, &args.environment, &args.values, &args.place)?;
    let pipeline = project.pipeline()?;
    let sources = chosen_sources(pipeline, environment, &args.jobs)?;
    let order = Order {
        pipeline,
        sources: &sources,
        wanted: wanted(pipeline, args)?,
        set: args.set.clone(),
        limit: args.limit.unwrap_or(u64::MAX),
        per_second: args.rate,
        is_dry: args.dry_run,
        now,
    };
    let stop = signals::first()?;
    let mut counts = BTreeMap::new();
    let ended = {
        let mut tell = |news: News<'_>| tell(session, &mut counts, news);
        runtime.block_on(redrive(&config, &order, stop, &mut tell))
    };
    // Also after a failure: what was sent is sent.
    say_counts(session, &sources, &counts, args.dry_run)?;
    if let Some(status) = ended? {
        session.remark("stopped: what was not sent is still in its queue")?;
        return Ok(Outcome::Stopped(status));
    }
    let is_fine = counts.values().all(|counts| counts.left == 0);
    Ok(if is_fine {
        Outcome::Fine
    } else {
        Outcome::Findings
    })
}

/// The queues of the jobs that are named, or of all.
fn chosen_sources(
    pipeline: &Pipeline,
    environment: &str,
    jobs: &[String],
) -> anyhow::Result<Vec<Source>> {
    super::check_jobs(pipeline, jobs)?;
    let is_wanted = |job: &str| jobs.is_empty() || jobs.iter().any(|name| name == job);
    let sources = sources(pipeline, environment, is_wanted);
    if sources.is_empty() {
        bail!("none of these jobs has a queue that keeps what failed");
    }
    Ok(sources)
}

fn wanted(pipeline: &Pipeline, args: &Redrive) -> anyhow::Result<Wanted> {
    let subject = match &args.subject {
        Some(value) => Some((entry::subject_field(pipeline)?.to_owned(), value.to_owned())),
        None => None,
    };
    Ok(Wanted {
        older_than: args.older_than,
        newer_than: args.newer_than,
        error: args.error.clone(),
        subject,
    })
}

/// Says one thing that happened.
fn tell(
    session: &mut Session,
    counts: &mut BTreeMap<String, Counts>,
    news: News<'_>,
) -> anyhow::Result<()> {
    match news {
        News::Letter(told) => {
            let counts = counts.entry(told.source.queue.clone()).or_default();
            match &told.fate {
                Fate::Sent { .. } | Fate::WouldBeSent { .. } => counts.sent += 1,
                Fate::Left { .. } => counts.left += 1,
                Fate::Skipped => counts.skipped += 1,
            }
            say_letter(session, &told)
        }
        News::NoQueue(source) => session.note(format_args!(
            "warning: there is no queue {}: check `--environment` and `--region`, or deploy first",
            source.queue
        )),
        News::Hidden(source, number) => session.note(format_args!(
            "note: about {number} in {} are hidden: somebody reads them, or a run was cut off less than a minute ago; they \
             come back if nobody deletes them",
            source.queue
        )),
    }
}

fn say_letter(session: &mut Session, told: &Told<'_>) -> anyhow::Result<()> {
    let Told {
        source,
        message,
        event,
        error,
        fate,
    } = told;
    let (word, to, why) = match fate {
        Fate::Sent { to } => ("sent", Some(to), None),
        Fate::WouldBeSent { to } => ("would be sent", Some(to), None),
        Fate::Left { why } => ("left", None, Some(why)),
        Fate::Skipped => return Ok(()),
    };
    if session.format == Format::Json {
        return session.say(json!({
            "job": source.job,
            "queue": source.queue,
            "message_id": message,
            "event_id": event,
            "error": error,
            "outcome": word.replace(' ', "_"),
            "to": to,
            "why": why,
        }));
    }
    let id = event.as_ref().unwrap_or(message);
    match (to, why) {
        (Some(to), _) => session.say(format_args!("{word}  {id}  to {to}")),
        (None, Some(why)) => session.say(format_args!("{word}  {id}  in {}: {why}", source.queue)),
        (None, None) => Ok(()),
    }
}

/// Says how many messages of each queue met which fate.
fn say_counts(
    session: &mut Session,
    sources: &[Source],
    counts: &BTreeMap<String, Counts>,
    is_dry: bool,
) -> anyhow::Result<()> {
    if counts.is_empty() {
        return session.remark("there is nothing to send again");
    }
    let word = if is_dry { "would be sent" } else { "sent" };
    for source in sources {
        let Some(counts) = counts.get(&source.queue) else {
            continue;
        };
        let Counts {
            sent,
            left,
            skipped,
        } = counts;
        session.remark(format_args!(
            "{}: {sent} {word}, {left} left, {skipped} not wanted",
            source.queue
        ))?;
    }
    Ok(())
}
