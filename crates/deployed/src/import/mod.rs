//! An existing deployment → a spec and Terraform `import` blocks.

mod adopt;
mod blocks;
mod derive;
mod draft;
mod found;
mod live;
mod note;
mod open;
mod parameters;
mod state;
mod statements;
mod template;
mod yaml;

#[cfg(test)]
mod replacements;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use pipeline::values::Setting;
use pipeline::{Pipeline, Surroundings};

use crate::Config;
use crate::aws::Aws;
use crate::aws::deployed::Deployed;
use crate::verify::{Expected, expected};
use draft::Draft;
use found::Found;
pub use note::{Kind, Note};
pub use parameters::parameters_of;
use state::State;

/// What the import is to be called, wherever it comes from.
#[derive(Clone, Copy, Debug)]
pub struct Names<'n> {
    /// The pipeline's name.
    pub pipeline: &'n str,
    /// The environment in which names end.
    pub environment: &'n str,
}

/// What an import does beside taking over what is there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// It adds what the old deployment lacks: alarms, a dashboard, queues of dead letters.
    pub hardens: bool,
    /// What cannot be taken over is made beside the old one, and on.
    pub makes_anew: bool,
}

/// What to look for on a live bus.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'w> {
    /// The buses, at least one: the first is the pipeline's.
    pub buses: &'w [String],
    /// What names of rules and schedules begin with; without it, all rules of the bus, and schedules with the
    /// pipeline's name.
    pub prefix: Option<&'w str>,
    /// What names of schedules begin with, if that is something else.
    pub schedules: Option<&'w str>,
}

/// A state of Terraform, and what to look for in it.
#[derive(Clone, Copy, Debug)]
pub struct OfState<'w> {
    /// The file: `terraform.tfstate`, or what `terraform show -json` prints of a state or a plan.
    pub file: &'w Path,
    /// What names of rules begin with; without it, all.
    pub prefix: Option<&'w str>,
    /// What names of schedules begin with, if that is something else.
    pub schedules: Option<&'w str>,
    /// Whether the pipeline gets a state of its own, so that the one that is read forgets what the pipeline takes over.
    pub is_apart: bool,
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
    /// The file of `import` blocks, or of `moved` blocks; nothing if there are none.
    pub blocks: Option<String>,
    /// The file of `removed` blocks for the root module that has it all in its state.
    pub removed: Option<String>,
    /// How many resources are taken over, by their kind.
    pub adopted: BTreeMap<&'static str, usize>,
    /// How many resources the module has beside them, by their kind.
    pub added: BTreeMap<String, usize>,
    /// The names of the values that each environment has to say for itself.
    pub values: Vec<String>,
    /// What a person has to know, in the order of its kinds.
    pub notes: Vec<Note>,
}

/// Imports templates of CloudFormation, CDK or SAM, and services of the Serverless Framework; `parameters` are names with
/// their values.
///
/// # Errors
/// A template that cannot be read, or of which nothing can be imported.
pub fn from_templates(
    paths: &[PathBuf],
    parameters: &[(String, String)],
    names: Names<'_>,
    manner: Manner,
) -> anyhow::Result<Imported> {
    from_sources(&template::read_files(paths)?, parameters, names, manner)
}

fn from_sources(
    sources: &[template::Source],
    parameters: &[(String, String)],
    names: Names<'_>,
    manner: Manner,
) -> anyhow::Result<Imported> {
    let (found, deployed) = template::read_sources(sources, parameters, names.environment)?;
    let files: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    let from = files.join(", ");
    let (draft, notes) = draft_of(&found, names, manner, &from)?;
    let (text, pipeline) = read_back(&draft, &from)?;
    let drafted = Drafted {
        draft,
        text,
        pipeline,
        notes,
    };
    let expected = expected(&drafted.pipeline, names.environment);
    Ok(finish(&found, &deployed, drafted, &expected, None))
}

