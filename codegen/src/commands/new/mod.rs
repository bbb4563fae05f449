//! `codegen new`: a pipeline of one's own, or one more job.

mod job;
mod manifest;
mod name;
mod place;
mod template;
mod vendored;
mod workspace;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::bail;
use pipeline::{Parsed, Pipeline, Severity, Surroundings};
use serde::Serialize;

use crate::args::{Format, JobSource, New};
use crate::project;
use crate::session::{Outcome, Session};
use place::{File, Placed};
use template::{Filled, Language};

/// The file of the spec, which generated files name.
const SPEC: &str = "pipeline.yaml";

pub(crate) fn run(session: &mut Session, args: &New) -> anyhow::Result<Outcome> {
    if args.job_only {
        return job::run(session, args);
    }
    anyhow::ensure!(
        session.spec == Path::new(SPEC),
        "a new pipeline is {SPEC} of its folder: leave out `--spec`"
    );
    let (folder, name) = name::of_pipeline(&args.name, args.existing_workspace)?;
    check_name(&name)?;
    let filled = filled(args, &folder, &name)?;
    let mut files = files(args, &filled)?;
    let change = if args.existing_workspace {
        let change = workspace::join(&folder, &filled, &mut files)?;
        leave_what_is_of_the_project(session, &folder, &mut files)?;
        change
    } else {
        None
    };
    let placed = place::all(&folder, &files)?;
    if let Some(change) = change
        && let Err(error) = generated_files::replace(&change.path, change.text.as_bytes())
    {
        placed.undo();
        return Err(error);
    }
    report(session, args, &folder, &placed)?;
    Ok(Outcome::Fine)
}

/// Judges a name as that of a pipeline is judged.
///
/// # Errors
/// A name that no pipeline can have, with a near one.
fn check_name(name: &str) -> anyhow::Result<()> {
    // JSON's strings are strings of YAML, whatever they hold.
    let name = serde_json::Value::from(name);
    let spec = format!(
        "pipeline: {name}\nsource: s\nevents: {{ e: {{ detail_type: E, external: true }} }}\n\
         jobs: {{ j: {{ deliver_to: queue, triggers: [{{ event: e }}] }} }}\n"
    );
    checked(&spec).map(drop)
}

/// The texts that stand for the placeholders of a template.
fn filled(args: &New, folder: &Path, name: &str) -> anyhow::Result<Filled> {
    let bus = args.bus.as_deref().unwrap_or(name);
    Ok(Filled {
        template: args.template,
        name: name.to_owned(),
        bus: bus.to_owned(),
        job: manifest::dependency(&args.job, folder)?,
    })
}

/// Makes all files of a new pipeline, those that are generated from its spec included.
fn files(args: &New, filled: &Filled) -> anyhow::Result<Vec<File>> {
    let mut files = filled.files();
    let language = Language::of(args.template);
    if language == Language::Rust && args.job == JobSource::Vendored {
        files.extend(vendored::files()?);
    }
    let schema = serde_json::to_string_pretty(&schema::document())? + "\n";
    files.push(File::new("pipeline.schema.json", schema));
    files.push(File::new(
        "scripts/terraform.sh",
        include_str!("../../../../scripts/terraform.sh"),
    ));
    let spec = files.iter().find(|file| file.path == SPEC);
    let spec = spec.map_or("", |file| std::str::from_utf8(&file.bytes).unwrap_or(""));
    let pipeline = checked(spec)?;
    for generated in project::render(&pipeline, SPEC)? {
        files.push(File::new(generated.path, generated.text));
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Reads the spec that is to be written. What is wrong with it comes from the names that were given.
fn checked(spec: &str) -> anyhow::Result<Pipeline> {
    let Parsed {
        pipeline,
        diagnostics,
        ..
    } = pipeline::parse(spec, &Surroundings::default());
    let mut errors = diagnostics.iter();
    if let Some(error) = errors.find(|found| found.lint.severity == Severity::Error) {
        let mut said = error.message.clone();
        for more in error.notes.iter().chain(&error.help) {
            said += "\n  ";
            said += more;
        }
        bail!("{said}");
    }
    match pipeline {
        Some(pipeline) => Ok(pipeline),
        None => bail!("the new spec cannot be read"),
    }
}

/// Takes from the list what a workspace has one of, where it has one.
fn leave_what_is_of_the_project(
    session: &mut Session,
    folder: &Path,
    files: &mut Vec<File>,
) -> anyhow::Result<()> {
    let (left, kept): (Vec<File>, Vec<File>) = std::mem::take(files)
        .into_iter()
        .partition(|file| file.is_of_the_project() && folder.join(&file.path).exists());
    *files = kept;
    for file in left {
        session.note(format_args!("left    {}, which is there", file.path))?;
    }
    Ok(())
}

/// What `--format json` prints.
#[derive(Serialize)]
struct Summary<'s> {
    folder: &'s Path,
    written: Vec<&'s str>,
}

fn report(session: &mut Session, args: &New, folder: &Path, placed: &Placed) -> anyhow::Result<()> {
    if session.format == Format::Json {
        let written = placed.paths();
        return session.say(serde_json::to_string(&Summary { folder, written })?);
    }
    if !session.format.is_for_people() {
        return Ok(());
    }
    // Hundreds of lines would hide what to do next.
    let mut folders: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for path in placed.paths() {
        let first = Path::new(path).components().next();
        let top = first.map_or_else(PathBuf::new, |first| PathBuf::from(first.as_os_str()));
        *folders.entry(top).or_default() += 1;
    }
    for (top, count) in folders {
        let shown = folder.join(&top);
        let shown = shown.strip_prefix(".").unwrap_or(&shown).display();
        if folder.join(&top).is_dir() {
            session.note(format_args!("wrote   {shown}/  {count} files"))?;
        } else {
            session.note(format_args!("wrote   {shown}"))?;
        }
    }
    session.note("\nnext:")?;
    if folder != Path::new(".") {
        session.note(format_args!("  cd {}", folder.display()))?;
    }
    for line in next(Language::of(args.template)) {
        session.note(format_args!("  {line}"))?;
    }
    Ok(())
}

/// What to do with a new pipeline.
fn next(language: Language) -> [&'static str; 5] {
    let first = match language {
        Language::Rust => {
            "make demo           # an event through all jobs, on this machine; the first build takes minutes"
        }
        Language::Python => "make demo           # an event through all jobs, on this machine",
    };
    [
        first,
        "make test           # the tests of the functions",
        "codegen dev         # a page to look at, and an endpoint for AWS's SDKs",
        "codegen new --job-only NAME   # one more job",
        "make plan ENV=dev   # what Terraform would do on AWS; then make apply ENV=dev",
    ]
}
