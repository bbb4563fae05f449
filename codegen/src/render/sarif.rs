//! Findings as one [SARIF 2.1.0](https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html) document,
//! for code scanning.

use std::path::Path;

use pipeline::{Lint, Severity};
use serde_json::{Value, json};

use super::finding::{Change, FileFinding, Finding, all};
use crate::lints::spec_lints;
use crate::project::Project;
use crate::session::Session;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

pub(super) fn render(
    session: &mut Session,
    project: &Project,
    files: &[FileFinding],
) -> anyhow::Result<()> {
    let rules = spec_lints();
    let results: Vec<Value> = all(project, files)
        .map(|found| result(&found, &rules))
        .collect();
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "codegen",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|lint| rule(lint)).collect::<Vec<Value>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    session.say(serde_json::to_string_pretty(&document)?)
}

fn rule(lint: &Lint) -> Value {
    json!({
        "id": lint.id,
        "shortDescription": { "text": lint.summary },
        "fullDescription": { "text": lint.explanation, "markdown": lint.explanation },
        "defaultConfiguration": { "level": level(lint.severity) },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn result(found: &Finding<'_>, rules: &[&Lint]) -> Value {
    let notes = found.notes.iter().map(|note| format!("\nnote: {note}"));
    let help = found.help.map(|help| format!("\nhelp: {help}"));
    let text: String = std::iter::once(found.message.clone())
        .chain(notes)
        .chain(help)
        .collect();
    let related = found.related.iter().enumerate().map(|(id, related)| {
        let mut location = location(&found.file, related.start, related.end);
        location["id"] = json!(id);
        location["message"] = json!({ "text": related.label });
        location
    });
    let mut result = json!({
        "ruleId": found.lint.id,
        "ruleIndex": rules.iter().position(|rule| rule.id == found.lint.id),
        "level": level(found.severity),
        "message": { "text": text },
        "locations": [location(&found.file, found.start, found.end)],
        "relatedLocations": related.collect::<Vec<Value>>(),
    });
    if !found.fixes.is_empty() {
        result["fixes"] = found.fixes.iter().map(|fix| change(found, fix)).collect();
    }
    result
}

/// A fix, as 3.55 of the standard has it.
fn change(found: &Finding<'_>, fix: &Change<'_>) -> Value {
    let replacements = fix.edits.iter().map(|(start, end, text)| {
        json!({ "deletedRegion": region(*start, *end), "insertedContent": { "text": text } })
    });
    json!({
        "description": { "text": fix.title },
        "artifactChanges": [{
            "artifactLocation": { "uri": uri(&found.file) },
            "replacements": replacements.collect::<Vec<Value>>(),
        }],
    })
}

fn location(file: &str, start: (usize, usize), end: (usize, usize)) -> Value {
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(file) },
            "region": region(start, end),
        },
    })
}

fn region(start: (usize, usize), end: (usize, usize)) -> Value {
    json!({
        "startLine": start.0,
        "startColumn": start.1,
        "endLine": end.0,
        "endColumn": end.1,
    })
}

/// A path as a relative or `file:` reference of RFC 3986.
fn uri(file: &str) -> String {
    // A colon is escaped: before the first slash, it would end the name of a scheme.
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte);
    let path: Vec<String> = file
        .replace('\\', "/")
        .bytes()
        .map(|byte| {
            if kept(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect();
    let path = path.concat();
    if Path::new(file).is_absolute() {
        return format!("file://{path}");
    }
    path
}
