//! Values: every place of a spec that takes one, as Terraform sees it, and the environments that say them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use pipeline::{Setting, Surroundings};
use serde_json::Value;

use crate::support::{succeed, terraform as terraform_in};

/// Every string of up to five characters over the letters that mean something here.
fn short_strings() -> Vec<String> {
    let mut all = vec![String::new()];
    let mut longest = all.clone();
    for _ in 0..5 {
        longest = longest
            .iter()
            .flat_map(|text| ["$", "{", "}", "%", "a", "~"].map(|letter| format!("{text}{letter}")))
            .collect();
        all.extend(longest.iter().cloned());
    }
    all
}

/// What a text means: read from left to right, `$${` is `${`, and `${a}` is the value `a`. Nothing if it is refused.
fn meaning(text: &str) -> Option<String> {
    let mut meaning = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(behind) = rest.strip_prefix("$${") {
            meaning.push_str("${");
            rest = behind;
        } else if rest.starts_with("${") {
            meaning.push_str(VALUE);
            rest = rest.strip_prefix("${a}")?;
        } else {
            meaning.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    Some(meaning)
}

/// What an environment says for the value `a`: it is a text, whatever it looks like.
const VALUE: &str = "${a}%{a}$${~a";

const HEAD: &str = "pipeline: p\nsource: s\nvalues: { a: { local: b } }\nevents: { e: { detail_type: E, external: true } }\n";

fn has_error(spec: &str) -> bool {
    pipeline::parse(spec, &Surroundings::default()).has_errors()
}

/// Writes a spec in which these texts are variables of a function and texts of patterns, a hundred in each.
fn spec(texts: &[&str]) -> String {
    let mut spec = format!("{HEAD}jobs:\n");
    for (index, texts) in texts.chunks(100).enumerate() {
        let quoted: Vec<String> = texts.iter().map(|text| format!("'{text}'")).collect();
        let variables = quoted.iter().enumerate();
        let variables: Vec<String> = variables
            .map(|(at, text)| format!("V{at}: {text}"))
            .collect();
        writeln!(
            spec,
            "  j{index}:\n    function: {{ package: j, environment: {{ V_: '${{a}}', {} }} }}\n    triggers:\n      - {{ id: a, pattern: {{ source: [s], detail: {{ k: [{}] }} }} }}\n      - {{ event: e, where: {{ k: [{{ prefix: {} }}] }} }}",
            variables.join(", "),
            quoted.join(", "),
            quoted[0],
        )
        .unwrap();
    }
    spec
}

/// Cuts out the expression behind `start`, whose last line is `end`.
fn expression<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let (_, behind) = text.split_once(start).unwrap();
    let last = behind.find(&format!("\n{end}\n")).unwrap();
    &behind[..last + 1 + end.len()]
}

