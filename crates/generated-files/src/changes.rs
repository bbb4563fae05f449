//! Differences between the files on the disk and the files that are made from the spec.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use similar::TextDiff;
use tempfile::TempPath;

use super::{GeneratedFile, is_ours, write};

/// The differences, in the order of their paths.
#[derive(Debug, Default)]
pub struct Changes {
    /// Files to write or remove.
    pub stale: Vec<Stale>,
    /// Files that are not ours, in places that we need; relative to the spec's folder.
    pub foreign: Vec<String>,
    /// The number of files that are as the spec says.
    pub fresh: usize,
    /// The paths of all files that the spec comes to.
    wanted: BTreeSet<String>,
}

/// A file, compared with the disk. The text of one that is as the spec says is not kept: most files are, and all of them
/// together are large.
#[derive(Debug)]
pub enum Compared {
    /// The file is as the spec says; this is its path.
    Fresh(String),
    /// The file is to be written.
    Stale(Stale),
    /// A file that is not ours is in its place; this is its path.
    Foreign(String),
}

/// A file that is not as the spec says.
#[derive(Debug)]
pub struct Stale {
    /// The path relative to the spec's folder.
    pub path: String,
    /// The text on the disk; nothing if the file is not there.
    pub old: Option<String>,
    /// The text as the spec says; nothing if the file is to be removed.
    pub new: Option<NewText>,
}

/// The text that a file is to have.
#[derive(Debug)]
pub enum NewText {
    /// The text itself.
    Here(String),
    /// It is on the disk already, beside the place of the file, and goes with this value.
    Beside(TempPath),
}

impl NewText {
    /// Returns the text, read again if it is on the disk.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn text(&self) -> anyhow::Result<Cow<'_, str>> {
        match self {
            Self::Here(text) => Ok(Cow::Borrowed(text)),
            Self::Beside(path) => fs::read_to_string(path)
                .map(Cow::Owned)
                .with_context(|| format!("cannot read {}", path.display())),
        }
    }
}

impl Stale {
    /// Returns the difference as a unified diff.
    ///
    /// # Errors
    /// A new text on the disk that cannot be read.
    pub fn diff(&self) -> anyhow::Result<String> {
        let new = self.new.as_ref().map(NewText::text).transpose()?;
        let (old, new) = (self.old.as_deref().unwrap_or(""), new.unwrap_or_default());
        let mut diff = TextDiff::from_lines(old, &new)
            .unified_diff()
            .header(&self.path, &self.path)
            .to_string();
        // A last line without a line break would run into the next file's diff.
        if !diff.ends_with('\n') {
            diff.push('\n');
        }
        Ok(diff)
    }
}

impl Compared {
    /// Compares a file with the disk.
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    pub fn new(root: &Path, file: GeneratedFile) -> anyhow::Result<Self> {
        let GeneratedFile { path, text } = file;
        let place = root.join(&path);
        let old = match holds(&place, text.as_bytes()) {
            Some(true) => return Ok(Self::Fresh(path)),
            Some(false) => read(&place)?,
            None => None,
        };
        Ok(match old {
            // `mod generated;` asks for the file before anything has written it: an empty one is nobody's work.
            Some(old) if !is_ours(&old) && !old.trim().is_empty() => Self::Foreign(path),
            old => Self::Stale(Stale {
                path,
                old,
                new: Some(NewText::Here(text)),
            }),
        })
    }

    /// Writes the new text of a file to the disk, beside its place. What is not applied is removed again.
    ///
    /// # Errors
    /// A folder or a file that cannot be written.
    pub fn beside(self, root: &Path) -> anyhow::Result<Self> {
        Ok(match self {
            Self::Stale(Stale {
                path,
                old,
                new: Some(NewText::Here(text)),
            }) => {
                let new = NewText::Beside(write::beside(&root.join(&path), text.as_bytes())?);
                let new = Some(new);
                Self::Stale(Stale { path, old, new })
            }
            other => other,
        })
    }

