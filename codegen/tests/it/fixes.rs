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
