//! The file that tells other programs that the bus takes events.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::Context;

/// The file, if there is to be one. It is there while the bus is ready, and gone with it.
pub(super) struct ReadyFile<'a> {
    path: Option<&'a Path>,
}

impl<'a> ReadyFile<'a> {
    /// Removes what an earlier bus has left, which would be believed.
    ///
    /// # Errors
    /// A file that cannot be removed.
    pub(super) fn new(path: Option<&'a Path>) -> anyhow::Result<Self> {
        if let Some(path) = path {
            match fs::remove_file(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("cannot remove {}", path.display()));
                }
                _ => {}
            }
        }
        Ok(Self { path })
    }

    /// Writes the file: all of it or nothing.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(super) fn write(&self, text: &str) -> anyhow::Result<()> {
        let Some(path) = self.path else {
            return Ok(());
        };
        let begun = path.with_extension("new");
        let written =
            fs::write(&begun, format!("{text}\n")).and_then(|()| fs::rename(&begun, path));
        written.with_context(|| format!("cannot write {}", path.display()))
    }
}

impl Drop for ReadyFile<'_> {
    fn drop(&mut self) {
        if let Some(path) = self.path {
            // It may never have been written.
            let _ = fs::remove_file(path);
        }
    }
}