    fn path(&self) -> &str {
        match self {
            Self::Fresh(path) | Self::Foreign(path) => path,
            Self::Stale(stale) => &stale.path,
        }
    }
}

impl Changes {
    /// Puts together what was compared. Files of ours in `folders` that end in `.tf` and are not among them are stale.
    ///
    /// # Errors
    /// A file or folder that is there and cannot be read.
    pub fn gather(
        root: &Path,
        compared: impl IntoIterator<Item = Compared>,
        folders: &[&str],
    ) -> anyhow::Result<Self> {
        let mut changes = Self::default();
        for file in compared {
            changes.wanted.insert(file.path().to_owned());
            match file {
                Compared::Fresh(_) => changes.fresh += 1,
                Compared::Stale(stale) => changes.stale.push(stale),
                Compared::Foreign(path) => changes.foreign.push(path),
            }
        }
        for folder in folders {
            changes.find_leftovers(root, folder)?;
        }
        changes.stale.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(changes)
    }

    /// Looks at one file in a folder that people write. It is stale if it was generated from this very spec.
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    pub fn find_leftover(&mut self, root: &Path, path: &str, spec: &str) -> anyhow::Result<()> {
        // Another spec may have its generated file in the same folder, and still needs it.
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

    /// Looks at the JSON files of a folder. Those that were generated from this very spec and are not needed any more are
    /// stale: people and other specs may have files there, too.
    ///
    /// # Errors
    /// A file or folder that is there and cannot be read.
    pub fn find_json_leftovers(
        &mut self,
        root: &Path,
        folder: &str,
        spec: &str,
    ) -> anyhow::Result<()> {
        let comment = super::comment(spec);
        for path in list(&root.join(folder))? {
            let is_json = path.extension().is_some_and(|ending| ending == "json");
            let name = path.file_name().and_then(|name| name.to_str());
            let Some(name) = name.filter(|_| is_json) else {
                continue;
            };
            let relative = format!("{}/{name}", folder.trim_end_matches('/'));
            let is_from_spec = |text: &String| {
                super::first_comment(text).is_some_and(|it| it.starts_with(&comment))
            };
            if self.wanted.contains(&relative) {
                continue;
            }
            if let Some(old) = read(&path)?.filter(is_from_spec) {
                self.stale.push(Stale {
                    path: relative,
                    old: Some(old),
                    new: None,
                });
            }
        }
        self.stale.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(())
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.stale.is_empty() && self.foreign.is_empty()
    }

    /// Writes and removes the stale files: all or nothing, as far as a file system allows that.
    ///
    /// # Errors
    /// A file or folder that cannot be written; no file is half-written then.
    pub fn apply(self, root: &Path) -> anyhow::Result<()> {
        write::all(root, self.stale)
    }

    fn find_leftovers(&mut self, root: &Path, folder: &str) -> anyhow::Result<()> {
        for path in list(&root.join(folder))? {
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            let relative = format!("{}/{name}", folder.trim_end_matches('/'));
            if self.wanted.contains(&relative)
                || path.extension().is_none_or(|ending| ending != "tf")
            {
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

/// Whether a file holds this text, found out piece by piece, as a large one need not be in memory twice; nothing if it is
/// not there.
fn holds(path: &Path, mut text: &[u8]) -> Option<bool> {
    let mut file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) => return (error.kind() != io::ErrorKind::NotFound).then_some(false),
    };
    let length = file.metadata().map(|data| data.len());
    if length.ok() != u64::try_from(text.len()).ok() {
        return Some(false);
    }
    let mut piece = [0; 16_384];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Some(text.is_empty()),
            Ok(read) => match text.strip_prefix(&piece[..read]) {
                Some(rest) => text = rest,
                None => return Some(false),
            },
            Err(_) => return Some(false),
        }
    }
}

/// Reads a file; nothing if it is not there. A file that is not UTF-8 is not ours, so its text may be read with losses.
fn read(path: &Path) -> anyhow::Result<Option<String>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8(bytes).unwrap_or_else(|error| {
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        }))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Lists the files of a folder; none if it is not there.
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
