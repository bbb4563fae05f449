//! The files that a pipeline is made from: its spec, and the sources of its functions.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::commands::watch::{Seen, seen};

/// The pause between two looks: long enough to cost nothing, short enough that nobody notices.
const INTERVAL: Duration = Duration::from_millis(150);

/// Folders that hold no sources.
const LEFT_OUT: [&str; 5] = ["target", "node_modules", "terraform", "__pycache__", "venv"];

/// The endings of code. Below the folder of a program, nothing else is watched but what it may read: a program also writes
/// there.
const CODE: [&str; 24] = [
    "c", "cc", "cjs", "clj", "cpp", "cs", "cts", "go", "h", "hpp", "java", "jar", "js", "jsx",
    "kt", "mjs", "mts", "php", "pl", "py", "rb", "rs", "sh", "ts",
];

/// The endings of what programs read beside their code, and some write.
const DATA: [&str; 15] = [
    "env",
    "gql",
    "graphql",
    "hbs",
    "html",
    "ini",
    "j2",
    "json",
    "lock",
    "properties",
    "sql",
    "toml",
    "xml",
    "yaml",
    "yml",
];

/// How soon after the functions have started a change counts as theirs.
const SOON: Duration = Duration::from_secs(3);

/// How often in a row data may change so soon, before it is no longer watched.
const IN_A_ROW: u32 = 3;

/// Files that are watched.
pub(crate) struct Sources {
    specs: BTreeSet<PathBuf>,
    /// The specs, and what Rust functions are made from.
    own: BTreeSet<PathBuf>,
    /// The programs that the spec names, and what is beside them.
    beside_programs: BTreeSet<PathBuf>,
    paths: Vec<PathBuf>,
    last: Seen,
    /// How often in a row the data of programs has changed soon after the functions have started, and when that was.
    in_a_row: BTreeMap<PathBuf, u32>,
    started: Option<Instant>,
}

