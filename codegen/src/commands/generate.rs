//! `codegen generate`: writes the files that follow from the spec.

use anyhow::bail;
use serde::Serialize;

use crate::against::{self, Earlier};
use crate::args::{Format, Generate};
use crate::project::Project;
use crate::render::{self, FileFinding};
use crate::session::{Outcome, Session};
use generated_files::lints::FOREIGN_FILE;
use generated_files::{Changes, Compared};

pub(crate) fn run(session: &mut Session, args: &Generate) -> anyhow::Result<Outcome> {
    let mut project = Project::load(&session.spec)?;
    if let (Some(step), Some(from)) = (args.step, &args.from) {
        return write_step(session, &mut project, step, from);
    }
    let root = project.folder.clone();
    // A large pipeline's texts together would fill the memory: each waits on the disk for the others.
    let changes = match super::check::compare(&mut project, |file| file.beside(&root)) {
        Ok(changes) => changes,
        Err(error) => {
            render::findings(session, &project, &[])?;
            return Err(error);
        }
    };
    let in_the_way: Vec<FileFinding> = foreign(&changes).collect();
    render::findings(session, &project, &in_the_way)?;
    if project.parsed.has_errors() || !in_the_way.is_empty() {
        return Ok(Outcome::Findings);
    }
    // Nothing is written before this line: a mistake in the spec leaves every file as it was.
    let told = Told::new(&changes);
    changes.apply(&project.folder)?;
    summary(session, &told, None)?;
    Ok(Outcome::Fine)
}

/// Writes the module of one step of a change, and leaves all other files as they are.
fn write_step(
    session: &mut Session,
    project: &mut Project,
    number: usize,
    from: &str,
) -> anyhow::Result<Outcome> {
    if project.parsed.has_errors() {
        render::findings(session, project, &[])?;
        return Ok(Outcome::Findings);
    }
    let earlier = Earlier::load(project, from)?;
    let pipeline = project.pipeline()?;
    let steps = against::steps(project, &earlier)?;
    let step = number.checked_sub(1).and_then(|index| steps.get(index));
    let Some(step) = step.copied() else {
        let takes = match steps.len() {
            1 => "is done in one step".to_owned(),
            several => format!("takes {several} steps"),
        };
        bail!("there is no step {number}: the change from {from} {takes}");
    };
    let spec = project.file_name();
    let files = terraform::steps::render_step(&earlier.pipeline, pipeline, step, &spec);
    let folder = [pipeline.output.terraform.value.as_str()];
    let root = &project.folder;
    let files = files.into_iter().map(|file| Compared::new(root, file));
    let compared: Vec<Compared> = files.collect::<anyhow::Result<_>>()?;
    let changes = Changes::gather(root, compared, &folder)?;
    let in_the_way: Vec<FileFinding> = foreign(&changes).collect();
    render::findings(session, project, &in_the_way)?;
    if !in_the_way.is_empty() {
        return Ok(Outcome::Findings);
    }
    let files = Told::new(&changes);
    changes.apply(&project.folder)?;
    let all = steps.len();
    let wait_seconds = step.wait_seconds(&earlier.pipeline, pipeline);
    let told = StepSummary {
        step: number,
        steps: all,
        wait_seconds,
    };
    summary(session, &files, Some(told))?;
    if !session.format.is_for_people() {
        return Ok(Outcome::Fine);
    }
    session.remark(format_args!("step {number} of {all}: {}", step.summary()))?;
    if wait_seconds > 0 {
        session.remark(format_args!(
            "after the apply, wait {wait_seconds} s: {}",
            step.then()
        ))?;
    }
    Ok(Outcome::Fine)
}

/// The files of others that are in the way.
pub(super) fn foreign(changes: &Changes) -> impl Iterator<Item = FileFinding> {
    changes.foreign.iter().map(|path| FileFinding {
        lint: &FOREIGN_FILE,
        path: path.clone(),
        message: "a file that was not generated stands where one is to be written",
        help: "move it away, or choose another folder under `output:`",
        diff: None,
    })
}

/// What `--format json` prints after writing.
#[derive(Serialize)]
struct Summary<'s> {
    written: &'s [String],
    removed: &'s [String],
    unchanged: usize,
    #[serde(flatten)]
    step: Option<StepSummary>,
}

/// What it says of a step beside that.
#[derive(Serialize)]
struct StepSummary {
    step: usize,
    /// How many there are.
    steps: usize,
    /// How long to wait before the next one.
    wait_seconds: u32,
}

/// What is told of files that are written and removed.
struct Told {
    written: Vec<String>,
    removed: Vec<String>,
    unchanged: usize,
}

impl Told {
    fn new(changes: &Changes) -> Self {
        let of = |is_written: bool| {
            let chosen = changes.stale.iter();
            let chosen = chosen.filter(|stale| stale.new.is_some() == is_written);
            chosen.map(|stale| stale.path.clone()).collect()
        };
        Self {
            written: of(true),
            removed: of(false),
            unchanged: changes.fresh,
        }
    }
}

fn summary(session: &mut Session, told: &Told, step: Option<StepSummary>) -> anyhow::Result<()> {
    let Told {
        written,
        removed,
        unchanged,
    } = told;
    if session.format == Format::Json {
        let summary = Summary {
            written,
            removed,
            unchanged: *unchanged,
            step,
        };
        return session.say(serde_json::to_string(&summary)?);
    }
    if !session.format.is_for_people() {
        return Ok(());
    }
    // In one piece: a large pipeline has a line for each of its jobs.
    let mut text = String::new();
    for (what, paths) in [("wrote   ", written), ("removed ", removed)] {
        text.extend(paths.iter().flat_map(|path| [what, path, "\n"]));
    }
    let (written, removed) = (written.len(), removed.len());
    session.remark(format_args!(
        "{text}{written} written, {removed} removed, {unchanged} unchanged"
    ))
}
