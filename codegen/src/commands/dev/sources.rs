//! The files that a pipeline is made from: its spec, and the sources of its functions.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::commands::watch::{Seen, seen};

/// The pause between two looks: long enough to cost nothing, short enough that nobody notices.
const INTERVAL: Duration = Duration::from_millis(150);

/// Folders that hold no sources.
const LEFT_OUT: [&str; 5] = ["target", "node_modules", "terraform", "__pycache__", "venv"];

/// Files that are watched.
pub(crate) struct Sources {
    spec: PathBuf,
    /// The spec, and what Rust functions are made from.
    own: BTreeSet<PathBuf>,
    /// The files beside the programs that the spec names.
    beside_programs: BTreeSet<PathBuf>,
    paths: Vec<PathBuf>,
    last: Seen,
}

impl Sources {
    pub(crate) fn new(spec: &Path) -> Self {
        let paths = vec![spec.to_owned()];
        Self {
            spec: spec.to_owned(),
            own: BTreeSet::from([spec.to_owned()]),
            beside_programs: BTreeSet::new(),
            last: seen(&paths),
            paths,
        }
    }

    /// Watches every source below a folder, until a build has told which of them the functions are made from, and
    /// every file in the folders of programs.
    pub(crate) fn look_at(&mut self, folder: &Path, programs: &[PathBuf]) {
        if self.own.len() == 1 {
            walk(folder, &is_rust, &mut self.own);
        }
        self.beside_programs.clear();
        for folder in programs {
            walk(folder, &|_| true, &mut self.beside_programs);
        }
        self.watch();
    }

    /// Watches other files and folders, too.
    pub(crate) fn add(&mut self, paths: impl IntoIterator<Item = PathBuf>) {
        self.beside_programs.extend(paths);
        self.watch();
    }

    /// Watches what binaries were made from: Cargo writes a list beside each.
    pub(super) fn built<'b>(&mut self, binaries: impl Iterator<Item = &'b Path>) {
        let mut paths = BTreeSet::from([self.spec.clone()]);
        for binary in binaries {
            let notes = fs::read_to_string(binary.with_extension("d")).unwrap_or_default();
            paths.extend(made_from(&notes));
            paths.extend(manifests(&paths));
        }
        // If a binary has no such list, go on watching everything.
        if paths.len() > 1 {
            let before = std::mem::take(&mut self.last);
            let known: Vec<PathBuf> = std::mem::take(&mut self.paths);
            self.own = paths;
            self.watch();
            // A file that changed during the build may not be in the binary, so it has to count as changed.
            for (path, seen) in known.iter().zip(before) {
                if let Some(place) = self.paths.iter().position(|of| of == path) {
                    self.last[place] = seen;
                }
            }
        }
    }

    fn watch(&mut self) {
        self.paths = self.own.union(&self.beside_programs).cloned().collect();
        self.last = seen(&self.paths);
    }

    /// Waits until a file changes, and then until no file changes any more.
    pub(crate) async fn changed(&mut self) {
        let mut before = self.last.clone();
        loop {
            tokio::time::sleep(INTERVAL).await;
            let now = seen(&self.paths);
            if now == before && now != self.last {
                self.last = now;
                return;
            }
            before = now;
        }
    }
}

/// Reads the files in Cargo's list: `binary: file file …`, with spaces as `\ `.
fn made_from(notes: &str) -> Vec<PathBuf> {
    let lines = notes.lines().filter_map(|line| line.split_once(": "));
    let files = lines.flat_map(|(_, files)| {
        // No path holds a NUL, so it can stand for a space until the list is split.
        let files = files.replace("\\ ", "\0");
        let files = files
            .split_whitespace()
            .map(|file| PathBuf::from(file.replace('\0', " ")));
        files.collect::<Vec<_>>()
    });
    files.collect()
}

/// Returns the manifests of the packages that files belong to.
fn manifests(files: &BTreeSet<PathBuf>) -> Vec<PathBuf> {
    // Four folders up: a binary may be in `src/bin/name/main.rs`.
    let folders = files
        .iter()
        .flat_map(|file| file.ancestors().skip(1).take(4));
    let folders: BTreeSet<&Path> = folders.collect();
    let manifests = folders.into_iter().map(|folder| folder.join("Cargo.toml"));
    manifests.filter(|manifest| manifest.is_file()).collect()
}

fn is_rust(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|ending| ending == "rs")
        || name == "Cargo.toml"
}

fn walk(folder: &Path, wanted: &dyn Fn(&str) -> bool, paths: &mut BTreeSet<PathBuf>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        // `file_type` does not follow links: a link to a folder above cannot make the walk endless.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && !name.starts_with('.') && !LEFT_OUT.contains(&&*name) {
            walk(&path, wanted, paths);
        } else if !is_folder && wanted(&name) {
            paths.insert(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_notes_name_every_file() {
        let notes = "/t/debug/f: /w/a\\ b/src/main.rs /w/lib.rs\n";
        let expected = ["/w/a b/src/main.rs", "/w/lib.rs"].map(PathBuf::from);
        assert_eq!(made_from(notes), expected);
    }

    #[test]
    fn sources_are_found_and_what_is_built_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        for path in [
            "Cargo.toml",
            "src/lib.rs",
            "target/x.rs",
            ".git/y.rs",
            "notes.md",
        ] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let mut paths = BTreeSet::new();
        walk(folder.path(), &is_rust, &mut paths);
        let expected = ["Cargo.toml", "src/lib.rs"].map(|path| folder.path().join(path));
        assert_eq!(paths.into_iter().collect::<Vec<_>>(), expected);
        // Of a program everything is watched, but for what it makes itself.
        let spec = folder.path().join("pipeline.yaml");
        let mut sources = Sources::new(&spec);
        for path in ["mail/mail.py", "mail/__pycache__/mail.pyc"] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        sources.look_at(folder.path(), &[folder.path().join("mail")]);
        let program = folder.path().join("mail/mail.py");
        assert!(sources.paths.contains(&program));
        assert!(sources.paths.iter().all(|path| !path.ends_with("mail.pyc")));
        // Once the sources of binaries are known, it still is.
        sources.built(std::iter::empty());
        assert!(sources.paths.contains(&program));
    }
}
