//! Tests of what `spendsense-import` asks on a terminal.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// Opens a terminal: what a person types, and what the program reads.
fn terminal() -> (File, File) {
    let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&person).unwrap();
    unlockpt(&person).unwrap();
    let name = ptsname(&person, Vec::new()).unwrap();
    let name = std::ffi::OsStr::from_bytes(name.as_bytes());
    let program = OpenOptions::new().read(true).write(true).open(name);
    (File::from(person), program.unwrap())
}

/// Imports a file for a user, and answers on a terminal. Returns the exit status and what is printed.
fn import(folder: &std::path::Path, answer: &str, more: &[&str]) -> (Option<i32>, String) {
    let (mut person, program) = terminal();
    // The terminal keeps what is typed before it is read.
    person.write_all(answer.as_bytes()).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_spendsense-import"))
        .args(["bank.csv", "--user", "me"])
        .args(more)
        .current_dir(folder)
        .env("DATABASE_URL", "sqlite:spendsense.sqlite")
        .stdin(Stdio::from(program))
        .output()
        .unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    (output.status.code(), out)
}

#[test]
fn on_a_terminal_an_import_shows_its_rows_and_asks() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        "Date,Description,Amount\n2026-06-13,COFFEE,-4.50\n2026-06-14,ACME PAYROLL,2000.00\n";
    fs::write(folder.path().join("bank.csv"), text).unwrap();
    for answer in ["n\n", "\n", "yes please\n"] {
        let (code, out) = import(folder.path(), answer, &[]);
        assert_eq!(code, Some(1), "{answer:?}: {out}");
        assert!(
            out.contains("2026-06-13") && out.contains("COFFEE"),
            "{out}"
        );
        assert!(out.contains("import 2 new transactions? [y/N]"), "{out}");
        assert!(out.ends_with("nothing is imported\n"), "{out}");
    }
    for (answer, expected) in [("y\n", 2), ("YES\n", 0)] {
        let (code, out) = import(folder.path(), answer, &[]);
        assert_eq!(code, Some(0), "{out}");
        let done = format!("2 transactions of me/checking imported, {expected} of them new");
        assert!(out.contains(&done), "{out}");
    }
    // Nobody is asked who has said so.
    let (code, out) = import(folder.path(), "", &["--yes"]);
    assert_eq!(code, Some(0), "{out}");
    assert!(!out.contains("[y/N]"), "{out}");
    let (code, out) = import(folder.path(), "", &["--dry-run"]);
    assert_eq!(code, Some(0), "{out}");
    assert!(!out.contains("[y/N]"), "{out}");
}
