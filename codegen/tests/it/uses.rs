//! Tests of pipelines that use each other's events: the examples `billing` and `dunning`, in folders of their own.

use std::fs;
use std::path::Path;

use crate::support::{codegen, root, stderr, stdout};

/// Copies both examples.
pub(crate) fn both() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for example in ["billing", "dunning"] {
        copy(
            &root().join("examples").join(example),
            &folder.path().join(example),
        );
    }
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn replace(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from} in {}", path.display());
    fs::write(path, text.replace(from, to)).unwrap();
}

/// What `check` says in the folder of dunning.
fn checked(folder: &Path) -> (Option<i32>, String) {
    let output = codegen(&folder.join("dunning"), &["check", "--color", "never"]);
    (output.status.code(), stderr(&output))
}

#[test]
fn a_change_of_the_other_pipeline_that_breaks_this_one_fails_its_check() {
    for (from, to, said) in [
        // The rule narrows on a field that is gone.
        (
            "amount_cents: integer }",
            "cents: integer }",
            "unknown-field",
        ),
        (
            "amount_cents: integer }",
            "amount_cents: string }",
            "impossible-value",
        ),
        (
            "invoice.overdue",
            "invoice.late",
            "the pipeline `billing` has no event `invoice.overdue`",
        ),
        (
            "detail_type: Invoice Changed",
            "detail_type: Invoice Moved",
            "stale-file",
        ),
        ("bus: billing", "bus: accounting", "stale-file"),
        (
            "invoice_id: string, amount",
            "invoice_id: integer, amount",
            "stale-file",
        ),
        (
            "pipeline: billing",
            "pipelines: billing",
            "unreadable-contract",
        ),
    ] {
        let folder = both();
        let (status, text) = checked(folder.path());
        assert_eq!(status, Some(0), "{text}");
        replace(&folder.path().join("billing/pipeline.yaml"), from, to);
        let (status, text) = checked(folder.path());
        assert_eq!(status, Some(1), "{to}: {text}");
        assert!(text.contains(said), "{to}: {text}");
    }
}

