//! Tests of `check --against`, and of `diff` with a git revision: what the change from it does on AWS.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{codegen, stderr, stdout};

/// A job with an event and a schedule, one with shards, a queue, a job that goes, and an archive.
const SPEC: &str = "pipeline: shop
source: shop
archive: { days: 30 }
events:
  order.placed: { detail_type: Order Placed, external: true }
  order.packed: { detail_type: Order Packed, external: true }
jobs:
  bill:
    function: { package: bill }
    triggers:
      - event: order.placed
  pack:
    function: { package: pack }
    triggers:
      - { event: order.placed }
      - { schedule: rate(1 hour), shards: 4 }
  notify:
    deliver_to: queue
    triggers: [{ event: order.packed }]
  old:
    function: { package: old }
    triggers: [{ event: order.packed }]
";

/// Changes of the spec: what stands in it, and what comes instead.
const CHANGES: [(&str, &str, &str); 18] = [
    ("nothing", "", ""),
    (
        "versions",
        "package: bill }",
        "package: bill, versions: true }",
    ),
    (
        "another bus",
        "source: shop\n",
        "source: shop\nbus: orders\n",
    ),
    (
        "a function becomes a queue",
        "function: { package: bill }",
        "deliver_to: queue",
    ),
    (
        "a function becomes one that exists",
        "function: { package: bill }",
        "function: { existing: billing }",
    ),
    (
        "a queue becomes a topic",
        "deliver_to: queue",
        "deliver_to: topic",
    ),
    ("a job is renamed", "  bill:\n", "  charge:\n"),
    (
        "a job says what it was called",
        "  bill:\n",
        "  charge:\n    renamed_from: bill\n",
    ),
    (
        "the pipeline is renamed",
        "pipeline: shop",
        "pipeline: store",
    ),
    (
        "roles say the region",
        "source: shop\n",
        "source: shop\nnames: { region: true }\n",
    ),
    ("the archive is removed", "archive: { days: 30 }\n", ""),
    (
        "a job is removed",
        "  old:\n    function: { package: old }\n    triggers: [{ event: order.packed }]\n",
        "",
    ),
    (
        "a job and its triggers are kept by name",
        "  bill:\n    function: { package: bill }\n    triggers:\n      - event: order.placed\n",
        "  bill:\n    name: 'shop-bill-${environment}'\n    function: { package: bill }\n    triggers:\n      - event: order.placed\n        name: 'shop-bill-event-${environment}'\n",
    ),
    (
        "a rule gets a name",
        "      - event: order.placed\n",
        "      - event: order.placed\n        name: 'acme-bill-${environment}'\n",
    ),
    (
        "a trigger is renamed",
        "      - event: order.placed\n",
        "      - event: order.placed\n        id: placed\n",
    ),
    (
        "a trigger says what it was called",
        "      - event: order.placed\n",
        "      - event: order.placed\n        id: placed\n        renamed_from: event\n",
    ),
    (
        "a function has a buffer",
        "    function: { package: bill }\n",
        "    function: { package: bill }\n    buffer: {}\n",
    ),
    (
        "a kept log group, and kept queues",
        "  old:\n    function: { package: old }\n    triggers: [{ event: order.packed }]\n",
        "removed:\n  old:\n    keep: [log_group, failure_queue, dead_letter_queue]\n    allow: { named-elsewhere: Nobody calls it }\n",
    ),
];

/// What is told if the module creates first what it replaces.
const TODAY: &str = "\
nothing: -
versions: -
another bus: 3 delivery-gap, 4 deleted-archive
a function becomes a queue: 8 deleted-log, 8 deleted-messages, 8 named-elsewhere
a function becomes one that exists: 8 deleted-log, 8 deleted-messages, 8 named-elsewhere
a queue becomes a topic: 17 deleted-messages
a job is renamed: 7 deleted-log, 7 deleted-messages, 7 named-elsewhere, 8 delivery-gap
a job says what it was called: -
the pipeline is renamed: 1 replaced-pipeline
roles say the region: 13 named-elsewhere, 21 named-elsewhere, 9 named-elsewhere
the archive is removed: 6 deleted-archive
a job is removed: 7 deleted-log, 7 deleted-messages, 7 named-elsewhere
a job and its triggers are kept by name: -
a rule gets a name: 12 double-delivery
a trigger is renamed: 12 double-delivery
a trigger says what it was called: -
a function has a buffer: -
a kept log group, and kept queues: -
";

