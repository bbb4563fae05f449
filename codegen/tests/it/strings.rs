//! Tests that no string of a spec becomes a Terraform expression. Terraform itself decides: descriptions go
//! through the whole generator, and a plan has to return them unchanged.

use std::fmt::Write as _;
use std::fs;

use hcl::Expression;

use crate::support::{succeed, terraform as terraform_in};

/// Returns every string of up to six characters over `$`, `%`, `{` and `a`.
fn short_strings() -> Vec<String> {
    let mut all = vec![String::new()];
    let mut longest = all.clone();
    for _ in 0..6 {
        longest = longest
            .iter()
            .flat_map(|text| ["$", "%", "{", "a"].map(|letter| format!("{text}{letter}")))
            .collect();
        all.extend(longest.iter().cloned());
    }
    all
}

/// Returns other strings with a meaning in YAML, in HCL or on a terminal.
fn awkward_strings() -> Vec<String> {
    let mut all: Vec<String> = [
        "\"",
        "\\",
        "\\\"",
        "\\n",
        "\n",
        "\r\n",
        "\t",
        "a\nb\n",
        "<<EOT\nx\nEOT\n",
        "<<-EOT",
        "# not a comment",
        "// nor this",
        "/* nor this */",
        "${var.environment}",
        "%{ if true }x%{ endif }",
        "${\"${a}\"}",
        "$${a}",
        "%%{a}",
        "${a} costs $${b}",
        "}",
        "{}",
        "größe ✓",
        "\u{1f600}",
        "\u{202e}reversed",
        "\u{feff}",
        "\u{2028}",
        "\u{7f}",
        "\u{85}",
        "\u{a0}",
        " leading and trailing ",
        "'",
        "`",
        "~",
        "null",
        "true",
        "1e3",
        "@",
        "&a",
        "*a",
        "!t",
        "<time>",
        "\u{1}\u{1f}",
        "\\u0041",
        "%s %d",
    ]
    .map(str::to_owned)
    .into();
    // Every character below U+0250 but NUL, which has no place in HCL.
    all.push(
        (1..0x250)
            .filter_map(char::from_u32)
            .filter(|c| !is_denormal(*c))
            .take(256)
            .collect(),
    );
    all.push(
        (1..0x250)
            .filter_map(char::from_u32)
            .filter(|c| !is_denormal(*c))
            .skip(256)
            .collect(),
    );
    all
}

