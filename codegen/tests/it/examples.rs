//! Tests of the golden folders, which are the examples and the shipped pipeline. Their generated files are committed.
//! They have to be fresh, parse as HCL, and be valid for Terraform and the real provider.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{codegen, root, stderr, succeed, terraform};

/// Returns every folder with a spec whose generated files are committed.
pub(crate) fn folders() -> Vec<PathBuf> {
    let mut folders = vec![root().to_owned()];
    for entry in fs::read_dir(root().join("examples")).unwrap() {
        folders.push(entry.unwrap().path());
    }
    assert!(folders.len() > 2, "{folders:?}");
    folders
}

/// Returns all files of the module, also its tests.
pub(crate) fn module_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join("terraform/pipeline")).unwrap();
    let files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files
        .into_iter()
        .filter(|path| {
            let ending = path.extension();
            ending.is_some_and(|ending| ending == "tf" || ending == "hcl")
        })
        .collect()
}

#[test]
fn generated_files_are_fresh_and_without_findings() {
    for folder in folders() {
        // An example has an `at(…)`, which passes one day.
        let output = codegen(&folder, &["check", "--now", "2026-03-01T00:00:00Z"]);
        let text = stderr(&output);
        assert!(output.status.success(), "{}:\n{text}", folder.display());
        assert!(!text.contains("warning"), "{}:\n{text}", folder.display());
    }
}

#[test]
fn generated_files_parse_as_hcl() {
    for folder in folders() {
        for path in module_files(&folder) {
            let text = fs::read_to_string(&path).unwrap();
            let body =
                hcl::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert!(body.blocks().next().is_some(), "{}", path.display());
        }
    }
}

#[test]
fn generated_files_are_as_terraform_formats_them() {
    for folder in folders() {
        if let Some(mut terraform) = terraform(&folder) {
            let changed = succeed(terraform.args([
                "fmt",
                "-check",
                "-diff",
                "-recursive",
                "terraform/pipeline",
            ]));
            assert_eq!(changed, "");
        }
    }
}

#[test]
fn generated_modules_are_valid_for_the_real_provider_and_pass_their_own_tests() {
    for folder in folders() {
        let module = tempfile::tempdir().unwrap();
        for path in module_files(&folder) {
            fs::copy(&path, module.path().join(path.file_name().unwrap())).unwrap();
        }
        if let Some(mut init) = terraform(module.path()) {
            succeed(init.args(["init", "-backend=false", "-input=false", "-no-color"]));
            let mut validate = terraform(module.path()).unwrap();
            let answer = succeed(validate.args(["validate", "-json"]));
            let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
            assert_eq!(
                answer["diagnostics"],
                serde_json::json!([]),
                "{}",
                folder.display()
            );
            let mut test = terraform(module.path()).unwrap();
            let said = succeed(test.args(["test", "-no-color"]));
            let tests = fs::read_to_string(module.path().join("pipeline.tftest.hcl")).unwrap();
            let runs = tests.matches("\nrun \"").count();
            assert!(
                runs >= 2 && said.contains(&format!("{runs} passed, 0 failed")),
                "{said}"
            );
        }
    }
}
