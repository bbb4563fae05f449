//! The files that a spec uses, and those that they use.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::anyhow;
use pipeline::contract;
use pipeline::model::{Contract, Used};

/// The most files that are read for one spec: links may make a folder endless.
const FILES_MAX: usize = 500;

/// The files, by their paths from the spec's folder; one that is not there has the reason.
type Files = BTreeMap<String, Result<String, String>>;

/// Reads what the text of a spec uses, beside its folder.
pub(crate) fn read(folder: &Path, text: &str) -> Arc<Used> {
    read_with(text, |path| from_disk(&folder.join(path)))
}

/// Reads what the text of a spec uses, wherever it is.
pub(crate) fn read_with(text: &str, file: impl Fn(&str) -> Result<String, String>) -> Arc<Used> {
    Arc::new(contract::read(&files(text, file)))
}

/// Reads what a pipeline at a path does with the events of others: its spec, or its contract. `instead` is the text of a
/// spec as it was, for the file that it is.
///
/// # Errors
/// A file that cannot be read, or is neither of the two.
pub(crate) fn contract_of(path: &Path, instead: (&Path, &str)) -> anyhow::Result<Arc<Contract>> {
    let (spec, text) = instead;
    let spec = fs::canonicalize(spec).ok();
    let file = |path: &str| {
        let is_it = spec.is_some() && fs::canonicalize(path).ok() == spec;
        if is_it {
            return Ok(text.to_owned());
        }
        from_disk(Path::new(path))
    };
    let path = contract::joined(&path.to_string_lossy());
    let used = contract::read(&files_from(vec![path.clone()], file));
    let read = used.get(&path);
    read.map_err(|reason| anyhow!("cannot read what {path} uses: {reason}"))
}

/// Lists the files that the text of a spec uses.
pub(crate) fn paths(folder: &Path, text: &str) -> Vec<PathBuf> {
    let files = files(text, |path| from_disk(&folder.join(path)));
    files.into_keys().map(|path| folder.join(path)).collect()
}

fn files(text: &str, file: impl Fn(&str) -> Result<String, String>) -> Files {
    files_from(contract::paths("", text), file)
}

/// Reads files, and those that they use.
fn files_from(mut waiting: Vec<String>, file: impl Fn(&str) -> Result<String, String>) -> Files {
    let mut files = Files::new();
    while let Some(path) = waiting.pop() {
        if files.contains_key(&path) {
            continue;
        }
        let read = if files.len() < FILES_MAX {
            file(&path)
        } else {
            Err(format!("more than {FILES_MAX} files use each other"))
        };
        if let Ok(text) = &read {
            waiting.extend(contract::paths(&path, text));
        }
        files.insert(path, read);
    }
    files
}

/// Reads a file, or says why it cannot be read.
pub(crate) fn from_disk(path: &Path) -> Result<String, String> {
    let shown = path.strip_prefix(".").unwrap_or(path).display();
    let bytes = fs::read(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => format!("there is no file {shown}"),
        ErrorKind::IsADirectory => format!("{shown} is a folder"),
        _ => format!("{shown}: {error}"),
    })?;
    String::from_utf8(bytes).map_err(|_| format!("{shown} is not UTF-8"))
}