/// Whether Terraform would change a character: it keeps text in Unicode's normal form C, which composes a letter and its
/// accent.
fn is_denormal(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

/// Writes a spec in which every text is the description of a job.
fn spec(texts: &[String]) -> String {
    let mut spec =
        "pipeline: p\nsource: s\nevents: { e: { detail_type: E, external: true } }\njobs:\n"
            .to_owned();
    for (index, text) in texts.iter().enumerate() {
        let text = yaml_string(text);
        writeln!(spec, "  j{index}: {{ description: {text}, function: {{ package: j }}, triggers: [ {{ event: e }} ] }}").unwrap();
    }
    spec
}

/// Writes a double-quoted YAML scalar, with everything but letters escaped.
fn yaml_string(text: &str) -> String {
    let escaped: String = text
        .chars()
        .map(|c| match c {
            c if c.is_ascii_alphanumeric() => c.to_string(),
            c => format!("\\U{:08x}", u32::from(c)),
        })
        .collect();
    format!("\"{escaped}\"")
}

/// Returns the lines that the generator wrote for the functions' descriptions, as outputs of one file.
fn outputs(texts: &[String]) -> String {
    let parsed = pipeline::parse(&spec(texts), &pipeline::Surroundings::default());
    let pipeline = parsed.pipeline.unwrap();
    let written: Vec<Option<&String>> = pipeline
        .jobs
        .values()
        .map(|job| job.description.as_ref())
        .collect();
    assert_eq!(written, texts.iter().map(Some).collect::<Vec<_>>());
    let files = terraform::render(&pipeline, "pipeline.yaml");
    let mut main = String::new();
    for index in 0..texts.len() {
        let name = format!("terraform/pipeline/job-j{index}.tf");
        let file = files.iter().find(|file| file.path == name).unwrap();
        let function = file
            .text
            .split("resource \"aws_lambda_function\"")
            .nth(1)
            .unwrap();
        let line = function
            .lines()
            .find(|line| line.trim_start().starts_with("description "))
            .unwrap();
        let value = line.split_once('=').unwrap().1;
        writeln!(main, "output \"o{index}\" {{\n  value = {value}\n}}").unwrap();
    }
    main
}

#[test]
fn every_string_arrives_in_the_plan_letter_by_letter() {
    let texts: Vec<String> = short_strings()
        .into_iter()
        .chain(awkward_strings())
        .collect();
    assert!(texts.len() > 5_461);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.tf"), outputs(&texts)).unwrap();
    let Some(mut init) = terraform_in(folder.path()) else {
        return;
    };
    succeed(init.args(["init", "-input=false"]));
    succeed(
        terraform_in(folder.path())
            .unwrap()
            .args(["plan", "-input=false", "-out=plan"]),
    );
    let plan = succeed(
        terraform_in(folder.path())
            .unwrap()
            .args(["show", "-json", "plan"]),
    );
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    for (index, text) in texts.iter().enumerate() {
        let arrived = &plan["planned_values"]["outputs"][format!("o{index}")]["value"];
        assert_eq!(arrived.as_str(), Some(text.as_str()), "{text:?}");
    }
}

/// Puts the texts into the detail of scheduled events, a hundred in each, and returns the templates that the generator
/// wrote for them, as outputs of one file.
fn scheduled_outputs(texts: &[String]) -> String {
    let mut spec = "pipeline: p\nsource: s\njobs:\n".to_owned();
    for (index, texts) in texts.chunks(100).enumerate() {
        let texts: Vec<String> = texts.iter().map(|text| yaml_string(text)).collect();
        let texts = texts.join(", ");
        writeln!(spec, "  j{index}: {{ function: {{ package: j }}, triggers: [ {{ schedule: rate(1 hour), detail: {{ texts: [{texts}] }} }} ] }}").unwrap();
    }
    let parsed = pipeline::parse(&spec, &pipeline::Surroundings::default());
    let pipeline = parsed.pipeline.unwrap();
    let files = terraform::render(&pipeline, "pipeline.yaml");
    let mut main = String::new();
    for index in 0..pipeline.jobs.len() {
        let name = format!("terraform/pipeline/job-j{index}.tf");
        let file = files.iter().find(|file| file.path == name).unwrap();
        let (_, template) = file.text.split_once("input_template = ").unwrap();
        let end = template.find("\n    EOT\n").unwrap();
        let template = &template[..end];
        writeln!(
            main,
            "output \"o{index}\" {{\n  value = {template}\n    EOT\n}}"
        )
        .unwrap();
    }
    main
}

#[test]
fn every_string_of_a_scheduled_event_arrives_in_the_plan_letter_by_letter() {
    let mut texts = short_strings();
    texts.extend(awkward_strings());
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.tf"), scheduled_outputs(&texts)).unwrap();
    let Some(mut init) = terraform_in(folder.path()) else {
        return;
    };
    succeed(init.args(["init", "-input=false"]));
    let mut plan = terraform_in(folder.path()).unwrap();
    succeed(plan.args(["plan", "-input=false", "-out=plan"]));
    let mut show = terraform_in(folder.path()).unwrap();
    let plan = succeed(show.args(["show", "-json", "plan"]));
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    for (index, texts) in texts.chunks(100).enumerate() {
        let template = &plan["planned_values"]["outputs"][format!("o{index}")]["value"];
        // Angle brackets are only around the template's own variables.
        let json = template.as_str().unwrap().replace(['<', '>'], "\"");
        let envelope: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(envelope["detail"]["texts"], serde_json::json!(texts));
    }
}

#[test]
fn hcl_reads_every_short_string_as_it_was() {
    for text in outputs(&short_strings()).split("output ").skip(1) {
        let body = hcl::parse(&format!("output {text}")).unwrap();
        let block = body.blocks().next().unwrap();
        let value = block.body().attributes().next().unwrap();
        assert!(
            matches!(
                value.expr(),
                Expression::String(_) | Expression::TemplateExpr(_)
            ),
            "{text}"
        );
    }
}
