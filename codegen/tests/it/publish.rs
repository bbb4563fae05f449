//! Tests of what `check` says of zips that a run of Terraform would not find. scripts/rehearse.sh tests the upload itself,
//! with a stand-in for S3.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{codegen, warnings};

const SPEC: &str = "pipeline: p
source: s
events: { e: { detail_type: E, external: true } }
jobs:
  one: { function: { package: one }, triggers: [ { event: e } ] }
  two: { function: { existing: two }, triggers: [ { event: e } ] }
  three:
    function: { image: '123456789012.dkr.ecr.eu-central-1.amazonaws.com/three:1' }
    triggers: [ { event: e } ]
terraform: { cloud: { organization: acme, driven_by: vcs } }
";

const VARIABLES: &str = "terraform/artifacts.auto.tfvars.json";

fn variables(job: &str, hash: &str) -> String {
    format!(
        r#"{{"artifacts":{{"{job}":{{"architecture":"arm64","s3_bucket":"b","s3_key":"k","source_code_hash":"{hash}"}}}}}}"#
    )
}

/// Runs `check`, and returns what it says of the zips.
fn said(folder: &Path) -> Vec<String> {
    warnings(folder, "unpublished-artifact")
}

#[test]
fn what_a_commits_run_would_miss_is_said() {
    let project = tempfile::tempdir().unwrap();
    let folder = project.path();
    fs::write(folder.join("pipeline.yaml"), SPEC).unwrap();
    assert!(codegen(folder, &["generate"]).status.success());
    let expect = |expected: &str| {
        let said = said(folder);
        assert!(
            said.len() == 1 && said[0].contains(expected),
            "{expected}: {said:?}"
        );
    };
    expect("terraform/artifacts.auto.tfvars.json is missing");
    fs::write(folder.join(VARIABLES), "[]").unwrap();
    expect("does not say where they are");
    fs::write(folder.join(VARIABLES), variables("other", "x")).unwrap();
    expect("no zip of `one` is published");
    fs::write(folder.join(VARIABLES), variables("one", "x")).unwrap();
    assert!(
        said(folder).is_empty(),
        "a zip that was not built here cannot be compared"
    );
    fs::create_dir_all(folder.join("terraform/artifacts")).unwrap();
    fs::write(folder.join("terraform/artifacts/one.zip"), "").unwrap();
    expect("the published zip of `one` is not the one that was built last");
    let of_nothing = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    fs::write(folder.join(VARIABLES), variables("one", of_nothing)).unwrap();
    assert!(said(folder).is_empty());
}

#[test]
fn a_run_that_a_machine_starts_needs_nothing_published() {
    let project = tempfile::tempdir().unwrap();
    let spec = SPEC.replace(", driven_by: vcs", "");
    fs::write(project.path().join("pipeline.yaml"), spec).unwrap();
    assert!(codegen(project.path(), &["generate"]).status.success());
    assert!(said(project.path()).is_empty());
}

/// `TF` names the program that scripts/terraform.sh runs. It gets the same arguments as Terraform.
#[test]
fn opentofu_is_run_as_terraform_is() {
    let folder = tempfile::tempdir().unwrap();
    let tofu = folder.path().join("tofu");
    let log = folder.path().join("log");
    let program = "#!/bin/sh\necho \"$TF_WORKSPACE $*\" >>\"$LOG\"\n";
    fs::write(&tofu, program).unwrap();
    assert!(
        Command::new("chmod")
            .arg("+x")
            .arg(&tofu)
            .status()
            .unwrap()
            .success()
    );
    let root_module = folder.path().join("module");
    fs::create_dir_all(root_module.join("environments")).unwrap();
    fs::write(root_module.join("environments/dev.tfvars"), "").unwrap();
    // `init` needs a workspace that exists: `default`, or for Terraform Cloud the one of the environment.
    let backends = [
        ("default", "terraform {\n  backend \"s3\" {}\n}\n"),
        ("dev", "terraform {\n  cloud {\n  }\n}\n"),
    ];
    for (there, backend) in backends {
        fs::write(root_module.join("backend.tf"), backend).unwrap();
        fs::write(&log, "").unwrap();
        for verb in ["plan", "apply"] {
            let status = Command::new("bash")
                .arg(crate::support::root().join("scripts/terraform.sh"))
                .args([verb, "dev"])
                .env("TF", &tofu)
                .env("LOG", &log)
                .env("TERRAFORM_FOLDER", &root_module)
                .status()
                .unwrap();
            assert!(status.success());
        }
        let module = root_module.display();
        let expected = format!(
            "{there} -chdir={module} init -input=false
dev -chdir={module} plan -input=false -out=dev.tfplan -var-file=environments/dev.tfvars
dev -chdir={module} apply -input=false dev.tfplan
"
        );
        assert_eq!(fs::read_to_string(&log).unwrap(), expected);
    }
}
