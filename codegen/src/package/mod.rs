//! Functions in the form that Lambda takes: built for `provided.al2023`, checked and zipped, or a zip that is there.

mod elf;
pub(crate) mod hash;
mod old;
mod ready;
mod zip;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use pipeline::Pipeline;
use pipeline::model::{Architecture, Code, Function};
use serde::{Deserialize, Serialize};

use crate::cargo::{self, Build};

/// The folder of the zips in the root module.
pub(crate) const FOLDER: &str = "artifacts";

/// The file beside the zips that tells Terraform of them.
pub(crate) const VARIABLES: &str = "artifacts.tfvars.json";

/// The processor to build for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Processor {
    /// What the spec says of each job.
    Spec,
    /// This machine's.
    Native,
    /// One for all jobs.
    Given(Architecture),
}

/// What the zips of a pipeline are for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'w> {
    /// The processor to build for. A zip that is there already is for the spec's.
    pub(crate) processor: Processor,
    /// The folder that they are written to.
    pub(crate) out: &'w Path,
    /// Whether they go to S3, which takes larger ones than Lambda's API.
    pub(crate) is_for_s3: bool,
    /// Whether Cargo says nothing but errors.
    pub(crate) quiet: bool,
}

/// A job's zip.
#[derive(Debug, Serialize)]
pub(crate) struct Artifact {
    pub(crate) job: String,
    pub(crate) path: PathBuf,
    pub(crate) architecture: &'static str,
    /// The size of the zip.
    pub(crate) bytes: u64,
    /// The SHA-256 in hexadecimal digits.
    pub(crate) sha256: String,
    /// The SHA-256 in Base64, as Lambda has it.
    pub(crate) source_code_hash: String,
    /// Whether the file on disk had other bytes before.
    pub(crate) changed: bool,
}

/// What `artifacts.tfvars.json` holds.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Variables {
    pub(crate) artifacts: BTreeMap<String, Variable>,
}

/// A zip on this machine.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Variable {
    architecture: String,
    /// The path below the root module; a file of an earlier version has none, and means `artifacts/<job>.zip`.
    pub(crate) path: Option<String>,
}

/// How many digits of the hash are in a zip's name: 64 bits, so that no two builds of a job meet.
const DIGITS_IN_NAME: usize = 16;

/// What binaries that are built together have in common: the processor, and Cargo features instead of the default ones.
type Binary<'p> = (&'static str, Option<&'p [String]>);

/// Builds every package of a pipeline, takes every zip that is there, and writes `<job>-<hash>.zip` for each into a
/// folder. What has the same bytes has the same name, so a plan that names a zip means these very bytes; zips of earlier
/// builds go, but for those that a saved plan names. Functions that are images have none.
///
/// # Errors
/// A function does not build, needs a newer glibc than Lambda has, or is for another processor than wanted; a zip is
/// not there, or would not run.
pub(crate) fn all(
    pipeline: &Pipeline,
    project: &Path,
    asked: Wanted<'_>,
) -> anyhow::Result<Vec<Artifact>> {
    let Wanted {
        processor,
        out,
        is_for_s3: _,
        quiet,
    } = asked;
    fs::create_dir_all(out).with_context(|| format!("cannot create {}", out.display()))?;
    let mut artifacts = Vec::new();
    // Cargo unifies features over all packages of one call: jobs with other features must not share a build.
    let mut wanted: BTreeMap<Binary<'_>, Vec<(&str, &str)>> = BTreeMap::new();
    for (name, job) in &pipeline.jobs {
        let Some(function) = job.work.function() else {
            continue;
        };
        match &function.code {
            Code::Package(package) => {
                let architecture = processor.for_function(function)?.as_str();
                let features = function.features.as_deref();
                let jobs = wanted.entry((architecture, features)).or_default();
                jobs.push((name, &package.value));
            }
            Code::Zip(zip) => {
                let bytes = ready::read(name, zip, function, project)?;
                artifacts.push(write(name, &bytes, function.architecture.as_str(), asked)?);
            }
            Code::Image(_) => {}
        }
    }
    for ((architecture, features), jobs) in wanted {
        let packages: Vec<&str> = jobs.iter().map(|(_, package)| *package).collect();
        let binaries = cargo::build(&Build {
            folder: project,
            packages: &packages,
            profile: cargo::LAMBDA,
            architecture: Some(architecture),
            features,
            quiet,
        })?;
        for (job, package) in jobs {
            // No panic: a build without a binary for each package is an error.
            let bytes = zipped(job, &binaries[package], architecture)?;
            artifacts.push(write(job, &bytes, architecture, asked)?);
        }
    }
    write_variables(&artifacts, pipeline, project, out)?;
    old::remove(&artifacts, pipeline, project, out)?;
    Ok(artifacts)
}

