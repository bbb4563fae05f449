//! Tests of renamed jobs and triggers: what `generate` writes, and what Terraform and the real provider plan.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::support::{codegen, configuration, root, stderr, succeed, terraform};

/// A job with everything that a job can have: each kind of queue, an event, a schedule with shards, and one with a zone.
const SPEC: &str = "pipeline: shop
source: shop
bus: orders
events: { order.placed: { detail_type: Order Placed, external: true }, order.paid: { detail_type: Order Paid } }
jobs:
  bill:
    function: { package: bill }
    triggers:
      - { event: order.placed }
      - { schedule: rate(1 day), shards: 7 }
      - { id: nightly, schedule: rate(2 days), timezone: Europe/Berlin }
    emits: [order.paid]
  thank:
    function: { package: thank }
    triggers: [ { event: order.paid } ]
";

/// A root module that needs no AWS account.
const ROOT_MODULE: &str = r#"
provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
}

module "pipeline" {
  source      = "./pipeline"
  environment = "dev"
}
"#;

/// A root module, with the module that is generated from a spec.
struct Deployment(tempfile::TempDir);

impl Deployment {
    fn new(spec: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let artifacts = folder.terraform().join("artifacts");
        fs::create_dir_all(&artifacts).unwrap();
        for job in ["bill", "charge", "invoice", "thank"] {
            fs::write(artifacts.join(format!("{job}.zip")), "a zip").unwrap();
        }
        fs::write(folder.terraform().join("main.tf"), ROOT_MODULE).unwrap();
        folder.generate(spec);
        folder
    }

    fn terraform(&self) -> PathBuf {
        self.0.path().join("terraform")
    }

    /// Writes the module anew, and returns what the command said.
    fn generate(&self, spec: &str) -> String {
        fs::write(self.0.path().join("pipeline.yaml"), spec).unwrap();
        let output = codegen(self.0.path(), &["generate", "--color", "never"]);
        assert!(output.status.success(), "{}", stderr(&output));
        stderr(&output)
    }

    fn job(&self, job: &str) -> String {
        let path = format!("pipeline/job-{job}.tf");
        fs::read_to_string(self.terraform().join(path)).unwrap()
    }

    /// Initialises Terraform, if it is installed.
    fn init(&self) -> bool {
        let Some(mut init) = terraform(&self.terraform()) else {
            return false;
        };
        succeed(init.args(["init", "-input=false", "-no-color"]));
        true
    }

    /// Returns what Terraform would do. The plan calls no AWS API, so it needs no account.
    fn plan(&self) -> Vec<Change> {
        let run =
            |arguments: &[&str]| succeed(terraform(&self.terraform()).unwrap().args(arguments));
        run(&[
            "plan",
            "-input=false",
            "-no-color",
            "-refresh=false",
            "-out=plan",
        ]);
        let plan: Value = serde_json::from_str(&run(&["show", "-json", "plan"])).unwrap();
        let changes = plan["resource_changes"].as_array().unwrap();
        changes.iter().map(Change::new).collect()
    }

    /// Writes the state as an apply would leave it.
    fn deploy(&self) {
        succeed(
            Command::new("python3")
                .arg(root().join("scripts/prepared_state.py"))
                .arg(self.terraform())
                .env("TF_CLI_CONFIG_FILE", configuration()),
        );
    }

    /// Edits the text of the state.
    fn edit_state(&self, edit: impl Fn(&str) -> String) {
        let path = self.terraform().join("terraform.tfstate");
        fs::write(&path, edit(&fs::read_to_string(&path).unwrap())).unwrap();
    }
}

/// A change of one resource in a plan.
#[derive(Debug)]
struct Change {
    /// The address without the module.
    address: String,
    action: String,
    /// The address from which it is moved.
    before: Option<String>,
}