/// What is told if the module is one of before.
const BEFORE: &str = "\
nothing: -
versions: -
another bus: 3 delivery-gap, 4 deleted-archive
a function becomes a queue: 8 deleted-log, 8 deleted-messages, 8 delivery-gap, 8 named-elsewhere
a function becomes one that exists: 8 deleted-log, 8 deleted-messages, 8 delivery-gap, 8 named-elsewhere
a queue becomes a topic: 17 deleted-messages, 17 delivery-gap
a job is renamed: 7 deleted-log, 7 deleted-messages, 7 named-elsewhere, 8 delivery-gap
a job says what it was called: -
the pipeline is renamed: 1 replaced-pipeline
roles say the region: 13 named-elsewhere, 21 named-elsewhere, 9 named-elsewhere
the archive is removed: 6 deleted-archive
a job is removed: 7 deleted-log, 7 deleted-messages, 7 named-elsewhere
a job and its triggers are kept by name: -
a rule gets a name: 12 double-delivery
a trigger is renamed: 12 delivery-gap
a trigger says what it was called: -
a function has a buffer: 8 delivery-gap
a kept log group, and kept queues: -
";

/// A git repository with a spec, and what is generated from it.
struct Repository(tempfile::TempDir);

impl Repository {
    /// A module as it is generated today.
    fn new(spec: &str) -> Self {
        let repository = Self(tempfile::tempdir().unwrap());
        repository.git(&["init", "--quiet"]);
        repository.write(spec);
        let generated = codegen(repository.path(), &["generate", "--quiet"]);
        assert!(generated.status.success(), "{}", stderr(&generated));
        repository.commit();
        repository
    }

    /// A module of before: what is replaced goes first.
    fn from_before(spec: &str) -> Self {
        let repository = Self::new(spec);
        for entry in fs::read_dir(repository.path().join("terraform/pipeline")).unwrap() {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let text = text.replace("    create_before_destroy = true\n", "");
            fs::write(path, text).unwrap();
        }
        repository.commit();
        repository
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, spec: &str) {
        fs::write(self.path().join("pipeline.yaml"), spec).unwrap();
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "A spec"]);
    }

    fn git(&self, arguments: &[&str]) {
        let done = Command::new("git")
            .current_dir(self.path())
            .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
            .args(arguments)
            // What this machine's owner has set must not count.
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
    }

    /// The findings about a change since a revision, each as its line and id, without those about generated files.
    fn findings(&self, against: &str) -> BTreeSet<String> {
        let output = codegen(
            self.path(),
            &["check", "--format", "json", "--against", against],
        );
        let lines = stdout(&output);
        assert!(output.status.code() != Some(2), "{}", stderr(&output));
        let found = lines.lines().map(|line| {
            let found: serde_json::Value = serde_json::from_str(line).unwrap();
            (
                found["line"].to_string(),
                found["id"].as_str().unwrap().to_owned(),
            )
        });
        let of_files = [
            "stale-file",
            "kept-name",
            "schedule-off-bus",
            "double-trigger",
            "shared-bus",
        ];
        let found = found.filter(|(_, id)| !of_files.contains(&id.as_str()));
        found.map(|(line, id)| format!("{line} {id}")).collect()
    }

    fn fails(&self, against: &str) -> String {
        let output = codegen(self.path(), &["check", "--against", against]);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        stderr(&output)
    }
}

