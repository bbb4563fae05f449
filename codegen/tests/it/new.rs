//! Tests of `new`: what it writes is whole, and what is there stays.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{codegen, files, root, stderr};

/// Every template, with a job of its own.
const TEMPLATES: [&str; 4] = ["minimal", "chain", "batch", "python"];

/// Runs a command that must succeed, and returns what it said.
fn fine(folder: &Path, arguments: &[&str]) -> String {
    let output = codegen(folder, arguments);
    let said = stderr(&output);
    assert!(output.status.success(), "{arguments:?}: {said}");
    said
}

/// Runs a command that must be refused, and returns why.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = codegen(folder, arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    stderr(&output)
}

fn read(folder: &Path, path: &str) -> String {
    fs::read_to_string(folder.join(path)).unwrap()
}

#[test]
fn every_template_is_fresh_and_without_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    for template in TEMPLATES {
        for bus in ["own", "default"] {
            let name = format!("web-{template}-{bus}");
            let mut arguments = vec!["new", &name, "--template", template];
            if bus == "default" {
                arguments.extend(["--bus", "default"]);
            }
            let said = fine(folder.path(), &arguments);
            assert!(said.contains(&format!("cd {name}")), "{said}");
            let there = folder.path().join(&name);
            if bus == "own" {
                let said = fine(&there, &["check", "--deny", "warnings"]);
                assert!(said.contains("are fresh"), "{said}");
            } else {
                // Who asks for it is told what it means.
                let said = fine(&there, &["check"]);
                assert!(said.contains("warning[shared-bus]"), "{said}");
                assert!(said.contains("1 warning found"), "{said}");
            }
            let spec = read(&there, "pipeline.yaml");
            let written = if bus == "own" { &name } else { "default" };
            assert!(spec.contains(&format!("\nbus: {written}\n")), "{spec}");
            let schema = read(&there, "pipeline.schema.json");
            assert_eq!(schema, read(root(), "codegen/pipeline.schema.json"));
        }
    }
}

/// One more job of each kind is written into every template, and what was in the spec stays as it was.
#[test]
fn a_job_is_added_to_every_template() {
    let folder = tempfile::tempdir().unwrap();
    for template in TEMPLATES {
        fine(folder.path(), &["new", template, "--template", template]);
        let there = folder.path().join(template);
        let before = read(&there, "pipeline.yaml");
        let readme = read(&there, "README.md");
        fine(&there, &["new", "--job-only", "count-all"]);
        fine(
            &there,
            &["new", "--job-only", "sweep", "--schedule", "rate(1 day)"],
        );
        let after = read(&there, "pipeline.yaml");
        let (jobs, output) = before.split_once("\noutput:").unwrap();
        assert!(after.starts_with(jobs), "{after}");
        assert!(after.ends_with(&format!("\noutput:{output}")), "{after}");
        assert_eq!(read(&there, "README.md"), readme);
        fine(&there, &["generate"]);
        fine(&there, &["check", "--deny", "warnings"]);
        let again = refused(&there, &["new", "--job-only", "sweep"]);
        let why = ["has a package `sweep` already", "these are there already"];
        assert!(why.iter().any(|why| again.contains(why)), "{again}");
        let unknown = ["new", "--job-only", "x", "--event", "nothing"];
        let unknown = refused(&there, &unknown);
        assert!(unknown.contains("`nothing` is not declared"), "{unknown}");
        let keyword = refused(&there, &["new", "--job-only", "async"]);
        assert!(keyword.contains("cannot be the name"), "{keyword}");
        assert!(refused(&there, &["new", "--job-only", "My_Job"]).contains("`my-job`"));
        assert_eq!(read(&there, "pipeline.yaml"), after);
    }
}

#[test]
fn jobs_in_brackets_are_written_by_hand_and_get_their_function() {
    let folder = tempfile::tempdir().unwrap();
    fine(folder.path(), &["new", "shop", "--template", "minimal"]);
    let there = folder.path().join("shop");
    let spec = read(&there, "pipeline.yaml");
    let (head, _) = spec.split_once("jobs:\n").unwrap();
    let (_, tail) = spec.split_once("\noutput:").unwrap();
    let job = |name: &str| {
        format!(
            "{name}: {{ function: {{ package: {name} }}, triggers: [{{ event: person.registered }}] }}"
        )
    };
    let with = |jobs: &str| format!("{head}jobs: {{ {jobs} }}\n\noutput:{tail}");
    let flow = with(&job("welcome"));
    fs::write(there.join("pipeline.yaml"), &flow).unwrap();
    let before = files(&there);
    let said = refused(&there, &["new", "--job-only", "count"]);
    let entry = "  count:\n    function: { package: count }\n    triggers:\n      - event: person.registered\n";
    assert!(said.contains(entry), "{said}");
    assert_eq!(files(&there), before);
    // Written by hand, the entry gets its function.
    let by_hand = with(&format!("{}, {}", job("welcome"), job("count")));
    fs::write(there.join("pipeline.yaml"), &by_hand).unwrap();
    fine(&there, &["new", "--job-only", "count"]);
    assert_eq!(read(&there, "pipeline.yaml"), by_hand);
    fine(&there, &["generate"]);
    fine(&there, &["check"]);
}

#[test]
fn a_spec_with_errors_gets_no_job() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("pipeline.yaml"), "pipeline: [\n").unwrap();
    let said = refused(folder.path(), &["new", "--job-only", "count"]);
    assert!(said.contains("has errors, which come first"), "{said}");
    assert_eq!(files(folder.path()).len(), 1);
}

