//! Tests of `codegen test`. What has to hold:
//!
//! - every kind of failure, and every mistake in a file, is shown with its place and a way out (`findings_are_as_recorded`);
//! - `--update` makes every case pass, and leaves the rest of the text as it is (`what_happened_is_written`);
//! - matching alone says what the local bus says (`matching_alone_agrees_with_the_bus`);
//! - the same seed gives the same result (`a_seed_gives_one_result`);
//! - what no case reaches is listed, and can be denied (`what_no_case_reaches_is_listed`);
//! - the schema takes what the reader takes (`the_schema_takes_every_key`);
//! - the shipped cases pass, without a build unless they run real functions (`the_shipped_cases_pass`).

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use snapbox::{Data, assert_data_eq};
use tempfile::TempDir;

use crate::support::{codegen, files, root, stderr, stdout};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/cases")
        .join(name)
}

/// A copy of a folder, in which files may change.
fn copied(name: &str) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for (path, bytes) in files(&folder(name)) {
        let path = copy.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    copy
}

/// A folder with the spec of another one, and a file of cases.
fn with_cases(spec: &Path, cases: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(spec, folder.path().join("pipeline.yaml")).unwrap();
    fs::create_dir(folder.path().join("tests")).unwrap();
    fs::write(folder.path().join("tests/c.yaml"), cases).unwrap();
    folder
}

fn shop(cases: &str) -> TempDir {
    with_cases(&folder("failures/pipeline.yaml"), cases)
}

#[test]
fn findings_are_as_recorded() {
    for name in ["failures", "mistakes"] {
        let folder = folder(name);
        let output = codegen(&folder, &["test", "--quiet", "--color", "never"]);
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        for (file, said) in [("stdout", stdout(&output)), ("stderr", stderr(&output))] {
            let file = folder.join(format!("{file}.txt"));
            assert_data_eq!(said, Data::read_from(&file, None).raw());
        }
    }
}

#[test]
fn every_finding_of_cases_is_shown_once() {
    let recorded: String = ["failures", "mistakes"]
        .map(|name| fs::read_to_string(folder(name).join("stderr.txt")).unwrap())
        .concat();
    let listed = stdout(&codegen(root(), &["explain", "--format", "json"]));
    let mut count = 0;
    for line in listed.lines() {
        let lint: Value = serde_json::from_str(line).unwrap();
        if lint["found_by"] == "test" {
            let id = lint["id"].as_str().unwrap();
            assert!(recorded.contains(&format!("[{id}]")), "{id}");
            count += 1;
        }
    }
    assert!(count >= 5, "{count}");
}

