//! Helpers for several suites.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// Returns the root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Every file below a folder, by its path there.
pub(crate) fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let below = path.strip_prefix(folder).unwrap().to_owned();
                found.push((below, std::fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// Runs the command under test in a folder.
pub(crate) fn codegen(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_codegen"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

/// Writes so many triggers of a job that permissions for each of their rules do not fit into its function's policy.
pub(crate) fn many_triggers() -> String {
    let triggers = (0..60).map(|id| format!("{{ schedule: rate(1 hour), id: s{id} }}"));
    triggers.collect::<Vec<_>>().join(", ")
}

/// Writes a pipeline of one job `j` with these triggers and one on an event. `bus` is the line of its bus, or empty.
pub(crate) fn with_many_triggers(bus: &str) -> String {
    format!(
        "pipeline: p\nsource: s\n{bus}events: {{ e: {{ detail_type: E, external: true }} }}\njobs:\n  j:\n    function: {{ package: j }}\n    triggers: [ {{ event: e }}, {} ]\n",
        many_triggers()
    )
}

/// Runs `check`, which must find no error, and returns its warnings with an id, a line each.
pub(crate) fn warnings(folder: &Path, id: &str) -> Vec<String> {
    let output = codegen(
        folder,
        &["check", "--format", "concise", "--color", "never"],
    );
    let said = stderr(&output);
    assert!(output.status.success(), "{said}");
    let lines = said.lines().filter(|line| line.contains(id));
    lines.map(str::to_owned).collect()
}

/// Returns standard output as text.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Returns standard error as text.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Makes a Terraform command for a folder; nothing if Terraform is not installed, which CI does not allow.
pub(crate) fn terraform(folder: &Path) -> Option<Command> {
    if Command::new("terraform").arg("version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "CI has no Terraform");
        eprintln!("SKIPPED: Terraform is not installed, so it has not judged what was generated");
        return None;
    }
    let mut terraform = Command::new("terraform");
    terraform
        .current_dir(folder)
        .env("TF_CLI_CONFIG_FILE", configuration());
    Some(terraform)
}

/// Runs a Terraform command that must succeed, and returns its output.
pub(crate) fn succeed(terraform: &mut Command) -> String {
    let output = terraform.output().unwrap();
    let (out, err) = (&output.stdout, &output.stderr);
    assert!(
        output.status.success(),
        "{terraform:?}\n{}{}",
        String::from_utf8_lossy(out),
        String::from_utf8_lossy(err)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Writes a CLI configuration. It names the provider on this machine if the script finds one. Otherwise it is empty, and
/// Terraform asks its registry.
pub(crate) fn configuration() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let script = root().join("scripts/terraform-config.sh");
        let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("terraform-{}.rc", std::process::id()));
        let output = Command::new("bash").arg(script).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        std::fs::write(&path, output.stdout).unwrap();
        path
    })
}
