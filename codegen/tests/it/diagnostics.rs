//! Tests over case folders, each with a spec and everything that `check` says of it. `SNAPSHOTS=overwrite` writes anew.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use snapbox::{Data, assert_data_eq};

use crate::support::{codegen, root, stderr, stdout};

#[test]
fn findings_are_as_recorded() {
    let mut cases = 0;
    for folder in case_folders() {
        let before = files(&folder);
        // The time stands still: what a schedule comes to must not change from one day to the next.
        let now = "2026-03-01T00:00:00Z";
        let mut arguments = vec!["check", "--color", "never", "--now", now];
        // A case about a change has the spec before, or the plan.
        for (flag, file) in [("--against", "before.yaml"), ("--plan", "plan.json")] {
            if folder.join(file).exists() {
                arguments.extend([flag, file]);
            }
        }
        let output = codegen(&folder, &arguments);
        assert_eq!(output.status.code(), Some(1), "{}", folder.display());
        assert!(output.stdout.is_empty());
        assert_data_eq!(
            stderr(&output),
            Data::read_from(&folder.join("stderr.txt"), None).raw()
        );
        let after = files(&folder).into_iter();
        let new: Vec<PathBuf> = after.filter(|file| !before.contains(file)).collect();
        let snapshot = folder.join("stderr.txt");
        assert!(new.iter().all(|file| *file == snapshot), "{new:?}");
        cases += 1;
    }
    assert!(cases >= 60, "{cases}");
}

#[test]
fn schedules_are_compared_with_the_clock_or_with_a_given_time() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics/passed-schedule");
    let warnings = |arguments: &[&str]| {
        let said = stderr(&codegen(
            &folder,
            &[&["check", "--color", "never"], arguments].concat(),
        ));
        said.matches("warning[idle-schedule]").count()
    };
    assert_eq!(warnings(&[]), 2);
    assert_eq!(warnings(&["--now", "2019-01-01T00:00:00Z"]), 1);
    assert_eq!(warnings(&["--now", "2002-01-01T00:00:00Z"]), 0);
}

/// Every finding of `check` has a case; those of `verify` are tested beside the comparison, those of `test` in `cases`.
#[test]
fn no_finding_is_without_a_case() {
    let recorded = case_folders().map(|folder| fs::read_to_string(folder.join("stderr.txt")));
    let recorded: String = recorded.collect::<Result<_, _>>().unwrap();
    let listed = stdout(&codegen(root(), &["explain", "--format", "json"]));
    for line in listed.lines() {
        let lint: serde_json::Value = serde_json::from_str(line).unwrap();
        if lint["found_by"] != "check" {
            continue;
        }
        let (id, severity) = (
            lint["id"].as_str().unwrap(),
            lint["severity"].as_str().unwrap(),
        );
        assert!(recorded.contains(&format!("{severity}[{id}]")), "{id}");
    }
}

