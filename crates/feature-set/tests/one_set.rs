//! Every build has the features that the tests of the whole workspace come to, so that they share what is compiled.
#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Packages that share the workspace's target folder, and have a lock file of their own.
const BESIDE: &[&str] = &["benchmarks/match", "benchmarks/jobs/compute", "fuzz"];

/// The sets of features of each crate of others: that for the compiler's own crates may be another.
type Features = BTreeMap<String, BTreeSet<String>>;

fn features(arguments: &[&str]) -> Features {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--locked",
            "--prefix=none",
            "--format={p}|{f}",
        ])
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let (out, err) = (&output.stdout, &output.stderr);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(err));
    let mut found = Features::new();
    for line in String::from_utf8_lossy(out).lines() {
        let line = line.strip_suffix(" (*)").unwrap_or(line);
        // A blank line is between the packages that were asked for.
        let Some((package, features)) = line.split_once('|') else {
            continue;
        };
        // Crates of the workspace have their folder behind their version.
        if !package.contains('/') {
            let sets = found.entry(package.to_owned()).or_default();
            sets.insert(features.to_owned());
        }
    }
    found
}

/// Lists the arguments of each build: of all at once, of every package with a binary by itself, and of the tool without
/// AWS, for a local run.
fn builds() -> Vec<Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    let with_binary = packages.filter(|package| {
        let mut targets = package["targets"].as_array().unwrap().iter();
        targets.any(|target| target["kind"][0] == "bin")
    });
    let alone =
        with_binary.map(|package| vec![format!("--package={}", package["name"].as_str().unwrap())]);
    let mut builds: Vec<Vec<String>> = alone.collect();
    assert!(builds.len() > 1, "{builds:?}");
    let others = [
        &["--workspace"] as &[_],
        &["--package=codegen", "--no-default-features"],
    ];
    builds.extend(others.map(|build| {
        build
            .iter()
            .map(|argument: &&str| (*argument).to_owned())
            .collect()
    }));
    builds
}

#[test]
fn every_build_has_the_features_of_the_tests() {
    let tested = features(&["--workspace", "--edges=normal,build,dev"]);
    let mut missing = Vec::new();
    for build in builds() {
        let mut arguments = vec!["--edges=normal,build"];
        arguments.extend(build.iter().map(String::as_str));
        for (package, sets) in features(&arguments) {
            let tested = &tested[&package];
            for set in sets.difference(tested) {
                let build = build.join(" ");
                missing.push(format!(
                    "{build}: {package} has {set:?}, in tests {tested:?}"
                ));
            }
        }
    }
    assert!(
        missing.is_empty(),
        "name these in crates/feature-set/Cargo.toml:\n{}",
        missing.join("\n")
    );
}

/// Returns the name and the version of each package that a lock file has.
fn locked(folder: &str) -> BTreeSet<(String, String)> {
    let path = format!("{}/../../{folder}/Cargo.lock", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let packages = text.split("[[package]]").skip(1).map(|package| {
        let value = |key: &str| package.lines().find_map(|line| line.strip_prefix(key));
        (
            value("name = ").unwrap().to_owned(),
            value("version = ").unwrap().to_owned(),
        )
    });
    packages.collect()
}

#[test]
fn packages_beside_the_workspace_have_its_versions() {
    let workspace = locked("");
    let names: BTreeSet<&String> = workspace.iter().map(|(name, _)| name).collect();
    for folder in BESIDE {
        let locked = locked(folder);
        let others = locked.difference(&workspace);
        let others: Vec<_> = others.filter(|(name, _)| names.contains(name)).collect();
        assert!(
            others.is_empty(),
            "copy Cargo.lock to {folder}, and let `cargo metadata` there remove what it does not need: {others:?}"
        );
    }
}
