//! The Cargo profile of deployed functions, in a workspace that does not define it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::LAMBDA;

/// What the profile has unless the workspace says otherwise, as TOML. Unwinding stays: a panic is then reported to Lambda
/// instead of a killed process.
pub(super) const DEFAULTS: [(&str, &str); 5] = [
    ("inherits", "\"release\""),
    ("opt-level", "\"z\""),
    ("lto", "\"fat\""),
    ("codegen-units", "1"),
    ("strip", "true"),
];

/// Returns the arguments that define the profile for Cargo; none if the workspace around a folder defines it.
pub(super) fn settings(folder: &Path) -> Vec<String> {
    let mut files = configurations(folder);
    files.extend(manifest(folder));
    if files.iter().any(|file| defines(file)) {
        return Vec::new();
    }
    let arguments = DEFAULTS
        .iter()
        // What is set in the environment would lose against an argument.
        .filter(|(key, _)| env::var_os(variable(key)).is_none())
        .flat_map(|(key, value)| {
            let setting = format!("profile.{LAMBDA}.{key}={value}");
            ["--config".to_owned(), setting]
        });
    arguments.collect()
}

/// The variable with which Cargo takes a setting of the profile from the environment.
fn variable(key: &str) -> String {
    let key = key.to_ascii_uppercase().replace('-', "_");
    format!("CARGO_PROFILE_{}_{key}", LAMBDA.to_ascii_uppercase())
}

/// The manifest of the workspace around a folder, which alone may have profiles. Nothing if Cargo finds none: then the
/// build says so.
fn manifest(folder: &Path) -> Option<PathBuf> {
    let output = Command::new("cargo")
        .args(["locate-project", "--workspace", "--message-format=plain"])
        .current_dir(folder)
        .output()
        .ok()?;
    let path = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(path.trim_end()))
}

/// The configurations that [Cargo reads](https://doc.rust-lang.org/cargo/reference/config.html#hierarchical-structure)
/// in a folder.
fn configurations(folder: &Path) -> Vec<PathBuf> {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let folders = absolute.ancestors().map(|folder| folder.join(".cargo"));
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let folders = folders.chain(home);
    folders
        .flat_map(|folder| [folder.join("config.toml"), folder.join("config")])
        .collect()
}

/// Whether a manifest or a configuration defines the profile.
fn defines(file: &Path) -> bool {
    let text = fs::read_to_string(file).unwrap_or_default();
    let table: Option<toml::Table> = toml::from_str(&text).ok();
    let profiles = table.as_ref().and_then(|table| table.get("profile"));
    profiles.is_some_and(|profiles| profiles.get(LAMBDA).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a manifest that define the profile.
    fn written(manifest: &str) -> Vec<&str> {
        let (_, profile) = manifest.split_once("[profile.lambda]\n").unwrap();
        let lines = profile.lines();
        lines
            .take_while(|line| !line.is_empty() && !line.starts_with('['))
            .collect()
    }

    #[test]
    fn the_defaults_are_those_of_this_workspace_and_of_new_ones() {
        let expected: Vec<String> = DEFAULTS
            .iter()
            .map(|(key, value)| format!("{key} = {value}"))
            .collect();
        for manifest in [
            include_str!("../../../Cargo.toml"),
            include_str!("../../templates/rust/Cargo.toml.in"),
        ] {
            assert_eq!(written(manifest), expected);
        }
    }

    /// Makes a workspace with these files, and returns how many arguments define its profile.
    fn arguments(files: &[(&str, &str)]) -> usize {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        settings(folder.path()).len()
    }

    #[test]
    fn a_profile_that_is_there_is_used() {
        let workspace = "[workspace]\n";
        let defined = "[profile.lambda]\ninherits = \"release\"\n";
        let all = 2 * DEFAULTS.len();
        assert_eq!(arguments(&[("Cargo.toml", workspace)]), all);
        assert_eq!(arguments(&[("Cargo.toml", "[workspace")]), all);
        let manifest = format!("{workspace}{defined}");
        assert_eq!(arguments(&[("Cargo.toml", &manifest)]), 0);
        let files = [("Cargo.toml", workspace), (".cargo/config.toml", defined)];
        assert_eq!(arguments(&files), 0);
    }

    #[test]
    fn variables_are_named_as_cargo_names_them() {
        assert_eq!(variable("opt-level"), "CARGO_PROFILE_LAMBDA_OPT_LEVEL");
    }
}
