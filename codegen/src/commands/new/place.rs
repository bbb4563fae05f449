//! Putting files into a folder: all of them or none, and never over one that is there.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// The most files in the way that are named.
const LISTED_MAX: usize = 20;

/// A file to be written.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// The path below the folder, with `/` between its parts.
    pub(super) path: String,
    pub(super) bytes: Vec<u8>,
}

impl File {
    pub(super) fn new(path: impl Into<String>, text: impl Into<Vec<u8>>) -> Self {
        Self {
            path: path.into(),
            bytes: text.into(),
        }
    }

    /// Whether a project has one of it, whatever it is about: a README, the settings of an editor.
    pub(super) fn is_of_the_project(&self) -> bool {
        let top = self.path.split('/').next().unwrap_or_default();
        top.starts_with('.') || ["Makefile", "README.md"].contains(&top)
    }

    fn is_program(&self) -> bool {
        Path::new(&self.path)
            .extension()
            .is_some_and(|ending| ending == "sh")
    }
}

/// What was written, so that it can be taken back.
#[derive(Debug, Default)]
pub(super) struct Placed {
    files: Vec<(String, PathBuf)>,
    folders: Vec<PathBuf>,
}

impl Placed {
    /// The files, by their paths below the folder.
    pub(super) fn paths(&self) -> Vec<&str> {
        self.files.iter().map(|(path, _)| path.as_str()).collect()
    }

    /// Removes everything again, as far as it can be.
    pub(super) fn undo(self) {
        for (_, file) in self.files {
            let _ = fs::remove_file(file);
        }
        // The innermost was made last. A folder that somebody has put something into stays.
        for folder in self.folders.into_iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Writes the files into a folder, which is made if it is not there.
///
/// # Errors
/// A file that is there already, all of them named; or one that cannot be written. Nothing is left behind then.
pub(super) fn all(folder: &Path, files: &[File]) -> anyhow::Result<Placed> {
    let in_the_way = in_the_way(folder, files);
    if !in_the_way.is_empty() {
        let shown = in_the_way.iter().take(LISTED_MAX);
        let mut listed: Vec<String> = shown.map(|path| format!("  {}", path.display())).collect();
        if in_the_way.len() > LISTED_MAX {
            listed.push(format!("  and {} more", in_the_way.len() - LISTED_MAX));
        }
        bail!(
            "nothing was written, as these are there already: move them away, or choose another name or folder\n{}",
            listed.join("\n")
        );
    }
    let mut placed = Placed::default();
    for file in files {
        if let Err(error) = write(folder, file, &mut placed) {
            placed.undo();
            return Err(error);
        }
    }
    Ok(placed)
}

/// The paths at which something is already, or above which there is a file instead of a folder.
fn in_the_way(folder: &Path, files: &[File]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for file in files {
        let path = folder.join(&file.path);
        // A link that leads nowhere is there, too.
        if path.symlink_metadata().is_ok() {
            found.push(path);
            continue;
        }
        let above = path.ancestors().skip(1);
        let blocking = above
            .filter(|above| *above != Path::new(""))
            .find(|above| above.symlink_metadata().is_ok());
        if let Some(blocking) = blocking.filter(|above| !above.is_dir()) {
            found.push(blocking.to_owned());
        }
    }
    found.sort();
    found.dedup();
    found
}

fn write(folder: &Path, file: &File, placed: &mut Placed) -> anyhow::Result<()> {
    let path = folder.join(&file.path);
    if let Some(parent) = path.parent() {
        make_folders(parent, placed)
            .with_context(|| format!("cannot create {}", parent.display()))?;
    }
    let mut put = || -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if file.is_program() {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o777);
        }
        let mut open = options.open(&path)?;
        // From here on the file is ours to remove.
        placed.files.push((file.path.clone(), path.clone()));
        open.write_all(&file.bytes)
    };
    put().with_context(|| format!("cannot write {}", path.display()))
}

/// Makes a folder and those above it, and remembers which were made.
fn make_folders(folder: &Path, placed: &mut Placed) -> io::Result<()> {
    let missing: Vec<&Path> = folder
        .ancestors()
        .take_while(|above| *above != Path::new("") && !above.is_dir())
        .collect();
    for folder in missing.into_iter().rev() {
        fs::create_dir(folder)?;
        placed.folders.push(folder.to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_cannot_be_written_leaves_nothing_behind() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("deep/shop");
        // No file system takes a name of this length.
        let files = [
            File::new("a/b/one", "1"),
            File::new("a/".to_owned() + &"x".repeat(300), "2"),
        ];
        let error = all(&folder, &files).unwrap_err().to_string();
        assert!(error.contains("cannot write"), "{error}");
        assert!(names(root.path()).is_empty());
    }

    #[test]
    fn what_is_there_is_named_as_a_whole_and_stays() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("one"), "mine").unwrap();
        fs::write(root.path().join("a"), "a file").unwrap();
        let files = [
            File::new("a/two", "2"),
            File::new("one", "1"),
            File::new("three", "3"),
        ];
        let error = all(root.path(), &files).unwrap_err().to_string();
        assert!(error.contains("/one") && error.contains("/a"), "{error}");
        assert_eq!(names(root.path()), ["a", "one"]);
        assert_eq!(fs::read_to_string(root.path().join("one")).unwrap(), "mine");
    }

    #[cfg(unix)]
    #[test]
    fn a_script_may_be_executed() {
        use std::os::unix::fs::PermissionsExt as _;
        let root = tempfile::tempdir().unwrap();
        all(
            root.path(),
            &[File::new("s/x.sh", "#!/bin/sh\n"), File::new("y", "")],
        )
        .unwrap();
        let mode = |name: &str| {
            fs::metadata(root.path().join(name))
                .unwrap()
                .permissions()
                .mode()
        };
        assert_eq!(mode("s/x.sh") & 0o100, 0o100);
        assert_eq!(mode("y") & 0o100, 0);
    }
}
