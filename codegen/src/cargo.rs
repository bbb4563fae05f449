//! Building the functions of the Cargo workspace around the spec.

mod portable;
mod profile;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use serde::Deserialize;

/// The Cargo profile of deployed functions.
pub(crate) const LAMBDA: &str = "lambda";

/// The version of glibc in Lambda's `provided.al2023`, against which functions are linked.
pub(crate) const GLIBC: &str = "2.34";

/// One line of `cargo build --message-format=json`.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
    target: Option<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

/// A build of some packages.
#[derive(Debug)]
pub(crate) struct Build<'b> {
    /// A folder of the Cargo workspace.
    pub(crate) folder: &'b Path,
    pub(crate) packages: &'b [&'b str],
    pub(crate) profile: &'b str,
    /// The processor as Lambda names it, for functions that run on Lambda; nothing builds for this machine.
    pub(crate) architecture: Option<&'b str>,
    /// Cargo features instead of the default ones.
    pub(crate) features: Option<&'b [String]>,
    /// Whether Cargo says nothing but errors.
    pub(crate) quiet: bool,
}

/// Builds packages, and returns the binary of each, by the package's name.
///
/// Cargo's progress and errors go to standard error as they come.
///
/// # Errors
/// No Cargo, a build that fails, or a package without a binary of its own name.
pub(crate) fn build(build: &Build<'_>) -> anyhow::Result<BTreeMap<String, PathBuf>> {
    if build.packages.is_empty() {
        return Ok(BTreeMap::new());
    }
    let output = command(build)?
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start `cargo`, which builds the functions")?;
    if !output.status.success() {
        bail!("the functions do not build: Cargo says why above");
    }
    binaries(&output.stdout, build.packages)
}

/// Makes the command that builds packages. It lists what it built on standard output.
pub(crate) fn command(build: &Build<'_>) -> anyhow::Result<Command> {
    let mut cargo = Command::new("cargo");
    match build.architecture {
        Some(architecture) => cargo.args(command_for_lambda(architecture)?),
        None => cargo.arg("build"),
    };
    // With plain `json`, the compiler's errors would also be JSON on standard output, where nobody reads them.
    cargo.args([
        "--message-format=json-render-diagnostics",
        "--profile",
        build.profile,
    ]);
    if build.quiet {
        cargo.arg("--quiet");
    }
    if build.profile == LAMBDA {
        cargo.args(profile::settings(build.folder));
        cargo.args(portable::settings(build.folder));
    }
    for package in build.packages {
        cargo.args(["--package", package]);
    }
    if let Some(features) = build.features {
        // Cargo adds features to the default ones unless it is told not to.
        cargo.args(["--no-default-features", "--features", &features.join(",")]);
    }
    cargo.current_dir(build.folder);
    // `cargo run` and test runners tell this command which package it is of. Build scripts of dependencies read these
    // variables too: what they made for another value would be made again, with all that depends on it.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_of_a_package) {
            cargo.env_remove(name);
        }
    }
    Ok(cargo)
}

/// Returns whether Cargo sets a variable of this name for each package, rather than for the whole build.
fn is_of_a_package(variable: &str) -> bool {
    [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_CRATE_",
        "CARGO_BIN_",
    ]
    .iter()
    .any(|prefix| variable.starts_with(prefix))
}

/// Reads the binary of each package from what Cargo wrote.
pub(crate) fn binaries(
    told: &[u8],
    packages: &[&str],
) -> anyhow::Result<BTreeMap<String, PathBuf>> {
    let mut binaries = BTreeMap::new();
    // Cargo writes a line for each artifact, also for those that were fresh. Other messages are of no interest here.
    for line in told.split(|byte| *byte == b'\n') {
        let Ok(message) = serde_json::from_slice::<Message>(line) else {
            continue;
        };
        if let (Some(target), Some(executable)) = (message.target, message.executable) {
            binaries.insert(target.name, executable);
        }
    }
    for package in packages {
        if !binaries.contains_key(*package) {
            bail!("the package `{package}` has no binary of that name");
        }
    }
    Ok(binaries)
}

/// Returns the Cargo command that builds for Lambda. If cargo-zigbuild is installed, it links for any processor and
/// against Lambda's version of glibc. Otherwise plain Cargo builds for this machine's processor.
fn command_for_lambda(architecture: &str) -> anyhow::Result<Vec<String>> {
    let target = match architecture {
        "arm64" => "aarch64-unknown-linux-gnu",
        _ => "x86_64-unknown-linux-gnu",
    };
    let version = Command::new("cargo-zigbuild").arg("--version").output();
    if version.is_ok_and(|output| output.status.success()) {
        let with_glibc = format!("{target}.{GLIBC}");
        return Ok(vec![
            "zigbuild".to_owned(),
            "--target".to_owned(),
            with_glibc,
        ]);
    }
    // Plain Cargo links against this machine's glibc. If it is newer than Lambda's, the check of the binary refuses it.
    let is_ours = target.starts_with(std::env::consts::ARCH) && std::env::consts::OS == "linux";
    anyhow::ensure!(
        is_ours,
        "a function for {architecture} cannot be built here without cargo-zigbuild: install it \
         (`pip install cargo-zigbuild ziglang`, `rustup target add {target}`), or build for this \
         machine's processor with `--architecture native`"
    );
    Ok(vec!["build".to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cargo sets the variable for tests, too.
    #[test]
    fn a_build_does_not_learn_which_package_asks_for_it() {
        let build = Build {
            folder: Path::new("."),
            packages: &["bill"],
            profile: "dev",
            architecture: None,
            features: None,
            quiet: false,
        };
        let command = command(&build).unwrap();
        let removed = |(name, value): (&std::ffi::OsStr, Option<_>)| {
            name == "CARGO_MANIFEST_DIR" && value.is_none()
        };
        assert!(command.get_envs().any(removed));
    }
}