#[test]
fn what_is_there_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path().join("deep/shop");
    fs::create_dir_all(&there).unwrap();
    fs::write(there.join("Makefile"), "mine\n").unwrap();
    let said = refused(folder.path(), &["new", "deep/shop"]);
    assert!(said.contains("deep/shop/Makefile"), "{said}");
    assert_eq!(files(&there).len(), 1);
    fs::remove_file(there.join("Makefile")).unwrap();
    fine(folder.path(), &["new", "deep/shop"]);
    fine(&there, &["check"]);
}

#[test]
fn a_name_is_that_of_a_pipeline() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, said) in [
        (&["new", "My_Shop"] as &[_], "write `my-shop`"),
        (&["new", "a: b"], "cannot be the name of a pipeline"),
        (
            &["new", "shop", "--bus", "a b"],
            "cannot be the name of a bus",
        ),
        (
            &[
                "new",
                "a-pipeline-whose-name-is-so-long-that-no-function-of-it-fits",
            ],
            "shorten the name",
        ),
        (
            &["new", "shop", "--job", "path:nowhere"],
            "cannot read nowhere",
        ),
        (
            &["new", "shop", "--spec", "other.yaml"],
            "leave out `--spec`",
        ),
        (
            &["new", "shop", "--existing-workspace"],
            "cannot read the workspace",
        ),
        (&["new", "shop", "--job", "nowhere"], "write `vendored`"),
    ] {
        let refused = refused(folder.path(), arguments);
        assert!(refused.contains(said), "{arguments:?}: {refused}");
    }
    // A name that would mean something in Rust or YAML is a name like any other.
    for name in ["test", "std", "true"] {
        fine(folder.path(), &["new", name, "--template", "minimal"]);
        fine(&folder.path().join(name), &["check"]);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[test]
fn a_pipeline_joins_a_workspace() {
    let folder = tempfile::tempdir().unwrap();
    let manifest =
        "# Ours.\n[workspace]\nresolver = \"3\"\nmembers = [\n    \"api\", # what others use\n]\n";
    let api = "[package]\nname = \"api\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    fs::create_dir_all(folder.path().join("api/src")).unwrap();
    fs::write(folder.path().join("api/src/lib.rs"), "").unwrap();
    fs::write(folder.path().join("api/Cargo.toml"), api).unwrap();
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    fs::write(folder.path().join("README.md"), "mine\n").unwrap();
    let said = fine(folder.path(), &["new", "shop", "--existing-workspace"]);
    assert!(said.contains("left    README.md"), "{said}");
    assert_eq!(read(folder.path(), "README.md"), "mine\n");
    let joined = read(folder.path(), "Cargo.toml");
    let (head, _) = manifest.split_once("]\n").unwrap();
    assert!(joined.starts_with(head), "{joined}");
    fine(folder.path(), &["new", "--job-only", "count"]);
    fine(folder.path(), &["generate"]);
    fine(folder.path(), &["check", "--deny", "warnings"]);
    let metadata = metadata(folder.path());
    let packages = metadata["packages"].as_array().unwrap().iter();
    let mut names: Vec<&str> = packages
        .map(|package| package["name"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "api", "count", "shop-events", "thank"]);
    let again = refused(folder.path(), &["new", "other", "--existing-workspace"]);
    assert!(again.contains("has a package `accept` already"), "{again}");
}

/// What Cargo reads in the manifests of a workspace.
fn metadata(folder: &Path) -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What Cargo makes of the manifest of the crate that functions link.
fn job_package(folder: &Path) -> Value {
    let metadata = metadata(folder);
    let packages = metadata["packages"].as_array().unwrap();
    let found = packages
        .iter()
        .find(|package| package["name"] == "eventbridge-job");
    let package = found.unwrap();
    let mut dependencies: Vec<Value> = package["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|dependency| {
            let mut dependency = dependency.clone();
            let features = dependency["features"].as_array_mut().unwrap();
            features.sort_by_key(Value::to_string);
            features.dedup();
            dependency
        })
        .collect();
    dependencies.sort_by_key(Value::to_string);
    let targets = package["targets"].as_array().unwrap().iter();
    let targets: Vec<&Value> = targets.map(|target| &target["name"]).collect();
    json!({
        "dependencies": dependencies,
        "targets": targets,
        "version": package["version"],
        "edition": package["edition"],
        "rust_version": package["rust_version"],
        "license": package["license"],
    })
}

/// The copy inherits nothing, and is what the crate is here.
#[test]
fn the_vendored_crate_is_that_of_this_workspace() {
    let folder = tempfile::tempdir().unwrap();
    fine(folder.path(), &["new", "shop"]);
    let vendored = folder.path().join("shop/vendor/eventbridge-job");
    assert_eq!(
        job_package(&vendored),
        job_package(&root().join("crates/job"))
    );
    let here: Vec<_> = files(&root().join("crates/job"));
    let added = ["LICENSE-APACHE", "LICENSE-MIT", "VENDORED.md"].map(PathBuf::from);
    let mut there = files(&vendored);
    there.retain(|(path, _)| !added.contains(path));
    assert_eq!(there.len(), here.len());
    for (here, there) in here.iter().zip(&there) {
        assert_eq!(here.0, there.0);
        assert!(
            here.1 == there.1 || *here.0 == *"Cargo.toml",
            "{:?}",
            here.0
        );
    }
    let manifest = read(&vendored, "Cargo.toml");
    assert!(!manifest.contains("workspace"), "{manifest}");
}
