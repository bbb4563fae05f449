//! `codegen package`: builds and zips the functions for Lambda.

use std::path::{Path, PathBuf};

use crate::args::{Format, Package};
use crate::package::{self, Artifact, Processor, Wanted};
use crate::project::Project;
use crate::session::{Outcome, Session};

pub(crate) fn run(session: &mut Session, args: &Package) -> anyhow::Result<Outcome> {
    let project = Project::load(&session.spec)?;
    let pipeline = project.pipeline()?;
    let out = args.out.clone().unwrap_or_else(|| {
        // Beside the generated module, below the root module that calls it.
        let module = project.folder.join(&pipeline.output.terraform.value);
        module
            .parent()
            .unwrap_or(Path::new("."))
            .join(package::FOLDER)
    });
    let wanted = Wanted {
        processor: Processor::from(args.architecture),
        out: &out,
        is_for_s3: false,
        quiet: session.quiet,
    };
    let artifacts = package::all(pipeline, &project.folder, wanted)?;
    for artifact in &artifacts {
        if session.format == Format::Json {
            session.say(serde_json::to_string(artifact)?)?;
        } else {
            session.remark(line(artifact, &out))?;
        }
    }
    Ok(Outcome::Fine)
}

fn line(artifact: &Artifact, out: &PathBuf) -> String {
    let verb = if artifact.changed { "wrote" } else { "fresh" };
    let path = artifact.path.strip_prefix(out).unwrap_or(&artifact.path);
    format!(
        "{verb}   {}  {}  {} kB",
        path.display(),
        artifact.architecture,
        artifact.bytes.div_ceil(1000)
    )
}
