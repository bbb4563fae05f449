//! Tests of what is released: its version, its tarball and the workflow that makes it.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::{root, stderr, stdout, succeed};

/// Compiles the part of the build script that sets the version, and returns the program.
fn build_script(folder: &Path) -> PathBuf {
    let program = folder.join("build-script");
    fs::copy(
        root().join("codegen/build/version.rs"),
        folder.join("version.rs"),
    )
    .unwrap();
    let source = folder.join("main.rs");
    fs::write(&source, "mod version;\nfn main() { version::set() }\n").unwrap();
    succeed(
        Command::new("rustc")
            .args(["--edition", "2024", "-o"])
            .arg(&program)
            .arg(&source)
            .current_dir(root()),
    );
    program
}

/// Returns the version that the build script gives in a folder, and whether a new commit would run it again.
fn version(script: &Path, folder: &Path, variables: &[(&str, &str)]) -> (String, bool) {
    let mut command = Command::new(script);
    command
        .current_dir(folder)
        .env_remove("CODEGEN_COMMIT")
        .env_remove("SOURCE_DATE_EPOCH")
        .env("CARGO_PKG_VERSION", "1.2.3")
        .env("PROFILE", "release")
        .envs(variables.iter().copied());
    let told = succeed(&mut command);
    let version = told
        .lines()
        .find_map(|line| line.strip_prefix("cargo:rustc-env=CODEGEN_VERSION="));
    let looks = told.contains("cargo:rerun-if-changed=") && told.contains("HEAD\n");
    (version.unwrap().to_owned(), looks)
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=n", "-c", "user.email=e@example"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_COMMITTER_DATE", "2026-11-29T23:30:00Z");
    succeed(&mut git).trim().to_owned()
}

#[test]
fn the_version_has_the_commit_unless_there_is_none_or_a_packager_says_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let script = build_script(folder);
    let sources = folder.join("checkout/codegen");
    fs::create_dir_all(sources.join("build")).unwrap();
    fs::write(sources.join("build/version.rs"), "").unwrap();
    git(&sources, &["init", "-q"]);
    git(&sources, &["add", "."]);
    git(&sources, &["commit", "-q", "-m", "all"]);
    let commit = git(&sources, &["rev-parse", "--short=7", "HEAD"]);

    let built = version(&script, &sources, &[]);
    assert_eq!(built, (format!("1.2.3 ({commit} 2026-11-29)"), true));
    // A build for tests does not depend on the commit.
    let debug = version(&script, &sources, &[("PROFILE", "debug")]);
    assert_eq!(debug, ("1.2.3".to_owned(), false));
    let epoch = ("SOURCE_DATE_EPOCH", "951782400");
    let given = [("CODEGEN_COMMIT", "fedcba9"), epoch];
    assert_eq!(
        version(&script, &sources, &given).0,
        "1.2.3 (fedcba9 2000-02-29)"
    );
    assert_eq!(version(&script, &sources, &given[..1]).0, "1.2.3 (fedcba9)");
    assert_eq!(
        version(&script, &sources, &[("CODEGEN_COMMIT", "")]).0,
        "1.2.3"
    );

    // Sources in the checkout of another project, which does not have them in git.
    let unpacked = sources.join("unpacked");
    fs::create_dir_all(unpacked.join("build")).unwrap();
    fs::write(unpacked.join("build/version.rs"), "").unwrap();
    assert_eq!(
        version(&script, &unpacked, &[]),
        ("1.2.3".to_owned(), false)
    );
}

/// Packs a stand-in that calls the command under test: to pack that itself, with all its symbols, would take long.
fn dist(folder: &Path) -> Output {
    let stand_in = folder.join("stand-in");
    let text = format!(
        "#!/bin/sh\nexec '{}' \"$@\"\n",
        env!("CARGO_BIN_EXE_codegen")
    );
    fs::write(&stand_in, text).unwrap();
    fs::set_permissions(&stand_in, fs::Permissions::from_mode(0o755)).unwrap();
    Command::new(root().join("scripts/dist.sh"))
        .env("DIST_BINARY", stand_in)
        .env("DIST_FOLDER", folder.join("dist"))
        .env("SOURCE_DATE_EPOCH", "1000000000")
        .output()
        .unwrap()
}

