//! Files that verbs read line by line: plain or gzip, or standard input.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use anyhow::Context;
use flate2::bufread::MultiGzDecoder;
use serde_json::Value;

/// Opens a file, or standard input for `-`, and unpacks gzip.
pub(crate) fn open(path: &Path) -> anyhow::Result<Box<dyn BufRead>> {
    if path.as_os_str() == "-" {
        return unpacked(BufReader::new(io::stdin())).context("cannot read standard input");
    }
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    unpacked(BufReader::new(file)).with_context(|| format!("cannot read {}", path.display()))
}

fn unpacked(mut reader: impl BufRead + 'static) -> io::Result<Box<dyn BufRead>> {
    // `fill_buf` takes nothing from the reader, so the two bytes of gzip are still there to be read.
    Ok(if reader.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        // Several gzip files in a row are one file, as `cat` makes it. A plain decoder stops after the first.
        Box::new(BufReader::new(MultiGzDecoder::new(reader)))
    } else {
        Box::new(reader)
    })
}

/// The whole of a file as text.
pub(crate) fn text(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    open(path)?
        .read_to_string(&mut text)
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text)
}

/// The id of a line that is JSON but not a case; null if it has none.
pub(crate) fn id_of(line: &[u8]) -> Value {
    let fields: Option<Value> = serde_json::from_slice(line).ok();
    fields
        .and_then(|fields| fields.get("id").cloned())
        .unwrap_or_default()
}