#[test]
fn what_happened_is_written_and_nothing_else() {
    let copy = copied("failures");
    let file = copy.path().join("tests/orders.yaml");
    let output = codegen(copy.path(), &["test", "--update", "--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let written = fs::read_to_string(&file).unwrap();
    let expected = folder("failures").join("updated.yaml");
    assert_data_eq!(written.as_str(), Data::read_from(&expected, None).raw());
    let again = codegen(copy.path(), &["test", "--update", "--quiet"]);
    let lines = stdout(&again);
    assert!(!lines.contains("written"), "{lines}");
    assert_eq!(fs::read_to_string(&file).unwrap(), written);
    let output = codegen(copy.path(), &["test"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn a_case_without_expectations_gets_them() {
    let cases = "\
stub: [charge, ship, report]
cases:
  # kept
  one: # and this
    event: order.placed # and that
    detail: { order_id: o-1, amount: 5 }
  two: { only: match, event: order.placed, detail: { order_id: o-1, amount: 5 } }
  three:
    event: order.placed
    detail: { order_id: o-1, amount: 0 }
    expect:
";
    let folder = shop(cases);
    let before = codegen(folder.path(), &["test"]);
    assert_eq!(before.status.code(), Some(1));
    let said = stderr(&before);
    assert!(said.contains("a case needs the key `expect`"), "{said}");
    let output = codegen(folder.path(), &["test", "--update"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let written = fs::read_to_string(folder.path().join("tests/c.yaml")).unwrap();
    let expected = "\
stub: [charge, ship, report]
cases:
  # kept
  one: # and this
    event: order.placed # and that
    detail: { order_id: o-1, amount: 5 }
    expect: { matches: [charge], runs: [charge], emits: [] }
  two: { only: match, event: order.placed, detail: { order_id: o-1, amount: 5 }, expect: { matches: [charge] } }
  three:
    event: order.placed
    detail: { order_id: o-1, amount: 0 }
    expect: { matches: [], runs: [], emits: [] }
";
    assert_eq!(written, expected);
}

/// Every event of the spec, once only matched and once on the bus: what is recorded of both is the same.
#[test]
fn matching_alone_agrees_with_the_bus() {
    let spec = root().join("examples/shop/pipeline.yaml");
    let mut cases = "stub: [accept, remind, import-invoice, mail, tax]\ncases:\n".to_owned();
    let accepted = |channel: &str| {
        format!(
            "event: order.accepted, detail: {{ order_id: o, customer: c, channel: {channel}, total_cents: 1, points: 1 }}"
        )
    };
    let uploaded = |bucket: &str, key: &str| {
        format!(
            "event: invoice.uploaded, detail: {{ bucket: {{ name: {bucket} }}, object: {{ key: {key} }} }}"
        )
    };
    let events = [
        "event: order.placed, detail: { order_id: o, customer: c, channel: web, items: [] }"
            .to_owned(),
        accepted("web"),
        accepted("shop"),
        "event: digest.due, detail: { kind: weekly, week_of: 2026-01-05 }".to_owned(),
        uploaded("invoices-local", "a.json"),
        uploaded("invoices-local", "a.xml"),
        uploaded("others", "a.json"),
        format!(
            "bus: webshop-local, {}",
            uploaded("invoices-local", "a.json")
        ),
        "event: { source: elsewhere, detail-type: X, detail: {} }".to_owned(),
    ];
    for (number, event) in events.iter().enumerate() {
        writeln!(
            cases,
            "  m{number}: {{ only: match, {event} }}\n  b{number}: {{ {event} }}"
        )
        .unwrap();
    }
    let folder = with_cases(&spec, &cases);
    let output = codegen(folder.path(), &["test", "--update"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let written = fs::read_to_string(folder.path().join("tests/c.yaml")).unwrap();
    let matches = |line: &str| {
        let (_, rest) = line.split_once("expect: { matches: ").unwrap();
        rest[..=rest.find(']').unwrap()].to_owned()
    };
    let lines: Vec<&str> = written
        .lines()
        .filter(|line| line.contains("expect:"))
        .collect();
    assert_eq!(lines.len(), 2 * events.len());
    let pairs: Vec<(String, String)> = lines
        .chunks(2)
        .map(|pair| (matches(pair[0]), matches(pair[1])))
        .collect();
    let first: Vec<&str> = pairs.iter().map(|(alone, _)| alone.as_str()).collect();
    assert_eq!(
        first,
        [
            "[accept]",
            "[mail/event, tax/event, erp, crm]",
            "[mail/event, tax/event, erp]",
            "[mail/digest]",
            "[import-invoice]",
            "[]",
            "[]",
            "[]",
            "[]",
        ]
    );
    for (alone, on_the_bus) in pairs {
        // On the bus, what stubs emit may match more; these stubs emit nothing.
        assert_eq!(alone, on_the_bus);
    }
}

#[test]
fn a_seed_gives_one_result() {
    let cases = "\
stub: { charge: { emits: [order.paid] }, ship: {}, report: {} }
cases:
  stormy:
    event: order.placed
    detail: { order_id: o-1, amount: 50 }
    faults: { duplicate: 0.3, delay: 0.3, throttle: 0.3, kill: 0.2, drop_response: 0.2, refuse_entry: 0.2 }
    expect: { runs: [] }
";
    let folder = shop(cases);
    let result = |seed: &str| {
        let output = codegen(folder.path(), &["test", "--format", "json", "--seed", seed]);
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        let lines = stdout(&output);
        lines.lines().next().unwrap().to_owned()
    };
    let first = result("1");
    assert!(first.contains("\"FAULT\""), "{first}");
    assert_eq!(first, result("1"));
    assert_ne!(first, result("2"));
}

#[test]
fn what_no_case_reaches_is_listed_and_can_be_denied() {
    let cases = "\
stub: { charge: { emits: [order.paid] }, ship: { fails: always }, report: {} }
cases:
  one:
    event: order.placed
    detail: { order_id: o-1, amount: 50 }
    expect: { queues: { ship/failures: 1 } }
";
    let folder = shop(cases);
    let json = codegen(folder.path(), &["test", "--format", "json"]);
    let lines = stdout(&json);
    let sum: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    let expected = serde_json::json!({
        "triggers": ["report/nightly"],
        "emits": ["charge: order.refused"],
        "failures": [
            "charge/dead-letters", "charge/failures", "ledger/dead-letters", "report/dead-letters", "report/failures",
            "ship/dead-letters",
        ],
    });
    assert_eq!(sum["coverage"]["uncovered"], expected);
    assert_eq!(sum["coverage"]["all"], 14);
    assert_eq!(sum["summary"]["passed"], 1);
    let fine = codegen(folder.path(), &["test"]);
    assert_eq!(fine.status.code(), Some(0));
    assert!(stderr(&fine).contains("no case reaches 8 of 14:\n    trigger report/nightly\n"));
    let denied = codegen(folder.path(), &["test", "--deny", "uncovered", "--quiet"]);
    assert_eq!(denied.status.code(), Some(1));
    assert!(stderr(&denied).starts_with("error: no case reaches 8 of 14:"));
    // Of some cases alone, it says nothing.
    let some = codegen(folder.path(), &["test", "one"]);
    assert!(stderr(&some).contains("no case reaches"));
}

#[test]
fn cases_are_chosen_by_their_names_and_listed() {
    let folder = folder("failures");
    let listed = codegen(&folder, &["test", "--list", "wrong", "queue"]);
    let expected = "orders::something else lands in a queue\norders::nothing is wrong\n";
    assert_eq!(stdout(&listed), expected);
    let one = codegen(&folder, &["test", "nothing is wrong", "--color", "never"]);
    assert_eq!(one.status.code(), Some(0), "{}", stderr(&one));
    let said = stdout(&one);
    assert!(
        said.ends_with("result: ok. 1 passed; 0 failed; 13 filtered out\n"),
        "{said}"
    );
    assert!(!stderr(&one).contains("no case reaches"));
    let none = codegen(&folder, &["test", "no such case"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(stderr(&none).contains("`codegen test --list` lists them"));
    let usage = codegen(&folder, &["test", "--update", "--watch"]);
    assert_eq!(usage.status.code(), Some(2));
    let format = codegen(&folder, &["test", "--format", "sarif"]);
    assert_eq!(format.status.code(), Some(2));
    let empty = tempfile::tempdir().unwrap();
    fs::copy(
        folder.join("pipeline.yaml"),
        empty.path().join("pipeline.yaml"),
    )
    .unwrap();
    let nothing = codegen(empty.path(), &["test"]);
    assert_eq!(nothing.status.code(), Some(2));
    assert!(
        stderr(&nothing).contains("there are no cases in tests"),
        "{}",
        stderr(&nothing)
    );
}

#[test]
fn a_failure_is_an_annotation_and_a_line_of_json() {
    let folder = folder("failures");
    let github = codegen(&folder, &["test", "does not match", "--format", "github"]);
    let said = stdout(&github);
    let expected = "::error file=tests/orders.yaml,line=11,endLine=11,col=25,endColumn=31,title=failed-case::`charge` does not match";
    assert!(said.starts_with(expected), "{said}");
    let json = codegen(&folder, &["test", "does not match", "--format", "json"]);
    let lines = stdout(&json);
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(first["case"], "orders::a trigger does not match");
    assert_eq!(
        (&first["line"], &first["outcome"]),
        (&7.into(), &"failed".into())
    );
    assert_eq!(first["failures"][0]["line"], 11);
    let note = first["failures"][0]["notes"][0].as_str().unwrap();
    assert!(
        note.contains("detail.amount: wants a number > 0; there is 0"),
        "{note}"
    );
}

#[test]
fn a_watched_case_is_tried_again_when_it_changes() {
    let cases = |expected: &str| {
        format!(
            "cases: {{ c: {{ only: match, event: order.placed, detail: {{ order_id: o, amount: 1 }}, expect: {{ matches: [{expected}] }} }} }}\n"
        )
    };
    let folder = shop(&cases("charge"));
    let mut watching = Command::new(env!("CARGO_BIN_EXE_codegen"))
        .args(["test", "--watch", "--color", "never"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let out = BufReader::new(watching.stdout.take().unwrap());
    let mut results = out
        .lines()
        .map(Result::unwrap)
        .filter(|line| line.starts_with("result:"));
    assert_eq!(results.next().unwrap(), "result: ok. 1 passed; 0 failed");
    fs::write(folder.path().join("tests/c.yaml"), cases("ship")).unwrap();
    let second = results.next().unwrap();
    // A file that is there from now on is tried as well.
    fs::write(folder.path().join("tests/d.yaml"), cases("charge")).unwrap();
    let third = results.next().unwrap();
    watching.kill().unwrap();
    watching.wait().unwrap();
    assert_eq!(second, "result: FAILED. 0 passed; 1 failed");
    assert_eq!(third, "result: FAILED. 1 passed; 1 failed");
}

#[test]
fn junit_counts_what_was_tried() {
    let folder = folder("failures");
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("target/junit.xml");
    let output = codegen(&folder, &["test", "--junit", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let xml = fs::read_to_string(&file).unwrap();
    assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites "));
    assert!(xml.contains(
        "<testsuite name=\"tests/orders.yaml\" tests=\"14\" failures=\"13\" errors=\"0\""
    ));
    assert_eq!(xml.matches("<testcase ").count(), 14);
    assert_eq!(xml.matches("<failure ").count(), 13);
    assert_eq!(xml.matches("</failure>").count(), 13);
    assert!(xml.ends_with("</testsuites>\n"));
}

#[test]
fn the_schema_is_fresh_and_takes_what_the_reader_takes() {
    let schema = stdout(&codegen(root(), &["schema", "--cases"]));
    let committed = fs::read_to_string(root().join("codegen/cases.schema.json")).unwrap();
    assert_eq!(
        schema, committed,
        "run `codegen schema --cases > codegen/cases.schema.json`"
    );
    let schema: Value = serde_json::from_str(&schema).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    let schema = jsonschema::validator_for(&schema).unwrap();
    let read = |text: &str| -> Value { serde_saphyr::from_str(text).unwrap() };
    for path in case_files() {
        let text = fs::read_to_string(&path).unwrap();
        let errors: Vec<String> = schema
            .iter_errors(&read(&text))
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{}: {errors:?}", path.display());
    }
    let everything = fs::read_to_string(folder("every-key.yaml")).unwrap();
    assert!(schema.is_valid(&read(&everything)));
    let own = shop(&everything);
    let output = codegen(own.path(), &["test", "--list"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    // Each key is known to both, and a misspelt one to neither.
    let keys = everything.lines().filter_map(|line| {
        let key = line.split_once("#:")?.1.trim();
        Some((line, key))
    });
    let mut count = 0;
    for (line, key) in keys {
        let misspelt = line.replacen(&format!("{key}:"), &format!("{key}x:"), 1);
        assert_ne!(line, misspelt);
        let text = everything.replacen(line, &misspelt, 1);
        assert!(
            !schema.is_valid(&read(&text)),
            "the schema takes {misspelt}"
        );
        fs::write(own.path().join("tests/c.yaml"), &text).unwrap();
        let said = stderr(&codegen(own.path(), &["test", "--list"]));
        assert!(
            said.contains(&format!("unknown key `{key}x`")),
            "{misspelt}: {said}"
        );
        count += 1;
    }
    assert!(count >= 35, "{count}");
}

fn case_files() -> Vec<PathBuf> {
    let mut found = vec![folder("failures/tests/orders.yaml")];
    let shipped = ["tests", "tests/functions", "examples/shop/tests"];
    let templates = TEMPLATES.map(|name| format!("codegen/templates/{name}/tests"));
    let templates = templates.iter().map(String::as_str);
    for folder in shipped
        .into_iter()
        .chain(templates)
        .map(|path| root().join(path))
    {
        let entries = fs::read_dir(folder).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        found.extend(paths.filter(|path| path.extension().is_some_and(|ending| ending == "yaml")));
    }
    assert!(found.len() >= 9, "{found:?}");
    found
}

/// Every template of `new`.
const TEMPLATES: [&str; 4] = ["minimal", "chain", "batch", "python"];

#[test]
fn the_shipped_cases_pass_without_building_anything() {
    let new = tempfile::tempdir().unwrap();
    for name in TEMPLATES {
        let made = codegen(new.path(), &["new", name, "--template", name]);
        assert!(made.status.success(), "{}", stderr(&made));
    }
    let new = TEMPLATES.map(|name| new.path().join(name));
    for folder in [root().to_owned(), root().join("examples/shop")]
        .into_iter()
        .chain(new)
    {
        let output = Command::new(env!("CARGO_BIN_EXE_codegen"))
            .args(["test", "--color", "never"])
            .current_dir(&folder)
            // A build would fail: there is no Cargo.
            .env("PATH", "/nonexistent")
            .output()
            .unwrap();
        assert_eq!(
            output.status.code(),
            Some(0),
            "{}{}",
            stdout(&output),
            stderr(&output)
        );
        assert!(stdout(&output).contains("result: ok."));
    }
    // SpendSense's cases reach all of it.
    let output = codegen(root(), &["test", "--deny", "uncovered"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}
