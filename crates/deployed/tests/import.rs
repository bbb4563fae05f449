//! Templates that stand for kinds of templates: each says, in comments at its top, what is right about its import.
//!
//! `# right: spec has REGEX`, `spec lacks REGEX`, `says REGEX` and `silent about REGEX` are about the text of the spec and
//! about the notes; `# parameter: NAME=VALUE` is given with the template, and `# with: FILE` is another template.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;
use std::path::{Path, PathBuf};

use deployed::import::{Manner, Names, from_templates};
use regex_lite::Regex;

const NAMES: Names<'_> = Names {
    pipeline: "shop",
    environment: "dev",
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import")
}

/// The text of the spec and all notes, or why there is none.
fn import(case: &Path, text: &str) -> (String, String) {
    let said = |key: &str| {
        let key = format!("# {key}: ");
        let lines = text.lines().map(str::to_owned);
        lines.filter_map(move |line| Some(line.strip_prefix(&key)?.trim().to_owned()))
    };
    let others = said("with").map(|name| folder().join("with").join(name));
    let paths: Vec<PathBuf> = std::iter::once(case.to_owned()).chain(others).collect();
    let parameters = said("parameter").map(|line| {
        let (name, value) = line.split_once('=').unwrap();
        (name.to_owned(), value.to_owned())
    });
    let parameters: Vec<(String, String)> = parameters.collect();
    match from_templates(&paths, &parameters, NAMES, Manner::default()) {
        Ok(imported) => {
            let notes = imported.notes.iter();
            let notes = notes.map(|note| {
                let help = note.help.as_deref().unwrap_or_default();
                format!("{}: {}\n  {help}\n", note.place, note.message)
            });
            (imported.spec, notes.collect())
        }
        Err(error) => (String::new(), format!("{error:#}")),
    }
}

/// The lines that do not hold.
fn wrong(case: &Path) -> Vec<String> {
    let text = fs::read_to_string(case).unwrap();
    let (spec, notes) = import(case, &text);
    let lines: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# right: "))
        .collect();
    assert!(!lines.is_empty(), "{} says nothing", case.display());
    let kinds = [
        ("spec has ", &spec, true),
        ("spec lacks ", &spec, false),
        ("says ", &notes, true),
        ("silent about ", &notes, false),
    ];
    let holds = |line: &str| {
        // Either of two may hold.
        line.split(" or ").any(|line| {
            let mut kinds = kinds.iter();
            let kind =
                kinds.find_map(|(kind, text, has)| Some((line.strip_prefix(kind)?, text, has)));
            let (pattern, text, has) = kind.unwrap_or_else(|| panic!("{line}"));
            Regex::new(pattern).unwrap().is_match(text) == *has
        })
    };
    let mut wrong: Vec<String> = lines
        .into_iter()
        .filter(|line| !holds(line))
        .map(str::to_owned)
        .collect();
    if !wrong.is_empty() {
        wrong.push(format!("{spec}\n{notes}"));
    }
    wrong
}

#[test]
fn every_case_is_right() {
    let mut count = 0;
    let mut failed = Vec::new();
    let files = fs::read_dir(folder()).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    for case in files.iter().filter(|path| path.is_file()) {
        let name = case.file_stem().unwrap().to_str().unwrap();
        let wrong = wrong(case);
        if !wrong.is_empty() {
            failed.push(format!("{name}:\n  {}", wrong.join("\n  ")));
        }
        count += 1;
    }
    assert!(count >= 18, "{count}");
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
