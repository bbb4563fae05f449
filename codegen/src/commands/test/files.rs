//! Files of cases.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use cases::{Bench, Case};
use jiff::Timestamp;
use pipeline::Diagnostic;
use pipeline::syntax::Document;

/// The folder of cases beside a spec.
const FOLDER: &str = "tests";

/// When virtual time begins if nothing says it: always the same, so that a case always does the same.
const BEGIN: &str = "2026-01-01T00:00:00Z";

/// A file of cases that was read.
pub(super) struct Loaded {
    pub(super) path: PathBuf,
    /// What the names of its cases begin with: the file's, without its ending.
    pub(super) name: String,
    pub(super) text: String,
    pub(super) document: Option<Document>,
    pub(super) cases: Vec<Case>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Loaded {
    /// Reads a file of cases.
    ///
    /// # Errors
    /// A file that cannot be read, or is not UTF-8.
    pub(super) fn read(bench: &Bench<'_>, path: PathBuf, to_record: bool) -> anyhow::Result<Self> {
        let shown = path.display();
        let bytes = fs::read(&path).with_context(|| format!("cannot read the cases {shown}"))?;
        let Ok(text) = String::from_utf8(bytes) else {
            bail!("{shown} is not UTF-8: save it in that encoding");
        };
        Ok(Self::of_text(bench, path, text, to_record))
    }

    /// Reads the text of a file of cases.
    pub(super) fn of_text(bench: &Bench<'_>, path: PathBuf, text: String, to_record: bool) -> Self {
        let begin: Timestamp = BEGIN.parse().unwrap_or(Timestamp::UNIX_EPOCH);
        let read = cases::read(bench, &text, begin, to_record);
        let name = path.file_stem().unwrap_or_default();
        Self {
            name: name.to_string_lossy().into_owned(),
            path,
            text,
            document: read.document,
            cases: read.cases,
            diagnostics: read.diagnostics,
        }
    }
}

/// Returns the folder of cases beside a spec, as people write it.
pub(super) fn folder(beside: &Path) -> PathBuf {
    beside.strip_prefix(".").unwrap_or(beside).join(FOLDER)
}

/// Finds the files of cases: those that are named, and those in folders; `tests` beside the spec if none is named.
///
/// # Errors
/// A path that is not there, or a folder that cannot be read.
pub(super) fn find(folder: &Path, named: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    if named.is_empty() {
        let folder = self::folder(folder);
        return if folder.is_dir() {
            in_folder(&folder)
        } else {
            Ok(Vec::new())
        };
    }
    let mut found = Vec::new();
    for path in named {
        if path.is_dir() {
            found.extend(in_folder(path)?);
        } else {
            found.push(path.clone());
        }
    }
    Ok(found)
}

fn in_folder(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder);
    let entries = entries.with_context(|| format!("cannot list {}", folder.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot list {}", folder.display()))?;
        let path = entry.path();
        let is_yaml = |ending: &std::ffi::OsStr| ending == "yaml" || ending == "yml";
        if path.extension().is_some_and(is_yaml) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