impl Sources {
    pub(crate) fn new<'s>(specs: impl IntoIterator<Item = &'s PathBuf>) -> Self {
        let specs: BTreeSet<PathBuf> = specs.into_iter().cloned().collect();
        let paths: Vec<PathBuf> = specs.iter().cloned().collect();
        Self {
            own: specs.clone(),
            specs,
            beside_programs: BTreeSet::new(),
            last: seen(&paths),
            paths,
            in_a_row: BTreeMap::new(),
            started: None,
        }
    }

    /// Watches every source below folders, until a build has told which of them the functions are made from. Of programs,
    /// a file is watched whatever it is, and a folder for code and data in it.
    pub(crate) fn look_at(&mut self, folders: &[&Path], programs: &[PathBuf]) {
        if self.own.len() == self.specs.len() {
            for folder in folders {
                walk(folder, &is_rust, &mut self.own);
            }
        }
        self.beside_programs.clear();
        for path in programs {
            if path.is_dir() {
                walk(path, &is_read, &mut self.beside_programs);
            } else {
                self.beside_programs.insert(path.clone());
            }
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
        let mut paths = self.specs.clone();
        for binary in binaries {
            let notes = fs::read_to_string(binary.with_extension("d")).unwrap_or_default();
            paths.extend(made_from(&notes));
            paths.extend(manifests(&paths));
        }
        // If a binary has no such list, go on watching everything.
        if paths.len() > self.specs.len() {
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
        let paths = self.own.union(&self.beside_programs);
        let writes = |path: &&PathBuf| self.in_a_row.get(*path) < Some(&IN_A_ROW);
        self.paths = paths.filter(writes).cloned().collect();
        self.last = seen(&self.paths);
    }

    /// Waits until a file changes, and then until no file changes any more. Returns the files that are no longer watched,
    /// as a program seems to write them whenever it starts.
    pub(crate) async fn changed(&mut self) -> Vec<PathBuf> {
        let mut before = self.last.clone();
        loop {
            tokio::time::sleep(INTERVAL).await;
            let now = seen(&self.paths);
            if now == before && now != self.last {
                let changed = self.paths.iter().zip(now.iter().zip(&self.last));
                let changed = changed.filter(|(_, (now, last))| now != last);
                let changed = changed.map(|(path, _)| path.clone()).collect();
                self.last = now;
                return self.written(&changed, Instant::now());
            }
            before = now;
        }
    }

    /// Notes that the functions have started with what there is.
    pub(crate) fn started(&mut self, at: Instant) {
        self.started = Some(at);
    }

    /// Counts which data has changed soon after a start, again and again. Returns what has too often.
    fn written(&mut self, changed: &BTreeSet<PathBuf>, now: Instant) -> Vec<PathBuf> {
        let since = self.started.map(|started| now.duration_since(started));
        let is_soon = since.is_some_and(|since| since < SOON);
        self.in_a_row
            .retain(|path, times| *times >= IN_A_ROW || is_soon && changed.contains(path));
        let mut too_often = Vec::new();
        for path in changed.iter().filter(|_| is_soon) {
            if self.beside_programs.contains(path) && ends_in(path, &DATA) {
                let times = self.in_a_row.entry(path.clone()).or_default();
                *times += 1;
                if *times == IN_A_ROW {
                    too_often.push(path.clone());
                }
            }
        }
        too_often
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

/// Whether a program may be made from a file with this name, or reads it.
fn is_read(name: &str) -> bool {
    let path = Path::new(name);
    ends_in(path, &CODE) || ends_in(path, &DATA)
}

fn ends_in(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    // A name such as `.env` is all ending.
    let name = path.file_name().and_then(|name| name.to_str());
    let ending = ending.or_else(|| name?.strip_prefix('.'));
    ending.is_some_and(|ending| endings.contains(&ending))
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
    }

    #[test]
    fn of_a_program_code_and_data_are_watched_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        let read = ["mail/mail.py", "mail/rates.json", "mail/.env"];
        let others = [
            "mail/__pycache__/mail.pyc",
            "mail/mail.log",
            "mail/sent.sqlite",
            "mail/notes",
        ];
        for path in read.iter().chain(&others) {
            fs::create_dir_all(at(path).parent().unwrap()).unwrap();
            fs::write(at(path), "").unwrap();
        }
        let mut sources = Sources::new([&at("pipeline.yaml")]);
        // The program itself is watched, whatever its name, before it is there.
        let programs = [at("mail"), at("mail/bin/run")];
        sources.look_at(&[folder.path()], &programs);
        let mut expected: Vec<PathBuf> = read.iter().map(|path| at(path)).collect();
        expected.extend([at("mail/bin/run"), at("pipeline.yaml")]);
        expected.sort();
        assert_eq!(sources.paths, expected);
        // Once the sources of binaries are known, they still are.
        sources.built(std::iter::empty());
        assert_eq!(sources.paths, expected);
    }

    #[test]
    fn data_that_a_program_writes_at_each_start_is_watched_no_longer() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        for path in ["mail.py", "state.json"] {
            fs::write(at(path), "").unwrap();
        }
        let mut sources = Sources::new([&at("pipeline.yaml")]);
        let programs = [folder.path().to_owned()];
        let mut now = Instant::now();
        let mut changes = |path: &str, after: Duration| {
            sources.look_at(&[folder.path()], &programs);
            sources.started(now);
            now += after;
            let left_out = sources.written(&BTreeSet::from([at(path)]), now);
            sources.look_at(&[folder.path()], &programs);
            (left_out, sources.paths.contains(&at(path)))
        };
        let soon = Duration::from_millis(300);
        let still = (Vec::new(), true);
        for _ in 0..5 {
            // Somebody who works on both.
            assert_eq!(changes("state.json", SOON), still);
            assert_eq!(changes("mail.py", soon), still);
            assert_eq!(changes("state.json", soon), still);
            assert_eq!(changes("state.json", soon), still);
            assert_eq!(changes("mail.py", soon), still);
        }
        assert_eq!(changes("state.json", soon), still);
        assert_eq!(changes("state.json", soon), still);
        let expected = (vec![at("state.json")], false);
        assert_eq!(changes("state.json", soon), expected);
        assert_eq!(changes("state.json", SOON), (Vec::new(), false));
    }
}
