//! `codegen run`: runs the whole pipeline on this machine, once.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::{Context, ensure};
use emulator::{
    Config, Emulator, Record, Report, Step, Time, TraceKeeping, Tree, TreeOptions, Wiring,
};
use eventbridge::put_events::Entry;
use jiff::Timestamp;
use pipeline::detail;
use serde_json::{Map, Value};
use tokio::net::TcpListener;

use crate::args::{Format, Run};
use crate::cargo::{self, Build};
use crate::project::{Chosen, Project};
use crate::session::{Outcome, Session};
use crate::{entry, faults, local, signals};

/// The most steps that the tree shows, and about the most bytes of them.
const STEPS: usize = 200_000;
const BYTES: usize = 128 << 20;

/// What has happened.
struct Followed {
    /// The steps that are kept.
    trace: Vec<Record>,
    /// How many steps are not, and how many lines of functions.
    dropped: (u64, u64),
    report: Report,
    /// The exit status if a signal has ended it.
    stopped: Option<u8>,
}

pub(crate) fn run(session: &mut Session, args: &Run) -> anyhow::Result<Outcome> {
    let here = args.here.here();
    let chosen = Chosen::here(&args.values, &here);
    let projects = Project::load_all(session, &chosen)?;
    let pipelines = projects.iter().map(Project::pipeline);
    let pipelines = pipelines.collect::<anyhow::Result<Vec<_>>>()?;
    let pipeline = entry::pipeline_of(&pipelines, &args.event);
    let begin = args.from.unwrap_or_else(Timestamp::now);
    let entry = if args.until.is_none() {
        let entry = entry::build(session, pipeline, &args.event, begin)?;
        let bus = args.event.bus_for(&entry, pipeline, local::ENVIRONMENT);
        Some(Entry {
            event_bus_name: Some(bus),
            ..entry
        })
    } else {
        None
    };
    let subject = pipeline.subject.as_ref();
    let subject = subject.map(|subject| subject.value.clone());
    let wiring = wire(session, args, &projects)?;
    let config = Config {
        seed: args.seed,
        faults: faults::read(&args.faults, args.seed)?,
        trace: TraceKeeping {
            most: Some(STEPS),
            bytes: Some(BYTES),
            file: args.trace.clone(),
            report: true,
        },
        ..Config::new(Time::Virtual(begin), wiring)
    };
    let entries = entry.map(|entry| {
        let numbers = 0..args.times;
        numbers.map(move |number| numbered(&entry, subject.as_deref(), number, args.times))
    });
    let followed = follow(config, entries, args.until.unwrap_or(begin))?;
    show(session, args, &followed)?;
    let Followed {
        report, stopped, ..
    } = followed;
    if let Some(status) = stopped {
        session.remark("stopped by a signal: the tree ends there")?;
        return Ok(Outcome::Stopped(status));
    }
    Ok(if report.is_fine() {
        Outcome::Fine
    } else {
        Outcome::Findings
    })
}

/// Builds the functions of every pipeline, and puts all of them on one bus.
fn wire(session: &mut Session, args: &Run, projects: &[Project]) -> anyhow::Result<Wiring> {
    let here = args.here.here();
    let mut parts = Vec::new();
    for project in projects {
        let pipeline = project.pipeline()?;
        for reason in local::elsewhere(pipeline) {
            session.remark(format_args!("note: {reason}"))?;
        }
        let (_, missing) = local::programs(pipeline, &project.folder);
        ensure!(missing.is_empty(), "{}", missing.join("\n"));
        let packages = local::packages(pipeline);
        let binaries = cargo::build(&Build {
            folder: &project.folder,
            packages: &packages,
            profile: &args.profile,
            architecture: None,
            features: None,
            quiet: session.quiet,
        })?;
        let wiring = local::wiring(pipeline, &project.folder, &binaries, &here)?;
        parts.push((pipeline, wiring));
    }
    let all = local::together(parts)?;
    Ok(all.unwrap_or_else(|| local::nothing(&here)))
}