#[test]
fn every_short_string_arrives_as_it_means_or_is_refused() {
    let texts = short_strings();
    let mut accepted = Vec::new();
    for text in &texts {
        let is_refused = has_error(&format!(
            "{HEAD}jobs: {{ j: {{ function: {{ package: j, environment: {{ V1: '{text}', V2: '${{a}}' }} }} }} }}\n"
        ));
        assert_eq!(is_refused, meaning(text).is_none(), "{text}");
        accepted.extend((!is_refused).then_some(text.as_str()));
    }
    assert!(
        accepted.len() > 7_000 && accepted.len() < texts.len(),
        "{}",
        accepted.len()
    );
    let parsed = pipeline::parse(&spec(&accepted), &Surroundings::default());
    let errors: Vec<_> = parsed
        .diagnostics
        .iter()
        .filter(|found| found.is_error())
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let pipeline = parsed.pipeline.unwrap();
    let files = terraform::render(&pipeline, "pipeline.yaml");
    let mut main = "variable \"environment\" {}\nvariable \"values\" {}\nlocals {\n  event_bus_name = \"default\"\n}\n".to_owned();
    for index in 0..pipeline.jobs.len() {
        let name = format!("terraform/pipeline/job-j{index}.tf");
        let text = &files.iter().find(|file| file.path == name).unwrap().text;
        let variables = expression(text, "    variables = ", "    }");
        // The only one that names a resource.
        let queue = format!("aws_sqs_queue.j{index}_on_failure.url");
        let variables = variables.replace(&queue, "\"queue\"");
        let patterns: Vec<&str> = text
            .match_indices("  event_pattern ")
            .map(|(at, _)| {
                let (_, value) = text[at..].split_once("= ").unwrap();
                &value[..value.find("\n  })\n").unwrap() + "\n  })".len()]
            })
            .collect();
        writeln!(main, "output \"v{index}\" {{\n  value = {variables}\n}}").unwrap();
        for (kind, pattern) in ["p", "w"].iter().zip(patterns) {
            writeln!(main, "output \"{kind}{index}\" {{\n  value = {pattern}\n}}").unwrap();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.tf"), main).unwrap();
    let values = serde_json::json!({ "environment": "test", "values": { "a": VALUE } });
    fs::write(
        folder.path().join("all.auto.tfvars.json"),
        values.to_string(),
    )
    .unwrap();
    let Some(mut init) = terraform_in(folder.path()) else {
        return;
    };
    succeed(init.args(["init", "-input=false"]));
    let run = |arguments: &[&str]| succeed(terraform_in(folder.path()).unwrap().args(arguments));
    run(&["plan", "-input=false", "-out=plan"]);
    let plan: Value = serde_json::from_str(&run(&["show", "-json", "plan"])).unwrap();
    let arrived = |name: String| &plan["planned_values"]["outputs"][name]["value"];
    for (index, texts) in accepted.chunks(100).enumerate() {
        let meanings: Vec<String> = texts.iter().map(|text| meaning(text).unwrap()).collect();
        let variables = arrived(format!("v{index}"));
        for (at, meant) in meanings.iter().enumerate() {
            assert_eq!(
                variables[format!("V{at}")].as_str(),
                Some(meant.as_str()),
                "{}",
                texts[at]
            );
        }
        let pattern = |kind: &str| -> Value {
            serde_json::from_str(arrived(format!("{kind}{index}")).as_str().unwrap()).unwrap()
        };
        assert_eq!(pattern("p")["detail"]["k"], serde_json::json!(meanings));
        assert_eq!(pattern("w")["detail"]["k"][0]["prefix"], meanings[0]);
    }
}

/// A pipeline with a value in every place that takes one.
const EVERYWHERE: &str = "
pipeline: p
source: s
bus: own
values:
  bucket: { description: Where things are, local: on-this-machine }
  memory: { type: integer, local: 1312 }
  wait: { type: duration, local: 97s }
  days: { type: integer, local: 7 }
  most: { type: integer, local: 2 }
  on: { type: boolean, local: true }
tags: { Where: '${environment}/${region}/${account}/${bucket}/${memory}' }
events:
  e: { detail_type: E, external: true, detail: { k: string } }
  f: { detail_type: F, external: true }
jobs:
  j:
    function:
      package: j
      memory_mb: '${memory}'
      timeout: '${wait}'
      log_retention_days: '${days}'
      reserved_concurrency: '${most}'
      environment: { BUCKET: '${bucket}', ALL: 'x-${bucket}-${memory}-${wait}-${on}', MEMORY: '${memory}' }
    triggers:
      - { event: e, enabled: '${on}', where: { k: ['${bucket}', { prefix: '${account}-' }] } }
      - { pattern: { source: [aws.s3, '${environment}'] } }
      - { schedule: rate(1 day), timezone: Europe/Berlin, enabled: '${on}' }
  k:
    function: { existing: 'legacy-${environment}' }
    triggers: [{ event: e, names: { statement: '${bucket}_s', target: '${bucket}-t' } }]
  named:
    name: 'old-${environment}'
    names: { role: '${bucket}-r', log_group: '/logs/${bucket}', dead_letter_queue: '${bucket}-d', failure_queue: '${bucket}-f' }
    function: { package: named }
    triggers: [{ schedule: rate(1 day), group: '${bucket}-${environment}', name: '${bucket}-n' }]
  api:
    deliver_to:
      api: { url: 'https://${bucket}.example', auth: key, headers: { X-A: '${bucket}' }, query: { a: '$${a}${wait}' } }
    triggers: [{ event: f }]
  queue: { deliver_to: { queue: { existing: '${bucket}.fifo', group: g } }, triggers: [{ event: f }] }
  topic: { deliver_to: { topic: { existing: 'arn:aws:sns:${region}:${account}:${bucket}' } }, triggers: [{ event: f }] }
  task:
    deliver_to:
      task: { cluster: 'c-${environment}', definition: '${bucket}', network: n, roles: ['arn:aws:iam::${account}:role/${bucket}'] }
    triggers: [{ event: f }]
  batch: { deliver_to: { batch: { queue: '${bucket}', definition: '${bucket}' } }, triggers: [{ event: f }] }
";

fn setting(name: &str) -> Setting {
    let values = [
        ("bucket", "there"),
        ("memory", "1024"),
        ("wait", "5m"),
        ("days", "30"),
        ("most", "9"),
        ("on", "false"),
    ];
    let values = values.iter();
    Setting {
        values: values
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        ..Setting::environment(name)
    }
}

#[test]
fn the_module_is_the_same_whatever_the_values_are() {
    let render = |setting: Setting| {
        let surroundings = Surroundings {
            setting,
            ..Surroundings::default()
        };
        let parsed = pipeline::parse(EVERYWHERE, &surroundings);
        assert!(!parsed.has_errors(), "{:#?}", parsed.diagnostics);
        let mut files = terraform::render(&parsed.pipeline.unwrap(), "pipeline.yaml");
        files.retain(|file| !file.path.ends_with("pipeline.tftest.hcl"));
        files
    };
    let local = render(Setting::default());
    assert_eq!(local, render(setting("prod")));
    assert_eq!(local, render(setting("averylongenviron")));
    let all: String = local.iter().map(|file| file.text.as_str()).collect();
    for said in [
        "on-this-machine",
        "1312",
        "97",
        "legacy-local",
        "old-local",
        "000000000000",
        "us-east-1",
    ] {
        assert!(!all.contains(said), "{said}");
    }
}

#[test]
fn the_real_provider_takes_the_module() {
    let parsed = pipeline::parse(EVERYWHERE, &Surroundings::default());
    let folder = tempfile::tempdir().unwrap();
    for file in terraform::render(&parsed.pipeline.unwrap(), "pipeline.yaml") {
        if let Some(name) = file.path.strip_prefix("terraform/pipeline/") {
            fs::write(folder.path().join(name), file.text).unwrap();
        }
    }
    let Some(mut init) = terraform_in(folder.path()) else {
        return;
    };
    succeed(init.args(["init", "-backend=false", "-input=false", "-no-color"]));
    let run = |arguments: &[&str]| succeed(terraform_in(folder.path()).unwrap().args(arguments));
    let answer: Value = serde_json::from_str(&run(&["validate", "-json"])).unwrap();
    assert_eq!(answer["diagnostics"], serde_json::json!([]));
    assert_eq!(run(&["fmt", "-check", "-diff", "-recursive"]), "");
    assert!(run(&["test", "-no-color"]).contains("0 failed"));
    // The mock of the module's own tests, whose texts are what the provider takes.
    let own = fs::read_to_string(folder.path().join("pipeline.tftest.hcl")).unwrap();
    let (mock, _) = own.split_once("\nvariables {").unwrap();
    // Null, a text that is no duration, and half a number are refused, each with its name.
    for (value, name) in [
        ("bucket = null", "bucket"),
        ("wait = \"soon\"", "wait"),
        ("memory = 1.5", "memory"),
        ("on = null", "on"),
    ] {
        let all = [
            ("bucket", "bucket = \"b\""),
            ("memory", "memory = 512"),
            ("wait", "wait = \"30s\""),
            ("days", "days = 7"),
            ("most", "most = 2"),
            ("on", "on = true"),
        ];
        let values: Vec<&str> = all
            .iter()
            .map(|(of, fine)| if *of == name { value } else { fine })
            .collect();
        let tests = format!(
            "{mock}\nrun \"refused\" {{\n  command = plan\n  variables {{\n    environment = \"test\"\n    values = {{ {} }}\n    secrets = {{ key = \"arn\" }}\n    networks = {{ n = {{ subnet_ids = [], security_group_ids = [] }} }}\n  }}\n  expect_failures = [var.values]\n}}\n",
            values.join(", ")
        );
        fs::write(folder.path().join("pipeline.tftest.hcl"), tests).unwrap();
        assert!(
            run(&["test", "-no-color"]).contains("1 passed, 0 failed"),
            "{value}"
        );
    }
}

/// Writes a project with an environment `dev` that says everything, and one `prod`, and returns its folder.
fn project(prod: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let environments = folder.path().join("terraform/environments");
    fs::create_dir_all(&environments).unwrap();
    fs::write(folder.path().join("pipeline.yaml"), EVERYWHERE).unwrap();
    let dev = "environment = \"dev\"\nregion = \"eu-central-1\"\nvalues = {\n  bucket = \"there\"\n  memory = 1024\n  wait = \"5m\"\n  days = 30\n  most = 9\n  on = false\n}\n";
    fs::write(environments.join("dev.tfvars"), dev).unwrap();
    fs::write(environments.join("prod.tfvars"), prod).unwrap();
    folder
}

fn codegen(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_codegen"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn check_says_which_environment_lacks_which_value() {
    let folder = project(
        "environment = \"prod\"\nvalues = {\n  bucket = \"x\"\n  memory = 64\n  wait = \"5m\"\n  days = 30\n  on = true\n  mst = 2\n}\n",
    );
    let (code, _, stderr) = codegen(folder.path(), &["check", "--format", "concise"]);
    assert_eq!(code, Some(1), "{stderr}");
    for part in [
        "the environment `prod` lacks the value `most`",
        "`prod` says the value `mst`, which is not declared",
        "a function's memory in MB must be 128 to 10240, not 64",
    ] {
        assert!(stderr.contains(part), "{part}\n{stderr}");
    }
    let (_, _, stderr) = codegen(folder.path(), &["check"]);
    assert!(stderr.contains("with the values of `prod`"), "{stderr}");
    let whole =
        fs::read_to_string(folder.path().join("terraform/environments/dev.tfvars")).unwrap();
    fs::write(
        folder.path().join("terraform/environments/prod.tfvars"),
        whole,
    )
    .unwrap();
    let (code, _, stderr) = codegen(folder.path(), &["generate"]);
    assert_eq!(code, Some(0), "{stderr}");
}

#[test]
fn a_command_takes_other_values() {
    let folder = project("environment = \"prod\"\n");
    let event = folder.path().join("event.json");
    fs::write(
        &event,
        r#"{"source":"s","detail-type":"E","detail":{"event_type":"e","k":"elsewhere"}}"#,
    )
    .unwrap();
    let matched = |values: &[&str]| {
        let arguments = ["match", "--event", "event.json", "--format", "json"];
        let (code, stdout, stderr) = codegen(folder.path(), &[&arguments[..], values].concat());
        let rules = stdout
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let matched = rules.filter(|rule| rule["matched"] == true);
        (
            code,
            matched
                .map(|rule| rule["rule"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>(),
            stderr,
        )
    };
    // An environment that lacks values is no reason to refuse this machine.
    assert_eq!(matched(&[]).1, ["p-k-event"]);
    assert_eq!(
        matched(&["--value", "bucket=elsewhere"]).1,
        ["p-j-event", "p-k-event"]
    );
    let (code, _, stderr) = matched(&["--value", "bukket=x"]);
    assert_eq!(code, Some(2));
    assert!(
        stderr.contains("`--value bukket=…`: the value is not declared"),
        "{stderr}"
    );
}
