//! `codegen publish`: puts the zips in S3, and writes a file that tells Terraform where.

use serde::Serialize;

use crate::args::{Format, Publish};
use crate::package::{self, Processor, Wanted};
use crate::project::Project;
use crate::publish::{self, Place, Published};
use crate::session::{Outcome, Session};

/// What `--format json` prints for each job.
#[derive(Serialize)]
struct Line<'l> {
    job: &'l str,
    #[serde(flatten)]
    published: &'l Published,
}

pub(crate) fn run(session: &mut Session, args: &Publish) -> anyhow::Result<Outcome> {
    let project = Project::load(&session.spec)?;
    let pipeline = project.pipeline()?;
    let root_module = |file| project.folder.join(pipeline.output.in_root_module(file));
    let wanted = Wanted {
        processor: Processor::from(args.architecture),
        out: &root_module("artifacts"),
        is_for_s3: true,
        quiet: session.quiet,
    };
    let artifacts = package::all(pipeline, &project.folder, wanted)?;
    let place = Place::new(&args.bucket, &args.prefix, &pipeline.name.value);
    // The file comes last: it must never name a zip that is not there.
    let variables = publish::upload(&artifacts, &place)?;
    let path = args.variables.clone();
    let path = path.unwrap_or_else(|| root_module(publish::VARIABLES));
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
