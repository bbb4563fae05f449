//! Arguments of `new`.

use std::path::PathBuf;

use clap::ValueEnum;

/// Arguments of `new`.
#[derive(Debug, clap::Args)]
pub(crate) struct New {
    /// The pipeline's name, or a folder that is to be made and whose last part is the name; with `--job-only` the job's
    #[arg(value_name = "NAME")]
    pub(crate) name: PathBuf,

    /// What the pipeline begins with
    #[arg(long, value_enum, default_value_t = Template::Chain, conflicts_with = "job_only")]
    pub(crate) template: Template,

    /// A bus of this name for each environment, or `default`, the account's; without it a bus of the pipeline's name
    #[arg(long, value_name = "NAME", conflicts_with = "job_only")]
    pub(crate) bus: Option<String>,

    /// Where the crate that functions link comes from: `vendored`, `path:FOLDER`, `git:URL`, `git:URL#REVISION` or
    /// `version:VERSION`
    ///
    /// Vendored is a copy of its sources in the new workspace, of the version of this command.
    #[arg(long, value_name = "SOURCE", default_value = "vendored", value_parser = job_source, conflicts_with = "job_only")]
    pub(crate) job: JobSource,

    /// Add the pipeline to the Cargo workspace in the folder around NAME
    #[arg(long, conflicts_with = "job_only")]
    pub(crate) existing_workspace: bool,

    /// Add one job to the spec: its entry, its function, and the function's test
    #[arg(long)]
    pub(crate) job_only: bool,

    /// The event of the spec that starts the new job; without it the first one
    #[arg(
        long,
        value_name = "NAME",
        requires = "job_only",
        conflicts_with = "schedule"
    )]
    pub(crate) event: Option<String>,

    /// When the new job runs, instead of an event: `rate(1 hour)`, `cron(0 7 * * ? *)`; in UTC
    #[arg(long, value_name = "EXPRESSION", requires = "job_only")]
    pub(crate) schedule: Option<String>,
}

/// What a new pipeline begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Template {
    /// One job in Rust, on an event and on a schedule
    Minimal,
    /// Two jobs in Rust: the first emits what starts the second, which also has a schedule
    Chain,
    /// Two jobs in Rust with a queue before the second, which gets batches
    Batch,
    /// Two jobs in Python, as in `chain`; it needs no Rust
    Python,
}

/// Where the crate that functions link comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum JobSource {
    /// A copy of its sources in the new workspace.
    Vendored,
    /// A folder on this machine.
    Path(PathBuf),
    /// A git repository, at a revision if one is given.
    Git {
        /// The repository's URL.
        url: String,
        /// A commit, tag or branch.
        revision: Option<String>,
    },
    /// A version on crates.io.
    Version(String),
}

fn job_source(text: &str) -> Result<JobSource, String> {
    if text == "vendored" {
        return Ok(JobSource::Vendored);
    }
    match text.split_once(':') {
        Some((_, "")) | None => {}
        Some(("path", path)) => return Ok(JobSource::Path(PathBuf::from(path))),
        Some(("version", version)) => return Ok(JobSource::Version(version.to_owned())),
        Some(("git", url)) => {
            let (url, revision) = match url.split_once('#') {
                Some((url, revision)) => (url, Some(revision.to_owned())),
                None => (url, None),
            };
            let url = url.to_owned();
            return Ok(JobSource::Git { url, revision });
        }
        Some(_) => {}
    }
    Err("write `vendored`, `path:FOLDER`, `git:URL` or `version:VERSION`".to_owned())
}
