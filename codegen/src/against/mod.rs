//! The spec of another revision, and what the change from it to the present one does on AWS.

mod git;

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use changes::{Shape, Side, Step, Told};
use pipeline::model::{Contract, Used};
use pipeline::settings::{Judged, merge};
use pipeline::syntax::Document;
use pipeline::{Diagnostic, Pipeline, Setting, Surroundings};

use crate::input;
use crate::project::{Project, environments};
use crate::used;
use git::Revision;

/// A spec that was deployed before the present one, with what its environments said.
pub(crate) struct Earlier {
    /// What the user calls it.
    pub(crate) name: String,
    document: Document,
    /// The text itself.
    pub(crate) text: String,
    /// What the files said that it uses.
    used: Arc<Used>,
    /// The pipeline as it is on this machine.
    pub(crate) pipeline: Pipeline,
    has_values: bool,
    /// What each environment said; nothing if the present environments count.
    environments: Option<Vec<Setting>>,
    /// The shape of its generated module; nothing if that is not known.
    shape: Option<Shape>,
}

impl Earlier {
    /// Reads the spec of a revision, or a file.
    ///
    /// # Errors
    /// No git, no revision, no spec there, or one with mistakes.
    pub(crate) fn load(project: &Project, name: &str) -> anyhow::Result<Self> {
        let path = Path::new(name);
        if path.is_file() {
            let text = input::text(path)?;
            let used = used::read(&project.folder, &text);
            let cannot = || format!("cannot compare with {name}");
            let (document, pipeline, has_values) = read(&text, Some(&used)).with_context(cannot)?;
            return Ok(Self {
                name: name.to_owned(),
                document,
                text,
                used,
                pipeline,
                has_values,
                environments: None,
                shape: None,
            });
        }
        let revision = Revision::find(&project.folder, name)?;
        let spec = project.file_name();
        let Some(text) = revision.read(&spec)? else {
            bail!(
                "the revision `{name}` has no spec {}: if it had another name there, write it to a file (`git show {name}:PATH`) and name that instead",
                project.shown(&spec)
            );
        };
        let used = used::read_with(&text, |path| match revision.read(path) {
            Ok(Some(text)) => Ok(text),
            // It is somewhere else, or was not kept.
            _ => used::from_disk(&project.folder.join(path)),
        });
        let cannot = || format!("cannot compare with the spec of `{name}`");
        let (document, pipeline, has_values) = read(&text, Some(&used)).with_context(cannot)?;
        Ok(Self {
            environments: Some(environments_of(&revision, &pipeline)?),
            shape: shape_of(&revision, &pipeline)?,
            name: name.to_owned(),
            document,
            text,
            used,
            pipeline,
            has_values,
        })
    }

    /// The shape of the module that this spec has, if it is known; else the one of today.
    pub(crate) fn shape_or(&self, today: Shape) -> Shape {
        self.shape.unwrap_or(today)
    }
}

/// Reads a spec that has to be without mistakes.
fn read(text: &str, used: Option<&Arc<Used>>) -> anyhow::Result<(Document, Pipeline, bool)> {
    let surroundings = Surroundings {
        used: used.cloned(),
        ..Surroundings::default()
    };
    let parsed = pipeline::parse(text, &surroundings);
    let errors = parsed.diagnostics.iter().filter(|found| found.is_error());
    let errors: Vec<&Diagnostic> = errors.collect();
    if let Some(first) = errors.first() {
        let line = text.get(..first.span.start as usize).unwrap_or_default();
        let line = 1 + line.matches('\n').count();
        let others = match errors.len() - 1 {
            0 => String::new(),
            others => format!(", and {others} more"),
        };
        bail!(
            "it has mistakes: {} [{}] in line {line}{others}",
            first.message,
            first.lint.id
        );
    }
    match (Document::read(text), parsed.pipeline) {
        (Ok(document), Some(pipeline)) => Ok((document, pipeline, parsed.has_values)),
        _ => bail!("it says no pipeline"),
    }
}

fn environments_of(revision: &Revision<'_>, pipeline: &Pipeline) -> anyhow::Result<Vec<Setting>> {
    let folder = terraform::environment::folder(pipeline);
    let mut paths = revision.list(&folder)?;
    paths.retain(|path| has_ending(path, "tfvars"));
    let texts = revision.read_all(&paths)?;
    let read = paths.iter().zip(texts).filter_map(|(path, text)| {
        let name = Path::new(path).file_stem()?.to_str()?;
        Some(terraform::environment::setting(name, &text?))
    });
    Ok(read.collect())
}

fn has_ending(path: &str, ending: &str) -> bool {
    Path::new(path).extension().is_some_and(|it| it == ending)
}

/// Reads the shape of the generated module; nothing if the revision has none, as it is not committed.
fn shape_of(revision: &Revision<'_>, pipeline: &Pipeline) -> anyhow::Result<Option<Shape>> {
    let mut paths = revision.list(&pipeline.output.terraform.value)?;
    paths.retain(|path| has_ending(path, "tf"));
    if paths.is_empty() {
        return Ok(None);
    }
    let texts = revision.read_all(&paths)?;
    let texts = texts.iter().flatten().map(String::as_str);
    Ok(Some(Shape::read(texts)))
}

