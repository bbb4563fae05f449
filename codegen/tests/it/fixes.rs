//! Fixes of findings, over every recorded case.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{codegen, stderr, stdout};

/// The findings of `check`, a document each.
fn findings(folder: &Path) -> Vec<Value> {
    let now = "2026-03-01T00:00:00Z";
    let output = codegen(folder, &["check", "--format", "json", "--now", now]);
    let output = stdout(&output);
    let documents = output.lines().map(serde_json::from_str);
    documents.collect::<Result<_, _>>().unwrap()
}

/// The byte of a line and column, both from 1.
fn offset(text: &str, line: &Value, column: &Value) -> usize {
    let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    let lines = text.split_inclusive('\n').take(number(line) - 1);
    let start: usize = lines.map(str::len).sum();
    let column = text[start..].chars().take(number(column) - 1);
    start + column.map(char::len_utf8).sum::<usize>()
}

fn apply(text: &str, fix: &Value) -> String {
    let mut edits: Vec<(usize, usize, &str)> = fix["edits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edit| {
            let start = offset(text, &edit["line"], &edit["column"]);
            let end = offset(text, &edit["end_line"], &edit["end_column"]);
            (start, end, edit["text"].as_str().unwrap())
        })
        .collect();
    edits.sort_unstable();
    let mut changed = text.to_owned();
    for (start, end, new) in edits.into_iter().rev() {
        changed.replace_range(start..end, new);
    }
    changed
}

fn cases() -> Vec<PathBuf> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let folders = fs::read_dir(cases).unwrap();
    let mut folders: Vec<PathBuf> = folders.map(|folder| folder.unwrap().path()).collect();
    folders.sort();
    folders
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, to).unwrap();
        }
    }
}

