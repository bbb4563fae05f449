//! The zip of a function: it has one file, `bootstrap`, and the same bytes for the same program.

use std::io::{Cursor, Write as _};

use anyhow::Context;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// Zips a program as the entry point of a custom runtime.
pub(super) fn bootstrap(program: &[u8]) -> anyhow::Result<Vec<u8>> {
    // A fixed time: the same program must give the same bytes, or every plan would replace the function. Lambda
    // starts `bootstrap` only if it may be executed.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o755);
    let write = || {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("bootstrap", options)?;
        zip.write_all(program)?;
        Ok::<_, zip::result::ZipError>(zip.finish()?.into_inner())
    };
    write().context("cannot zip the function")
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn one_executable_file_and_the_same_bytes_each_time() {
        let zipped = bootstrap(b"program").unwrap();
        assert_eq!(zipped, bootstrap(b"program").unwrap());
        let mut archive = zip::ZipArchive::new(Cursor::new(zipped)).unwrap();
        assert_eq!(archive.len(), 1);
        let mut file = archive.by_name("bootstrap").unwrap();
        assert_eq!(file.unix_mode().map(|mode| mode & 0o777), Some(0o755));
        let mut program = Vec::new();
        file.read_to_end(&mut program).unwrap();
        assert_eq!(program, b"program");
    }
}
