//! `codegen import`: an existing deployment → a spec and Terraform `import` blocks.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use deployed::Config;
use deployed::import::{
    Imported, Kind, Manner, Names, Note, Wanted, from_bus, from_templates, parameters_of,
};
use generated_files::replace;
use serde::Serialize;

use crate::args::{Format, Import};
use crate::session::{Outcome, Session};

/// What `--format json` prints.
#[derive(Serialize)]
struct Report {
    spec: String,
    jobs: usize,
    triggers: usize,
    /// The file of the import blocks; nothing if there are none.
    imports: Option<String>,
    import_blocks: usize,
    /// How many of them there are, by the kind of resource.
    adopted: BTreeMap<&'static str, usize>,
    /// How many resources the first apply makes, by their kind.
    added: BTreeMap<String, usize>,
    notes: Vec<Note>,
}

pub(crate) fn run(session: &mut Session, args: &Import) -> anyhow::Result<Outcome> {
    let folder = session.spec.parent().unwrap_or(Path::new("")).to_owned();
    let spec = session.spec.clone();
    let blocks = folder.join(&args.imports);
    if !args.force {
        refuse_existing(&[&spec, &blocks])?;
    }
    let imported = import(args, !session.quiet)?;
    write_file(&spec, &imported.spec)?;
    if let Some(text) = &imported.blocks {
        write_file(&blocks, text)?;
    }
    show_report(session, &report_on(&spec, &blocks, imported))
}

/// Reads the template that the arguments name, or a live bus.
fn import(args: &Import, shows_progress: bool) -> anyhow::Result<Imported> {
    let names = Names {
        pipeline: &args.pipeline,
        environment: &args.environment,
    };
    let manner = Manner {
        hardens: args.manner.harden,
        makes_anew: args.manner.anew,
    };
    if !args.template.is_empty() {
        let mut parameters = Vec::new();
        for file in &args.parameter_file {
            parameters.extend(parameters_of(file)?);
        }
        parameters.extend(args.parameter.iter().cloned());
        return from_templates(&args.template, &parameters, names, manner);
    }
    let wanted = Wanted {
        buses: &args.bus,
        prefix: args.prefix.as_deref(),
        schedules: args.schedules.as_deref(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let place = &args.place;
        let config = Config::load(
            place.endpoint_url.as_deref(),
            place.region.as_deref(),
            shows_progress,
        )
        .await?;
        from_bus(&config, wanted, names, manner).await
    })
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

fn write_file(path: &Path, text: &str) -> anyhow::Result<()> {
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

fn report_on(spec: &Path, blocks: &Path, imported: Imported) -> Report {
    let has_blocks = imported.blocks.is_some();
    Report {
        spec: spec.display().to_string(),
        jobs: imported.jobs,
        triggers: imported.triggers,
        imports: has_blocks.then(|| blocks.display().to_string()),
        import_blocks: imported.adopted.values().sum(),
        adopted: imported.adopted,
        added: imported.added,
        notes: imported.notes,
    }
}

fn show_report(session: &mut Session, report: &Report) -> anyhow::Result<Outcome> {
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
            id,
            kind,
            place,
            message,
            help,
        } = note;
        let heading = kind.heading();
        let id = id.map_or_else(String::new, |id| format!("[{id}]"));
        session.say(format_args!("{heading}{id}: {place}: {message}"))?;
        if let Some(help) = help.as_ref().filter(|_| session.format != Format::Concise) {
            session.say(format_args!("  help: {help}"))?;
        }
    }
    session.remark(format_args!(
        "wrote {}: {} jobs, {} triggers",
        report.spec, report.jobs, report.triggers
    ))?;
    if let Some(imports) = &report.imports {
        session.remark(format_args!(
            "wrote {imports}: {} import blocks",
            report.import_blocks
        ))?;
    }
    Ok(outcome)
}
