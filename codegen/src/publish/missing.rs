//! What would be missing in a run of Terraform that a commit starts.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::Context;
use pipeline::backend::{Backend, DrivenBy};
use pipeline::{Diagnostic, Pipeline, Span};

use super::{Published, VARIABLES, Variables};
use crate::package;
use generated_files::lints::UNPUBLISHED_ARTIFACT;

const HELP: &str = "run `codegen publish --bucket NAME`, and commit the file";

/// Finds the zips that are missing, if commits start the runs of the pipeline.
///
/// # Errors
/// A file is there and cannot be read.
pub(crate) fn findings(pipeline: &Pipeline, folder: &Path) -> anyhow::Result<Vec<Diagnostic>> {
    let Some(Backend::Cloud(cloud)) = &pipeline.backend else {
        return Ok(Vec::new());
    };
    if cloud.driven_by.value != DrivenBy::Vcs {
        return Ok(Vec::new());
    }
    let file = pipeline.output.in_root_module(VARIABLES);
    let finding = |span: Span, message: String| {
        Diagnostic::new(&UNPUBLISHED_ARTIFACT, span, message).with_help(HELP)
    };
    let Some(text) = read(&folder.join(&file))? else {
        let message = format!("a run sees no zips: {file} is missing");
        return Ok(vec![finding(cloud.driven_by.span, message)]);
    };
    let Ok(variables) = serde_json::from_slice::<Variables>(&text) else {
        let message = format!("a run sees no zips: {file} does not say where they are");
        return Ok(vec![finding(cloud.driven_by.span, message)]);
    };
    let mut found = Vec::new();
    for (name, job) in &pipeline.jobs {
        let function = job.work.function();
        if !function.is_some_and(|function| function.code.is_zipped()) {
            continue;
        }
        let zip = format!("artifacts/{name}.zip");
        let built = read(&folder.join(pipeline.output.in_root_module(&zip)))?;
        let published = variables.artifacts.get(name);
        if let Some(problem) = problem(name, published, built.as_deref()) {
            found.push(finding(job.name_span, problem));
        }
    }
    Ok(found)
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