#[test]
fn forty_mistakes_are_found_in_one_run_each_at_its_place() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics/forty-mistakes");
    let output = codegen(&folder, &["check", "--format", "json"]);
    let places: BTreeSet<(u64, u64)> = stdout(&output)
        .lines()
        .map(|line| {
            let found: serde_json::Value = serde_json::from_str(line).unwrap();
            (
                found["line"].as_u64().unwrap(),
                found["column"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!((places.len(), stdout(&output).lines().count()), (40, 40));
}

#[test]
fn the_page_of_findings_is_fresh() {
    let page = stdout(&codegen(root(), &["explain", "--page"]));
    let path = root().join("docs/diagnostics.md");
    assert_data_eq!(page, Data::read_from(&path, None).raw());
}

#[test]
fn what_verify_finds_is_explained() {
    let output = codegen(root(), &["explain", "dead-letters"]);
    assert!(output.status.success());
    let headline =
        "warning[dead-letters]: the dead-letter queue holds events that could not be delivered\n";
    assert!(stdout(&output).starts_with(headline), "{}", stdout(&output));
}

fn case_folders() -> impl Iterator<Item = PathBuf> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let folders = fs::read_dir(cases).unwrap();
    folders.map(|folder| folder.unwrap().path())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files
}

#[test]
fn programs_get_one_document_a_line() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics/three-mistakes");
    let output = codegen(&folder, &["check", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    let found: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let places: Vec<_> = found
        .iter()
        .map(|f| {
            (
                f["id"].as_str().unwrap(),
                f["line"].as_u64().unwrap(),
                f["column"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        places,
        [
            ("unknown-key", 7, 5),
            ("invalid-duration", 12, 53),
            ("unknown-event", 14, 16)
        ]
    );
    assert!(found.iter().all(|finding| finding["help"].is_string()));
}

#[test]
fn github_gets_annotations() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics/three-mistakes");
    let output = codegen(&folder, &["check", "--format", "github"]);
    assert_eq!(
        stdout(&output),
        "\
::error file=pipeline.yaml,line=7,endLine=7,col=5,endColumn=12,title=unknown-key::unknown key `externl` in an event%0Ahelp: did you mean `external`?
::error file=pipeline.yaml,line=12,endLine=12,col=53,endColumn=62,title=invalid-duration::`5 minutes` is not a duration%0Ahelp: did you mean `5m`?
::error file=pipeline.yaml,line=14,endLine=14,col=16,endColumn=27,title=unknown-event::the event `user.singup` is not declared%0Ahelp: did you mean `user.signup`?
"
    );
}

#[test]
fn sarif_has_every_finding_with_its_rule_and_place() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics/double-trigger");
    let output = codegen(&folder, &["check", "--format", "sarif"]);
    let document: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(document["version"], "2.1.0");
    let run = &document["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    let ids: Vec<&str> = results
        .iter()
        .map(|result| result["ruleId"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["double-trigger", "stale-file"]);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert_eq!(
            rules[index]["defaultConfiguration"]["level"],
            result["level"]
        );
    }
    let place = |location: &serde_json::Value| {
        let region = &location["physicalLocation"]["region"];
        ["startLine", "startColumn", "endLine", "endColumn"].map(|key| region[key].as_u64())
    };
    let found = &results[0];
    assert_eq!(found["level"], "warning");
    assert_eq!(place(&found["locations"][0]), [23, 9, 23, 14].map(Some));
    assert_eq!(
        place(&found["relatedLocations"][0]),
        [22, 9, 22, 14].map(Some)
    );
    let path = &found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(path, "pipeline.yaml");
}

/// `check --watch` writes its result once at the start and once for every change.
#[test]
fn a_watched_spec_is_checked_again_on_every_save() {
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("pipeline.yaml");
    let good = "pipeline: p\nsource: s\nevents: { e: { detail_type: E, external: true } }\njobs:\n  j: { function: { package: j }, triggers: [ { event: e } ] }\n";
    // In one step: on a busy machine a half-written file would be checked, too.
    let save = |text: &str| {
        let new = folder.path().join("pipeline.yaml.new");
        fs::write(&new, text).unwrap();
        fs::rename(new, &spec).unwrap();
    };
    save(good);
    assert!(codegen(folder.path(), &["generate"]).status.success());
    let mut watch = Command::new(env!("CARGO_BIN_EXE_codegen"))
        .args(["check", "--watch"])
        .current_dir(folder.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watch.stderr.take().unwrap()).lines();
    let mut answer = || {
        let mut said = String::new();
        loop {
            let line = lines.next().unwrap().unwrap();
            if line.starts_with("checked in ") {
                return said;
            }
            said += &line;
        }
    };
    assert!(answer().contains("generated files are fresh"));
    save(&good.replace("event: e }", "event: f }"));
    assert!(answer().contains("the event `f` is not declared"));
    save(&good.replace("package: j", "package: j, memory_mb: 512"));
    assert!(answer().contains("the file is not what the spec says"));
    save(good);
    assert!(answer().contains("generated files are fresh"));
    watch.kill().unwrap();
    watch.wait().unwrap();
}

/// A spec with fresh files, and one warning and one note.
fn with_warning(allow: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let spec = format!(
        "pipeline: p\nsource: s\nbus: own\nevents: {{ e: {{ detail_type: E, external: true }} }}\n{allow}jobs:\n  j:\n    function: {{ package: j }}\n    triggers: [ {{ event: e }}, {{ schedule: rate(1 hour) }} ]\n  k: {{ function: {{ package: k }} }}\n"
    );
    fs::write(folder.path().join("pipeline.yaml"), spec).unwrap();
    assert!(codegen(folder.path(), &["generate"]).status.success());
    folder
}

#[test]
fn a_denied_warning_is_an_error_in_every_format() {
    let folder = with_warning("");
    let check = |arguments: &[&str]| {
        let arguments = [&["check", "--color", "never"], arguments].concat();
        let output = codegen(folder.path(), &arguments);
        (output.status.code(), stdout(&output) + &stderr(&output))
    };
    let (code, said) = check(&[]);
    assert_eq!(code, Some(0));
    assert!(said.contains("1 warning and 1 note found\n"), "{said}");
    for (format, shown) in [
        ("full", "error[untriggered-job]: "),
        ("concise", ": error[untriggered-job] "),
        ("json", r#""id":"untriggered-job","severity":"error""#),
        ("github", "::error file=pipeline.yaml,line=9"),
        ("sarif", r#""level": "error""#),
    ] {
        for deny in ["warnings", "untriggered-job"] {
            let (code, said) = check(&["--deny", deny, "--format", format]);
            assert_eq!(code, Some(1), "{format}");
            assert!(said.contains(shown), "{format}: {said}");
        }
        let (code, _) = check(&["--deny", "wide-pattern", "--format", format]);
        assert_eq!(code, Some(0), "{format}");
    }
    let (_, said) = check(&["--deny", "warnings"]);
    assert!(
        said.ends_with("1 error and 1 note found; 1 by `--deny`\n"),
        "{said}"
    );
    let (code, said) = check(&["--deny", "schedule-off-bus"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("error[schedule-off-bus]"), "{said}");
    let (code, said) = check(&["--deny", "warning"]);
    assert_eq!(code, Some(2));
    assert!(
        said.contains("write `warnings`, or the id of a finding"),
        "{said}"
    );
}

#[test]
fn what_is_allowed_is_not_denied() {
    let folder = with_warning("allow: { untriggered-job: Started by hand }\n");
    let output = codegen(folder.path(), &["check", "--deny", "warnings"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(!stderr(&output).contains("untriggered-job"));
}

#[test]
fn what_the_command_finds_beside_a_spec_may_be_allowed() {
    let folder =
        with_warning("allow: { untriggered-job: By hand, module-call: An override passes them }\n");
    let check = || stderr(&codegen(folder.path(), &["check", "--color", "never"]));
    assert!(check().contains("warning[unused-allow]"), "{}", check());
    fs::write(
        folder.path().join("terraform/main.tf"),
        "module \"pipeline\" {\n  source = \"./pipeline\"\n  wrong  = 1\n}\n",
    )
    .unwrap();
    assert!(!check().contains("warning["), "{}", check());
}

/// The registry of the findings that may be allowed knows every kind of finding about a spec.
#[test]
fn every_finding_may_be_allowed_or_says_why_not() {
    use pipeline::{Allowance, allowance};
    let listed = stdout(&codegen(root(), &["explain", "--format", "json"]));
    for line in listed.lines() {
        let lint: serde_json::Value = serde_json::from_str(line).unwrap();
        let of_spec = lint["found_by"] == "check";
        let is_known = allowance(lint["id"].as_str().unwrap()) != Allowance::Unknown;
        assert_eq!(of_spec, is_known, "{lint}");
    }
}

#[test]
fn an_undeclared_value_is_found_in_the_file_of_its_environment() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/diagnostics/environments-that-lack-a-value");
    let output = codegen(&folder, &["check", "--format", "json"]);
    let found = stdout(&output);
    let found = found.lines().find(|line| line.contains("undeclared-value"));
    let found: serde_json::Value = serde_json::from_str(found.unwrap()).unwrap();
    assert_eq!(found["file"], "terraform/environments/prod.tfvars");
    let place = ["line", "column", "end_line", "end_column"].map(|key| found[key].as_u64());
    assert_eq!(place, [3, 3, 3, 9].map(Some));
}
