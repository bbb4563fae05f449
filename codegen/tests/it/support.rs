//! What several suites need.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The command under test, in a folder.
pub(crate) fn codegen(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_codegen"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

/// So many triggers of a job that a permission for each of their rules does not fit into its function's policy.
pub(crate) fn many_triggers() -> String {
    let triggers = (0..60).map(|id| format!("{{ schedule: rate(1 hour), id: s{id} }}"));
    triggers.collect::<Vec<_>>().join(", ")
}

/// A pipeline of one job `j` with these triggers and one on an event; `bus` is its line, if it has one.
pub(crate) fn with_many_triggers(bus: &str) -> String {
    format!(
        "pipeline: p\nsource: s\n{bus}events: {{ e: {{ detail_type: E, external: true }} }}\njobs:\n  j:\n    function: {{ package: j }}\n    triggers: [ {{ event: e }}, {} ]\n",
        many_triggers()
    )
}

/// The warnings of `check` of one kind, a line each; there must be no error.
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

/// Standard output as text.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Standard error as text.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Terraform in a folder; nothing where it is not installed, which CI does not allow.
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

/// Runs a Terraform command that must succeed, and answers its output.
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

/// A CLI configuration that finds the provider on this machine, where the script finds it; an empty
/// one lets Terraform ask its registry.
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
