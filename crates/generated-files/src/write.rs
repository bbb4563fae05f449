//! Writing many files so that a failure leaves none of them half-written.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::TempPath;

use super::Stale;

/// Writes all new texts beside their places, then moves all of them there, then removes files.
///
/// What is written is closed at once: a process may have few files open, 256 on macOS, and a pipeline has one for each job.
pub(super) fn all(root: &Path, stale: &[Stale]) -> anyhow::Result<()> {
    make_folders(root, stale)?;
    let mut ready = Vec::new();
    for file in stale {
        if let Some(text) = &file.new {
            let path = root.join(&file.path);
            ready.push((beside(&path, text.as_bytes())?, path));
        }
    }
    // A full disk or a missing permission has shown by now, with every old file untouched.
    for (file, path) in ready {
        move_to(file, &path)?;
    }
    for file in stale.iter().filter(|file| file.new.is_none()) {
        let path = root.join(&file.path);
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}

/// Replaces one file in one step, so that nobody reads half of it.
///
/// # Errors
/// A file that cannot be written beside the old one, or that cannot replace it.
pub fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    move_to(beside(path, bytes)?, path)
}

fn move_to(file: TempPath, path: &Path) -> anyhow::Result<()> {
    file.persist(path)
        .map_err(|failure| failure.error)
        .with_context(|| format!("cannot replace {}", path.display()))?;
    Ok(())
}

fn make_folders(root: &Path, stale: &[Stale]) -> anyhow::Result<()> {
    let folders: BTreeSet<PathBuf> = stale
        .iter()
        .filter_map(|file| root.join(&file.path).parent().map(Path::to_owned))
        .collect();
    for folder in folders {
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    Ok(())
}

fn beside(path: &Path, bytes: &[u8]) -> anyhow::Result<TempPath> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // In the folder itself: a file can be renamed only within its file system.
    let write = || {
        let mut file = builder().tempfile_in(folder)?;
        file.write_all(bytes)?;
        Ok::<_, std::io::Error>(file.into_temp_path())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// Makes temporary files with the permissions of ordinary ones. The default would be readable by the user alone.
fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".codegen-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(Permissions::from_mode(0o666));
    }
    builder
}
