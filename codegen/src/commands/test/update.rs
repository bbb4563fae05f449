//! `codegen test --update`: writes what happened into the cases.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail};
use cases::{Bench, judge, record};
use pipeline::{Diagnostic, Edit};

use super::Picked;
use super::attempt::{Attempt, Report};
use super::files::Loaded;
use crate::args::Format;
use crate::project::Project;
use crate::render;
use crate::session::{Outcome, Session};

/// Writes what happened where a case expects something else, and says which cases were written.
pub(super) fn write(
    session: &mut Session,
    bench: &Bench<'_>,
    picked: &[Picked<'_>],
    report: &Report,
) -> anyhow::Result<Outcome> {
    if let Some(status) = report.stopped {
        session.remark("stopped by a signal: nothing was written")?;
        return Ok(Outcome::Stopped(status));
    }
    let all: Vec<_> = picked.iter().zip(&report.attempts).collect();
    let mut outcome = Outcome::Fine;
    let mut rest = all.as_slice();
    while let Some((first, _)) = rest.first() {
        let is_other = |(one, _): &(&Picked<'_>, &Attempt)| one.file.path != first.file.path;
        let end = rest.iter().position(is_other).unwrap_or(rest.len());
        let (of_file, others) = rest.split_at(end);
        if !write_file(session, bench, first.file, of_file)? {
            outcome = Outcome::Findings;
        }
        rest = others;
    }
    Ok(outcome)
}

/// Writes the cases of a file. Returns whether all of them expect what happened now.
fn write_file(
    session: &mut Session,
    bench: &Bench<'_>,
    file: &Loaded,
    cases: &[(&Picked<'_>, &Attempt)],
) -> anyhow::Result<bool> {
    let mut edits: Vec<Edit> = Vec::new();
    let mut written = Vec::new();
    for (one, attempt) in cases {
        let is_right = attempt.wrong.is_empty() && one.case.is_recorded();
        let (Some(happened), Some(document), false) = (&attempt.happened, &file.document, is_right)
        else {
            continue;
        };
        let of_case = record(bench, document, &file.text, one.case, happened);
        if !of_case.is_empty() {
            written.push(one.name());
        }
        edits.extend(of_case);
    }
    let new = apply(&file.text, edits);
    let read = Loaded::of_text(bench, file.path.clone(), new, false);
    let mut wrong: Vec<Diagnostic> = read.diagnostics.clone();
    let mut is_harmless = read.diagnostics.is_empty();
    for (one, attempt) in cases {
        let case = read.cases.iter().find(|case| case.name == one.case.name);
        match (case, &attempt.happened) {
            (Some(case), Some(happened)) => {
                let left = judge(bench, case, happened);
                // An edit of what several cases share may mend one and break another.
                is_harmless &= left.is_empty() || !attempt.wrong.is_empty();
                wrong.extend(left);
            }
            _ => wrong.extend(attempt.wrong.iter().cloned()),
        }
    }
    if read.text != file.text && is_harmless {
        replace(file, &read.text)?;
        for name in written {
            if session.format == Format::Json {
                session.say(serde_json::json!({ "case": name, "outcome": "written" }))?;
            } else {
                session.say(format_args!("written: {name}"))?;
            }
        }
    }
    let is_fine = wrong.is_empty();
    if !is_fine {
        let shown = Project::of_file(&file.path, read.text, wrong);
        render::findings_of_file(session, &shown)?;
        session.note("help: this cannot be written by itself: change it by hand")?;
    }
    Ok(is_fine)
}

/// Makes edits. Of two that overlap only the later one is made: what is wrong then is found when the text is read again.
fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span));
    let mut text = text.to_owned();
    let mut from = u32::MAX;
    for edit in edits.iter().filter(|edit| edit.span.start <= edit.span.end) {
        if edit.span.end <= from {
            text.replace_range(edit.span.range(), &edit.text);
            from = edit.span.start;
        }
    }
    text
}

/// Replaces a file, unless somebody else has changed it.
fn replace(file: &Loaded, text: &str) -> anyhow::Result<()> {
    let shown = file.path.display();
    // The link stays a link.
    let path: PathBuf =
        fs::canonicalize(&file.path).with_context(|| format!("cannot read {shown}"))?;
    let now = fs::read(&path).with_context(|| format!("cannot read {shown}"))?;
    if now != file.text.as_bytes() {
        bail!("{shown} has changed while its cases were tried: run the command again");
    }
    let permissions = fs::metadata(&path).map(|file| file.permissions());
    let permissions = permissions.with_context(|| format!("cannot read {shown}"))?;
    generated_files::replace(&path, text.as_bytes())?;
    fs::set_permissions(&path, permissions)
        .with_context(|| format!("cannot set the permissions of {shown}"))
}