#[test]
fn the_tarball_is_a_prefix_with_the_same_bytes_each_time() {
    let packed = || {
        let folder = tempfile::tempdir().unwrap();
        let output = dist(folder.path());
        assert!(output.status.success(), "{}", stderr(&output));
        let tarball = PathBuf::from(stdout(&output).trim());
        let bytes = fs::read(&tarball).unwrap();
        (folder, tarball, bytes)
    };
    let (_folder, tarball, bytes) = packed();
    let (_other, _, again) = packed();
    // Both stand-ins are the same text.
    assert!(bytes == again, "two runs have packed other bytes");

    let name = tarball.file_name().unwrap().to_str().unwrap();
    let checked = Command::new("sh")
        .args([
            "-c",
            "sha256sum --check *.sha256 || shasum -a 256 --check *.sha256",
        ])
        .current_dir(tarball.parent().unwrap())
        .output()
        .unwrap();
    assert!(
        stdout(&checked).contains(&format!("{name}: OK")),
        "{checked:?}"
    );

    let list = succeed(Command::new("tar").arg("-tzf").arg(&tarball));
    let name = name.strip_suffix(".tar.gz").unwrap();
    let list: BTreeSet<&str> = list
        .lines()
        .filter_map(|line| line.strip_prefix(name)?.strip_prefix('/'))
        .collect();
    for file in [
        "bin/codegen",
        "share/bash-completion/completions/codegen",
        "share/fish/vendor_completions.d/codegen.fish",
        "share/zsh/site-functions/_codegen",
        "share/man/man1/codegen.1",
        "share/man/man1/codegen-generate.1",
        "share/doc/codegen/LICENSE-APACHE",
        "share/doc/codegen/LICENSE-MIT",
        "share/doc/codegen/README.md",
    ] {
        assert!(list.contains(file), "{file} is not in {list:#?}");
    }
    let prefix = tarball.parent().unwrap().join("prefix");
    fs::create_dir(&prefix).unwrap();
    let mut tar = Command::new("tar");
    succeed(
        tar.arg("-xzf")
            .arg(&tarball)
            .args(["--strip-components", "1", "-C"])
            .arg(&prefix),
    );
    let version = succeed(Command::new(prefix.join("bin/codegen")).arg("--version"));
    assert!(version.starts_with("codegen 0."), "{version}");
}

#[test]
fn a_tag_has_to_be_the_version() {
    let script = root().join("scripts/release-tag.sh");
    let right = concat!("v", env!("CARGO_PKG_VERSION"));
    let fine = Command::new(&script).arg(right).output().unwrap();
    assert!(fine.status.success(), "{}", stderr(&fine));
    let wrong = Command::new(&script).arg("v9.9.9").output().unwrap();
    assert_eq!(wrong.status.code(), Some(1));
    assert!(
        stderr(&wrong).contains(&format!("tag {right}")),
        "{}",
        stderr(&wrong)
    );
}

/// A tag can be moved to other code, a hash cannot.
#[test]
fn the_workflow_pins_actions_and_runs_scripts_that_are_there() {
    let text = fs::read_to_string(root().join(".github/workflows/release.yml")).unwrap();
    let actions: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split_once("uses: "))
        .map(|(_, action)| action)
        .collect();
    assert!(actions.len() > 5, "{actions:?}");
    for action in actions {
        let (_, commit) = action.split_once('@').unwrap();
        let (commit, version) = commit.split_once(" # v").unwrap();
        let is_hash = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(is_hash && !version.is_empty(), "{action}");
    }
    let scripts: Vec<&str> = text
        .split_whitespace()
        .filter(|word| word.starts_with("scripts/"))
        .collect();
    assert!(scripts.len() >= 2, "{scripts:?}");
    for script in scripts {
        let mode = fs::metadata(root().join(script))
            .unwrap()
            .permissions()
            .mode();
        assert!(mode & 0o100 != 0, "{script} is no program");
    }
    let makefile = fs::read_to_string(root().join("Makefile")).unwrap();
    assert!(text.contains("run: make dist\n") && makefile.contains("\ndist:"));
}