/// The shape of the module that this command writes.
pub(crate) fn shape_of_today(pipeline: &Pipeline) -> Shape {
    let files = terraform::render(pipeline, "");
    Shape::read(files.iter().map(|file| file.text.as_str()))
}

/// Lists the steps that the change from an earlier spec takes, on this machine: a step has one module for all environments.
pub(crate) fn steps(project: &Project, earlier: &Earlier) -> anyhow::Result<Vec<Step>> {
    let pipeline = project.pipeline()?;
    let today = shape_of_today(pipeline);
    let side = |pipeline, shape| Side {
        pipeline,
        environment: "local",
        shape,
    };
    let before = side(&earlier.pipeline, earlier.shape_or(today));
    Ok(changes::steps(before, side(pipeline, today)))
}

/// Finds what the change from an earlier spec does on AWS, in every environment.
///
/// # Errors
/// A file of an environment that cannot be read.
pub(crate) fn findings(
    project: &Project,
    earlier: &Earlier,
    others: &[Arc<Contract>],
) -> anyhow::Result<Vec<Diagnostic>> {
    let pipeline = project.pipeline()?;
    let today = shape_of_today(pipeline);
    let shapes = (earlier.shape_or(today), today);
    let steps = steps(project, earlier)?;
    let mut judged = Vec::new();
    for (before, after) in settings(project, pipeline, earlier)? {
        let name = after.name.clone();
        let old = pipeline::meaning(&earlier.document, &before, Some(&earlier.used));
        let new = project.meaning(&after);
        let (Some(old), Some(new)) = (old, new) else {
            continue;
        };
        let before = Side {
            pipeline: &old,
            environment: &before.environment,
            shape: shapes.0,
        };
        let after = Side {
            pipeline: &new,
            environment: &after.environment,
            shape: shapes.1,
        };
        let (was, is) = (&old.name, &new.name);
        let is_renamed = was.value != is.value;
        let told = Told {
            renamed: is_renamed.then_some((was.value.as_str(), is.value.as_str(), is.span)),
            from: Some(&earlier.name),
            steps: &steps,
        };
        let mut findings = changes::findings(&changes::compare(before, after), told);
        findings.extend(changes::contract_findings(&old, &new, others));
        judged.push(Judged {
            name: Some(name),
            findings,
        });
    }
    Ok(merge(&judged))
}

/// Pairs what each environment said with what it says; this machine stands for all if no values make a difference.
fn settings(
    project: &Project,
    pipeline: &Pipeline,
    earlier: &Earlier,
) -> anyhow::Result<Vec<(Setting, Setting)>> {
    let mut pairs = Vec::new();
    if project.parsed.has_values || earlier.has_values {
        for now in environments(pipeline, &project.folder)? {
            let before = match &earlier.environments {
                None => Some(now.clone()),
                // An environment that was not there has nothing to lose.
                Some(all) => all.iter().find(|one| one.name == now.name).cloned(),
            };
            pairs.extend(before.map(|before| (before, now)));
        }
    }
    if pairs.is_empty() {
        pairs.push((Setting::default(), Setting::default()));
    }
    Ok(pairs)
}

/// Lists what each environment said and says for declared values.
///
/// # Errors
/// A file of an environment that cannot be read.
pub(crate) fn said(
    project: &Project,
    earlier: &Earlier,
) -> anyhow::Result<(Vec<Setting>, Vec<Setting>)> {
    let now = environments(project.pipeline()?, &project.folder)?;
    let before = earlier.environments.clone();
    Ok((before.unwrap_or_else(|| now.clone()), now))
}

/// Finds what a plan of Terraform does on AWS.
///
/// # Errors
/// A file that cannot be read, that is no plan, or that has nothing of this pipeline.
pub(crate) fn findings_of_plan(
    project: &Project,
    path: &Path,
    earlier: Option<&Earlier>,
) -> anyhow::Result<Vec<Diagnostic>> {
    let pipeline = project.pipeline()?;
    let shown = if input::is_standard_input(path) {
        input::STANDARD_INPUT.to_owned()
    } else {
        path.display().to_string()
    };
    let plan = changes::plan::read(input::open(path)?);
    let plan = plan.with_context(|| format!("cannot judge the plan {shown}"))?;
    let today = shape_of_today(pipeline);
    let applied = match earlier {
        Some(earlier) => earlier.shape_or(today),
        None => today,
    };
    let side = |shape| Side {
        pipeline,
        environment: "",
        shape,
    };
    let places = changes::plan::Places::new(pipeline);
    let Some(changes) = plan.changes(&places, side(applied), side(today)) else {
        let folder = &pipeline.output.terraform.value;
        bail!(
            "the plan {shown} has nothing of this pipeline: no module in it is called from a folder like {folder}"
        );
    };
    let name = &pipeline.name;
    let old = changes::plan::renamed(&changes, &name.value);
    let told = Told {
        renamed: old
            .as_deref()
            .map(|old| (old, name.value.as_str(), name.span)),
        from: None,
        steps: &[],
    };
    Ok(changes::findings(&changes, told))
}
