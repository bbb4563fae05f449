//! Tests of what every verb has in common with other commands: completions, manual pages, streams and colours.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::{codegen, stderr, stdout};

const SPEC: &str = "
pipeline: shop
source: shop
events:
  order.placed: { detail_type: Order Placed, external: true, detail: { n: integer } }
jobs:
  bill: { function: { existing: bill }, triggers: [{ event: order.placed }] }
";

fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("pipeline.yaml"), SPEC).unwrap();
    folder
}

/// Runs the command with a text as its standard input.
fn with_input(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut process = Command::new(env!("CARGO_BIN_EXE_codegen"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its arguments reads nothing, which closes the pipe.
    let _ = process.stdin.take().unwrap().write_all(input.as_bytes());
    process.wait_with_output().unwrap()
}

/// Lists what bash proposes for the last of these words.
fn completed(words: &[&str]) -> Vec<String> {
    let script = "\
eval \"$(\"$CODEGEN\" completions bash)\"
COMP_WORDS=(\"$@\")
COMP_CWORD=$(($# - 1))
function=$(complete -p codegen | sed 's/.*-F \\([^ ]*\\).*/\\1/')
\"$function\" codegen \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD - 1]}\"
printf '%s\\n' \"${COMPREPLY[@]}\"
";
    let output = Command::new("bash")
        .args(["-c", script, "bash"])
        .args(words)
        .env("CODEGEN", env!("CARGO_BIN_EXE_codegen"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let lines = stdout(&output);
    let lines = lines.lines().filter(|line| !line.is_empty());
    let mut lines: Vec<String> = lines.map(str::to_owned).collect();
    // Older versions of bash cannot be told to keep the order.
    lines.sort();
    lines
}

#[test]
fn bash_completes_verbs_options_and_words() {
    let verbs = completed(&["codegen", "sch"]);
    assert_eq!(verbs, ["schedule", "schema"]);
    let options = completed(&["codegen", "check", "--w"]);
    assert_eq!(options, ["--watch"]);
    let formats = completed(&["codegen", "check", "--format", "s"]);
    assert_eq!(formats, ["sarif"]);
    let shells = completed(&["codegen", "completions", "z"]);
    assert_eq!(shells, ["zsh"]);
}

#[test]
fn other_shells_are_given_all_verbs() {
    for shell in ["elvish", "fish", "powershell", "zsh"] {
        let output = codegen(Path::new("."), &["completions", shell]);
        assert!(output.status.success(), "{shell}");
        let script = stdout(&output);
        for verb in ["generate", "schedule", "completions"] {
            assert!(script.contains(verb), "{shell}: {verb}");
        }
    }
}

#[test]
fn every_verb_has_a_manual_page_that_renders() {
    let folder = tempfile::tempdir().unwrap();
    let output = codegen(folder.path(), &["man", "--out", "man1"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let mut pages: Vec<_> = fs::read_dir(folder.path().join("man1"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    pages.sort();
    let help = stdout(&codegen(folder.path(), &["-h"]));
    let (_, verbs) = help.split_once("Commands:\n").unwrap();
    let verbs = verbs.split_once("\n\n").unwrap().0;
    let verbs = verbs
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let verbs: Vec<&str> = verbs.filter(|verb| !matches!(*verb, "" | "help")).collect();
    // The command itself has one, too.
    assert_eq!(pages.len(), verbs.len() + 1, "{pages:?}");
    for page in &pages {
        let text = fs::read_to_string(page).unwrap();
        assert!(text.is_ascii(), "{}", page.display());
        let Ok(rendered) = Command::new("groff")
            .args(["-man", "-Tutf8", "-ww", "-P-c", "-P-b", "-P-u"])
            .arg(page)
            .output()
        else {
            assert!(std::env::var_os("CI").is_none(), "CI has no groff");
            eprintln!("SKIPPED: groff is not installed, so no manual page has been rendered");
            return;
        };
        assert!(rendered.status.success(), "{}", page.display());
        assert_eq!(stderr(&rendered), "", "{}", page.display());
        assert!(stdout(&rendered).contains("SYNOPSIS"), "{}", page.display());
    }
    let of_check = stdout(&codegen(folder.path(), &["man", "check"]));
    let written = fs::read_to_string(folder.path().join("man1/codegen-check.1")).unwrap();
    assert_eq!(of_check.trim_end(), written.trim_end());
    let unknown = codegen(folder.path(), &["man", "chekc"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("there is no verb `chekc`"));
}

#[test]
fn the_spec_may_be_standard_input() {
    let folder = project();
    let generated = codegen(folder.path(), &["generate"]);
    assert!(generated.status.success(), "{}", stderr(&generated));
    let read = |arguments: &[&str]| {
        with_input(folder.path(), &[&["--spec", "-"], arguments].concat(), SPEC)
    };
    // What the folder's spec has generated is fresh beside the same text.
    let checked = read(&["check"]);
    assert!(checked.status.success(), "{}", stderr(&checked));
    assert!(
        stderr(&checked).starts_with("<stdin>: 1 jobs"),
        "{}",
        stderr(&checked)
    );
    let graph = read(&["graph", "--as", "mermaid"]);
    assert!(stdout(&graph).contains("bill"), "{}", stderr(&graph));
    let run = read(&["run", "--event", "order.placed", "--set", "n=1"]);
    assert!(stdout(&run).contains("order.placed"), "{}", stderr(&run));
    assert!(read(&["schedule"]).status.success());

    let wrong = SPEC.replace("event: order.placed", "event: order.plaecd");
    let found = with_input(
        folder.path(),
        &["check", "--spec", "-", "--format", "concise"],
        &wrong,
    );
    assert_eq!(found.status.code(), Some(1));
    let line = "<stdin>:7:61: error[unknown-event]";
    assert!(stderr(&found).contains(line), "{}", stderr(&found));
}

#[test]
fn what_writes_or_watches_needs_a_file_and_standard_input_is_one_thing() {
    let folder = project();
    let refused: [&[&str]; 7] = [
        &["generate"],
        &["package"],
        &["publish", "--bucket", "b"],
        &["import", "--pipeline", "p"],
        &["dev"],
        &["check", "--watch"],
        &["test", "--watch"],
    ];
    for arguments in refused {
        let output = with_input(folder.path(), &[arguments, &["--spec", "-"]].concat(), SPEC);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        let words = "error: the spec cannot be standard input here: ";
        assert!(said.starts_with(words), "{arguments:?}: {said}");
    }
    let twice = with_input(
        folder.path(),
        &["match", "--spec", "-", "--event", "-"],
        SPEC,
    );
    assert_eq!(twice.status.code(), Some(2));
    let words = "standard input can be one thing only";
    assert!(stderr(&twice).contains(words), "{}", stderr(&twice));
}

#[test]
fn quiet_leaves_findings_and_results() {
    let folder = project();
    let said = |arguments: &[&str]| {
        let output = codegen(folder.path(), arguments);
        (stdout(&output), stderr(&output), output.status.code())
    };
    let (_, finding, status) = said(&["check", "-q"]);
    assert_eq!(status, Some(1));
    assert!(finding.contains("error[stale-file]"), "{finding}");
    assert!(!finding.contains("1 error found"), "{finding}");
    let nothing = (String::new(), String::new(), Some(0));
    assert_eq!(said(&["generate", "--quiet"]), nothing);
    assert_eq!(said(&["check", "--quiet"]), nothing);
    let event = ["run", "--event", "order.placed", "--set", "n=1"];
    let (tree, notes, _) = said(&event);
    assert!(
        notes.contains("note: ") && notes.contains("1 run, 0 ok"),
        "{notes}"
    );
    assert_eq!(
        said(&[&event[..], &["-q"]].concat()),
        (tree, String::new(), Some(0))
    );
}

/// Whether a tree is coloured with these variables and options. Standard output is a pipe.
fn is_coloured(folder: &Path, variables: &[(&str, &str)], options: &[&str]) -> bool {
    let mut command = Command::new(env!("CARGO_BIN_EXE_codegen"));
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    let output = command
        .args(["run", "--event", "order.placed", "--set", "n=1"])
        .args(options)
        .envs(variables.iter().copied())
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output).contains("\u{1b}[")
}

#[test]
fn the_option_goes_before_no_color_and_that_before_what_forces_colour() {
    let folder = project();
    let coloured = |variables: &[_], options: &[_]| is_coloured(folder.path(), variables, options);
    let (no, force, off) = (
        ("NO_COLOR", "1"),
        ("CLICOLOR_FORCE", "1"),
        ("CLICOLOR", "0"),
    );
    assert!(!coloured(&[], &[]));
    assert!(coloured(&[force], &[]));
    assert!(coloured(&[force, off], &[]));
    assert!(!coloured(&[no, force], &[]));
    assert!(!coloured(&[off], &[]));
    assert!(coloured(&[no, off], &["--color", "always"]));
    assert!(!coloured(&[force], &["--color", "never"]));
    // An empty variable says nothing: https://no-color.org
    assert!(coloured(&[("NO_COLOR", ""), force], &[]));
}

/// As with `codegen schedule | head -1`: more is written than a pipe holds.
#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let mut process = Command::new(env!("CARGO_BIN_EXE_codegen"))
        .args(["schedule", "rate(1 minute)", "--count", "100000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 10];
    process
        .stdout
        .take()
        .unwrap()
        .read_exact(&mut first)
        .unwrap();
    let output = process.wait_with_output().unwrap();
    assert_eq!(
        (stderr(&output).as_str(), output.status.code()),
        ("", Some(0))
    );
}
