//! The requests that are answered, each with who answers it.

use std::collections::BTreeMap;

use lsp_server::ErrorCode;
use lsp_types::Position;
use serde_json::{Value, json};

use super::ask::Ask;
use super::files::File;
use super::refusal::Refusal;
use super::{about, mend, naming, outline};
use crate::text::Unit;
use crate::tokens::LEGEND;

/// What answers a request.
type Answer = fn(&Ask<'_>) -> Result<Value, Refusal>;

/// Every request about a text, sorted.
const ANSWERS: [(&str, Answer); 11] = [
    ("textDocument/codeAction", mend::actions),
    ("textDocument/completion", about::complete_at),
    ("textDocument/definition", naming::definition),
    ("textDocument/documentHighlight", naming::highlights),
    ("textDocument/documentSymbol", naming::outline),
    ("textDocument/foldingRange", outline::folding),
    ("textDocument/hover", about::hover_at),
    ("textDocument/prepareRename", naming::prepare),
    ("textDocument/references", naming::references),
    ("textDocument/rename", naming::rename_to),
    ("textDocument/semanticTokens/full", outline::tokens),
];

/// What the server can do.
pub(super) fn capabilities(unit: Unit) -> Value {
    let unit = match unit {
        Unit::Utf8 => "utf-8",
        Unit::Utf16 => "utf-16",
    };
    json!({
        "capabilities": {
            "positionEncoding": unit,
            // Changes come as pieces of the text.
            "textDocumentSync": { "openClose": true, "change": 2, "save": true },
            "completionProvider": { "triggerCharacters": [":", " ", "{", "[", ",", "\"", "'", "$", ".", "-"] },
            "codeActionProvider": { "codeActionKinds": ["quickfix"] },
            "definitionProvider": true,
            "documentHighlightProvider": true,
            "documentSymbolProvider": true,
            "hoverProvider": true,
            "referencesProvider": true,
            "renameProvider": { "prepareProvider": true },
            "foldingRangeProvider": true,
            "semanticTokensProvider": {
                "legend": { "tokenTypes": LEGEND, "tokenModifiers": ["declaration"] },
                "full": true,
            },
        },
        "serverInfo": { "name": "codegen", "version": env!("CARGO_PKG_VERSION") },
    })
}

/// The names of the requests that are answered.
#[cfg(test)]
pub(super) fn methods() -> impl Iterator<Item = &'static str> {
    ANSWERS.iter().map(|(method, _)| *method)
}

/// Answers a request about a text.
pub(super) fn answer(
    method: &str,
    params: &Value,
    files: &mut BTreeMap<String, File>,
) -> Result<Value, Refusal> {
    let Some((_, answer)) = ANSWERS.iter().find(|(known, _)| *known == method) else {
        let message = format!("`{method}` is not known");
        return Err(Refusal::new(ErrorCode::MethodNotFound, message));
    };
    let uri = params["textDocument"]["uri"].as_str();
    let uri = uri.ok_or_else(|| Refusal::invalid("the request names no text"))?;
    let file = files
        .get_mut(uri)
        .ok_or_else(|| Refusal::invalid(format!("{uri} is not open")))?;
    let offset = match &params["position"] {
        Value::Null => None,
        position => {
            let position: Position = serde_json::from_value(position.clone())
                .map_err(|error| Refusal::invalid(format!("a position: {error}")))?;
            Some(file.lines.offset(&file.text(), position))
        }
    };
    file.read(offset);
    let file = &*file;
    let Some(spec) = file.spec() else {
        return Err(Refusal::failed("the text could not be read"));
    };
    answer(&Ask {
        spec,
        lines: &file.lines,
        file,
        params,
        offset: offset.unwrap_or_default(),
    })
}
