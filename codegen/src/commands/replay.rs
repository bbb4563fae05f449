//! `codegen replay`: lets an archive's events come to chosen rules once more.

use std::pin::pin;

use anyhow::{Context, bail};
use deployed::Config;
use deployed::replay::{Progress, Replay, Wanted, archive_name, rule_names};
use jiff::Timestamp;
use pipeline::Pipeline;
use serde_json::json;

use super::Connected;
use crate::args::{Format, ReplayArgs};
use crate::session::{Outcome, Session};
use crate::signals;

pub(crate) fn run(session: &mut Session, args: &ReplayArgs) -> anyhow::Result<Outcome> {
    let Connected {
        runtime,
        config,
        project,
        environment,
        now,
    } = Connected::open(session, &args.environment, &args.values, &args.place)?;
    let wanted = wanted(project.pipeline()?, environment, args, now)?;
    let stop = signals::first()?;
    runtime.block_on(replay(session, args, &config, &wanted, stop))
}

fn wanted(
    pipeline: &Pipeline,
    environment: &str,
    args: &ReplayArgs,
    now: Timestamp,
) -> anyhow::Result<Wanted> {
    super::check_jobs(pipeline, &args.jobs)?;
    let is_wanted = |job: &str| args.jobs.is_empty() || args.jobs.iter().any(|name| name == job);
    let rules = rule_names(pipeline, environment, is_wanted);
    if rules.is_empty() {
        bail!(
            "none of these jobs has a rule for events on the bus of the archive, so nobody would get them"
        );
    }
    let archive = match &args.archive {
        Some(name) => name.clone(),
        None => archive_name(pipeline, environment).context(
            "the spec has no archive: add for example `archive: { days: 30 }` and deploy it, or name one with `--archive`",
        )?,
    };
    let until = args.until.unwrap_or(now);
    if until <= args.from {
        bail!("`--until` has to be later than `--from`");
    }
    let name = args.name.clone().unwrap_or_else(|| {
        let second = now.strftime("%Y%m%dT%H%M%SZ");
        let pipeline: String = pipeline.name.value.chars().take(40).collect();
        format!("{pipeline}-{second}")
    });
    Ok(Wanted {
        name,
        archive,
        rules,
        from: args.from,
        until,
    })
}

async fn replay(
    session: &mut Session,
    args: &ReplayArgs,
    config: &Config,
    wanted: &Wanted,
    stop: impl Future<Output = u8>,
) -> anyhow::Result<Outcome> {
    let replay = Replay::start(config, wanted).await?;
    let Wanted {
        name,
        archive,
        rules,
        ..
    } = wanted;
    session.remark(format_args!(
        "started {name}: events of {archive} for {}",
        rules.join(", ")
    ))?;
    if args.no_wait {
        say(session, name, &replay.progress().await?)?;
        return Ok(Outcome::Fine);
    }
    let mut stop = pin!(stop);
    let mut progress = replay.progress().await?;
    while !progress.is_over {
        say(session, name, &progress)?;
        tokio::select! {
            status = &mut stop => {
                if args.cancel {
                    replay.cancel().await?;
                    session.remark("the replay is cancelled: what it has sent stays sent")?;
                } else {
                    session.remark(format_args!(
                        "the replay goes on: `aws events cancel-replay --replay-name {name}` cancels it"
                    ))?;
                }
                return Ok(Outcome::Stopped(status));
            }
            next = replay.next_progress() => progress = next?,
        }
    }
    say(session, name, &progress)?;
    Ok(if progress.is_complete() {
        Outcome::Fine
    } else {
        Outcome::Findings
    })
}

fn say(session: &mut Session, name: &str, progress: &Progress) -> anyhow::Result<()> {
    let Progress {
        state,
        reason,
        last_event,
        percent,
        is_over: _,
    } = progress;
    if session.format == Format::Json {
        return session.say(json!({
            "replay": name,
            "state": state,
            "reason": reason,
            "last_event": last_event,
            "percent": percent,
        }));
    }
    let last = last_event.map_or(String::new(), |last| format!(", up to {last}"));
    let reason = reason.as_ref();
    let reason = reason.map_or(String::new(), |reason| format!(": {reason}"));
    session.say(format_args!("{state}  {percent} %{last}{reason}"))
}
