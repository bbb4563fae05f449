//! Tests of what `generate` does to the disk.

use std::fs;

use crate::support::{codegen, files, stderr, succeed, terraform, with_many_triggers};

const SPEC: &str = "pipeline: p
source: s
events: { e: { detail_type: E, external: true } }
jobs:
  one: { function: { package: one }, triggers: [ { event: e } ] }
  two: { function: { package: two }, triggers: [ { event: e } ] }
";

fn project(spec: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("pipeline.yaml"), spec).unwrap();
    folder
}

#[test]
fn a_second_run_changes_nothing() {
    let folder = project(SPEC);
    let first = codegen(folder.path(), &["generate"]);
    assert!(first.status.success(), "{}", stderr(&first));
    let before = files(folder.path());
    let touched = |name: &str| {
        fs::metadata(folder.path().join(name))
            .unwrap()
            .modified()
            .unwrap()
    };
    let time = touched("terraform/pipeline/job-one.tf");
    let second = codegen(folder.path(), &["generate"]);
    assert_eq!(stderr(&second), "0 written, 0 removed, 11 unchanged\n");
    assert_eq!(files(folder.path()), before);
    assert_eq!(touched("terraform/pipeline/job-one.tf"), time);
    assert!(codegen(folder.path(), &["check"]).status.success());
}

/// A part of what is generated may be there alone: from before, from a copy, or empty, as `mod generated;` asks for it.
#[test]
fn a_lone_generated_file_does_not_stop_the_first_run() {
    let spec = format!("{SPEC}output: {{ events: events/generated.rs }}\n");
    let all = project(&spec);
    codegen(all.path(), &["generate"]);
    let generated = fs::read_to_string(all.path().join("events/generated.rs")).unwrap();
    let module = fs::read_to_string(all.path().join("terraform/pipeline/bus.tf")).unwrap();
    let older = generated.replace("One", "Other");
    for (path, text, said) in [
        (
            "events/generated.rs",
            generated.as_str(),
            &["nothing has been generated yet: terraform/pipeline/alarms.tf"] as &[_],
        ),
        (
            "events/generated.rs",
            older.as_str(),
            &[
                "not what the spec says: events/",
                "nothing has been generated yet: terraform/",
            ],
        ),
        (
            "events/generated.rs",
            "\n",
            &[
                "not what the spec says: events/",
                "nothing has been generated yet: terraform/",
            ],
        ),
        (
            "terraform/pipeline/bus.tf",
            module.as_str(),
            &["nothing has been generated yet: events/generated.rs"],
        ),
    ] {
        let folder = project(&spec);
        let lone = folder.path().join(path);
        fs::create_dir_all(lone.parent().unwrap()).unwrap();
        fs::write(&lone, text).unwrap();
        let check = stderr(&codegen(folder.path(), &["check"]));
        for said in said {
            assert!(check.contains(said), "{said}\n{check}");
        }
        let output = codegen(folder.path(), &["generate"]);
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(files(folder.path()), files(all.path()));
    }
}

#[test]
fn a_removed_job_takes_its_file_with_it_and_no_other() {
    let folder = project(SPEC);
    codegen(folder.path(), &["generate"]);
    let own = folder.path().join("terraform/pipeline/own.tf");
    fs::write(&own, "# mine\n").unwrap();
    fs::write(
        folder.path().join("pipeline.yaml"),
        SPEC.replace("  two:", "  three:"),
    )
    .unwrap();
    let check = codegen(folder.path(), &["check"]);
    assert_eq!(check.status.code(), Some(1));
    assert!(stderr(&check).contains("the file is no longer needed: terraform/pipeline/job-two.tf"));
    let output = codegen(folder.path(), &["generate"]);
    let text = stderr(&output);
    assert!(
        text.contains("removed terraform/pipeline/job-two.tf"),
        "{text}"
    );
    assert!(
        text.contains("wrote   terraform/pipeline/job-three.tf"),
        "{text}"
    );
    assert!(own.exists());
}

#[test]
fn a_file_of_others_is_never_overwritten() {
    let folder = project(SPEC);
    let place = folder.path().join("terraform/pipeline/outputs.tf");
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(&place, "output \"mine\" {}\n").unwrap();
    let before = files(folder.path());
    for verb in ["generate", "check"] {
        let output = codegen(folder.path(), &[verb]);
        assert_eq!(output.status.code(), Some(1));
        assert!(
            stderr(&output).contains("error[foreign-file]"),
            "{}",
            stderr(&output)
        );
        assert_eq!(files(folder.path()), before);
    }
}

