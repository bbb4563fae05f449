//! The names that are given to `new`, and the folders that they mean.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// Names that a package of a workspace cannot have: Cargo or Rust uses them itself, or a function links a crate of that
/// name. The first are [those that `cargo new` refuses](https://doc.rust-lang.org/cargo/reference/manifest.html#the-name-field).
const TAKEN: &[&str] = &[
    "alloc",
    "build",
    "core",
    "deps",
    "examples",
    "incremental",
    "proc-macro",
    "proc_macro",
    "std",
    "test", // From here on: what functions link.
    "aws-config",
    "eventbridge-job",
    "fastrand",
    "jiff",
    "job",
    "lambda-runtime",
    "serde",
    "serde_json",
    "tokio",
    "tracing",
    "tracing-subscriber",
];

/// Words that are no names in Rust.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Returns the folder that a pipeline is to be in, and its name.
///
/// # Errors
/// A path that ends in no name.
pub(super) fn of_pipeline(
    path: &Path,
    existing_workspace: bool,
) -> anyhow::Result<(PathBuf, String)> {
    let whole = if path.file_name().is_none() {
        // `.` and `..` are folders that have a name of their own.
        let whole = path.canonicalize();
        whole.with_context(|| format!("cannot read {}", path.display()))?
    } else {
        path.to_owned()
    };
    let Some(name) = whole.file_name() else {
        bail!("{} has no name: write `codegen new NAME`", path.display());
    };
    let Some(name) = name.to_str() else {
        bail!("the name {} is not UTF-8", path.display());
    };
    let folder = if existing_workspace {
        match path.parent() {
            Some(parent) if parent != Path::new("") => parent.to_owned(),
            _ => PathBuf::from("."),
        }
    } else {
        path.to_owned()
    };
    Ok((folder, name.to_owned()))
}

/// Says why a job's name cannot be that of a package.
///
/// # Errors
/// A name that Cargo refuses, or that a function links.
pub(super) fn check_package(name: &str) -> anyhow::Result<()> {
    let why = if KEYWORDS.contains(&name) {
        "it is a keyword of Rust"
    } else if TAKEN.contains(&name) {
        "Cargo, Rust or a crate that functions link has this name"
    } else {
        return Ok(());
    };
    bail!("`{name}` cannot be the name of a job's package: {why}. Write for example `{name}-job`")
}

/// Says why a job's name cannot be that of a file of Python.
///
/// # Errors
/// A name that Python cannot import, or that hides a module which functions use.
pub(super) fn check_module(name: &str) -> anyhow::Result<()> {
    const HIDES: &[&str] = &[
        "async",
        "boto3",
        "class",
        "def",
        "emit",
        "event_types",
        "from",
        "functools",
        "global",
        "import",
        "json",
        "lambda",
        "os",
        "pass",
        "test",
        "typing",
    ];
    anyhow::ensure!(
        !HIDES.contains(&name) && !KEYWORDS.contains(&name),
        "`{name}` cannot be the name of a job's file: Python or a module has it. Write for example `{name}_job`"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_of_a_path_is_the_name() {
        for (path, folder, name) in [("shop", "shop", "shop"), ("a/b/shop/", "a/b/shop/", "shop")] {
            let expected = (PathBuf::from(folder), name.to_owned());
            assert_eq!(of_pipeline(Path::new(path), false).unwrap(), expected);
        }
        let (folder, name) = of_pipeline(Path::new("a/shop"), true).unwrap();
        assert_eq!((folder, name), (PathBuf::from("a"), "shop".to_owned()));
        let (folder, _) = of_pipeline(Path::new("shop"), true).unwrap();
        assert_eq!(folder, Path::new("."));
        assert!(of_pipeline(Path::new("/"), false).is_err());
        let (_, name) = of_pipeline(Path::new("."), false).unwrap();
        assert_eq!(name, "codegen");
    }

    #[test]
    fn a_package_has_a_name_that_cargo_takes() {
        for name in ["test", "std", "async", "job", "tokio", "yield"] {
            let error = check_package(name).unwrap_err().to_string();
            assert!(error.contains(&format!("`{name}-job`")), "{error}");
        }
        check_package("send-mail").unwrap();
        check_module("send_mail").unwrap();
        assert!(check_module("json").is_err());
    }
}
