//! Shows cases, and what came of them.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use anyhow::Context;
use cases::{Bench, Coverage, Happened, Junit, Tried, Uncovered};
use emulator::{Step, Tree, TreeOptions};
use pipeline::Diagnostic;
use serde_json::{Value, json};

use super::Picked;
use super::attempt::{Attempt, Report};
use super::files::Loaded;
use crate::args::{Denied, Format, TestArgs};
use crate::local;
use crate::project::Project;
use crate::render;
use crate::session::{Outcome, Session};

const GREEN: &str = "\u{1b}[32m";
const RED: &str = "\u{1b}[31m";
const RESET: &str = "\u{1b}[0m";

/// Shows what is wrong with files of cases.
pub(super) fn mistakes(session: &mut Session, files: Vec<Loaded>) -> anyhow::Result<Outcome> {
    let mut count = 0;
    for file in files {
        count += file.diagnostics.len();
        let shown = Project::of_file(&file.path, file.text, file.diagnostics);
        render::findings_of_file(session, &shown)?;
    }
    if session.format.is_for_people() {
        let s = if count == 1 { "" } else { "s" };
        session.remark(format_args!(
            "{count} mistake{s} in the cases: none was tried"
        ))?;
    }
    Ok(Outcome::Findings)
}

/// Lists cases.
pub(super) fn list(session: &mut Session, picked: &[Picked<'_>]) -> anyhow::Result<Outcome> {
    for one in picked {
        if session.format == Format::Json {
            session.say(about(one))?;
        } else {
            session.say(one.name())?;
        }
    }
    Ok(Outcome::Fine)
}

/// What JSON says of every case.
fn about(one: &Picked<'_>) -> Value {
    let line = line_of(&one.file.text, one.case.key.start);
    json!({ "case": one.name(), "file": one.file.path.display().to_string(), "line": line.0 })
}

pub(super) fn begin(session: &mut Session, count: usize) -> anyhow::Result<()> {
    if session.format.is_for_people() {
        let s = if count == 1 { "" } else { "s" };
        session.remark(format_args!("running {count} case{s}"))?;
    }
    Ok(())
}

/// Shows what came of a case, in a line.
pub(super) fn line(
    session: &mut Session,
    one: Picked<'_>,
    attempt: &Attempt,
) -> anyhow::Result<()> {
    let is_fine = attempt.wrong.is_empty();
    match session.format {
        Format::Full | Format::Concise => {
            let (color, word) = if is_fine {
                (GREEN, "ok")
            } else {
                (RED, "FAILED")
            };
            session.say(format_args!("case {} ... {color}{word}{RESET}", one.name()))
        }
        Format::Json => {
            let mut said = about(&one);
            said["outcome"] = if is_fine { "passed" } else { "failed" }.into();
            let failures = attempt
                .wrong
                .iter()
                .map(|wrong| failure(&one.file.text, wrong));
            said["failures"] = failures.collect();
            if let (false, Some(happened)) = (is_fine, &attempt.happened) {
                said["trace"] = json!(happened.trace);
            }
            session.say(said)
        }
        Format::Github | Format::Markdown | Format::Sarif => Ok(()),
    }
}

fn failure(text: &str, wrong: &Diagnostic) -> Value {
    let (line, column) = line_of(text, wrong.span.start);
    json!({ "message": wrong.message, "line": line, "column": column, "notes": wrong.notes })
}

/// Line and column of a byte, both from 1.
fn line_of(text: &str, at: u32) -> (usize, usize) {
    let before = text.get(..at as usize).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.matches('\n').count() + 1;
    (line, before[start..].chars().count() + 1)
}

/// Shows the cases that failed, the sum of all, and what no case has reached.
pub(super) fn end(
    session: &mut Session,
    args: &TestArgs,
    bench: &Bench<'_>,
    picked: &[Picked<'_>],
    report: &Report,
    (filtered, took): (usize, Duration),
) -> anyhow::Result<Outcome> {
    let tried = || picked.iter().zip(&report.attempts);
    let failed = tried().filter(|(_, attempt)| !attempt.wrong.is_empty());
    let failed: Vec<_> = failed.collect();
    if session.format != Format::Json {
        for (one, attempt) in &failed {
            explain(session, args, one, attempt)?;
        }
    }
    if let Some(path) = &args.junit {
        let junit = junit(args, tried());
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        fs::write(path, junit.write())
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    let mut coverage = Coverage::new(bench);
    for (_, attempt) in tried() {
        if let Some(happened) = &attempt.happened {
            coverage.add(happened);
        }
    }
    // Of a part of the cases, what they do not reach says nothing.
    let is_whole = filtered == 0 && report.stopped.is_none();
    let uncovered = coverage.uncovered();
    let passed = report.attempts.len() - failed.len();
    if session.format == Format::Json {
        let mut sum = json!({
            "summary": { "passed": passed, "failed": failed.len(), "filtered": filtered, "seconds": took.as_secs_f64() },
        });
        if is_whole {
            sum["coverage"] = json!({ "all": coverage.total(), "uncovered": uncovered });
        }
        session.say(sum)?;
    } else if session.format.is_for_people() {
        say_sum(
            session,
            &failed,
            report.stopped.is_some(),
            (passed, filtered, took),
        )?;
        if is_whole {
            say_uncovered(session, args, &uncovered, coverage.total())?;
        }
    }
    if let Some(status) = report.stopped {
        session.remark("stopped by a signal: the other cases were not tried")?;
        return Ok(Outcome::Stopped(status));
    }
    let is_denied = args.deny == Some(Denied::Uncovered) && !uncovered.is_empty();
    Ok(if failed.is_empty() && !is_denied {
        Outcome::Fine
    } else {
        Outcome::Findings
    })
}

fn say_sum(
    session: &mut Session,
    failed: &[(&Picked<'_>, &Attempt)],
    is_stopped: bool,
    (passed, filtered, took): (usize, usize, Duration),
) -> anyhow::Result<()> {
    if !failed.is_empty() {
        session.say("\nfailed:")?;
        for (one, _) in failed {
            session.say(format_args!("    {}", one.name()))?;
        }
    }
    let (color, word) = match (failed.is_empty(), is_stopped) {
        (false, _) => (RED, "FAILED"),
        (true, true) => (RED, "stopped"),
        (true, false) => (GREEN, "ok"),
    };
    let not_tried = if filtered == 0 {
        String::new()
    } else {
        format!("; {filtered} filtered out")
    };
    session.say(format_args!(
        "\nresult: {color}{word}{RESET}. {passed} passed; {} failed{not_tried}",
        failed.len()
    ))?;
    session.remark(format_args!("finished in {:.2} s", took.as_secs_f64()))
}

fn say_uncovered(
    session: &mut Session,
    args: &TestArgs,
    uncovered: &Uncovered,
    all: usize,
) -> anyhow::Result<()> {
    if uncovered.is_empty() {
        return session.remark(format_args!(
            "the cases reach all of {all} triggers, emits and failure queues"
        ));
    }
    let Uncovered {
        triggers,
        emits,
        failures,
    } = uncovered;
    let mut lines = vec![format!("no case reaches {} of {all}:", uncovered.len())];
    for (what, names) in [
        ("trigger", triggers),
        ("emit", emits),
        ("failure queue", failures),
    ] {
        lines.extend(names.iter().map(|name| format!("    {what} {name}")));
    }
    let text = lines.join("\n");
    // What fails the command is a finding, and shown whatever is quiet.
    if args.deny == Some(Denied::Uncovered) {
        return session.note(format_args!("error: {text}"));
    }
    session.remark(text)
}

/// Shows what is wrong with a case, and what happened.
fn explain(
    session: &mut Session,
    args: &TestArgs,
    one: &Picked<'_>,
    attempt: &Attempt,
) -> anyhow::Result<()> {
    let Loaded { path, text, .. } = one.file;
    if session.format == Format::Full {
        session.note(format_args!("\n--- {} ---\n", one.name()))?;
    }
    let shown = Project::of_file(path, text.clone(), attempt.wrong.clone());
    render::findings_of_file(session, &shown)?;
    let Some(happened) = attempt
        .happened
        .as_ref()
        .filter(|_| session.format == Format::Full)
    else {
        return Ok(());
    };
    if !happened.trace.is_empty() {
        session.note(tree(args, happened, true).trim_end())?;
    }
    for way_out in ways_out(happened) {
        session.note(format_args!("help: {way_out}"))?;
    }
    Ok(())
}

fn tree(args: &TestArgs, happened: &Happened, color: bool) -> String {
    let options = TreeOptions {
        color,
        logs: args.verbose,
    };
    Tree::new(&happened.trace).draw(options)
}

/// What to do about failures that many meet.
fn ways_out(happened: &Happened) -> BTreeSet<&'static str> {
    let steps = happened.trace.iter();
    let failures = steps.filter_map(|record| match &record.step {
        Step::FunctionError { failure, .. } => local::way_out(&failure.to_string()),
        _ => None,
    });
    failures.collect()
}

fn junit<'r>(args: &TestArgs, tried: impl Iterator<Item = (&'r Picked<'r>, &'r Attempt)>) -> Junit {
    let mut junit = Junit::default();
    for (one, attempt) in tried {
        let failure = attempt.wrong.first().map(|first| {
            let mut lines = Vec::new();
            for wrong in &attempt.wrong {
                let (line, column) = line_of(&one.file.text, wrong.span.start);
                let path = one.file.path.display();
                lines.push(format!("{path}:{line}:{column}: {}", wrong.message));
                lines.extend(wrong.notes.iter().map(|note| format!("  {note}")));
            }
            let happened = attempt.happened.as_ref();
            lines.extend(happened.map(|happened| tree(args, happened, false)));
            (first.message.clone(), lines.join("\n"))
        });
        let tried = Tried {
            name: one.case.name.clone(),
            took: attempt.took,
            failure,
        };
        junit.add(&one.file.path.display().to_string(), tried);
    }
    junit
}
