//! An existing deployment → a spec and Terraform `import` blocks.

mod adopt;
mod blocks;
mod derive;
mod draft;
mod found;
mod live;
mod note;
mod template;
mod yaml;

use std::path::Path;

use anyhow::bail;
use pipeline::Pipeline;

use crate::Config;
use crate::aws::Aws;
use crate::aws::deployed::Deployed;
use crate::verify::{Expected, expected};
use draft::Draft;
use found::Found;
pub use note::{Kind, Note};

/// What the import is to be called, wherever it comes from.
#[derive(Clone, Copy, Debug)]
pub struct Names<'n> {
    /// The pipeline's name.
    pub pipeline: &'n str,
    /// The environment in which names end.
    pub environment: &'n str,
}

/// What to look for on a live bus.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'w> {
    /// The pipeline's bus.
    pub bus: &'w str,
    /// What names of rules and schedules begin with; without it, all rules of the bus, and schedules with the
    /// pipeline's name.
    pub prefix: Option<&'w str>,
}

/// The outcome of an import, before anything is written.
#[derive(Debug)]
pub struct Imported {
    /// The text of the spec.
    pub spec: String,
    /// How many jobs it has.
    pub jobs: usize,
    /// How many triggers they have.
    pub triggers: usize,
    /// The file of `import` blocks; nothing if there are none.
    pub blocks: Option<String>,
    /// How many of them there are.
    pub block_count: usize,
    /// What a person has to know, in the order of its kinds.
    pub notes: Vec<Note>,
}

/// Imports a template of CloudFormation, CDK or SAM; `parameters` are names with their values.
///
/// # Errors
/// A template that cannot be read, or of which nothing can be imported.
pub fn from_template(
    path: &Path,
    parameters: &[(String, String)],
    names: Names<'_>,
) -> anyhow::Result<Imported> {
    let (found, deployed) = template::read_template(path, parameters)?;
    let name = path.file_name().unwrap_or(path.as_os_str());
    let drafted = draft_of(&found, names, &name.to_string_lossy())?;
    let expected = expected(&drafted.pipeline, names.environment);
    Ok(finish(&found, &deployed, drafted, &expected))
}

/// Imports what is on a live bus.
///
/// # Errors
/// A bus that is not there or cannot be read, or on which nothing can be imported; a service that cannot be reached,
/// or credentials that it does not know.
pub async fn from_bus(
    config: &Config,
    wanted: Wanted<'_>,
    names: Names<'_>,
) -> anyhow::Result<Imported> {
    let aws = Aws::new(config);
    let imported = read_bus(&aws, wanted, names).await;
    aws.done();
    imported
}

async fn read_bus(aws: &Aws, wanted: Wanted<'_>, names: Names<'_>) -> anyhow::Result<Imported> {
    let own = format!("{}-", names.pipeline);
    let from = live::Wanted {
        bus: wanted.bus,
        prefix: wanted.prefix.unwrap_or_default(),
        own: wanted.prefix.unwrap_or(&own),
    };
    let (found, mut deployed) = live::read_bus(aws, from).await?;
    let drafted = draft_of(&found, names, &format!("the bus {}", wanted.bus))?;
    let expected = expected(&drafted.pipeline, names.environment);
    live::read_rest(aws, &expected, &mut deployed).await?;
    Ok(finish(&found, &deployed, drafted, &expected))
}

/// The spec that comes closest: as a draft, as text, and as what the language has been found to read of the text.
struct Drafted {
    draft: Draft,
    text: String,
    pipeline: Pipeline,
    notes: Vec<Note>,
}

fn draft_of(found: &Found, names: Names<'_>, from: &str) -> anyhow::Result<Drafted> {
    let (draft, notes) = derive::derive(found, names.pipeline, names.environment);
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
    // A file name may hold line ends, which would end the comment.
    let from: String = from.chars().filter(|c| !c.is_control()).collect();
    let text = draft.text(&[format!("Written by `codegen import` from {from}.")]);
    // The text is read back: what the language refuses must not be written.
    let parsed = pipeline::parse(&text, &pipeline::Surroundings::default());
    let errors = parsed.diagnostics.iter().filter(|found| found.is_error());
    let errors: Vec<String> = errors
        .map(|error| format!("\n  {}", error.message))
        .collect();
    match parsed.pipeline {
        Some(pipeline) if errors.is_empty() => Ok(Drafted {
            draft,
            text,
            pipeline,
            notes,
        }),
        _ => bail!(
            "what is deployed makes no spec: choose another `--pipeline`, or import less with `--prefix`{}",
            errors.concat()
        ),
    }
}

fn finish(found: &Found, deployed: &Deployed, drafted: Drafted, expected: &Expected) -> Imported {
    let Drafted {
        draft,
        text,
        pipeline,
        mut notes,
    } = drafted;
    notes.extend(adopt::changes(found, deployed, &draft, &pipeline, expected));
    notes.sort_by_key(|note| note.kind);
    let imports = blocks::imports(expected, deployed);
    let triggers = draft.jobs.iter().map(|job| job.triggers.len());
    Imported {
        spec: text,
        jobs: draft.jobs.len(),
        triggers: triggers.sum(),
        blocks: (!imports.is_empty()).then(|| blocks::file_text(&imports)),
        block_count: imports.len(),
        notes,
    }
}