/// Imports what the state of a root module of Terraform has.
///
/// # Errors
/// A file that cannot be read or is no state, or of which nothing can be imported.
pub fn from_state(
    wanted: OfState<'_>,
    names: Names<'_>,
    manner: Manner,
) -> anyhow::Result<Imported> {
    let path = wanted.file.display();
    let text =
        fs::read_to_string(wanted.file).with_context(|| format!("cannot read the state {path}"))?;
    from_state_text(&text, wanted, names, manner)
}

fn from_state_text(
    text: &str,
    wanted: OfState<'_>,
    names: Names<'_>,
    manner: Manner,
) -> anyhow::Result<Imported> {
    let prefixes = state::Prefixes {
        rules: wanted.prefix,
        schedules: wanted.schedules,
    };
    let (state, found, mut deployed) = state::read_state(text, prefixes)
        .with_context(|| format!("cannot read the state {}", wanted.file.display()))?;
    let name = wanted.file.file_name().unwrap_or_default();
    let from = format!("the state {}", name.to_string_lossy());
    let (draft, notes) = draft_of(&found, names, manner, &from)?;
    let (_, pipeline) = read_back(&draft, &from)?;
    let first = expected(&pipeline, names.environment);
    state.read_rest(&first, &mut deployed);
    let draft = (draft, notes);
    let drafted = with_statements(&found, &deployed, draft, (&pipeline, &first), &from)?;
    let expected = expected(&drafted.pipeline, names.environment);
    let state = (&state, wanted.is_apart);
    Ok(finish(&found, &deployed, drafted, &expected, Some(state)))
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
    manner: Manner,
) -> anyhow::Result<Imported> {
    let aws = Aws::new(config);
    let imported = read_bus(&aws, wanted, names, manner).await;
    aws.done();
    imported
}

async fn read_bus(
    aws: &Aws,
    wanted: Wanted<'_>,
    names: Names<'_>,
    manner: Manner,
) -> anyhow::Result<Imported> {
    let own = format!("{}-", names.pipeline);
    let own = wanted.prefix.unwrap_or(&own);
    let from = live::Wanted {
        buses: wanted.buses,
        prefix: wanted.prefix.unwrap_or_default(),
        own,
        schedules: wanted.schedules.unwrap_or(own),
    };
    let (found, mut deployed) = live::read_bus(aws, from).await?;
    let from = match wanted.buses {
        [one] => format!("the bus {one}"),
        several => format!("the buses {}", several.join(", ")),
    };
    let draft = draft_of(&found, names, manner, &from)?;
    let (_, pipeline) = read_back(&draft.0, &from)?;
    let first = expected(&pipeline, names.environment);
    live::read_rest(aws, &first, &mut deployed).await?;
    let drafted = with_statements(&found, &deployed, draft, (&pipeline, &first), &from)?;
    let expected = expected(&drafted.pipeline, names.environment);
    Ok(finish(&found, &deployed, drafted, &expected, None))
}

/// The spec with the statements that let its rules in: whose they are is known only when it has been read once.
fn with_statements(
    found: &Found,
    deployed: &Deployed,
    (mut draft, notes): (Draft, Vec<Note>),
    (pipeline, expected): (&Pipeline, &Expected),
    from: &str,
) -> anyhow::Result<Drafted> {
    statements::keep_statements(&mut draft, found, deployed, pipeline, expected);
    let (text, pipeline) = read_back(&draft, from)?;
    Ok(Drafted {
        draft,
        text,
        pipeline,
        notes,
    })
}

/// The spec that comes closest: as a draft, as text, and as what the language has been found to read of the text.
struct Drafted {
    draft: Draft,
    text: String,
    pipeline: Pipeline,
    notes: Vec<Note>,
}