impl Change {
    fn new(change: &Value) -> Self {
        let short = |address: &Value| {
            Some(
                address
                    .as_str()?
                    .trim_start_matches("module.pipeline.")
                    .to_owned(),
            )
        };
        let actions = change["change"]["actions"].as_array().unwrap();
        let actions: Vec<&str> = actions
            .iter()
            .map(|action| action.as_str().unwrap())
            .collect();
        Self {
            address: short(&change["address"]).unwrap(),
            action: actions.join("+"),
            before: short(&change["previous_address"]),
        }
    }

    /// Whether the resource on AWS stays.
    fn keeps(&self) -> bool {
        ["no-op", "update"].contains(&self.action.as_str())
    }
}

/// All cases share one deployment, as its state takes a while to make.
#[test]
fn the_real_provider_moves_what_was_renamed_and_replaces_nothing() {
    let deployment = Deployment::new(SPEC);
    if !deployment.init() {
        return;
    }
    deployment.deploy();
    let state = fs::read_to_string(deployment.terraform().join("terraform.tfstate")).unwrap();
    let plan = deployment.plan();
    assert!(
        plan.iter().all(|change| change.action == "no-op"),
        "{plan:?}"
    );
    let count = plan.len();
    assert!(count > 30, "{count}");

    job_is_moved(&deployment, count);
    chain_is_followed_from_every_link(&deployment, count);
    deployment.edit_state(|_| state.clone());
    unsaid_rename_removes_and_adds(&deployment);
    two_steps_add_before_they_remove(&deployment);
}

fn job_is_moved(deployment: &Deployment, count: usize) {
    let said =
        deployment.generate(&SPEC.replace("  bill:\n", "  charge:\n    renamed_from: bill\n"));
    assert!(said.contains("note[kept-name]"), "{said}");
    assert!(!said.contains("replaced-rule"), "{said}");
    let plan = deployment.plan();
    assert_eq!(plan.len(), count, "{plan:?}");
    let is_of_job = |change: &&Change| change.address.contains("charge");
    assert!(plan.iter().filter(is_of_job).count() > 20, "{plan:?}");
    for change in &plan {
        assert!(change.keeps(), "{change:?}");
        let before = is_of_job(&change).then(|| change.address.replace("charge", "bill"));
        assert_eq!(change.before, before);
        // Descriptions, metrics and the dashboard name the job, and the zip has its name.
        let may_change = [
            "aws_cloudwatch_dashboard.",
            "aws_cloudwatch_metric_alarm.",
            "aws_cloudwatch_event_rule.",
            "aws_scheduler_schedule.",
            "aws_lambda_function.",
        ];
        let may_change = may_change
            .iter()
            .any(|kind| change.address.starts_with(kind));
        assert!(change.action == "no-op" || may_change, "{change:?}");
    }
}

/// An environment may know a job by any of its names: the job is moved to the last one.
fn chain_is_followed_from_every_link(deployment: &Deployment, count: usize) {
    let named = "{ event: order.placed, id: placed, renamed_from: event }";
    let said = deployment.generate(
        &SPEC
            .replace(
                "  bill:\n",
                "  charge:\n    renamed_from: [bill, invoice]\n",
            )
            .replace("{ event: order.placed }", named),
    );
    assert!(!said.contains("replaced-rule"), "{said}");
    for (old, new) in [
        ("bill", "bill"),
        ("bill", "invoice"),
        ("invoice_event", "invoice_placed"),
    ] {
        deployment.edit_state(|state| with_labels(state, old, new));
        let plan = deployment.plan();
        assert_eq!(plan.len(), count, "{plan:?}");
        assert!(plan.iter().all(Change::keeps), "{plan:?}");
        let rule = "aws_cloudwatch_event_rule.charge_placed";
        let moved = |change: &Change| change.address == rule && change.before.is_some();
        assert!(plan.iter().any(moved), "{plan:?}");
    }
}

/// Returns a state with other addresses of the same resources.
fn with_labels(state: &str, old: &str, new: &str) -> String {
    let mut state: Value = serde_json::from_str(state).unwrap();
    for resource in state["resources"].as_array_mut().unwrap() {
        let label = resource["name"].as_str().unwrap().replace(old, new);
        resource["name"] = Value::from(label);
    }
    state.to_string()
}

