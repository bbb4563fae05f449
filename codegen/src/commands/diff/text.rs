//! A change for people, on a terminal.

use std::fmt::Write as _;

use changes::{Example, Fate, Group, Line, Of, Routed, Run, Way};

use super::Diff;
use crate::render::clean;
use crate::session::Session;

const GREEN: &str = "\u{1b}[32m";
const RED: &str = "\u{1b}[31m";
const BOLD: &str = "\u{1b}[1m";
const RESET: &str = "\u{1b}[0m";

/// The longest change that stands in one line.
const WIDTH: usize = 72;

pub(super) fn show(session: &mut Session, diff: &Diff<'_>) -> anyhow::Result<()> {
    let groups = &diff.review.groups;
    if groups.is_empty() {
        session.say(format_args!("nothing changes since {}", diff.against))?;
    }
    for group in groups {
        show_group(session, group)?;
    }
    match &diff.recorded {
        Some(routed) => show_recorded(session, routed),
        None => Ok(()),
    }
}

/// Names what a group is about: ``job bill``.
pub(super) fn title(group: &Group) -> String {
    let word = match group.of {
        Of::Pipeline => "pipeline",
        Of::Environment => "environment",
        Of::Event => "event",
        Of::Job => "job",
    };
    format!("{word} {}", group.name)
}

fn show_group(session: &mut Session, group: &Group) -> anyhow::Result<()> {
    let title = clean(&title(group));
    match group.fate {
        Fate::Added => session.say(format_args!("{GREEN}+ {title}{RESET}"))?,
        Fate::Removed => session.say(format_args!("{RED}- {title}{RESET}"))?,
        Fate::Changed => session.say(format_args!("{BOLD}{title}{RESET}"))?,
    }
    if let Some(was) = &group.was {
        session.say(format_args!("    was {}", clean(was)))?;
    }
    let mut part = "";
    for line in &group.lines {
        let is_gone = line.key.is_empty();
        if line.part != part && !is_gone {
            session.say(format_args!("    {}", clean(&line.part)))?;
        }
        part = &line.part;
        if is_gone {
            session.say(format_args!("    {RED}- {}{RESET}", clean(&line.part)))?;
            continue;
        }
        let indent = if part.is_empty() { "    " } else { "      " };
        show_line(session, indent, line)?;
    }
    Ok(())
}

fn show_line(session: &mut Session, indent: &str, line: &Line) -> anyhow::Result<()> {
    let key = clean(&line.key);
    let with = |value: &String| match clean(value) {
        value if value.is_empty() => key.clone(),
        value => format!("{key}: {value}"),
    };
    match (&line.before, &line.after) {
        (None, Some(after)) => {
            session.say(format_args!("{indent}{GREEN}+ {}{RESET}", with(after)))?;
        }
        (Some(before), None) => {
            session.say(format_args!("{indent}{RED}- {}{RESET}", with(before)))?;
        }
        (Some(before), Some(after)) => {
            let (before, after) = (clean(before), clean(after));
            if before.chars().count() + after.chars().count() <= WIDTH {
                session.say(format_args!("{indent}{key}: {before} → {after}"))?;
            } else {
                session.say(format_args!("{indent}{key}:"))?;
                session.say(format_args!("{indent}  {RED}- {before}{RESET}"))?;
                session.say(format_args!("{indent}  {GREEN}+ {after}{RESET}"))?;
            }
        }
        (None, None) => {}
    }
    if let Some(runs) = &line.runs {
        if line.before.is_some() {
            session.say(format_args!(
                "{indent}  it ran  {}",
                list_runs(&runs.before)
            ))?;
        }
        session.say(format_args!("{indent}  it runs {}", list_runs(&runs.after)))?;
    }
    Ok(())
}

/// Lists runs of a schedule, each in its zone and in UTC.
pub(super) fn list_runs(runs: &[Run]) -> String {
    if runs.is_empty() {
        return "never after this".to_owned();
    }
    let runs = runs.iter().map(|run| {
        if run.local.ends_with(" UTC") {
            run.local.clone()
        } else {
            format!("{} ({})", run.local, run.at)
        }
    });
    let runs: Vec<String> = runs.collect();
    runs.join(", ")
}

fn show_recorded(session: &mut Session, routed: &Routed) -> anyhow::Result<()> {
    let Routed {
        events,
        malformed: _,
        elsewhere,
        jobs,
        ways,
    } = routed;
    session.say(format_args!(
        "{BOLD}recorded events{RESET}: {elsewhere} of {events} go elsewhere"
    ))?;
    for job in jobs {
        session.say(format_args!(
            "    {}: {} → {} deliveries ({GREEN}+{}{RESET} {RED}-{}{RESET})",
            clean(&job.job),
            job.before,
            job.after,
            job.gained,
            job.lost
        ))?;
    }
    for way in ways {
        session.say(format_args!("    {}", clean(&in_words(way))))?;
        for example in &way.examples {
            session.say(format_args!("      {}", clean(&show_example(example))))?;
        }
    }
    Ok(())
}

/// Says what becomes of events: `12 events go to audit instead of bill`.
pub(super) fn in_words(way: &Way) -> String {
    let (events, go) = match way.events {
        1 => ("1 event".to_owned(), "goes"),
        many => (format!("{many} events"), "go"),
    };
    match (way.gained.join(", "), way.lost.join(", ")) {
        (gained, lost) if lost.is_empty() => format!("{events} {go} to {gained}, too"),
        (gained, lost) if gained.is_empty() => format!("{events} {go} to {lost} no more"),
        (gained, lost) => format!("{events} {go} to {gained} instead of {lost}"),
    }
}

/// Shows an event of a recording by its place, its id and what it is.
pub(super) fn show_example(example: &Example) -> String {
    let Example {
        line,
        file,
        id,
        source,
        detail_type,
        subject,
    } = example;
    let mut text = format!("{file}:{line}  {detail_type} of {source}");
    if let Some(subject) = subject {
        let _infallible = write!(text, "  {subject}");
    }
    if let Some(id) = id {
        let _infallible = write!(text, "  {id}");
    }
    text
}
