//! Tests of `generate --step`: the module of each step of a change.

use std::fs;
use std::path::Path;

use crate::support::{codegen, files, stderr, stdout, succeed, terraform};

const SPEC: &str = "pipeline: shop
source: shop
events:
  order.placed: { detail_type: Order Placed, external: true }
  order.billed: { detail_type: Order Billed }
jobs:
  bill:
    function: { package: bill, timeout: 7s }
    triggers: [{ event: order.placed }, { schedule: rate(1 day) }]
    emits: [order.billed]
  note:
    deliver_to: queue
    triggers: [{ event: order.billed }]
";

/// A folder with a spec, and the one that was there before.
struct Change(tempfile::TempDir);

impl Change {
    fn new(after: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("before.yaml"), SPEC).unwrap();
        fs::write(folder.path().join("pipeline.yaml"), after).unwrap();
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a step and returns what the command says, and the whole module.
    fn step(&self, number: &str) -> (String, String) {
        let arguments = ["generate", "--step", number, "--from", "before.yaml"];
        let output = codegen(
            self.path(),
            &[&arguments[..], &["--format", "json"]].concat(),
        );
        assert!(output.status.success(), "{}", stderr(&output));
        (stdout(&output), self.module())
    }

    /// The whole module as one text, without its tests.
    fn module(&self) -> String {
        let files = files(&self.path().join("terraform"));
        let files = files
            .iter()
            .filter(|(path, _)| path.extension().is_some_and(|it| it == "tf"));
        let texts = files
            .map(|(path, text)| format!("# {}\n{}", path.display(), String::from_utf8_lossy(text)));
        texts.collect()
    }

    /// Lets Terraform judge the module, if it is there.
    fn validate(&self, step: &str) {
        let module = self.path().join("terraform/pipeline");
        let data = self.path().join("data");
        let run = |arguments: &[&str]| {
            let mut command = terraform(&module)?;
            Some(succeed(command.args(arguments).env("TF_DATA_DIR", &data)))
        };
        if run(&["init", "-backend=false", "-input=false"]).is_none() {
            return;
        }
        let said = run(&["validate", "-no-color"]).unwrap();
        assert!(said.contains("Success!"), "step {step}: {said}");
        let unformatted = run(&["fmt", "-check", "-list=true"]).unwrap();
        assert_eq!(unformatted, "", "step {step}");
    }
}

/// Counts the resources with a kind and a label.
fn count(module: &str, kind: &str, label: &str) -> usize {
    module
        .matches(&format!("resource \"{kind}\" \"{label}\""))
        .count()
}

#[test]
fn another_bus_takes_four_steps_of_the_same_bytes_each_time() {
    let after = SPEC.replacen("source: shop\n", "source: shop\nbus: orders\n", 1);
    let change = Change::new(&after);
    let rule = "aws_cloudwatch_event_rule";
    let bus = "resource \"aws_cloudwatch_event_bus\"";
    let (said, first) = change.step("1");
    assert!(
        said.contains("\"step\":1,\"steps\":4,\"wait_seconds\":0"),
        "{said}"
    );
    change.validate("1");
    // The old rules have addresses of their own, and nothing else changes.
    assert!(first.contains("from = aws_cloudwatch_event_rule.bill_event\n  to   = aws_cloudwatch_event_rule.before__bill_event"));
    assert_eq!(
        (
            count(&first, rule, "bill_event"),
            first.matches(bus).count()
        ),
        (0, 0)
    );
    // A schedule's rule is on the default bus for ever.
    assert_eq!(count(&first, rule, "bill_scheduled"), 1);
    let (_, second) = change.step("2");
    change.validate("2");
    assert_eq!(count(&second, rule, "bill_event"), 1);
    assert_eq!(count(&second, rule, "before__bill_event"), 1);
    assert_eq!(
        count(&second, "aws_lambda_permission", "before__bill_event"),
        1
    );
    assert_eq!(second.matches(bus).count(), 1);
    // What moves besides is what every module moves.
    assert!(!second.contains("from = aws_cloudwatch_event"));
    // Functions still emit to the default bus.
    assert!(second.contains("event_bus_name = \"default\""), "{second}");
    let (said, third) = change.step("3");
    change.validate("3");
    assert!(said.contains("\"wait_seconds\":7"), "{said}");
    assert_eq!(count(&third, rule, "before__bill_event"), 1);
    assert!(third.contains("other_bus_name = \"default\""), "{third}");
    let (_, last) = change.step("4");
    assert!(!last.contains("before__"));
    // Each is made of the two specs alone.
    for (number, module) in [("3", &third), ("1", &first), ("2", &second), ("4", &last)] {
        assert_eq!(change.step(number).1, *module, "{number}");
    }
    let generated = codegen(change.path(), &["generate", "--quiet"]);
    assert!(generated.status.success());
    assert_eq!(change.module(), last);
}

#[test]
fn a_renamed_job_stands_beside_the_old_one_for_a_step() {
    let change = Change::new(&SPEC.replacen("  bill:\n", "  charge:\n", 1));
    let (said, first) = change.step("1");
    assert!(said.contains("\"steps\":2,\"wait_seconds\":7"), "{said}");
    change.validate("1");
    let functions = ["bill", "charge"].map(|job| count(&first, "aws_lambda_function", job));
    assert_eq!(functions, [1, 1]);
    let (_, last) = change.step("2");
    assert_eq!(count(&last, "aws_lambda_function", "bill"), 0);
}

/// Terraform cannot forget a queue in the plan that destroys what refers to it.
#[test]
fn what_stays_on_aws_is_forgotten_when_its_job_is_gone() {
    let (start, _) = SPEC.split_once("  bill:\n").unwrap();
    let other = "  other: { function: { package: other }, triggers: [{ event: order.placed }] }\n";
    let keep = "removed: { bill: { keep: [dead_letter_queue, failure_queue, log_group] } }\n";
    let change = Change::new(&format!("{start}{other}{keep}"));
    let queues = |module: &str| {
        let labels = ["bill_dlq", "bill_on_failure"];
        labels.map(|label| count(module, "aws_sqs_queue", label))
    };
    let (said, first) = change.step("1");
    assert!(said.contains("\"steps\":2,\"wait_seconds\":0"), "{said}");
    change.validate("1");
    assert_eq!(queues(&first), [1, 1]);
    assert_eq!(count(&first, "aws_cloudwatch_log_group", "bill"), 1);
    assert_eq!(count(&first, "aws_lambda_function", "bill"), 0);
    assert!(!first.contains("removed {"), "{first}");
    let (_, last) = change.step("2");
    change.validate("2");
    assert_eq!(queues(&last), [0, 0]);
    assert!(last.contains("from = aws_sqs_queue.bill_dlq"), "{last}");
}

#[test]
fn a_step_that_there_is_not_is_refused() {
    let change = Change::new(SPEC);
    for number in ["0", "2"] {
        let arguments = ["generate", "--step", number, "--from", "before.yaml"];
        let output = codegen(change.path(), &arguments);
        assert_eq!(output.status.code(), Some(2));
        let said = stderr(&output);
        assert!(said.contains("is done in one step"), "{said}");
    }
    let output = codegen(change.path(), &["generate", "--step", "1"]);
    assert!(stderr(&output).contains("--from <REV>"), "{output:?}");
}