/// What is told of each change: the ids of findings, with their lines.
fn told(repository: &Repository) -> String {
    let lines = CHANGES.map(|(change, from, to)| {
        assert!(
            from.is_empty() || SPEC.matches(from).count() == 1,
            "{change}"
        );
        repository.write(&SPEC.replacen(from, to, usize::from(!from.is_empty())));
        let found = repository.findings("HEAD");
        let generated = codegen(repository.path(), &["generate", "--quiet"]);
        assert!(
            generated.status.success(),
            "{change}: {}",
            stderr(&generated)
        );
        assert_eq!(repository.findings("HEAD"), found, "{change}, generated");
        let mut found: Vec<String> = found.into_iter().collect();
        if found.is_empty() {
            found.push("-".to_owned());
        }
        format!("{change}: {}\n", found.join(", "))
    });
    lines.concat()
}

#[test]
fn each_change_is_told_at_its_place_and_stays_told_when_files_are_fresh() {
    assert_eq!(told(&Repository::new(SPEC)), TODAY);
}

/// What goes has no configuration any more that could say the order.
#[test]
fn from_a_module_of_before_old_targets_go_first() {
    assert_eq!(told(&Repository::from_before(SPEC)), BEFORE);
}

#[test]
fn an_allow_at_the_place_silences_and_is_not_unused_later() {
    let repository = Repository::new(SPEC);
    let renamed = SPEC.replacen(
        "      - event: order.placed\n",
        "      - event: order.placed\n        id: placed\n",
        1,
    );
    repository.write(&renamed);
    assert_eq!(repository.findings("HEAD").len(), 1);
    let allowed = renamed.replacen(
        "    function: { package: bill }\n",
        "    function: { package: bill }\n    allow: { double-delivery: It bears an event twice }\n",
        1,
    );
    repository.write(&allowed);
    assert!(repository.findings("HEAD").is_empty());
    repository.commit();
    assert!(repository.findings("HEAD").is_empty());
}

#[test]
fn each_environment_is_compared_with_what_it_said() {
    let with = |text: &str| format!("values: {{ team: {{ local: x }} }}\n{text}");
    let repository = Repository::new(&with(SPEC));
    let environments = repository.path().join("terraform/environments");
    fs::create_dir_all(&environments).unwrap();
    let say = |environment: &str, team: &str| {
        let text = format!("environment = \"{environment}\"\nvalues = {{ team = \"{team}\" }}\n");
        fs::write(environments.join(format!("{environment}.tfvars")), text).unwrap();
    };
    say("dev", "shop");
    say("prod", "shop");
    let named = SPEC.replacen(
        "      - event: order.placed\n",
        "      - event: order.placed\n        name: '${team}-bill-event-${environment}'\n",
        1,
    );
    repository.write(&with(&named));
    repository.commit();
    // The spec stays, and one environment says another value.
    say("prod", "store");
    let output = codegen(
        repository.path(),
        &["check", "--against", "HEAD", "--color", "never"],
    );
    let said = stderr(&output);
    assert!(said.contains("error[double-delivery]"), "{said}");
    assert!(said.contains("with the values of `prod`"), "{said}");
    assert_eq!(said.matches("error[double-delivery]").count(), 1, "{said}");
    // An environment that was not there has nothing to lose.
    say("prod", "shop");
    say("test", "other");
    assert!(repository.findings("HEAD").is_empty());
}

