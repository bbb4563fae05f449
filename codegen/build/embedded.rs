//! Lists the files that `codegen new` writes, so that the command carries them: its templates, and the crate that
//! functions link.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Writes the list of them as Rust.
pub(crate) fn write() -> io::Result<()> {
    let folder = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let folder = folder.ok_or_else(|| io::Error::other("Cargo names no folder"))?;
    let out = env::var_os("OUT_DIR").map(PathBuf::from);
    let out = out.ok_or_else(|| io::Error::other("Cargo names no folder for output"))?;
    let root = folder.parent().unwrap_or(&folder);
    let mut text = String::new();
    for (name, folder) in [
        ("TEMPLATES", folder.join("templates")),
        ("JOB", root.join("crates/job")),
    ] {
        let mut files = Vec::new();
        list(&folder, &folder, &mut files)?;
        files.sort();
        let _ = writeln!(text, "static {name}: &[(&str, &[u8])] = &[");
        for (path, file) in files {
            let file = file
                .to_str()
                .ok_or_else(|| io::Error::other("a path is not UTF-8"))?;
            let _ = writeln!(text, "    ({path:?}, include_bytes!({file:?})),");
        }
        text += "];\n";
    }
    fs::write(out.join("embedded.rs"), text)
}

/// Lists the files below a folder: the path from `root` with `/`, and the file.
fn list(root: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    // A file that is added changes its folder.
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(root, &path, files)?;
        } else {
            let below = path.strip_prefix(root).map_err(io::Error::other)?;
            let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
            files.push((parts.join("/"), path.clone()));
        }
    }
    Ok(())
}
