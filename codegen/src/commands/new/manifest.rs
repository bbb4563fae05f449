//! The dependency on the crate that functions link.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context, bail};
use toml_edit::{InlineTable, Value};

use crate::args::JobSource;
use crate::packages::MANIFEST;

/// The package; its library is `job`, which on crates.io is another crate.
pub(super) const JOB_PACKAGE: &str = "eventbridge-job";

/// Writes the dependency on the crate that functions link, for the manifest of a workspace in a folder.
///
/// # Errors
/// A path at which there is no such crate.
pub(super) fn dependency(source: &JobSource, folder: &Path) -> anyhow::Result<String> {
    let mut table = InlineTable::new();
    table.insert("package", Value::from(JOB_PACKAGE));
    match source {
        JobSource::Vendored => {
            table.insert("path", Value::from(format!("vendor/{JOB_PACKAGE}")));
        }
        JobSource::Path(path) => {
            check_is_job(path)?;
            let path = relative(folder, path)?;
            table.insert("path", Value::from(path));
        }
        JobSource::Git { url, revision } => {
            table.insert("git", Value::from(url.as_str()));
            if let Some(revision) = revision {
                table.insert("rev", Value::from(revision.as_str()));
            }
        }
        JobSource::Version(version) => {
            table.insert("version", Value::from(version.as_str()));
        }
    }
    table.fmt();
    Ok(table.to_string().trim().to_owned())
}

fn check_is_job(path: &Path) -> anyhow::Result<()> {
    let manifest = path.join(MANIFEST);
    let text = std::fs::read_to_string(&manifest)
        .with_context(|| format!("`--job path:…`: cannot read {}", manifest.display()))?;
    let is_job = toml::from_str::<toml::Table>(&text).is_ok_and(|table| {
        let package = table.get("package").and_then(|package| package.get("name"));
        package.and_then(toml::Value::as_str) == Some(JOB_PACKAGE)
    });
    if !is_job {
        bail!(
            "`--job path:…`: {} is not the package `{JOB_PACKAGE}`",
            path.display()
        );
    }
    Ok(())
}

/// The path from a folder to another, with `/`.
fn relative(from: &Path, to: &Path) -> anyhow::Result<String> {
    let whole = |path: &Path| -> anyhow::Result<Vec<String>> {
        let path = std::path::absolute(path).context("cannot find the current folder")?;
        let mut parts: Vec<String> = Vec::new();
        for component in path.components() {
            match component {
                Component::ParentDir => drop(parts.pop()),
                Component::CurDir | Component::RootDir => {}
                part => parts.push(part.as_os_str().to_string_lossy().into_owned()),
            }
        }
        Ok(parts)
    };
    let (from, to) = (whole(from)?, whole(to)?);
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from[common..].iter().map(|_| "..".to_owned());
    let path: PathBuf = up.chain(to[common..].iter().cloned()).collect();
    Ok(path.to_string_lossy().replace('\\', "/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_relative_to_the_workspace() {
        for (from, to, expected) in [
            ("shop", "job", "../job"),
            ("a/shop", "b/job", "../../b/job"),
            (".", "vendor/job", "vendor/job"),
            ("shop", "a/../job", "../job"),
        ] {
            assert_eq!(relative(Path::new(from), Path::new(to)).unwrap(), expected);
        }
    }

    #[test]
    fn every_source_is_a_dependency_under_its_own_name() {
        let written = |source: &JobSource| dependency(source, Path::new("shop"));
        let git = |revision: Option<&str>| JobSource::Git {
            url: "https://git.example/x".to_owned(),
            revision: revision.map(str::to_owned),
        };
        for (source, expected) in [
            (JobSource::Vendored, r#"path = "vendor/eventbridge-job""#),
            (git(None), r#"git = "https://git.example/x""#),
            (
                git(Some("v1")),
                r#"git = "https://git.example/x", rev = "v1""#,
            ),
            (JobSource::Version("0.1".to_owned()), r#"version = "0.1""#),
        ] {
            let expected = format!("{{ package = \"eventbridge-job\", {expected} }}");
            assert_eq!(written(&source).unwrap(), expected);
        }
        let other = JobSource::Path(PathBuf::from("../crates/pipeline"));
        let error = written(&other).unwrap_err().to_string();
        assert!(error.contains("is not the package"), "{error}");
        let job = JobSource::Path(PathBuf::from("../crates/job"));
        assert!(written(&job).unwrap().contains("../../crates/job"));
    }
}
