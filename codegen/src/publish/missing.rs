//! What would be missing in a run of Terraform that takes published zips.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::Context;
use pipeline::backend::{Backend, DrivenBy};
use pipeline::model::Job;
use pipeline::{Diagnostic, Pipeline, Span};

use super::{Published, VARIABLES, Variables, variables_of};
use crate::package;
use generated_files::lints::UNPUBLISHED_ARTIFACT;

const HELP: &str = "run `codegen publish --bucket NAME`, and commit the file";

/// Finds the zips that are missing: in the files that say what environments take, and if commits start the runs of the
/// pipeline, where there is no such file.
///
/// # Errors
/// A file is there and cannot be read.
pub(crate) fn findings(pipeline: &Pipeline, folder: &Path) -> anyhow::Result<Vec<Diagnostic>> {
    let driven_by = match &pipeline.backend {
        Some(Backend::Cloud(cloud)) if cloud.driven_by.value == DrivenBy::Vcs => {
            Some(cloud.driven_by.span)
        }
        _ => None,
    };
    let of_all = pipeline.output.in_root_module(VARIABLES);
    let shared = read(&folder.join(&of_all))?;
    let mut found = Vec::new();
    let mut have_own = 0;
    let mut lacking = Vec::new();
    for environment in environments(pipeline, folder)? {
        let file = variables_of(pipeline, &environment);
        match read(&folder.join(&file))? {
            Some(text) => {
                have_own += 1;
                found.extend(of_environment(pipeline, &environment, &file, &text));
            }
            None => lacking.push((environment, file)),
        }
    }
    let Some(driven_by) = driven_by else {
        return Ok(found);
    };
    match shared {
        Some(text) => found.extend(of_every_run(pipeline, folder, driven_by, &of_all, &text)?),
        None if have_own == 0 => {
            let message = format!("a run sees no zips: {of_all} is missing");
            found.push(finding(driven_by, message));
        }
        None => found.extend(lacking.iter().map(|(environment, file)| {
            let message = format!("a run of `{environment}` sees no zips: {file} is missing");
            Diagnostic::new(&UNPUBLISHED_ARTIFACT, driven_by, message)
                .with_help(help_for(environment))
        })),
    }
    Ok(found)
}

fn help_for(environment: &str) -> String {
    format!(
        "run `codegen publish --bucket NAME --environment {environment}`, or promote another environment's choice, and commit the file"
    )
}

/// Lists the environments that have a file of settings.
fn environments(pipeline: &Pipeline, folder: &Path) -> anyhow::Result<Vec<String>> {
    let paths = terraform::environment::paths(pipeline, folder)?;
    let names = paths.iter().filter_map(|path| path.file_stem()?.to_str());
    Ok(names.map(str::to_owned).collect())
}

/// Looks at the file of one environment. What was built here last says nothing of it: an environment may take an older
/// build.
fn of_environment(
    pipeline: &Pipeline,
    environment: &str,
    file: &str,
    text: &[u8],
) -> Vec<Diagnostic> {
    let finding = |span: Span, message: String| {
        Diagnostic::new(&UNPUBLISHED_ARTIFACT, span, message).with_help(help_for(environment))
    };
    let Ok(variables) = serde_json::from_slice::<Variables>(text) else {
        let message = format!("{file} does not say where the zips of `{environment}` are");
        return vec![finding(pipeline.name.span, message)];
    };
    let missing =
        zipped(pipeline).filter(|(name, _)| !variables.artifacts.contains_key(name.as_str()));
    let missing = missing.map(|(name, job)| {
        let message = format!("`{environment}` takes no zip of `{name}`: {file} does not name it");
        finding(job.name_span, message)
    });
    missing.collect()
}

/// Looks at the file that every run reads.
fn of_every_run(
    pipeline: &Pipeline,
    folder: &Path,
    driven_by: Span,
    file: &str,
    text: &[u8],
) -> anyhow::Result<Vec<Diagnostic>> {
    let Ok(variables) = serde_json::from_slice::<Variables>(text) else {
        let message = format!("a run sees no zips: {file} does not say where they are");
        return Ok(vec![finding(driven_by, message)]);
    };
    let built = built_here(pipeline, folder)?;
    let mut found = Vec::new();
    for (name, job) in zipped(pipeline) {
        let built = built.artifacts.get(name).and_then(|one| one.path.as_ref());
        let built = match built {
            Some(path) => read(&folder.join(pipeline.output.in_root_module(path)))?,
            None => None,
        };
        let published = variables.artifacts.get(name);
        if let Some(problem) = problem(name, published, built.as_deref()) {
            found.push(finding(job.name_span, problem));
        }
    }
    Ok(found)
}

fn finding(span: Span, message: String) -> Diagnostic {
    Diagnostic::new(&UNPUBLISHED_ARTIFACT, span, message).with_help(HELP)
}

/// Lists the jobs whose function is a zip.
fn zipped(pipeline: &Pipeline) -> impl Iterator<Item = (&String, &Job)> {
    pipeline.jobs.iter().filter(|(_, job)| {
        let function = job.work.function();
        function.is_some_and(|function| function.code.is_zipped())
    })
}

/// Reads which zips were built here last; none if nothing was, or by an earlier version.
fn built_here(pipeline: &Pipeline, folder: &Path) -> anyhow::Result<package::Variables> {
    let file = format!("{}/{}", package::FOLDER, package::VARIABLES);
    let text = read(&folder.join(pipeline.output.in_root_module(&file)))?;
    let variables = text.and_then(|text| serde_json::from_slice(&text).ok());
    Ok(variables.unwrap_or_default())
}

/// Says what is wrong with the published zip of a job. Only a zip that was built here tells whether it is too old.
fn problem(job: &str, published: Option<&Published>, built: Option<&[u8]>) -> Option<String> {
    let Some(published) = published else {
        return Some(format!("no zip of `{job}` is published"));
    };
    let hash = built.map(package::hash::source_code_hash);
    if hash.is_some_and(|hash| hash != published.source_code_hash) {
        return Some(format!(
            "the published zip of `{job}` is not the one that was built last"
        ));
    }
    None
}

fn read(path: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}
