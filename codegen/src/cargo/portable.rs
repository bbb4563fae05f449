//! Binaries that do not depend on where they are built.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Returns the arguments with which binaries name no folder of this machine, so that two machines build the same bytes.
///
/// Panics say where they are in the source: crates of other people are in Cargo's home, and what build scripts write is
/// below the target folder. Flags that a workspace has for itself as `build.rustflags` stay; with `RUSTFLAGS` or flags of
/// a target Cargo takes those alone.
pub(super) fn settings(folder: &Path) -> Vec<String> {
    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let target = env::var_os("CARGO_TARGET_DIR").map(|target| folder.join(target));
    let mut replaced = vec![(folder, "project")];
    replaced.extend(target.map(|target| (target, "target")));
    replaced.extend(cargo_home().map(|home| (home, "cargo")));
    let flags = replaced.iter().filter_map(|(path, name)| {
        let flag = format!("--remap-path-prefix={}=/{name}", path.to_str()?);
        // JSON's strings are strings of TOML.
        Some(serde_json::Value::from(flag).to_string())
    });
    let flags: Vec<String> = flags.collect();
    vec![
        "--config".to_owned(),
        format!("build.rustflags=[{}]", flags.join(",")),
    ]
}

/// The [folder](https://doc.rust-lang.org/cargo/guide/cargo-home.html) of what Cargo downloads.
fn cargo_home() -> Option<PathBuf> {
    let home = || Some(env::home_dir()?.join(".cargo"));
    env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home)
}
