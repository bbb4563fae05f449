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
    fs::write(folder.join("terraform/artifacts/one-0.zip"), "").unwrap();
    let built = r#"{"artifacts":{"one":{"architecture":"arm64","path":"artifacts/one-0.zip"}}}"#;
    let built_here = folder.join("terraform/artifacts/artifacts.tfvars.json");
    fs::write(
        &built_here,
        built.replace(r#","path":"artifacts/one-0.zip""#, ""),
    )
    .unwrap();
    assert!(
        said(folder).is_empty(),
        "what an earlier version wrote names no zip"
    );
    fs::write(&built_here, built).unwrap();
    expect("the published zip of `one` is not the one that was built last");
    let of_nothing = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    fs::write(folder.join(VARIABLES), variables("one", of_nothing)).unwrap();
    assert!(said(folder).is_empty());
}

/// An environment with a choice of its own may lag behind what was built, but it takes a zip of every job.
#[test]
fn what_an_environment_takes_is_whole() {
    let project = tempfile::tempdir().unwrap();
    let folder = project.path();
    let environments = folder.join("terraform/environments");
    fs::create_dir_all(&environments).unwrap();
    for name in ["prod", "staging"] {
        let settings = format!("environment = \"{name}\"\n");
        fs::write(environments.join(format!("{name}.tfvars")), settings).unwrap();
    }
    fs::write(folder.join("pipeline.yaml"), SPEC).unwrap();
    assert!(codegen(folder, &["generate"]).status.success());
    let staging = environments.join("staging.artifacts.tfvars.json");
    fs::write(&staging, variables("one", "x")).unwrap();
    let lacking = said(folder);
    assert!(
        lacking.len() == 1
            && lacking[0].contains("a run of `prod` sees no zips: terraform/environments/prod.artifacts.tfvars.json is missing"),
        "{lacking:?}"
    );
    fs::copy(&staging, environments.join("prod.artifacts.tfvars.json")).unwrap();
    assert!(said(folder).is_empty());
    // So it is when a machine starts the runs.
    let local = SPEC.replace(
        "terraform: { cloud: { organization: acme, driven_by: vcs } }\n",
        "",
    );
    fs::write(folder.join("pipeline.yaml"), local).unwrap();
    assert!(codegen(folder, &["generate"]).status.success());
    assert!(said(folder).is_empty());
    fs::write(&staging, variables("other", "x")).unwrap();
    let missing = said(folder);
    assert!(
        missing.len() == 1 && missing[0].contains("`staging` takes no zip of `one`: terraform/environments/staging.artifacts.tfvars.json does not name it"),
        "{missing:?}"
    );
    fs::write(&staging, "[]").unwrap();
    let unreadable = said(folder);
    assert!(
        unreadable.len() == 1
            && unreadable[0].contains("does not say where the zips of `staging` are"),
        "{unreadable:?}"
    );
}

#[test]
fn a_run_that_a_machine_starts_needs_nothing_published() {
    let project = tempfile::tempdir().unwrap();
    let spec = SPEC.replace(", driven_by: vcs", "");
    fs::write(project.path().join("pipeline.yaml"), spec).unwrap();
    assert!(codegen(project.path(), &["generate"]).status.success());
    assert!(said(project.path()).is_empty());
}

/// A program that stands for Terraform: it writes down its arguments, and makes the file of a plan.
const TERRAFORM: &str = "#!/bin/sh
echo \"$TF_WORKSPACE $*\" >>\"$LOG\"
cd \"${1#-chdir=}\"
case \"$2\" in
  plan) echo a plan >\"$TF_WORKSPACE.tfplan\" ;;
  destroy) for argument; do case \"$argument\" in -var-file=/*.tfvars.json) cat \"${argument#-var-file=}\" >>\"$LOG\" ;; esac; done ;;
esac
";

/// A root module for scripts/terraform.sh, with a program that stands for Terraform.
struct RootModule(tempfile::TempDir);

impl RootModule {
    fn new() -> Self {
        let module = Self(tempfile::tempdir().unwrap());
        fs::write(module.0.path().join("terraform"), TERRAFORM).unwrap();
        let made = Command::new("chmod")
            .arg("+x")
            .arg(module.0.path().join("terraform"))
            .status();
        assert!(made.unwrap().success());
        fs::create_dir_all(module.folder().join("environments")).unwrap();
        for environment in ["dev", "prod"] {
            module.write(&format!("environments/{environment}.tfvars"), "");
        }
        module
    }

    fn folder(&self) -> std::path::PathBuf {
        self.0.path().join("module")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Runs the script, and returns its exit status, what it said, and how it called Terraform.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let log = self.0.path().join("log");
        fs::write(&log, "").unwrap();
        let output = Command::new("bash")
            .arg(crate::support::root().join("scripts/terraform.sh"))
            .args(arguments)
            .env("TF", self.0.path().join("terraform"))
            .env("LOG", &log)
            .env("TERRAFORM_FOLDER", self.folder())
            .output()
            .unwrap();
        let said = crate::support::stderr(&output);
        let calls = fs::read_to_string(&log).unwrap();
        (output.status.code(), said, calls)
    }
}