#[test]
fn a_contract_file_makes_the_same_as_the_spec() {
    let folder = both();
    let billing = folder.path().join("billing");
    let output = codegen(
        &billing,
        &["export", "contract", "--out", "../dunning/theirs"],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let file = folder.path().join("dunning/theirs/contract.json");
    let text = fs::read_to_string(&file).unwrap();
    let printed = stdout(&codegen(&billing, &["export", "contract"]));
    assert_eq!(printed.trim_end(), text.trim_end());
    let spec = folder.path().join("dunning/pipeline.yaml");
    replace(&spec, "../billing/pipeline.yaml", "theirs/contract.json");
    fs::remove_dir_all(&billing).unwrap();
    let (status, text) = checked(folder.path());
    assert_eq!(status, Some(0), "{text}");
    replace(&file, "\"contract\": 1", "\"contract\": 2");
    let (status, text) = checked(folder.path());
    assert_eq!(status, Some(1), "{text}");
    assert!(text.contains("which a newer codegen wrote"), "{text}");
    fs::remove_file(&file).unwrap();
    let (status, text) = checked(folder.path());
    assert_eq!(status, Some(1), "{text}");
    assert!(
        text.contains("there is no file theirs/contract.json"),
        "{text}"
    );
}

const BOTH: [&str; 4] = [
    "--spec",
    "billing/pipeline.yaml",
    "--spec",
    "dunning/pipeline.yaml",
];

/// Publishes an order of both pipelines with real functions, and returns the tree.
fn ran(folder: &Path, cents: u32) -> (Option<i32>, String) {
    let amount = format!("amount_cents={cents}");
    let event = [
        "run",
        "--color",
        "never",
        "--from",
        "2026-01-01T00:00:00Z",
        "--event",
        "order.shipped",
        "--set",
        "order_id=7",
        "--set",
        &amount,
    ];
    let output = codegen(folder, &[&event[..], &BOTH].concat());
    (
        output.status.code(),
        format!("{}{}", stdout(&output), stderr(&output)),
    )
}

#[test]
fn both_run_together_with_real_functions() {
    let folder = both();
    let (status, tree) = ran(folder.path(), 20_000);
    assert_eq!(status, Some(0), "{tree}");
    for part in [
        "billing-collect-local",
        "invoice.overdue",
        "dunning-remind-local",
        "reminder.sent",
        "dunning-close-local",
    ] {
        assert!(tree.contains(part), "{part}: {tree}");
    }
    let (status, tree) = ran(folder.path(), 300);
    assert_eq!(status, Some(0), "{tree}");
    assert!(tree.contains("invoice.paid"), "{tree}");
    assert!(!tree.contains("reminder.sent"), "{tree}");
    assert!(tree.contains("dunning-close-local"), "{tree}");
}

#[test]
fn names_that_clash_and_verbs_that_take_one_spec_are_refused() {
    let folder = both();
    let of = |arguments: &[&str]| {
        let output = codegen(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        stderr(&output)
    };
    let said = of(&[&["check"][..], &BOTH].concat());
    assert!(said.contains("`--spec` is there more than once"), "{said}");
    let event = "--event=order.shipped --set=order_id=7 --set=amount_cents=1";
    let run: Vec<&str> = ["run"].into_iter().chain(event.split(' ')).collect();
    let twice = ["--spec", "billing/pipeline.yaml"].repeat(2);
    let said = of(&[&run[..], &twice].concat());
    assert!(
        said.contains("two of the specs are the pipeline `billing`"),
        "{said}"
    );
    // A rule on the bus of the other pipeline with the name of a rule there.
    let dunning = folder.path().join("dunning/pipeline.yaml");
    let name = "- { event: billing.invoice.paid, name: 'billing-ledger-pattern-${environment}' }";
    replace(&dunning, "- event: billing.invoice.paid", name);
    let said = of(&[&run[..], &BOTH].concat());
    assert!(
        said.contains(
            "would both make the rule `billing-local/billing-ledger-pattern-local`, on AWS too"
        ),
        "{said}"
    );
}

#[test]
fn a_breaking_change_names_the_pipelines_and_jobs_that_it_breaks() {
    let folder = both();
    let billing = folder.path().join("billing");
    let spec = billing.join("pipeline.yaml");
    fs::copy(&spec, folder.path().join("before.yaml")).unwrap();
    let contract = codegen(
        &folder.path().join("dunning"),
        &["export", "contract", "--out", "."],
    );
    assert!(contract.status.success(), "{}", stderr(&contract));
    let diff = |consumer: &str| {
        let output = codegen(
            &billing,
            &[
                "diff",
                "--color",
                "never",
                "--against",
                "../before.yaml",
                "--consumers",
                consumer,
            ],
        );
        (output.status.code(), stderr(&output))
    };
    assert_eq!(diff("../dunning/pipeline.yaml").0, Some(0));
    for (from, to, jobs) in [
        (
            "level: \"enum(first, last)\", note",
            "level: \"enum(first, second, last)\", note",
            "it may start the job `dunning/remind`",
        ),
        (
            "invoice.overdue",
            "invoice.late",
            "it may start the job `dunning/remind`",
        ),
        (
            "invoice_id: string, amount_cents: integer }\n  invoice.overdue",
            "invoice_id: integer, amount_cents: integer }\n  invoice.overdue",
            "it may start the job `dunning/close`",
        ),
    ] {
        let text = fs::read_to_string(&spec).unwrap();
        replace(&spec, from, to);
        for consumer in ["../dunning/pipeline.yaml", "../dunning/contract.json"] {
            let (status, said) = diff(consumer);
            assert_eq!(status, Some(1), "{to}: {said}");
            let expected = format!("in other pipelines {jobs}");
            assert!(said.contains(&expected), "{to}: {said}");
        }
        fs::write(&spec, text).unwrap();
    }
    let (status, said) = diff("../dunning/nothing.yaml");
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("there is no file"), "{said}");
}

#[test]
fn the_picture_shows_both_with_one_node_for_a_common_event() {
    let folder = both();
    let picture = |arguments: &[&str]| {
        let output = codegen(folder.path(), arguments);
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    };
    let text = picture(&[&["graph", "--as", "mermaid"][..], &BOTH].concat());
    assert_eq!(text.matches("invoice.overdue").count(), 1, "{text}");
    assert!(!text.contains("billing.invoice"), "{text}");
    for part in ["remind", "collect", "billing", "dunning", "reminder.sent"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let one = picture(&[
        "graph",
        "--as",
        "mermaid",
        "--spec",
        "dunning/pipeline.yaml",
    ]);
    assert!(one.contains("billing.invoice.overdue"), "{one}");
}
