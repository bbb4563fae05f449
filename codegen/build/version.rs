//! Says which commit an optimized command was built from: `codegen --version` is `0.1.0 (abc1234 2026-11-29)`.
//!
//! A build for tests does not look: each commit would compile this crate anew, here and in the caches of CI. Packagers who
//! build without git say `CODEGEN_COMMIT`, and `SOURCE_DATE_EPOCH` for its day; an empty `CODEGEN_COMMIT` leaves both out.

use std::env;
use std::path::Path;
use std::process::Command;

/// Sets the version that the command prints.
pub(crate) fn set() {
    // Without such a line Cargo would run this whenever any file of the package changes.
    println!("cargo:rerun-if-changed=build");
    println!("cargo:rerun-if-env-changed=CODEGEN_COMMIT");
    println!("cargo:rerun-if-env-changed=SOURCE_DATE_EPOCH");
    let version = env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let origin = match env::var("CODEGEN_COMMIT") {
        Ok(commit) if commit.is_empty() => None,
        Ok(commit) => Some((commit, None)),
        Err(_) if env::var("PROFILE").as_deref() == Ok("debug") => None,
        Err(_) => commit(),
    };
    let version = match origin {
        None => version,
        Some((commit, committed)) => {
            let epoch = env::var("SOURCE_DATE_EPOCH").ok();
            let epoch = epoch.and_then(|epoch| epoch.parse().ok()).or(committed);
            let day = epoch.map(|epoch| format!(" {}", day(epoch)));
            format!("{version} ({commit}{})", day.unwrap_or_default())
        }
    };
    println!("cargo:rustc-env=CODEGEN_VERSION={version}");
}

/// The commit that is checked out and its time, if this file is one of a git checkout. Sources that were unpacked inside
/// another project's checkout are not of that project's commit.
fn commit() -> Option<(String, Option<i64>)> {
    git(&["ls-files", "--error-unmatch", "build/version.rs"])?;
    // A branch that moves writes its reflog, and a checkout writes HEAD. A path that is not there would run this always.
    for path in ["HEAD", "logs/HEAD"] {
        let path = git(&["rev-parse", "--git-path", path])?;
        if Path::new(&path).exists() {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    let commit = git(&["-c", "core.abbrev=7", "log", "-1", "--format=%h %ct"])?;
    let (commit, time) = commit.split_once(' ')?;
    Some((commit.to_owned(), time.parse().ok()))
}

/// Runs git where Cargo runs this, in the package's folder, and returns the line that it prints.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let line = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| line.trim().to_owned())
}

/// The day of seconds since 1970, in UTC:
/// [days to civil](https://howardhinnant.github.io/date_algorithms.html#civil_from_days).
fn day(epoch: i64) -> String {
    let days = epoch.div_euclid(86_400) + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}
