//! `codegen publish`: puts the zips in S3, and writes a file that tells Terraform where.

use std::path::{Path, PathBuf};

use anyhow::bail;
use pipeline::Pipeline;
use serde::Serialize;

use crate::args::{Format, Publish};
use crate::package::{self, Artifact, Processor, Wanted};
use crate::project::Project;
use crate::publish::{self, Difference, Place, Published};
use crate::session::{Outcome, Session};

/// What `--format json` prints for each job.
#[derive(Serialize)]
struct Line<'l> {
    job: &'l str,
    #[serde(flatten)]
    published: &'l Published,
}

/// What `--check --format json` prints for each job.
#[derive(Serialize)]
struct Checked<'l> {
    job: &'l str,
    /// The hash of what is built here.
    source_code_hash: &'l str,
    is_published: bool,
}

pub(crate) fn run(session: &mut Session, args: &Publish) -> anyhow::Result<Outcome> {
    let project = Project::load(&session.spec)?;
    let pipeline = project.pipeline()?;
    let root_module = |file| project.folder.join(pipeline.output.in_root_module(file));
    let path = match (&args.variables, &args.environment) {
        (Some(path), _) => path.clone(),
        (None, Some(environment)) => path_of(pipeline, &project.folder, environment)?,
        (None, None) => root_module(publish::VARIABLES),
    };
    let wanted = Wanted {
        processor: Processor::from(args.architecture),
        out: &root_module(package::FOLDER),
        is_for_s3: true,
        quiet: session.quiet,
    };
    let artifacts = package::all(pipeline, &project.folder, wanted)?;
    let Some(bucket) = &args.bucket else {
        return check(session, &artifacts, &path);
    };
    let place = Place::new(bucket, &args.prefix, &pipeline.name.value);
    // The file comes last: it must never name a zip that is not there.
    let variables = publish::upload(&artifacts, &place)?;
    let changed = publish::write(&variables, &path)?;
    for (job, published) in &variables.artifacts {
        if session.format == Format::Json {
            session.say(serde_json::to_string(&Line { job, published })?)?;
        } else {
            let (bucket, key) = (&published.s3_bucket, &published.s3_key);
            session.remark(format_args!("published {job}  s3://{bucket}/{key}"))?;
        }
    }
    if session.format.is_for_people() {
        let path = path.strip_prefix(".").unwrap_or(&path).display();
        session.remark(if changed {
            format!("wrote     {path}: commit it")
        } else {
            format!("fresh     {path}")
        })?;
    }
    Ok(Outcome::Fine)
}

/// Returns the file of an environment's choice.
///
/// # Errors
/// There is no such environment.
fn path_of(pipeline: &Pipeline, folder: &Path, environment: &str) -> anyhow::Result<PathBuf> {
    let settings = terraform::environment::file(pipeline, environment);
    if !folder.join(&settings).is_file() {
        bail!("there is no environment {environment}: {settings} is missing");
    }
    Ok(folder.join(publish::variables_of(pipeline, environment)))
}

/// Says which published zips are not what is built here.
fn check(session: &mut Session, artifacts: &[Artifact], path: &Path) -> anyhow::Result<Outcome> {
    let differences = publish::differences(artifacts, path)?;
    let path = path.strip_prefix(".").unwrap_or(path).display();
    for artifact in artifacts {
        let (job, source_code_hash) = (&artifact.job, &artifact.source_code_hash);
        let difference = differences.get(job);
        if session.format == Format::Json {
            let checked = Checked {
                job,
                source_code_hash,
                is_published: difference.is_none(),
            };
            session.say(serde_json::to_string(&checked)?)?;
            continue;
        }
        match difference {
            None => session.remark(format_args!("published {job}"))?,
            Some(Difference::Missing) => {
                session.note(format_args!("missing   {job}: {path} does not name it"))?;
            }
            Some(Difference::Other(key)) => {
                session.note(format_args!(
                    "differs   {job}: {key} is not what is built here, {}",
                    artifact.sha256
                ))?;
            }
        }
    }
    Ok(if differences.is_empty() {
        Outcome::Fine
    } else {
        Outcome::Findings
    })
}
