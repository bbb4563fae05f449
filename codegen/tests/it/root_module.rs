//! Tests of what `check` says of the call of the generated module, which people write.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::support::{codegen, many_triggers, warnings};

const SPEC: &str = "pipeline: p
source: s
events: { e: { detail_type: E, external: true } }
defaults: { function: { network: private } }
jobs:
  one: { function: { package: one }, triggers: [ { event: e } ] }
";

/// Makes a project with a generated module.
fn project() -> TempDir {
    let project = tempfile::tempdir().unwrap();
    generate(project.path(), SPEC);
    project
}

fn generate(folder: &Path, spec: &str) {
    fs::write(folder.join("pipeline.yaml"), spec).unwrap();
    assert!(codegen(folder, &["generate"]).status.success());
}

/// Returns what `check` says of a call.
fn said(folder: &Path, root: &str) -> Vec<String> {
    fs::write(folder.join("terraform/main.tf"), root).unwrap();
    warnings(folder, "module-call")
}

#[test]
fn a_call_that_a_plan_refuses_is_told() {
    let project = project();
    let folder = project.path();
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
    // These have a default, so the call may leave them out.
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
            && without[0].contains("terraform/main.tf, module \"any\", does not pass `networks`"),
        "{without:?}"
    );
    let too_much = call(&format!("{whole}  secrets = var.secrets\n"));
    assert!(
        too_much.len() == 1 && too_much[0].contains("passes `secrets`"),
        "{too_much:?}"
    );
}

/// Files are read as Terraform reads them: one may begin with a byte order mark, and an override file adds to a block of
/// another file.
#[test]
fn a_call_may_be_in_parts() {
    let project = project();
    let folder = project.path();
    let main =
        "\u{feff}module \"m\" {\r\n  source = \"./pipeline\"\r\n  environment = \"dev\"\r\n}\r\n";
    assert_eq!(said(folder, main).len(), 1);
    let added = "module \"m\" {\n  networks = {}\n}\n";
    fs::write(folder.join("terraform/.hidden.tf"), added).unwrap();
    assert_eq!(said(folder, main).len(), 1);
    let overrides = folder.join("terraform/a_override.tf");
    fs::write(&overrides, added).unwrap();
    assert!(said(folder, main).is_empty());
    fs::write(&overrides, "module \"m\" {\n  source = \"./other\"\n}\n").unwrap();
    assert!(said(folder, main).is_empty());
}

/// With `depends_on` Terraform looks the default bus up only while it applies, and replaces what has its ARN.
#[test]
fn a_call_that_depends_on_something_is_told_what_it_replaces() {
    let project = project();
    let folder = project.path();
    let call = "module \"m\" {\n  source = \"./pipeline\"\n  environment = \"dev\"\n  networks = {}\n  depends_on = [terraform_data.x]\n}\n";
    let archive = "archive: { days: 30 }\n";
    let many = format!(
        "  all: {{ function: {{ package: all }}, triggers: [ {} ] }}\n",
        many_triggers()
    );
    for (added, expected) in [
        (String::new(), 0),
        (archive.to_owned(), 1),
        (format!("{archive}bus: own\n"), 0),
        (many.clone(), 1),
        (format!("{many}{archive}"), 2),
        (format!("{many}bus: own\n"), 0),
    ] {
        generate(folder, &format!("{SPEC}{added}"));
        let said = said(folder, call);
        assert_eq!(said.len(), expected, "{said:?}");
    }
}

#[test]
fn what_is_no_call_of_the_module_is_left_alone() {
    let project = project();
    let folder = project.path();
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