/// Publishes entries and follows them, or lets the schedules until an instant fire. Returns what happened, and an exit
/// status if a signal has ended it.
fn follow(
    config: Config,
    entries: Option<impl Iterator<Item = Entry>>,
    until: Timestamp,
) -> anyhow::Result<Followed> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let stop = signals::first()?;
    let followed = runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.context("cannot listen on loopback")?;
        let bus = Emulator::start(config, listener)?;
        let work = async {
            if let Some(entries) = entries {
                for entry in entries {
                    bus.publish(entry)?;
                }
                bus.settle().await;
            } else {
                bus.run_until(until).await;
            }
            anyhow::Ok(())
        };
        let stopped = tokio::select! {
            done = work => done.map(|()| None),
            status = stop => Ok(Some(status)),
        }?;
        let followed = Followed {
            trace: bus.trace(),
            dropped: bus.dropped(),
            report: bus.report().unwrap_or_default(),
            stopped,
        };
        if stopped.is_none() {
            bus.shutdown().await;
        }
        anyhow::Ok(followed)
    })?;
    // This ends the functions that still run, before anything is written: nobody may read it.
    drop(runtime);
    Ok(followed)
}

/// Returns the event for a round. If it is published more than once, each round gets a subject of its own. `subject` is
/// the path of the field.
fn numbered(entry: &Entry, subject: Option<&str>, number: u32, times: u32) -> Entry {
    let mut entry = entry.clone();
    if times > 1
        && let Some(subject) = subject
        && let Ok(mut detail) = serde_json::from_str::<Map<String, Value>>(&entry.detail)
        && let Some(Value::String(value)) = detail::value_mut(&mut detail, subject)
    {
        let _ = write!(value, "-{}", number + 1);
        entry.detail = Value::Object(detail).to_string();
    }
    entry
}

fn show(session: &mut Session, args: &Run, followed: &Followed) -> anyhow::Result<()> {
    let Followed {
        trace,
        dropped,
        report,
        stopped: _,
    } = followed;
    if let Some(note) = left_out(*dropped) {
        session.note(format_args!("note: {note}"))?;
    }
    if session.format == Format::Json {
        for record in trace {
            session.say(serde_json::to_string(record)?)?;
        }
        session.say(serde_json::json!({ "report": report }))?;
        return Ok(());
    }
    let options = TreeOptions {
        // The stream drops colours if standard output is no terminal.
        color: true,
        logs: args.verbose,
    };
    let tree = Tree::new(trace).draw(options);
    session.say(tree.trim_end())?;
    let failures = trace.iter().filter_map(|record| match &record.step {
        Step::FunctionError { failure, .. } => local::way_out(&failure.to_string()),
        _ => None,
    });
    for way_out in failures.collect::<BTreeSet<_>>() {
        session.note(format_args!("help: {way_out}"))?;
    }
    session.remark(report)
}

/// Says what was too much to be shown.
fn left_out((steps, lines): (u64, u64)) -> Option<String> {
    let counted = |count: u64, one: &str| match count {
        0 => None,
        1 => Some(format!("the first {one}")),
        count => Some(format!("the first {count} {one}s")),
    };
    let both = [counted(steps, "step"), counted(lines, "line of functions")];
    let both: Vec<String> = both.into_iter().flatten().collect();
    (!both.is_empty()).then(|| {
        format!(
            "this leaves out {}: it has the last {STEPS} steps or {} MB; the report counts all of them, and `--trace FILE` writes them",
            both.join(" and "),
            BYTES >> 20
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_said() {
        assert_eq!(left_out((0, 0)), None);
        let said = left_out((20, 1)).unwrap();
        let expected = "this leaves out the first 20 steps and the first line of functions: it has the last 200000 steps";
        assert!(said.starts_with(expected), "{said}");
    }

    #[test]
    fn each_of_several_events_is_about_another_subject() {
        let entry = Entry {
            detail: r#"{"customer":{"id":"c"},"n":1}"#.to_owned(),
            ..Entry::default()
        };
        let second = |subject, times| numbered(&entry, subject, 1, times).detail;
        let numbered = r#"{"customer":{"id":"c-2"},"n":1}"#;
        assert_eq!(second(Some("customer.id"), 2), numbered);
        for (subject, times) in [(Some("customer.id"), 1), (Some("n"), 2), (None, 2)] {
            assert_eq!(second(subject, times), entry.detail, "{subject:?}");
        }
    }
}