#[test]
fn every_fix_makes_its_finding_go() {
    let (mut all, mut with_fix, mut with_one) = (0, 0, 0);
    let mut wrong = Vec::new();
    for case in cases() {
        let folder = TempDir::new().unwrap();
        copy(&case, folder.path());
        let spec = folder.path().join("pipeline.yaml");
        let text = fs::read_to_string(&spec).unwrap();
        let before = findings(folder.path());
        for found in &before {
            let is_same =
                |other: &&Value| other["id"] == found["id"] && other["message"] == found["message"];
            let fixes = found["fixes"].as_array().unwrap();
            all += 1;
            with_fix += usize::from(!fixes.is_empty());
            with_one += usize::from(fixes.len() == 1);
            for fix in fixes {
                fs::write(&spec, apply(&text, fix)).unwrap();
                let after = findings(folder.path());
                let count = |findings: &[Value]| findings.iter().filter(is_same).count();
                let is_broken = after.iter().any(|found| found["id"] == "invalid-yaml");
                if is_broken || count(&after) >= count(&before) {
                    let case = case.file_name().unwrap().display();
                    wrong.push(format!("{case}: {}: {}", found["message"], fix["title"]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(
        with_one >= 75 && with_fix >= 85,
        "{all} findings: {with_fix} with a fix, {with_one} with one"
    );
}

#[test]
fn what_leaves_no_choice_is_written_and_the_rest_stays() {
    let mut fixed = 0;
    for case in cases() {
        let folder = TempDir::new().unwrap();
        copy(&case, folder.path());
        let spec = folder.path().join("pipeline.yaml");
        let before = fs::read_to_string(&spec).unwrap();
        let arguments = ["check", "--fix", "--now", "2026-03-01T00:00:00Z"];
        let said = stderr(&codegen(folder.path(), &arguments));
        let done = said
            .lines()
            .filter(|line| line.starts_with("fixed: "))
            .count();
        let after = fs::read_to_string(&spec).unwrap();
        assert_eq!(done == 0, before == after, "{said}");
        fixed += done;
        // Comments are not part of what a fix changes, but on a line that goes.
        let comments = |text: &str| {
            text.lines()
                .filter(|line| line.trim_start().starts_with('#'))
                .count()
        };
        assert_eq!(comments(&before), comments(&after));
        // A second run has nothing to do.
        let said = stderr(&codegen(folder.path(), &arguments));
        assert!(!said.contains("fixed: "), "{said}");
        if findings(folder.path())
            .iter()
            .any(|one| one["id"] == "invalid-yaml")
        {
            assert_eq!(before, after);
        }
    }
    assert!(fixed >= 70, "{fixed}");
}

/// A spec with three mistakes: two are mended, and the third is a choice.
const SPEC: &str = "# ours\r\npipeline: p\r\nsource: s\r\nevents: { order.placed: { detail_typ: E, external: yes } } # mine\r\njobs: { j: { function: { package: j, timeout: 90 }, triggers: [ { event: order.placed } ] } }\r\n";

#[test]
fn the_command_says_what_it_has_mended_and_finds_the_rest() {
    let folder = TempDir::new().unwrap();
    let spec = folder.path().join("pipeline.yaml");
    fs::write(&spec, SPEC).unwrap();
    let output = codegen(folder.path(), &["check", "--fix", "--format", "concise"]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    let start = "fixed: pipeline.yaml:4: write `detail_type` [unknown-key]\nfixed: pipeline.yaml:4: write `true` [wrong-type]\n\n";
    assert!(said.starts_with(start), "{said}");
    assert!(said.contains("invalid-duration"), "{said}");
    let after = fs::read_to_string(&spec).unwrap();
    let expected = SPEC.replace("detail_typ:", "detail_type:");
    assert_eq!(after, expected.replace("yes", "true"));
    let output = codegen(folder.path(), &["check", "--fix", "--watch"]);
    assert_eq!(output.status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn a_mended_spec_keeps_its_place_and_its_permissions() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let folder = TempDir::new().unwrap();
    let own = folder.path().join("own.yaml");
    fs::write(&own, SPEC).unwrap();
    fs::set_permissions(&own, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("own.yaml", folder.path().join("pipeline.yaml")).unwrap();
    codegen(folder.path(), &["check", "--fix"]);
    let link = fs::symlink_metadata(folder.path().join("pipeline.yaml")).unwrap();
    assert!(link.is_symlink());
    assert!(fs::read_to_string(&own).unwrap().contains("detail_type:"));
    let mode = fs::metadata(&own).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn programs_get_the_changes_with_the_findings() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("pipeline.yaml"), SPEC).unwrap();
    let found = findings(folder.path());
    let titles = |found: &Value| -> Vec<String> {
        let fixes = found["fixes"].as_array().unwrap().iter();
        fixes
            .map(|fix| fix["title"].as_str().unwrap().to_owned())
            .collect()
    };
    let choice = found
        .iter()
        .find(|one| one["id"] == "invalid-duration")
        .unwrap();
    assert_eq!(
        titles(choice),
        ["write `90s`", "write `90m`", "write `90h`"]
    );
    let key = found.iter().find(|one| one["id"] == "unknown-key").unwrap();
    let edit = serde_json::json!({ "line": 4, "column": 27, "end_line": 4, "end_column": 37, "text": "detail_type" });
    assert_eq!(key["fixes"][0]["edits"][0], edit);

    let output = codegen(folder.path(), &["check", "--format", "sarif"]);
    let document: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let results = document["runs"][0]["results"].as_array().unwrap();
    let key = results
        .iter()
        .find(|one| one["ruleId"] == "unknown-key")
        .unwrap();
    let expected = serde_json::json!([{
        "description": { "text": "write `detail_type`" },
        "artifactChanges": [{
            "artifactLocation": { "uri": "pipeline.yaml" },
            "replacements": [{
                "deletedRegion": { "startLine": 4, "startColumn": 27, "endLine": 4, "endColumn": 37 },
                "insertedContent": { "text": "detail_type" },
            }],
        }],
    }]);
    assert_eq!(key["fixes"], expected);
}
