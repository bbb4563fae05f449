//! What `check` says of the call of the generated module, which people write.

use std::fs;
use std::path::Path;

use crate::support::{codegen, stderr};

const SPEC: &str = "pipeline: p
source: s
events: { e: { detail_type: E, external: true } }
defaults: { function: { network: private } }
jobs:
  one: { function: { package: one }, triggers: [ { event: e } ] }
";

/// What is said of the call alone, and that it is no error.
fn said(folder: &Path, root: &str) -> Vec<String> {
    fs::write(folder.join("terraform/main.tf"), root).unwrap();
    let output = codegen(
        folder,
        &["check", "--format", "concise", "--color", "never"],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let lines = stderr(&output);
    let lines = lines.lines().filter(|line| line.contains("module-call"));
    lines.map(str::to_owned).collect()
}

#[test]
fn a_call_that_a_plan_refuses_is_told() {
    let project = tempfile::tempdir().unwrap();
    let folder = project.path();
    fs::write(folder.join("pipeline.yaml"), SPEC).unwrap();
    assert!(codegen(folder, &["generate"]).status.success());
    let call = |arguments: &str| {
        said(
            folder,
            &format!("module \"any\" {{\n  source = \"./pipeline/\"\n{arguments}}}\n"),
        )
    };
    let whole = "  environment = var.environment\n  networks = var.networks\n";
    assert!(call(whole).is_empty());
    let meta = "  count = 1\n  depends_on = [terraform_data.x]\n  providers = { aws = aws.eu }\n";
    assert!(call(&format!("{whole}{meta}")).is_empty());
    // The module can do without these.
    assert!(
        call(&format!(
            "{whole}  artifacts = {{}}\n  permissions_boundary = null\n"
        ))
        .is_empty()
    );

    let without = call("  environment = var.environment\n");
    let place = "pipeline.yaml:4:34: warning[module-call]";
    assert!(
        without.len() == 1
            && without[0].starts_with(place)
            && without[0].contains("terraform/main.tf calls the module without `networks`"),
        "{without:?}"
    );
    let too_much = call(&format!("{whole}  secrets = var.secrets\n"));
    assert!(
        too_much.len() == 1 && too_much[0].contains("passes `secrets`"),
        "{too_much:?}"
    );
}

#[test]
fn what_is_no_call_of_the_module_is_left_alone() {
    let project = tempfile::tempdir().unwrap();
    let folder = project.path();
    fs::write(folder.join("pipeline.yaml"), SPEC).unwrap();
    assert!(codegen(folder, &["generate"]).status.success());
    let deep = format!("a = {}1{}", "(".repeat(100_000), ")".repeat(100_000));
    for root in [
        "",
        "module \"other\" {\n  source = \"./other\"\n}\n",
        "module \"other\" {\n  source = \"acme/pipeline\"\n}\n",
        "module \"none\" {\n}\n",
        "module \"computed\" {\n  source = \"${path.module}/pipeline\"\n}\n",
        "this is { not HCL",
        &deep,
    ] {
        assert!(said(folder, root).is_empty(), "{root}");
    }
    fs::remove_file(folder.join("terraform/main.tf")).unwrap();
    assert!(codegen(folder, &["check"]).status.success());
}