#[test]
fn what_cannot_be_compared_is_said() {
    let repository = Repository::new(SPEC);
    assert!(
        repository
            .fails("nowhere")
            .contains("there is no revision `nowhere`")
    );
    assert!(
        repository
            .fails("HEAD:pipeline.yaml")
            .contains("there is no revision `HEAD:pipeline.yaml`")
    );
    repository.write(
        "pipeline: shop\nsource: shop\njobs: { a: { function: { package: a }, emits: [b] } }\n",
    );
    repository.commit();
    repository.write(SPEC);
    let said = repository.fails("HEAD");
    assert!(
        said.contains("cannot compare with the spec of `HEAD`"),
        "{said}"
    );
    assert!(said.contains("[unknown-event] in line 3"), "{said}");
    fs::write(repository.path().join("other.yaml"), SPEC).unwrap();
    let other = ["check", "--spec", "other.yaml", "--against", "HEAD"];
    let said = stderr(&codegen(repository.path(), &other));
    assert!(
        said.contains("the revision `HEAD` has no spec other.yaml"),
        "{said}"
    );
    let alone = tempfile::tempdir().unwrap();
    fs::write(alone.path().join("pipeline.yaml"), SPEC).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_codegen"))
        .args(["check", "--against", "HEAD"])
        .current_dir(alone.path())
        .env("GIT_CEILING_DIRECTORIES", alone.path().parent().unwrap())
        .output()
        .unwrap();
    assert!(
        stderr(&output).contains("there is no git repository"),
        "{output:?}"
    );
    let output = Command::new(env!("CARGO_BIN_EXE_codegen"))
        .args(["check", "--against", "HEAD"])
        .current_dir(repository.path())
        .env("PATH", alone.path())
        .output()
        .unwrap();
    assert!(stderr(&output).contains("cannot run git"), "{output:?}");
    // The file of another spec needs no git.
    fs::write(alone.path().join("before.yaml"), SPEC).unwrap();
    let with_file = ["check", "--against", "before.yaml", "--format", "json"];
    let output = codegen(alone.path(), &with_file);
    assert!(!stdout(&output).contains("delivery-gap"), "{output:?}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_spec_in_a_folder_of_the_repository_is_compared_with_itself() {
    let repository = Repository::new(SPEC);
    let inside = repository.path().join("teams/a b");
    fs::create_dir_all(&inside).unwrap();
    fs::write(inside.join("pipeline.yaml"), SPEC).unwrap();
    repository.commit();
    fs::write(
        inside.join("pipeline.yaml"),
        SPEC.replace("archive: { days: 30 }\n", ""),
    )
    .unwrap();
    let spec = "teams/a b/pipeline.yaml";
    let arguments = [
        "check",
        "--spec",
        spec,
        "--against",
        "HEAD",
        "--format",
        "sarif",
    ];
    let said = stdout(&codegen(repository.path(), &arguments));
    assert!(said.contains("deleted-archive"), "{said}");
}

#[test]
fn diff_compares_with_a_revision_and_with_what_its_environments_said() {
    let with = |text: &str| format!("values: {{ team: {{ local: x }} }}\n{text}");
    let repository = Repository::new(&with(SPEC));
    let environments = repository.path().join("terraform/environments");
    fs::create_dir_all(&environments).unwrap();
    let say = |environment: &str, team: &str| {
        let text = format!("environment = \"{environment}\"\nvalues = {{ team = \"{team}\" }}\n");
        fs::write(environments.join(format!("{environment}.tfvars")), text).unwrap();
    };
    say("dev", "shop");
    say("old", "shop");
    let named = SPEC.replacen(
        "    function: { package: pack }\n",
        "    function: { package: pack, environment: { TEAM: '${team}' } }\n",
        1,
    );
    repository.write(&with(&named));
    repository.commit();
    let diff = |more: &[&str]| {
        let output = codegen(
            repository.path(),
            &[&["diff", "--color", "never"], more].concat(),
        );
        assert_eq!(stderr(&output), "");
        stdout(&output)
    };
    assert_eq!(diff(&[]), "nothing changes since HEAD\n");
    say("dev", "store");
    say("prod", "store");
    fs::remove_file(environments.join("old.tfvars")).unwrap();
    assert_eq!(
        diff(&[]),
        "environment dev\n    value `team`: shop → store\n- environment old\n+ environment prod\n"
    );
    let told = diff(&["--against", "HEAD~1"]);
    assert!(told.contains("    + variable `TEAM`: ${team}\n"), "{told}");
    let nowhere = codegen(repository.path(), &["diff", "--against", "nowhere"]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(stderr(&nowhere).contains("there is no revision `nowhere`"));
}