impl From<crate::args::Processor> for Processor {
    fn from(given: crate::args::Processor) -> Self {
        match given {
            crate::args::Processor::Spec => Self::Spec,
            crate::args::Processor::Native => Self::Native,
            crate::args::Processor::Arm64 => Self::Given(Architecture::Arm64),
            crate::args::Processor::X86_64 => Self::Given(Architecture::X86_64),
        }
    }
}

impl Processor {
    fn for_function(self, function: &Function) -> anyhow::Result<Architecture> {
        Ok(match self {
            Self::Spec => function.architecture,
            Self::Given(architecture) => architecture,
            Self::Native => match std::env::consts::ARCH {
                "x86_64" => Architecture::X86_64,
                "aarch64" => Architecture::Arm64,
                other => anyhow::bail!("Lambda does not run on this machine's processor, {other}"),
            },
        })
    }
}

/// Zips the binary of a package.
fn zipped(job: &str, binary: &Path, architecture: &str) -> anyhow::Result<Vec<u8>> {
    let program = fs::read(binary).with_context(|| format!("cannot read {}", binary.display()))?;
    elf::check(&program, architecture)
        .with_context(|| format!("the function of {job}, {}", binary.display()))?;
    zip::bootstrap(&program)
}

fn write(
    job: &str,
    bytes: &[u8],
    architecture: &'static str,
    asked: Wanted<'_>,
) -> anyhow::Result<Artifact> {
    let sha256 = hash::sha256(bytes);
    let path = asked
        .out
        .join(format!("{job}-{}.zip", &sha256[..DIGITS_IN_NAME]));
    ready::check_size(bytes, &path, asked.is_for_s3)?;
    // Somebody may have changed the file, so its name alone does not say that it is fresh.
    let changed = fs::read(&path).ok().as_deref() != Some(bytes);
    if changed {
        generated_files::replace(&path, bytes)?;
    }
    Ok(Artifact {
        job: job.to_owned(),
        path,
        architecture,
        bytes: bytes.len() as u64,
        sha256,
        source_code_hash: hash::source_code_hash(bytes),
        changed,
    })
}

fn write_variables(
    artifacts: &[Artifact],
    pipeline: &Pipeline,
    project: &Path,
    out: &Path,
) -> anyhow::Result<()> {
    let root_module = project.join(pipeline.output.in_root_module(""));
    // A folder elsewhere is one that becomes the root module's.
    let folder = match out.strip_prefix(&root_module) {
        Ok(folder) if folder != Path::new("") => folder,
        _ => Path::new(FOLDER),
    };
    let variables = artifacts.iter().map(|artifact| {
        let path = folder.join(artifact.path.file_name().unwrap_or_default());
        let variable = Variable {
            architecture: artifact.architecture.to_owned(),
            path: Some(path.to_string_lossy().into_owned()),
        };
        (artifact.job.clone(), variable)
    });
    let variables = Variables {
        artifacts: variables.collect(),
    };
    let text = serde_json::to_string_pretty(&variables)? + "\n";
    generated_files::replace(&out.join(VARIABLES), text.as_bytes())
}