#[test]
fn an_edited_file_is_shown_as_a_diff_and_written_anew() {
    let folder = project(SPEC);
    codegen(folder.path(), &["generate"]);
    let path = folder.path().join("terraform/pipeline/job-one.tf");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        text.replace("memory_size      = 256", "memory_size      = 128"),
    )
    .unwrap();
    let check = codegen(folder.path(), &["check"]);
    assert_eq!(check.status.code(), Some(1));
    assert!(
        stderr(&check).contains("+  memory_size      = 256"),
        "{}",
        stderr(&check)
    );
    codegen(folder.path(), &["generate"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_mistake_leaves_everything_as_it_was() {
    let folder = project(SPEC);
    codegen(folder.path(), &["generate"]);
    fs::write(
        folder.path().join("pipeline.yaml"),
        SPEC.replace("event: e }", "event: x }"),
    )
    .unwrap();
    let before = files(folder.path());
    let output = codegen(folder.path(), &["generate"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(files(folder.path()), before);
}

#[test]
fn what_cannot_work_exits_with_two() {
    let folder = tempfile::tempdir().unwrap();
    let output = codegen(folder.path(), &["generate"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).starts_with("error: cannot read the spec pipeline.yaml"),
        "{}",
        stderr(&output)
    );
    assert_eq!(codegen(folder.path(), &["generat"]).status.code(), Some(2));
    assert_eq!(
        codegen(folder.path(), &["explain", "nothing"])
            .status
            .code(),
        Some(2)
    );
}

#[test]
fn every_finding_can_be_explained() {
    let folder = tempfile::tempdir().unwrap();
    let listed = codegen(folder.path(), &["explain", "--format", "json"]);
    for line in String::from_utf8(listed.stdout).unwrap().lines() {
        let lint: serde_json::Value = serde_json::from_str(line).unwrap();
        let id = lint["id"].as_str().unwrap();
        let output = codegen(folder.path(), &["explain", id]);
        assert!(
            String::from_utf8(output.stdout)
                .unwrap()
                .contains(&format!("[{id}]"))
        );
    }
}

/// If a permission for each rule does not fit into a function's policy, there is one for each bus. It is for the job's
/// rules there: the module's own test, which Terraform runs, asserts that.
#[test]
fn permissions_that_would_not_fit_are_folded() {
    for (bus, expected) in [("bus: own\n", 2), ("", 1)] {
        let folder = tempfile::tempdir().unwrap();
        let spec = with_many_triggers(bus);
        fs::write(folder.path().join("pipeline.yaml"), spec).unwrap();
        let output = codegen(folder.path(), &["generate"]);
        assert!(output.status.success(), "{}", stderr(&output));
        let module = folder.path().join("terraform/pipeline");
        let text = fs::read_to_string(module.join("job-j.tf")).unwrap();
        let rules = text
            .matches("resource \"aws_cloudwatch_event_rule\"")
            .count();
        let permissions = text.matches("resource \"aws_lambda_permission\"").count();
        assert_eq!((rules, permissions), (61, expected));
        if let Some(mut init) = terraform(&module) {
            succeed(init.args(["init", "-backend=false", "-input=false", "-no-color"]));
            let mut fmt = terraform(&module).unwrap();
            assert_eq!(succeed(fmt.args(["fmt", "-check"])), "");
            let mut own_tests = terraform(&module).unwrap();
            let said = succeed(own_tests.args(["test", "-no-color"]));
            assert!(said.contains("2 passed, 0 failed"), "{said}");
        }
    }
}

/// A process may have 256 files open on macOS, and often 1,024 on Linux.
#[cfg(unix)]
#[test]
fn more_jobs_than_files_may_be_open_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut spec =
        "pipeline: p\nsource: s\nevents: { e: { detail_type: E, external: true } }\njobs:\n"
            .to_owned();
    spec.extend(
        (0..100)
            .map(|job| format!("  j-{job}: {{ deliver_to: queue, triggers: [{{ event: e }}] }}\n")),
    );
    fs::write(folder.path().join("pipeline.yaml"), spec).unwrap();
    for verb in ["generate", "check"] {
        let command = format!("ulimit -n 64; exec \"$0\" {verb}");
        let output = std::process::Command::new("sh")
            .args(["-c", &command, env!("CARGO_BIN_EXE_codegen")])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    }
    let written = fs::read_dir(folder.path().join("terraform/pipeline")).unwrap();
    assert!(written.count() > 100);
}
