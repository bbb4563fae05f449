//! `codegen diff`: what a change of the spec means, for those who review it.

mod markdown;
mod text;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use changes::{Broken, Environments, Recorded, Review, Routed, review};
use jiff::Timestamp;
use pipeline::{Pipeline, Setting};
use serde::Serialize;
use serde_json::Value;

use crate::against::{self, Earlier};
use crate::args::{DiffArgs, Format};
use crate::project::Project;
use crate::session::{Outcome, Session};
use crate::{recording, render, used};

/// What a change means.
struct Diff<'d> {
    /// What the spec is compared with, as the user calls it.
    against: &'d str,
    review: Review,
    contracts: Vec<Broken>,
    /// What recorded events come to, if there are any.
    recorded: Option<Routed>,
}

pub(crate) fn run(session: &mut Session, args: &DiffArgs) -> anyhow::Result<Outcome> {
    let now = args.now.unwrap_or_else(Timestamp::now);
    let mut project = Project::load(&session.spec)?;
    if project.parsed.has_errors() {
        render::findings(session, &project, &[])?;
        return Ok(Outcome::Findings);
    }
    let earlier = Earlier::load(&project, &args.against)?;
    let others = others(&project, &earlier, &args.consumers)?;
    let found = match &args.plan {
        Some(plan) => {
            let mut found = against::findings_of_plan(&project, plan, Some(&earlier))?;
            let pipeline = project.pipeline()?;
            found.extend(changes::contract_findings(
                &earlier.pipeline,
                pipeline,
                &others,
            ));
            found
        }
        None => against::findings(&project, &earlier, &others)?,
    };
    let pipeline = project.pipeline()?;
    let said = against::said(&project, &earlier)?;
    let diff = Diff {
        against: &args.against,
        review: review(&earlier.pipeline, pipeline, &environments(&said), now),
        contracts: changes::contracts(&earlier.pipeline, pipeline, &others),
        recorded: route(session, &args.recording, &earlier.pipeline, pipeline)?,
    };
    // What the spec alone is found to have is `check`'s to say.
    project.parsed.diagnostics.clear();
    project.parsed.add(&[], found);
    match session.format {
        Format::Full | Format::Concise => {
            text::show(session, &diff)?;
            render::findings(session, &project, &[])?;
        }
        Format::Json => session.say(serde_json::to_string(&document(&diff, &project)?)?)?,
        Format::Markdown => session.say(markdown::page(&diff, &project).trim_end())?,
        Format::Github | Format::Sarif => render::findings(session, &project, &[])?,
    }
    Ok(if project.has_errors() {
        Outcome::Findings
    } else {
        Outcome::Fine
    })
}

/// Asks both specs about recorded events; nothing if there are none.
fn route(
    session: &mut Session,
    files: &[PathBuf],
    before: &Pipeline,
    after: &Pipeline,
) -> anyhow::Result<Option<Routed>> {
    if files.is_empty() {
        return Ok(None);
    }
    let recorded = Recorded::new(before, after);
    let subject = after.subject.as_ref().map(|path| path.value.as_str());
    let mut reader = recorded.reader(subject);
    recording::read(session, files, |file, number, line| {
        reader.read(file, number, line)
    })?;
    Ok(Some(reader.finish()))
}

/// Lists the pipelines that may use this one's events: those that the user names, and those that it uses itself.
fn others(
    project: &Project,
    earlier: &Earlier,
    consumers: &[PathBuf],
) -> anyhow::Result<Vec<Arc<pipeline::model::Contract>>> {
    let before = (project.path.as_path(), earlier.text.as_str());
    let read = consumers.iter().map(|path| used::contract_of(path, before));
    let mut others = read.collect::<anyhow::Result<Vec<_>>>()?;
    for other in &project.pipeline()?.others {
        if !others.iter().any(|one| one.pipeline == other.pipeline) {
            others.push(Arc::clone(other));
        }
    }
    Ok(others)
}

fn environments(said: &(Vec<Setting>, Vec<Setting>)) -> Environments<'_> {
    let (before, after) = said;
    let mut environments: Environments<'_> = BTreeMap::new();
    for setting in before {
        environments.entry(&setting.name).or_default().0 = Some(&setting.values);
    }
    for setting in after {
        environments.entry(&setting.name).or_default().1 = Some(&setting.values);
    }
    environments
}

/// What `--format json` prints.
#[derive(Serialize)]
struct Document<'d> {
    against: &'d str,
    changes: &'d Review,
    contracts: Vec<Contract<'d>>,
    recorded: Option<&'d Routed>,
    findings: Vec<Value>,
}

#[derive(Serialize)]
struct Contract<'d> {
    event: &'d str,
    /// `consumers` or `producers`.
    breaks: &'static str,
    reasons: Vec<String>,
    consumers: &'d [String],
    producers: &'d [String],
    /// Jobs of other pipelines that it breaks.
    others: &'d [String],
    /// Whether others write the event, too.
    external: bool,
}

fn document<'d>(diff: &'d Diff<'_>, project: &Project) -> anyhow::Result<Document<'d>> {
    let contracts = diff.contracts.iter().map(|broken| Contract {
        event: &broken.event,
        breaks: broken.party.word(),
        reasons: broken.words(),
        consumers: &broken.consumers,
        producers: &broken.producers,
        others: &broken.others,
        external: broken.is_external,
    });
    Ok(Document {
        against: diff.against,
        changes: &diff.review,
        contracts: contracts.collect(),
        recorded: diff.recorded.as_ref(),
        findings: render::as_json(project)?,
    })
}
