//! What differs between the disk and what the spec comes to.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use similar::TextDiff;

use super::{GeneratedFile, is_ours, write};

/// The differences, by path.
#[derive(Debug, Default)]
pub struct Changes {
    /// Files to write or remove.
    pub stale: Vec<Stale>,
    /// Files of others in places that we need, relative to the spec's folder.
    pub foreign: Vec<String>,
    /// How many files are fresh.
    pub fresh: usize,
}

/// A file that is not as the spec says.
#[derive(Debug)]
pub struct Stale {
    /// Relative to the spec's folder.
    pub path: String,
    /// Its text on the disk; nothing if it is not there.
    pub old: Option<String>,
    /// Its text as the spec says; nothing if it is to go.
    pub new: Option<String>,
}

impl Stale {
    /// The difference as a unified diff.
    pub fn diff(&self) -> String {
        let (old, new) = (
            self.old.as_deref().unwrap_or(""),
            self.new.as_deref().unwrap_or(""),
        );
        let mut diff = TextDiff::from_lines(old, new)
            .unified_diff()
            .header(&self.path, &self.path)
            .to_string();
        if !diff.ends_with('\n') {
            diff.push('\n');
        }
        diff
    }
}

impl Changes {
    /// Compares the files with the disk. Files of ours in `folders` that are not among them are stale.
    ///
    /// # Errors
    /// A file or folder that is there and cannot be read.
    pub fn find(root: &Path, files: Vec<GeneratedFile>, folders: &[&str]) -> anyhow::Result<Self> {
        let mut changes = Self::default();
        let wanted: BTreeSet<String> = files.iter().map(|file| file.path.clone()).collect();
        for file in files {
            changes.compare(root, file)?;
        }
        for folder in folders {
            changes.find_leftovers(root, folder, &wanted)?;
        }
        changes.stale.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(changes)
    }

    /// Looks at one file among those of others, which is stale if it was generated from this very spec.
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    pub fn find_leftover(&mut self, root: &Path, path: &str, spec: &str) -> anyhow::Result<()> {
        let first = &super::header(spec)[0];
        let is_from_spec = |text: &String| {
            let line = text.lines().next().unwrap_or_default();
            line.trim_start_matches(['#', ' ']) == first
        };
        if let Some(old) = read(&root.join(path))?.filter(is_from_spec) {
            let path = path.to_owned();
            let old = Some(old);
            self.stale.push(Stale {
                path,
                old,
                new: None,
            });
            self.stale.sort_by(|a, b| a.path.cmp(&b.path));
        }
        Ok(())
    }

    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.stale.is_empty() && self.foreign.is_empty()
    }

    /// Writes and removes, all or nothing as far as a file system allows.
    ///
    /// # Errors
    /// A file or folder that cannot be written; no file is half-written then.
    pub fn apply(&self, root: &Path) -> anyhow::Result<()> {
        write::all(root, &self.stale)
    }

    fn compare(&mut self, root: &Path, file: GeneratedFile) -> anyhow::Result<()> {
        let old = read(&root.join(&file.path))?;
        match &old {
            Some(old) if *old == file.text => self.fresh += 1,
            Some(old) if !is_ours(old) => self.foreign.push(file.path),
            _ => self.stale.push(Stale {
                path: file.path,
                old,
                new: Some(file.text),
            }),
        }
        Ok(())
    }

    fn find_leftovers(
        &mut self,
        root: &Path,
        folder: &str,
        wanted: &BTreeSet<String>,
    ) -> anyhow::Result<()> {
        for path in list(&root.join(folder))? {
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            let relative = format!("{}/{name}", folder.trim_end_matches('/'));
            if wanted.contains(&relative) || path.extension().is_none_or(|ending| ending != "tf") {
                continue;
            }
            if let Some(old) = read(&path)?.filter(|old| is_ours(old)) {
                self.stale.push(Stale {
                    path: relative,
                    old: Some(old),
                    new: None,
                });
            }
        }
        Ok(())
    }
}

/// A file's text; nothing if it is not there. What is not UTF-8 is not ours, and reads as text that says so.
fn read(path: &Path) -> anyhow::Result<Option<String>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8(bytes).unwrap_or_else(|error| {
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        }))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// The files of a folder; none if it is not there.
fn list(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", folder.display()));
        }
    };
    entries
        .map(|entry| Ok(entry?.path()))
        .filter(|path| path.as_ref().map_or(true, |path| path.is_file()))
        .collect::<io::Result<_>>()
        .with_context(|| format!("cannot read {}", folder.display()))
}
