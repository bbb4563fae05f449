//! How the source is put together: which crates and which rooms may use which, circles of files, and how long files are.

mod crates;
mod imports;

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::root;
use imports::Imports;

/// The longest that a source file may be.
const LINES_MAX: usize = 500;

/// The most files that may use each other in a circle.
const CIRCLE_MAX: usize = 3;

/// Crates with a larger circle that is known.
const KNOWN_CIRCLES: [&str; 0] = [];

/// Every crate of the workspace, by its folder.
fn crates() -> Vec<PathBuf> {
    let mut folders = vec![root().join("codegen")];
    for parent in ["crates", "lambdas"] {
        let entries = fs::read_dir(root().join(parent)).unwrap();
        let entries = entries.map(|entry| entry.unwrap().path());
        folders.extend(entries.filter(|path| path.join("Cargo.toml").exists()));
    }
    folders.sort();
    assert!(folders.len() > 10, "{folders:?}");
    folders
}

/// The Rust files below a folder.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return files;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// A path as people write it: below the repository's root.
fn shown(path: &Path) -> String {
    let below = path.strip_prefix(root()).unwrap();
    below.display().to_string()
}

#[test]
fn only_the_entry_imports_a_verb() {
    let imports = Imports::read(&root().join("codegen"));
    let verbs: Vec<String> = imports
        .edges()
        .filter(|(from, to)| {
            let is_verb = |module: &str| module == "commands" || module.starts_with("commands::");
            is_verb(to) && !is_verb(from) && *from != "crate"
        })
        .map(|(from, to)| format!("`{from}` imports `{to}`"))
        .collect();
    assert!(
        verbs.is_empty(),
        "rooms of `codegen` that verbs use cannot import a verb; move what both need into a room of its own:\n{}",
        verbs.join("\n")
    );
}

#[test]
fn files_use_each_other_in_small_circles_only() {
    let mut found = Vec::new();
    let mut known = Vec::new();
    for folder in crates() {
        let imports = Imports::read(&folder);
        let name = shown(&folder);
        for circle in imports.circles() {
            if circle.len() <= CIRCLE_MAX {
                continue;
            }
            if KNOWN_CIRCLES.contains(&name.as_str()) {
                known.push(name.clone());
                continue;
            }
            let ties: Vec<String> = imports
                .ties()
                .filter(|(from, to)| circle.contains(*from) && circle.contains(*to))
                .map(|(from, to)| format!("  {from} -> {to}"))
                .collect();
            found.push(format!(
                "{name}: {} files\n{}",
                circle.len(),
                ties.join("\n")
            ));
        }
    }
    assert!(
        found.is_empty(),
        "circles of more than {CIRCLE_MAX} files:\n{}",
        found.join("\n")
    );
    for name in KNOWN_CIRCLES {
        let is_there = known.iter().any(|known| known == name);
        assert!(
            is_there,
            "{name} has no large circle any more: take it from KNOWN_CIRCLES"
        );
    }
}

#[test]
fn no_file_is_too_long() {
    let mut long = Vec::new();
    for folder in crates() {
        for path in rust_files(&folder) {
            let text = fs::read_to_string(&path).unwrap();
            let lines = text.lines().count();
            let is_generated = text.starts_with("// @generated");
            if lines > LINES_MAX && !is_generated {
                long.push(format!("{}: {lines} lines", shown(&path)));
            }
        }
    }
    assert!(
        long.is_empty(),
        "files of more than {LINES_MAX} lines:\n{}",
        long.join("\n")
    );
}
