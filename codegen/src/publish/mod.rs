//! Zips in S3, for runs of Terraform that see only what is in git.
//!
//! A zip's key is the hash of its bytes, so an older commit still names the same zip. Terraform learns of them from a
//! file of variables, which it loads by itself and which belongs into git.

mod missing;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use pipeline::Pipeline;
use serde::{Deserialize, Serialize};

use crate::package::Artifact;

pub(crate) use missing::findings;

/// The file that tells Terraform of published zips, in the folder of the root module. Every environment takes them that
/// has no file of its own.
pub(crate) const VARIABLES: &str = "artifacts.auto.tfvars.json";

/// Returns the file that says which zips an environment takes, relative to the spec's folder.
pub(crate) fn variables_of(pipeline: &Pipeline, environment: &str) -> String {
    let folder = terraform::environment::folder(pipeline);
    format!("{folder}/{environment}.artifacts.tfvars.json")
}

/// What the file of variables holds.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Variables {
    pub(crate) artifacts: BTreeMap<String, Published>,
}

/// A zip in S3.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Published {
    pub(crate) architecture: String,
    pub(crate) s3_bucket: String,
    pub(crate) s3_key: String,
    /// The SHA-256 of the zip in Base64, as Lambda has it.
    pub(crate) source_code_hash: String,
}

/// Where zips go.
pub(crate) struct Place<'p> {
    pub(crate) bucket: &'p str,
    /// What keys begin with; nothing, or it ends in `/`.
    pub(crate) prefix: String,
}

impl<'p> Place<'p> {
    /// A place for the zips of a pipeline.
    pub(crate) fn new(bucket: &'p str, prefix: &str, pipeline: &str) -> Self {
        let prefix = prefix.trim_matches('/');
        let slash = if prefix.is_empty() { "" } else { "/" };
        Self {
            bucket,
            prefix: format!("{prefix}{slash}{pipeline}/"),
        }
    }

    fn key(&self, artifact: &Artifact) -> String {
        format!("{}{}/{}.zip", self.prefix, artifact.job, artifact.sha256)
    }
}

/// Uploads what is not there yet, and returns what Terraform has to be told.
///
/// The AWS CLI does the work: it knows credentials, regions, endpoints and parallel uploads, and S3's SDK
/// would be the largest part of this program.
///
/// # Errors
/// There is no AWS CLI, or it fails.
pub(crate) fn upload(artifacts: &[Artifact], place: &Place<'_>) -> anyhow::Result<Variables> {
    let staged = tempfile::tempdir().context("cannot make a folder for what is uploaded")?;
    let mut variables = Variables::default();
    for artifact in artifacts {
        let key = place.key(artifact);
        stage(&artifact.path, &staged.path().join(&key))?;
        let published = Published {
            architecture: artifact.architecture.to_owned(),
            s3_bucket: place.bucket.to_owned(),
            s3_key: key,
            source_code_hash: artifact.source_code_hash.clone(),
        };
        variables.artifacts.insert(artifact.job.clone(), published);
    }
    sync(staged.path(), place.bucket)?;
    Ok(variables)
}

/// Puts a file into the folder under its key: a link if the file system can, else a copy.
fn stage(from: &Path, to: &Path) -> anyhow::Result<()> {
    let place = || -> io::Result<()> {
        fs::create_dir_all(to.parent().unwrap_or(to))?;
        // A hard link fails across file systems.
        if fs::hard_link(from, to).is_err() {
            fs::copy(from, to)?;
        }
        Ok(())
    };
    place().with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
}

/// Uploads a folder. A key is the hash of its content, so an object with the same key and size has the same bytes.
fn sync(folder: &Path, bucket: &str) -> anyhow::Result<()> {
    let output = Command::new("aws")
        // `sync` also compares times by default, and would upload again what was only built again. Without `--delete`
        // it keeps the zips that older commits name.
        .args(["s3", "sync", "--size-only", "--no-progress"])
        .arg(folder)
        .arg(format!("s3://{bucket}/"))
        .output();
    let output = match output {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            bail!("uploading needs the AWS CLI: `pip install awscli`")
        }
        other => other.context("cannot run the AWS CLI")?,
    };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("the AWS CLI could not upload to {bucket}:\n{}", said.trim());
    }
    Ok(())
}

/// Says what of a file of variables is not what was built.
///
/// # Errors
/// The file cannot be read, or does not say where zips are.
pub(crate) fn differences(
    artifacts: &[Artifact],
    path: &Path,
) -> anyhow::Result<BTreeMap<String, Difference>> {
    let shown = path.strip_prefix(".").unwrap_or(path).display();
    let text = fs::read(path).with_context(|| {
        format!("cannot read {shown}: `codegen publish --bucket NAME` writes it")
    })?;
    let variables: Variables = serde_json::from_slice(&text)
        .with_context(|| format!("{shown} does not say where zips are"))?;
    let differences = artifacts.iter().filter_map(|artifact| {
        let difference = match variables.artifacts.get(&artifact.job) {
            None => Difference::Missing,
            Some(published) if published.source_code_hash == artifact.source_code_hash => {
                return None;
            }
            Some(published) => Difference::Other(published.s3_key.clone()),
        };
        Some((artifact.job.clone(), difference))
    });
    Ok(differences.collect())
}

/// How a published zip differs from the one that was built.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Difference {
    /// None is published.
    Missing,
    /// The one with this key has other bytes.
    Other(String),
}

/// Writes the file of variables, and returns whether it changed.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn write(variables: &Variables, path: &Path) -> anyhow::Result<bool> {
    let text = serde_json::to_string_pretty(variables)? + "\n";
    if fs::read(path).ok().as_deref() == Some(text.as_bytes()) {
        return Ok(false);
    }
    generated_files::replace(path, text.as_bytes())?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn a_prefix_may_have_slashes_or_be_left_out() {
        let prefix = |written| Place::new("b", written, "p").prefix;
        assert_eq!(prefix(""), "p/");
        assert_eq!(prefix("/a/b/"), "a/b/p/");
    }
}
