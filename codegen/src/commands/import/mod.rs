//! `codegen import`: an existing deployment → a spec and Terraform `import` blocks.

mod report;
mod root;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use deployed::Config;
use deployed::import::{
    Imported, Manner, Names, OfState, Wanted, from_bus, from_state, from_templates, parameters_of,
};
use generated_files::replace;

use crate::args::Import;
use crate::session::{Outcome, Session};
use report::Report;

pub(crate) fn run(session: &mut Session, args: &Import) -> anyhow::Result<Outcome> {
    let folder = session.spec.parent().unwrap_or(Path::new("")).to_owned();
    let spec = session.spec.clone();
    let blocks = folder.join(&args.imports);
    let list = folder.join(&args.report);
    let removed = folder.join(&args.removed);
    if !args.force {
        let written = [&spec, &blocks, &list].into_iter();
        refuse_existing(written.chain(args.own_state.then_some(&removed)))?;
    }
    let imported = import(args, !session.quiet)?;
    // The generated module is below it.
    let root = folder.join("terraform");
    let (pipeline, environment) = (&args.pipeline, &args.environment);
    // The root module that has the state calls the pipeline's, too.
    let root_module = match (&args.state, args.own_state) {
        (Some(_), false) => Vec::new(),
        _ => root::missing_files(&root, &blocks, pipeline, environment, &imported.values)?,
    };
    write_file(&spec, &imported.spec)?;
    if let Some(text) = &imported.blocks {
        write_file(&blocks, text)?;
    }
    if let Some(text) = &imported.removed {
        write_file(&removed, text)?;
    }
    for (path, text) in &root_module {
        write_file(path, text)?;
    }
    let is_long = report::is_long(&imported.notes);
    if is_long {
        write_file(&list, &report::full_text(&imported.notes))?;
    }
    let root_module = root_module
        .iter()
        .map(|(path, _)| path.display().to_string());
    let files = Written {
        spec: &spec,
        blocks: &blocks,
        removed: &removed,
        root_module: root_module.collect(),
        moves: args.state.is_some() && !args.own_state,
    };
    let report = report_on(files, imported);
    let list = list.display().to_string();
    report::show_report(session, &report, is_long.then_some(list.as_str()))
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
    if let Some(file) = &args.state {
        let wanted = OfState {
            file,
            prefix: args.prefix.as_deref(),
            schedules: args.schedules.as_deref(),
            is_apart: args.own_state,
        };
        return from_state(wanted, names, manner);
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
fn refuse_existing<'p>(paths: impl IntoIterator<Item = &'p PathBuf>) -> anyhow::Result<()> {
    for path in paths {
        if path.exists() {
            bail!(
                "{} is there already: name another file with `--spec`, `--imports` or `--report`, or overwrite it with `--force`",
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

/// The files that were written, and whether the blocks are `moved` blocks.
struct Written<'p> {
    spec: &'p Path,
    blocks: &'p Path,
    removed: &'p Path,
    root_module: Vec<String>,
    moves: bool,
}

fn report_on(files: Written<'_>, imported: Imported) -> Report {
    let taken = imported.adopted.values().sum();
    let blocks = imported.blocks.map(|_| files.blocks.display().to_string());
    let (imports, moved) = if files.moves {
        (None, blocks)
    } else {
        (blocks, None)
    };
    Report {
        spec: files.spec.display().to_string(),
        jobs: imported.jobs,
        triggers: imported.triggers,
        import_blocks: if files.moves { 0 } else { taken },
        imports,
        moved,
        removed: imported
            .removed
            .map(|_| files.removed.display().to_string()),
        adopted: imported.adopted,
        added: imported.added,
        root_module: files.root_module,
        notes: imported.notes,
    }
}
