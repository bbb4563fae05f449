//! `codegen import`: an existing deployment → a spec and Terraform `import` blocks.

mod adopt;
mod blocks;
mod derive;
mod draft;
mod found;
mod live;
mod note;
mod template;
mod yaml;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use pipeline::Pipeline;
use serde::Serialize;

use crate::args::{Format, Import};
use crate::aws::deployed::Deployed;
use crate::aws::{self, Aws};
use crate::commands::verify::{Expected, expected};
use crate::output::replace;
use crate::session::{Outcome, Session};
use draft::Draft;
use found::Found;
use note::{Kind, Note};

/// What `--format json` prints.
#[derive(Serialize)]
struct Report {
    spec: String,
    jobs: usize,
    triggers: usize,
    /// Where the import blocks are; nothing where there are none.
    imports: Option<String>,
    import_blocks: usize,
    notes: Vec<Note>,
}

/// What an import came to, before anything is written.
struct Outline {
    draft: Draft,
    text: String,
    imports: Vec<blocks::Import>,
    notes: Vec<Note>,
}

pub(crate) fn run(session: &mut Session, args: &Import) -> anyhow::Result<Outcome> {
    let folder = session.spec.parent().unwrap_or(Path::new("")).to_owned();
    let spec = session.spec.clone();
    let blocks = folder.join(&args.imports);
    if !args.force {
        refuse_existing(&[&spec, &blocks])?;
    }
    let outline = if let Some(path) = &args.template {
        template_outline(args, path)?
    } else {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(live_outline(args))?
    };
    write(&spec, &outline.text)?;
    if !outline.imports.is_empty() {
        let header = [
            "Written by `codegen import`: what is deployed becomes the module's with the first apply.".to_owned(),
            "Remove the file afterwards.".to_owned(),
        ];
        write(&blocks, &blocks::text(&outline.imports, &header))?;
    }
    show(session, &report(&spec, &blocks, outline))
}

/// Files of others are left alone.
fn refuse_existing(paths: &[&PathBuf]) -> anyhow::Result<()> {
    for path in paths {
        if path.exists() {
            bail!(
                "{} is there already: name another file with `--spec` or `--imports`, or overwrite it with `--force`",
                path.display()
            );
        }
    }
    Ok(())
}

fn template_outline(args: &Import, path: &Path) -> anyhow::Result<Outline> {
    let (found, deployed) = template::read(path, &args.parameter)?;
    let name = path.file_name().unwrap_or(path.as_os_str());
    let (draft, pipeline, notes) = draft_of(&found, args, &name.to_string_lossy())?;
    let expected = expected(&pipeline.1, &args.environment);
    Ok(finish(&found, &deployed, draft, pipeline, &expected, notes))
}

async fn live_outline(args: &Import) -> anyhow::Result<Outline> {
    let place = &args.place;
    let config = aws::config(place.endpoint_url.as_deref(), place.region.as_deref()).await;
    let aws = Aws::new(&config);
    let own = format!("{}-", args.pipeline);
    let wanted = live::Wanted {
        bus: &args.bus,
        prefix: args.prefix.as_deref().unwrap_or_default(),
        own: args.prefix.as_deref().unwrap_or(&own),
    };
    let outline = async {
        let (found, mut deployed) = live::read(&aws, wanted).await?;
        let (draft, pipeline, notes) = draft_of(&found, args, &format!("the bus {}", args.bus))?;
        let expected = expected(&pipeline.1, &args.environment);
        live::read_rest(&aws, &expected, &mut deployed).await?;
        Ok(finish(&found, &deployed, draft, pipeline, &expected, notes))
    };
    let outline = outline.await;
    aws.done();
    outline
}

/// The spec that comes closest, as a draft, as text that the language has been found to read, and read.
fn draft_of(
    found: &Found,
    args: &Import,
    from: &str,
) -> anyhow::Result<(Draft, (String, Pipeline), Vec<Note>)> {
    let (draft, notes) = derive::derive(found, &args.pipeline, &args.environment);
    if draft.jobs.is_empty() {
        let why: Vec<String> = notes
            .iter()
            .map(|note| format!("\n  {}: {}", note.place, note.message))
            .collect();
        bail!(
            "no rule or schedule of {from} can be imported{}",
            why.concat()
        );
    }
    let from: String = from.chars().filter(|c| !c.is_control()).collect();
    let text = draft.text(&[format!("Written by `codegen import` from {from}.")]);
    let parsed = pipeline::parse(&text, &pipeline::Surroundings::default());
    let errors = parsed.diagnostics.iter().filter(|found| found.is_error());
    let errors: Vec<String> = errors
        .map(|error| format!("\n  {}", error.message))
        .collect();
    match parsed.pipeline {
        Some(pipeline) if errors.is_empty() => Ok((draft, (text, pipeline), notes)),
        _ => bail!(
            "what is deployed makes no spec: choose another `--pipeline`, or import less with `--prefix`{}",
            errors.concat()
        ),
    }
}

fn finish(
    found: &Found,
    deployed: &Deployed,
    draft: Draft,
    (text, pipeline): (String, Pipeline),
    expected: &Expected,
    mut notes: Vec<Note>,
) -> Outline {
    notes.extend(adopt::changes(found, deployed, &draft, &pipeline, expected));
    notes.sort_by_key(|note| note.kind);
    Outline {
        draft,
        text,
        imports: blocks::imports(expected, deployed),
        notes,
    }
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| *folder != Path::new("")) {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let path = match path.parent() {
        Some(folder) if folder != Path::new("") => path.to_owned(),
        _ => Path::new(".").join(path),
    };
    replace(&path, text.as_bytes())
}

fn report(spec: &Path, blocks: &Path, outline: Outline) -> Report {
    let any = !outline.imports.is_empty();
    let triggers = outline.draft.jobs.iter().map(|job| job.triggers.len());
    Report {
        spec: spec.display().to_string(),
        jobs: outline.draft.jobs.len(),
        triggers: triggers.sum(),
        imports: any.then(|| blocks.display().to_string()),
        import_blocks: outline.imports.len(),
        notes: outline.notes,
    }
}

fn show(session: &mut Session, report: &Report) -> anyhow::Result<Outcome> {
    let is_remark = |note: &Note| note.kind == Kind::Remark;
    let outcome = if report.notes.iter().all(is_remark) {
        Outcome::Fine
    } else {
        Outcome::Findings
    };
    if session.format == Format::Json {
        session.say(serde_json::to_string(report)?)?;
        return Ok(outcome);
    }
    for note in &report.notes {
        let Note {
            kind,
            place,
            message,
            help,
        } = note;
        session.say(format_args!("{}: {place}: {message}", kind.heading()))?;
        if let Some(help) = help.as_ref().filter(|_| session.format != Format::Concise) {
            session.say(format_args!("  help: {help}"))?;
        }
    }
    session.note(format_args!(
        "wrote {}: {} jobs, {} triggers",
        report.spec, report.jobs, report.triggers
    ))?;
    if let Some(imports) = &report.imports {
        session.note(format_args!(
            "wrote {imports}: {} import blocks",
            report.import_blocks
        ))?;
    }
    Ok(outcome)
}
