//! Findings as an editor shows them.

use std::path::Path;

use lsp_types::{DiagnosticSeverity, DiagnosticTag, Position, Range};
use pipeline::{Diagnostic, Elsewhere, Severity};
use serde_json::{Value, json};

use super::files::File;
use super::uri;

/// What marks findings as ours.
const SOURCE: &str = "codegen";

/// The notification with all findings of a text.
pub(super) fn findings(file: &File, page: Option<&str>) -> Value {
    let findings = file.findings().iter();
    let findings: Vec<Value> = findings.map(|found| finding(file, found, page)).collect();
    let mut shown = json!({ "uri": file.uri, "diagnostics": findings });
    if let Some(version) = file.version {
        shown["version"] = version.into();
    }
    shown
}

/// One finding. `page` is where the explanations of all are.
pub(super) fn finding(file: &File, found: &Diagnostic, page: Option<&str>) -> Value {
    let severity = match found.lint.severity {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
        Severity::Note => DiagnosticSeverity::HINT,
    };
    let mut related: Vec<Value> = found
        .related
        .iter()
        .map(|(span, label)| {
            let location = json!({ "uri": file.uri, "range": file.range(*span) });
            json!({ "location": location, "message": label })
        })
        .collect();
    related.extend(found.elsewhere.as_ref().map(elsewhere));
    let mut shown = json!({
        "range": file.range(found.span),
        "severity": severity,
        "code": found.lint.id,
        "source": SOURCE,
        "message": message(found),
        "data": { "summary": found.lint.summary },
    });
    if let Some(page) = page {
        shown["codeDescription"] = json!({ "href": format!("{page}#{}", found.lint.id) });
    }
    if found.lint.id.starts_with("unused-") {
        shown["tags"] = json!([DiagnosticTag::UNNECESSARY]);
    }
    if !related.is_empty() {
        shown["relatedInformation"] = related.into();
    }
    shown
}

/// The headline, and below it what else there is to say.
fn message(found: &Diagnostic) -> String {
    let label = found.label.iter().cloned();
    let notes = found.notes.iter().map(|note| format!("note: {note}"));
    let help = found.help.iter().map(|help| format!("help: {help}"));
    let lines = std::iter::once(found.message.clone());
    let lines: Vec<String> = lines.chain(label).chain(notes).chain(help).collect();
    lines.join("\n")
}

/// The place in another file, such as that of an environment.
fn elsewhere(place: &Elsewhere) -> Value {
    let line = u32::try_from(place.line.saturating_sub(1)).unwrap_or(u32::MAX);
    let at = |byte: usize| {
        let before = place.text.get(..byte).unwrap_or(&place.text);
        let units = before.encode_utf16().count();
        Position::new(line, u32::try_from(units).unwrap_or(u32::MAX))
    };
    let range = Range::new(at(place.piece.start), at(place.piece.end));
    let uri = uri::of_path(Path::new(&place.file));
    json!({ "location": { "uri": uri, "range": range }, "message": place.text.trim() })
}