fn draft_of(
    found: &Found,
    names: Names<'_>,
    manner: Manner,
    from: &str,
) -> anyhow::Result<(Draft, Vec<Note>)> {
    let (draft, notes) = derive::derive(found, names, manner);
    if draft.jobs.is_empty() {
        let why: Vec<String> = notes
            .into_iter()
            .map(open::written_note)
            .map(|note| format!("\n  {}: {}", note.place, note.message))
            .collect();
        bail!(
            "no rule or schedule of {from} can be imported{}",
            why.concat()
        );
    }
    Ok((draft, notes))
}

/// The text of a draft, and what the language reads in it: what it refuses must not be written.
fn read_back(draft: &Draft, from: &str) -> anyhow::Result<(String, Pipeline)> {
    // A file name may hold line ends, which would end the comment.
    let from: String = from.chars().filter(|c| !c.is_control()).collect();
    let text = draft.text(&[format!("Written by `codegen import` from {from}.")]);
    let parsed = pipeline::parse(&text, &surroundings(&draft.environment));
    let errors = parsed.diagnostics.iter().filter(|found| found.is_error());
    let errors: Vec<String> = errors
        .map(|error| format!("\n  {}", error.message))
        .collect();
    match parsed.pipeline {
        Some(pipeline) if errors.is_empty() => {
            let found = open::pipeline_as_found(&text, &draft.environment, &draft.values);
            Ok((text, found.unwrap_or(pipeline)))
        }
        _ => bail!(
            "what is deployed makes no spec: choose another `--pipeline`, or import less with `--prefix`{}",
            errors.concat()
        ),
    }
}

/// What a spec is read in: the environment that is imported.
fn surroundings(environment: &str) -> Surroundings {
    Surroundings {
        setting: Setting {
            // What an environment is to say for itself it does not say yet.
            is_local: true,
            ..Setting::environment(environment)
        },
        ..Surroundings::default()
    }
}

fn finish(
    found: &Found,
    deployed: &Deployed,
    drafted: Drafted,
    expected: &Expected,
    state: Option<(&State, bool)>,
) -> Imported {
    let Drafted {
        draft,
        text,
        pipeline,
        mut notes,
    } = drafted;
    notes.extend(adopt::changes(found, deployed, &draft, &pipeline, expected));
    notes.extend(adopt::other_roles(deployed, expected));
    if draft.has_shared_names() {
        notes.push(
            Note::new(
                Kind::Remark,
                "names",
                "some are the same in every environment: `allow` keeps `check` from telling of each",
            )
            .help("before a second environment is deployed to the same account and region, let their names say `${environment}`, and remove the line"),
        );
    }
    let imports = blocks::imports(expected, deployed, pipeline.bus.is_made());
    let added = adopt::added(&pipeline, &imports);
    notes.extend(adopt::notes_of_added(&added));
    notes.extend(
        state
            .into_iter()
            .flat_map(|(state, _)| state.notes(&imports)),
    );
    let blocks = match state {
        Some((state, false)) => state.moved_file(&imports),
        _ => blocks::file_text(&imports),
    };
    let removed = state.filter(|(_, is_apart)| *is_apart && !imports.is_empty());
    let mut notes: Vec<Note> = notes.into_iter().map(open::written_note).collect();
    notes.sort_by_key(|note| note.kind);
    let mut adopted = BTreeMap::new();
    for import in &imports {
        *adopted.entry(import.kind).or_default() += 1;
    }
    let triggers = draft.jobs.iter().map(|job| job.triggers.len());
    Imported {
        values: draft
            .values
            .iter()
            .map(|value| value.name.clone())
            .collect(),
        spec: text,
        jobs: draft.jobs.len(),
        triggers: triggers.sum(),
        blocks: (!imports.is_empty()).then_some(blocks),
        removed: removed.map(|(state, _)| state.removed_file(&imports)),
        adopted,
        added: added
            .into_iter()
            .map(|(kind, labels)| (kind, labels.len()))
            .collect(),
        notes,
    }
}
