//! Zips of earlier builds, which go when nothing names them any more.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

use anyhow::Context;
use pipeline::Pipeline;
use pipeline::model::Code;

use super::{Artifact, DIGITS_IN_NAME};

/// How the name of a file ends that lists what a saved plan deploys: `scripts/terraform.sh plan` writes one for each
/// environment, with a line `<hash>  <path>` for each file.
const PLANNED: &str = "planned";

/// Removes the zips of earlier builds from the folder. Those that a saved plan names stay, and so does what the spec takes
/// from there.
///
/// # Errors
/// The folder or a list cannot be read, or a zip cannot be removed.
pub(super) fn remove(
    artifacts: &[Artifact],
    pipeline: &Pipeline,
    project: &Path,
    out: &Path,
) -> anyhow::Result<()> {
    let cannot = || {
        format!(
            "cannot look for zips of earlier builds in {}",
            out.display()
        )
    };
    let mut zips = Vec::new();
    let mut named: BTreeSet<OsString> = artifacts
        .iter()
        .filter_map(|artifact| Some(artifact.path.file_name()?.to_owned()))
        .collect();
    for entry in fs::read_dir(out).with_context(cannot)? {
        let path = entry.with_context(cannot)?.path();
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("zip") => zips.push(path),
            Some(PLANNED) => named.extend(planned(&path)?),
            _ => {}
        }
    }
    let jobs = pipeline.jobs.values();
    let functions = jobs.filter_map(|job| job.work.function());
    let taken: Vec<_> = functions
        .filter_map(|function| match &function.code {
            Code::Zip(zip) => fs::canonicalize(project.join(&zip.path.value)).ok(),
            Code::Package(_) | Code::Image(_) => None,
        })
        .collect();
    for path in zips {
        let name = path.file_name().unwrap_or_default();
        let is_old = name.to_str().is_some_and(|name| is_built(name, artifacts));
        let is_taken = || fs::canonicalize(&path).is_ok_and(|path| taken.contains(&path));
        if is_old && !named.contains(name) && !is_taken() {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

/// Whether a zip of this name is one that `package` writes, or that earlier versions wrote: `<job>.zip`.
fn is_built(name: &str, artifacts: &[Artifact]) -> bool {
    let Some(stem) = name.strip_suffix(".zip") else {
        return false;
    };
    let is_hash = |text: &str| {
        text.len() == DIGITS_IN_NAME && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let has_hash = stem.rsplit_once('-').is_some_and(|(_, hash)| is_hash(hash));
    has_hash || artifacts.iter().any(|artifact| artifact.job == stem)
}

/// Lists the names of the files that a saved plan deploys.
fn planned(list: &Path) -> anyhow::Result<Vec<OsString>> {
    let text = fs::read(list).with_context(|| format!("cannot read {}", list.display()))?;
    let text = String::from_utf8_lossy(&text);
    let paths = text.lines().filter_map(|line| line.split_once(' '));
    let names = paths.filter_map(|(_, path)| {
        // A star says that the file was read as bytes.
        let path = path.trim_start_matches([' ', '*']);
        Some(Path::new(path).file_name()?.to_owned())
    });
    Ok(names.collect())
}