/// Terraform would find out in the middle of the apply.
#[test]
fn a_plan_is_applied_with_the_zips_that_it_names_or_not_at_all() {
    let module = RootModule::new();
    module.write("artifacts/one-0.zip", "as planned");
    module.write(
        "artifacts/artifacts.tfvars.json",
        r#"{"artifacts":{"one":{"architecture":"arm64","path":"artifacts/one-0.zip"}}}"#,
    );
    module.write("given.zip", "as planned");
    module.write(
        "environments/dev.tfvars",
        "artifacts = { two = { path = \"given.zip\" } }\n",
    );
    let plan = || assert_eq!(module.run(&["plan", "dev"]).0, Some(0));
    let applies = || {
        let (status, said, calls) = module.run(&["apply", "dev"]);
        let is_applied = calls.contains("apply");
        assert_eq!(is_applied, status == Some(0), "{said}{calls}");
        (is_applied, said)
    };
    plan();
    // What was built since is another file.
    module.write("artifacts/one-1.zip", "newer");
    assert!(applies().0);
    for zip in ["artifacts/one-0.zip", "given.zip", "dev.tfplan"] {
        plan();
        module.write(zip, "other bytes");
        let (is_applied, said) = applies();
        let expected = format!(
            "error: what dev's plan deploys is not what is here now, so nothing is applied: plan again\n{zip}: FAILED\n"
        );
        assert!(!is_applied && said.starts_with(&expected), "{said}");
        plan();
        assert!(applies().0, "{zip}");
    }
    fs::remove_file(module.folder().join("given.zip")).unwrap();
    assert!(!applies().0);
    fs::remove_file(module.folder().join("artifacts/dev.planned")).unwrap();
    assert!(!applies().0, "a plan of before says nothing of its zips");
}

#[test]
fn zips_without_hashes_in_their_names_are_compared_too() {
    let module = RootModule::new();
    module.write("artifacts/one.zip", "as planned");
    module.write(
        "artifacts/artifacts.tfvars.json",
        r#"{"artifacts":{"one":{"architecture":"arm64"}}}"#,
    );
    assert_eq!(module.run(&["plan", "dev"]).0, Some(0));
    assert_eq!(module.run(&["apply", "dev"]).0, Some(0));
    module.write("artifacts/one.zip", "newer");
    assert_eq!(module.run(&["apply", "dev"]).0, Some(2));
}

#[test]
fn an_environment_takes_what_another_has() {
    let module = RootModule::new();
    let chosen = "environments/prod.artifacts.tfvars.json";
    let (status, said, _) = module.run(&["promote", "dev", "prod"]);
    assert_eq!(status, Some(2));
    assert!(
        said.starts_with("error: nothing is published for dev: `codegen publish --bucket NAME --environment dev` writes terraform/environments/dev.artifacts.tfvars.json"),
        "{said}"
    );
    module.write("environments/dev.artifacts.tfvars.json", "tested");
    let (status, said, _) = module.run(&["promote", "dev", "other"]);
    assert_eq!(status, Some(2));
    assert!(
        said.contains("there is no terraform/environments/other.tfvars"),
        "{said}"
    );
    assert!(!module.folder().join(chosen).exists());
    let (status, said, _) = module.run(&["promote", "dev", "prod"]);
    assert_eq!(status, Some(0), "{said}");
    assert_eq!(
        fs::read_to_string(module.folder().join(chosen)).unwrap(),
        "tested"
    );
    // It overrides what was built here, and what the environment's settings say.
    module.write("artifacts/artifacts.tfvars.json", r#"{"artifacts":{}}"#);
    let (_, _, calls) = module.run(&["plan", "prod"]);
    let files = format!(
        "-var-file=artifacts/artifacts.tfvars.json -var-file=environments/prod.tfvars -var-file={chosen}\n"
    );
    assert!(calls.ends_with(&files), "{calls}");
}

#[test]
fn a_destroy_needs_no_zip() {
    let module = RootModule::new();
    let generated = "  one_artifact = try(var.artifacts[\"one\"], local.built_here)\n  two_artifact = try(var.artifacts[\"two-2\"], local.built_here)\n";
    module.write("pipeline/job-one.tf", generated);
    let (status, said, calls) = module.run(&["destroy", "dev"]);
    assert_eq!(status, Some(0), "{said}");
    let told = calls.lines().last().unwrap();
    let told: serde_json::Value = serde_json::from_str(told).unwrap();
    let artifacts = told["artifacts"].as_object().unwrap();
    let jobs: Vec<&String> = artifacts.keys().collect();
    assert_eq!(jobs, ["one", "two-2"]);
    assert_eq!(artifacts["one"]["s3_bucket"], "none");
}

/// `TF` names the program that scripts/terraform.sh runs. It gets the same arguments as Terraform.
#[test]
fn opentofu_is_run_as_terraform_is() {
    let folder = tempfile::tempdir().unwrap();
    let tofu = folder.path().join("tofu");
    let log = folder.path().join("log");
    let program = "#!/bin/sh
echo \"$TF_WORKSPACE $*\" >>\"$LOG\"
case \"$*\" in *-out=*) touch \"$TERRAFORM_FOLDER/dev.tfplan\" ;; esac
";
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
dev -chdir={module} state pull
dev -chdir={module} plan -input=false -out=dev.tfplan -var-file=environments/dev.tfvars
dev -chdir={module} apply -input=false dev.tfplan
"
        );
        assert_eq!(fs::read_to_string(&log).unwrap(), expected);
    }
}
