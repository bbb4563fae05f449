//! `codegen import`: an existing deployment → a spec and Terraform `import` blocks.

mod report;
mod root;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use deployed::Config;
use deployed::import::{Imported, Manner, Names, Wanted, from_bus, from_templates, parameters_of};
use generated_files::replace;

use crate::args::Import;
use crate::session::{Outcome, Session};
use report::Report;

pub(crate) fn run(session: &mut Session, args: &Import) -> anyhow::Result<Outcome> {
    let folder = session.spec.parent().unwrap_or(Path::new("")).to_owned();
    let spec = session.spec.clone();
    let blocks = folder.join(&args.imports);
    let list = folder.join(&args.report);
    if !args.force {
        refuse_existing(&[&spec, &blocks, &list])?;
    }
    let imported = import(args, !session.quiet)?;
    // The generated module is below it.
    let root = folder.join("terraform");
    let (pipeline, environment) = (&args.pipeline, &args.environment);
    let root_module = root::missing_files(&root, &blocks, pipeline, environment, &imported.values)?;
    write_file(&spec, &imported.spec)?;
    if let Some(text) = &imported.blocks {
        write_file(&blocks, text)?;
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
    let report = report_on(&spec, &blocks, root_module.collect(), imported);
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

fn report_on(spec: &Path, blocks: &Path, root_module: Vec<String>, imported: Imported) -> Report {
    let has_blocks = imported.blocks.is_some();
    Report {
        spec: spec.display().to_string(),
        jobs: imported.jobs,
        triggers: imported.triggers,
        imports: has_blocks.then(|| blocks.display().to_string()),
        import_blocks: imported.adopted.values().sum(),
        adopted: imported.adopted,
        added: imported.added,
        root_module,
        notes: imported.notes,
    }
}
