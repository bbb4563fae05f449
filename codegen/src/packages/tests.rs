use std::fs;
use std::path::Path;

use super::{Packages, ask_cargo, read_manifests};

/// A package of nothing but its manifest, whose dependencies are lines.
fn package(root: &Path, folder: &str, dependencies: &str) {
    let name = folder.rsplit('/').next().unwrap();
    let folder = root.join(folder);
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::write(folder.join("src/lib.rs"), "").unwrap();
    let text = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{dependencies}"
    );
    fs::write(folder.join("Cargo.toml"), text).unwrap();
}

/// A workspace with this manifest and the packages `crates/a`, `crates/b`, `crates/deep/c` and `jobs/d`, of which
/// `crates/a` has these dependencies.
fn workspace(manifest: &str, dependencies: &str) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("Cargo.toml"), manifest).unwrap();
    package(root.path(), "crates/a", dependencies);
    for other in ["crates/b", "crates/deep/c", "jobs/d"] {
        package(root.path(), other, "");
    }
    root
}

/// The manifests alone say what Cargo says.
#[track_caller]
fn check(manifest: &str, dependencies: &str, expected: &[&str]) {
    let root = workspace(manifest, dependencies);
    let read = read_manifests(root.path());
    assert_eq!(read.as_deref().unwrap_or_default(), expected);
    assert_eq!(read, ask_cargo(root.path()));
}

/// The manifests are not enough, so that Cargo is asked.
#[track_caller]
fn check_asks(root: &Path, expected: Option<&[&str]>) {
    assert_eq!(read_manifests(root), None);
    let names = Packages::default().beside(root);
    assert_eq!(names.is_some(), expected.is_some(), "{names:?}");
    assert_eq!(names.unwrap_or_default(), expected.unwrap_or_default());
}

#[test]
fn this_repository() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let read = read_manifests(root).unwrap();
    assert!(read.iter().any(|name| name == "codegen"), "{read:?}");
    assert_eq!(Some(read), ask_cargo(root));
}

#[test]
fn members_are_paths_and_patterns() {
    check(
        "[workspace]\nmembers = [\"crates/a\", \"jobs/*\"]\n",
        "",
        &["a", "d"],
    );
    check(
        "[workspace]\nmembers = [\"crates/[ab]\", \"crates/deep/*\", \"./jobs/../jobs/d\"]\n",
        "",
        &["a", "b", "c", "d"],
    );
}

#[test]
fn what_is_excluded_is_no_member() {
    let members = "[workspace]\nmembers = [\"crates/[ab]\"]\n";
    check(&format!("{members}exclude = [\"crates/b\"]\n"), "", &["a"]);
    let by_path = "\n[dependencies]\nd = { path = \"../../jobs/d\" }\n";
    check(
        &format!("{members}exclude = [\"jobs\"]\n"),
        by_path,
        &["a", "b"],
    );
}

#[test]
fn a_member_named_in_full_is_not_excluded() {
    let manifest = "[workspace]\nmembers = [\"crates/a\", \"jobs/d\"]\nexclude = [\"jobs\"]\n";
    check(manifest, "", &["a", "d"]);
}

#[test]
fn the_root_may_be_a_package() {
    let manifest = "[package]\nname = \"root\"\n[lib]\npath = \"jobs/d/src/lib.rs\"\n[workspace]\nmembers = [\"jobs/d\"]\n";
    check(manifest, "", &["d", "root"]);
    let alone = "[package]\nname = \"root\"\n[lib]\npath = \"jobs/d/src/lib.rs\"\n[workspace]\n";
    check(alone, "", &["root"]);
}

#[test]
fn a_dependency_below_the_root_is_a_member() {
    let manifest = "[workspace]\nmembers = [\"crates/a\"]\n[workspace.dependencies]\nd = { path = \"jobs/d\" }\n";
    for dependencies in [
        "[dependencies]\nd = { path = \"../../jobs/d\" }\n",
        "[dependencies]\nd.workspace = true\n",
        "[dev-dependencies]\nother = { package = \"d\", path = \"../../jobs/d\" }\n",
        "[build-dependencies.d]\npath = \"../../jobs/d\"\n",
        "[target.'cfg(windows)'.dependencies]\nd = { path = \"../../jobs/d\", optional = true }\n",
    ] {
        check(manifest, dependencies, &["a", "d"]);
    }
}

#[test]
fn what_is_not_plain_is_asked() {
    let workspace_of_a = "[workspace]\nmembers = [\"crates/a\"]\n";

    // A package outside, which is no member.
    let outside = tempfile::tempdir().unwrap();
    package(outside.path(), "e", "");
    let path = outside.path().join("e");
    let dependency = format!("[dependencies]\ne = {{ path = {path:?} }}\n");
    check_asks(workspace(workspace_of_a, &dependency).path(), Some(&["a"]));

    // A package without a workspace of its own belongs to the one above it.
    let root = workspace(workspace_of_a, "");
    check_asks(&root.path().join("crates/a"), Some(&["a"]));

    // Mistakes: a member that is missing, a workspace within a workspace, a manifest that cannot be read.
    check_asks(
        workspace("[workspace]\nmembers = [\"crates/x\"]\n", "").path(),
        None,
    );
    check_asks(workspace(workspace_of_a, "[workspace]\n").path(), None);
    check_asks(workspace("[workspace\n", "").path(), None);
}

#[test]
fn without_a_manifest_there_is_no_workspace() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Packages::default().beside(folder.path()), None);
}