fn unsaid_rename_removes_and_adds(deployment: &Deployment) {
    deployment.generate(SPEC);
    let said = deployment.generate(&SPEC.replace(
        "{ event: order.placed }",
        "{ event: order.placed, id: placed }",
    ));
    let expected = "the rule `shop-bill-event` would be replaced by `shop-bill-placed`";
    assert!(
        said.contains(expected) && said.contains("`renamed_from: event`"),
        "{said}"
    );
    assert_eq!(
        rules(&deployment.plan()),
        [("bill_event", "delete"), ("bill_placed", "create")].map(owned)
    );
}

/// Does what the finding suggests: the new trigger stands beside the old one for one apply.
fn two_steps_add_before_they_remove(deployment: &Deployment) {
    let two = "- { event: order.placed }\n      - { event: order.placed, id: placed }";
    deployment.generate(SPEC);
    deployment.generate(&SPEC.replace("- { event: order.placed }", two));
    assert_eq!(
        rules(&deployment.plan()),
        [("bill_placed", "create")].map(owned)
    );
    deployment.edit_state(|state| {
        let mut state: Value = serde_json::from_str(state).unwrap();
        let resources = state["resources"].as_array_mut().unwrap();
        let of_rule = |resource: &&Value| resource["name"] == "bill_event";
        let copies: Vec<Value> = resources.iter().filter(of_rule).cloned().collect();
        for copy in copies {
            let copy = copy.to_string().replace("bill_event", "bill_placed");
            let copy = copy.replace("shop-bill-event", "shop-bill-placed");
            resources.push(serde_json::from_str(&copy).unwrap());
        }
        state.to_string()
    });
    let said = deployment.generate(&SPEC.replace(
        "{ event: order.placed }",
        "{ event: order.placed, id: placed }",
    ));
    assert!(!said.contains("replaced-rule"), "{said}");
    assert_eq!(
        rules(&deployment.plan()),
        [("bill_event", "delete")].map(owned)
    );
}

/// Returns what a plan does to rules, by label.
fn rules(plan: &[Change]) -> Vec<(String, String)> {
    let made_or_removed = plan.iter().filter(|change| !change.keeps());
    let rules = made_or_removed.filter_map(|change| {
        let label = change.address.strip_prefix("aws_cloudwatch_event_rule.")?;
        Some(owned((label, &change.action)))
    });
    rules.collect()
}

fn owned((label, action): (&str, &str)) -> (String, String) {
    (label.to_owned(), action.to_owned())
}

#[test]
fn another_name_of_the_pipeline_is_told_once() {
    let deployment = Deployment::new(SPEC);
    let said = deployment.generate(&SPEC.replace("pipeline: shop", "pipeline: store"));
    assert_eq!(said.matches("warning[replaced-rule]").count(), 1, "{said}");
    assert!(said.contains("name the pipeline `shop` again"), "{said}");
}

#[test]
fn a_dropped_renamed_from_is_warned_of() {
    let renamed = SPEC.replace("  bill:\n", "  charge:\n    renamed_from: bill\n");
    let deployment = Deployment::new(&renamed);
    let moves = deployment.job("charge").matches("moved {").count();
    assert!(moves > 20, "{moves}");
    let said = deployment.generate(&renamed.replace("    renamed_from: bill\n", ""));
    assert_eq!(said.matches("warning[replaced-rule]").count(), 1, "{said}");
    assert!(said.contains("`renamed_from: bill`"), "{said}");
}

#[test]
fn moved_blocks_are_as_terraform_formats_them() {
    let deployment = Deployment::new(&SPEC.replace(
        "  bill:\n",
        "  charge:\n    renamed_from: [bill, invoice]\n",
    ));
    if let Some(mut fmt) = terraform(&deployment.terraform()) {
        assert_eq!(
            succeed(fmt.args(["fmt", "-check", "-diff", "pipeline"])),
            ""
        );
    }
}
