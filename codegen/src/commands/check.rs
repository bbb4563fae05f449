//! `codegen check`: all that `generate` does, without writing what it makes.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;

use crate::against::{self, Earlier};
use crate::args::Check;
use crate::packages::Packages;
use crate::project::Project;
use crate::publish;
use crate::render::{self, FileFinding};
use crate::session::{Outcome, Session};
use generated_files::lints::{MODULE_CALL, REPLACED_RULE, STALE_FILE, UNPUBLISHED_ARTIFACT};
use generated_files::{Changes, Compared, Stale, replaced};

/// What is said of files of which none is there.
const NOTHING_YET: &str = "nothing has been generated yet";

pub(crate) fn run(session: &mut Session, args: &Check) -> anyhow::Result<Outcome> {
    if args.watch {
        return super::watch::run(session, args);
    }
    let now = args.now.unwrap_or_else(Timestamp::now);
    let mut packages = Packages::default();
    let mut project = Project::load_with(&session.spec, &mut packages, now)?;
    if args.fix {
        project = super::fix::fix(session, project)?;
    }
    project.denied.clone_from(&args.deny);
    if !project.parsed.has_errors() {
        judge_change(session, &mut project, args)?;
    }
    check(session, &mut project)
}

/// Adds to the spec's findings what the change from another spec, or a plan, does on AWS.
fn judge_change(session: &mut Session, project: &mut Project, args: &Check) -> anyhow::Result<()> {
    let earlier = args.against.as_deref();
    let earlier = earlier.map(|name| Earlier::load(project, name));
    let earlier = earlier.transpose()?;
    let found = match (&args.plan, &earlier) {
        (Some(plan), earlier) => against::findings_of_plan(project, plan, earlier.as_ref())?,
        (None, Some(earlier)) => {
            let steps = against::steps(project, earlier)?.len();
            if steps > 1 && session.format.is_for_people() {
                session.remark(format_args!(
                    "the change takes {steps} steps: `make apply FROM={}`, or `codegen generate --step 1 --from {}` and so on",
                    earlier.name, earlier.name
                ))?;
            }
            against::findings(project, earlier, &project.pipeline()?.others)?
        }
        (None, None) => return Ok(()),
    };
    // What it compares with is a matter of the call, so an `allow` is not unused if this call finds nothing.
    project.parsed.add(&[], found);
    project.is_change_judged = true;
    Ok(())
}

/// Checks a project and shows what was found.
pub(super) fn check(session: &mut Session, project: &mut Project) -> anyhow::Result<Outcome> {
    let changes = match compare(project, Ok) {
        Ok(changes) => changes,
        Err(error) => {
            render::findings(session, project, &[])?;
            return Err(error);
        }
    };
    let files = findings(&changes, &project.folder)?;
    render::findings(session, project, &files)?;
    if project.has_errors() || !files.is_empty() {
        return Ok(Outcome::Findings);
    }
    if session.format.is_for_people() {
        let jobs = project.pipeline()?.jobs.len();
        session.remark(format_args!(
            "{}: {jobs} jobs, and {} generated files are fresh",
            project.path.display(),
            changes.fresh
        ))?;
    }
    Ok(Outcome::Fine)
}

/// Finds what differs between the disk and what the spec comes to; nothing while the spec has errors. Adds to the
/// spec's findings what AWS would have to replace, and what a run would miss or refuse.
///
/// `keep` gets each file as soon as it is compared, on the processor that has made it.
pub(super) fn compare(
    project: &mut Project,
    keep: impl Fn(Compared) -> anyhow::Result<Compared> + Sync,
) -> anyhow::Result<Changes> {
    let pipeline = match &project.parsed.pipeline {
        Some(pipeline) if project.is_whole() => pipeline,
        _ => return Ok(Changes::default()),
    };
    let root = &project.folder;
    let compare = |file| keep(Compared::new(root, file)?);
    let compared = project.render_each(pipeline, compare)?;
    let compared: Vec<Compared> = compared.into_iter().collect::<anyhow::Result<_>>()?;
    let mut changes = Changes::gather(root, compared, &[&pipeline.output.terraform.value])?;
    if let Some(schemas) = &pipeline.output.schemas {
        let spec = project.file_name();
        changes.find_json_leftovers(root, &schemas.value, &spec)?;
    }
    if pipeline.backend.is_none() {
        let backend = terraform::backend_file(pipeline);
        changes.find_leftover(&project.folder, &backend, &project.file_name())?;
    }
    // A comparison with a revision says the same, and more.
    let is_judged = project.is_change_judged;
    let mut found = Vec::new();
    let mut looked_for = vec![&UNPUBLISHED_ARTIFACT, &MODULE_CALL];
    if !is_judged {
        found.extend(replaced::replaced_rules(pipeline, &changes)?);
        looked_for.push(&REPLACED_RULE);
    }
    found.extend(publish::findings(pipeline, &project.folder)?);
    found.extend(terraform::root_module::findings(pipeline, &project.folder)?);
    project.parsed.add(&looked_for, found);
    Ok(changes)
}

fn findings(changes: &Changes, root: &Path) -> anyhow::Result<Vec<FileFinding>> {
    let is_missing = |stale: &Stale| stale.old.is_none();
    let mut findings: Vec<FileFinding> = super::generate::foreign(changes).collect();
    // Before the first `generate` every file is missing, which is one finding.
    match changes.stale.as_slice() {
        [first, _, ..] if changes.fresh == 0 && changes.stale.iter().all(is_missing) => {
            findings.push(finding(first, NOTHING_YET)?);
            return Ok(findings);
        }
        _ => {}
    }
    // So is a folder that is not there, whatever is elsewhere.
    let mut said = BTreeSet::new();
    for stale in &changes.stale {
        let folder = Path::new(&stale.path).parent();
        match folder.filter(|folder| !root.join(folder).exists()) {
            Some(folder) if said.insert(folder) => findings.push(finding(stale, NOTHING_YET)?),
            Some(_) => {}
            None => findings.push(finding(stale, what(stale))?),
        }
    }
    Ok(findings)
}

fn what(stale: &Stale) -> &'static str {
    match (&stale.old, &stale.new) {
        (None, _) => "the file is missing",
        (_, None) => "the file is no longer needed",
        _ => "the file is not what the spec says",
    }
}

fn finding(stale: &Stale, message: &'static str) -> anyhow::Result<FileFinding> {
    let has_diff = stale.old.is_some() && stale.new.is_some();
    Ok(FileFinding {
        lint: &STALE_FILE,
        path: stale.path.clone(),
        message,
        help: "run `codegen generate`",
        diff: has_diff.then(|| stale.diff()).transpose()?,
    })
}
