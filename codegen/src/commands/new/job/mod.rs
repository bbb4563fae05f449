//! `codegen new --job-only`: one more job in a spec that is there.

mod entry;
mod python;
mod rust;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail};
use pipeline::{Pipeline, Surroundings};

use super::checked;
use super::name;
use super::place::{self, File};
use super::workspace::Change;
use crate::args::{Format, New};
use crate::session::{Outcome, Session};
use entry::Trigger;

/// What a new job adds beside its entry in the spec.
struct Parts {
    /// The lines below the job's name in the spec, without indentation: what it runs.
    function: Vec<String>,
    files: Vec<File>,
    manifest: Option<Change>,
}

pub(super) fn run(session: &mut Session, args: &New) -> anyhow::Result<Outcome> {
    let Some(name) = args
        .name
        .to_str()
        .filter(|name| !name.contains(['/', '\\']))
    else {
        bail!("a job's name is no path: {}", args.name.display());
    };
    let path = session.spec.clone();
    let text = fs::read_to_string(&path)
        .with_context(|| format!("cannot read the spec {}", path.display()))?;
    let folder = match path.parent() {
        Some(folder) if *folder != *"" => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let found = pipeline::parse(&text, &Surroundings::default());
    let pipeline = match &found.pipeline {
        Some(pipeline) if !found.has_errors() => pipeline,
        _ => bail!(
            "the spec {} has errors, which come first: `codegen check` shows them",
            path.display()
        ),
    };
    let trigger = Trigger::chosen(args, pipeline, name)?;
    let is_python = pipeline.output.events.is_none() && pipeline.output.python.is_some();
    let parts = if is_python {
        name::check_module(&name.replace('-', "_"))?;
        python::parts(pipeline, name, &trigger)?
    } else {
        name::check_package(name)?;
        rust::parts(&folder, pipeline, name, &trigger)?
    };
    // An entry that was written by hand gets its files.
    let spec = if pipeline.jobs.contains_key(name) {
        None
    } else {
        let entry = entry::lines(name, &parts.function, &trigger);
        Some(with_entry(&text, pipeline, name, &entry)?)
    };
    let placed = place::all(&folder, &parts.files)?;
    let replaced = [parts.manifest, spec.map(|text| Change { path, text })];
    if let Err(error) = replace(replaced.into_iter().flatten()) {
        placed.undo();
        return Err(error);
    }
    report(session, &placed.paths())?;
    Ok(Outcome::Fine)
}

/// Adds the entry of a job to the text of a spec.
///
/// # Errors
/// A layout to which no lines can be added, with the entry that is to be written by hand; a name that no job can have.
fn with_entry(
    text: &str,
    before: &Pipeline,
    name: &str,
    entry: &[String],
) -> anyhow::Result<String> {
    let by_hand = |why: &str| {
        format!(
            "{why}, so no line can be added. Write this below `jobs:`, and run the command again for the function:\n\n  {}\n",
            entry.join("\n  ")
        )
    };
    let spans: Vec<usize> = before
        .jobs
        .values()
        .map(|job| job.name_span.range().start)
        .collect();
    let added = match entry::added(text, &spans, entry) {
        Ok(added) => added,
        Err(why) => bail!(by_hand(&why.to_string())),
    };
    // The reader of specs has the last word on whether the lines landed where they belong.
    let after = checked(&added)?;
    let names = |pipeline: &Pipeline| pipeline.jobs.keys().cloned().collect::<Vec<_>>();
    let mut expected = names(before);
    expected.push(name.to_owned());
    let landed = names(&after) == expected;
    anyhow::ensure!(landed, by_hand("the jobs do not end where they seem to"));
    Ok(added)
}

/// Replaces files; if one cannot be, those before it get their text again.
fn replace(changes: impl Iterator<Item = Change>) -> anyhow::Result<()> {
    let mut done: Vec<(PathBuf, Vec<u8>)> = Vec::new();
    for change in changes {
        let write = || {
            let old = fs::read(&change.path)
                .with_context(|| format!("cannot read {}", change.path.display()))?;
            generated_files::replace(&change.path, change.text.as_bytes())?;
            anyhow::Ok(old)
        };
        match write() {
            Ok(old) => done.push((change.path, old)),
            Err(error) => {
                for (path, old) in done {
                    let _ = generated_files::replace(&path, &old);
                }
                return Err(error);
            }
        }
    }
    Ok(())
}

fn report(session: &mut Session, written: &[&str]) -> anyhow::Result<()> {
    if session.format == Format::Json {
        return session.say(serde_json::json!({ "written": written }));
    }
    if !session.format.is_for_people() {
        return Ok(());
    }
    for path in written {
        session.note(format_args!("wrote   {path}"))?;
    }
    session.note("\nnext: `codegen generate` writes its Terraform and its types")
}
