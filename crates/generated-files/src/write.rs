//! Writing many files so that a failure leaves none of them half-written.

use std::fs::{self, Permissions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::Context;
use tempfile::TempPath;

use super::{NewText, Stale};

/// Writes all new texts beside their places, then moves all of them there, then removes files.
///
/// What is written is closed at once: a process may have few files open, 256 on macOS, and a pipeline has one for each job.
pub(super) fn all(root: &Path, stale: Vec<Stale>) -> anyhow::Result<()> {
    let (mut ready, mut leftovers) = (Vec::new(), Vec::new());
    for file in stale {
        let path = root.join(&file.path);
        match file.new {
            Some(NewText::Here(text)) => ready.push((beside(&path, text.as_bytes())?, path)),
            Some(NewText::Beside(file)) => ready.push((file, path)),
            None => leftovers.push(path),
        }
    }
    // A full disk or a missing permission has shown by now, with every old file untouched.
    for (file, path) in ready {
        move_to(file, &path)?;
    }
    for path in leftovers {
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

/// Writes a file beside the place of another, whose folder is made if it is not there.
pub(super) fn beside(path: &Path, bytes: &[u8]) -> anyhow::Result<TempPath> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // In the folder itself: a file can be renamed only within its file system.
    let make = || match builder().tempfile_in(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            fs::create_dir_all(folder)?;
            builder().tempfile_in(folder)
        }
        made => made,
    };
    let write = || {
        let mut file = make()?;
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
