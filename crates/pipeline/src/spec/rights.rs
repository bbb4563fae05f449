//! `permissions:` and `policies:` of a function.

use indexmap::IndexMap;

use super::reader::{Fields, Reader};
use crate::diagnostic::Diagnostic;
use crate::lints::INVALID_PERMISSION;
use crate::rights::{Condition, Rights, Statement};
use crate::span::Spanned;
use crate::values::Text;
use crate::yaml::{Kind, Node};

/// Reads the rights that `fields` has; the others keep their value.
pub(super) fn read(reader: &mut Reader, fields: &mut Fields<'_>, rights: &mut Rights) {
    if let Some(node) = fields.take("permissions") {
        let items = reader.list("`permissions`", node);
        let statements = items.iter().filter_map(|item| read_statement(reader, item));
        rights.permissions = statements.collect();
    }
    if let Some(node) = fields.take("policies") {
        rights.policies = read_texts(reader, "`policies`", node);
    }
}

fn read_statement(reader: &mut Reader, node: &Node) -> Option<Statement> {
    if matches!(&node.kind, Kind::Mapping(entries) if entries.is_empty()) {
        let message = "an empty permission allows nothing, and IAM refuses it";
        let help = "name `actions` and `resources`, or remove it";
        reader.report(Diagnostic::new(&INVALID_PERMISSION, node.span, message).with_help(help));
        return None;
    }
    let mut fields = reader.fields("a permission", node, node.span)?;
    let before = reader.diagnostics.len();
    let actions = fields.require("actions");
    let resources = fields.require("resources");
    let is_whole = actions.is_some() && resources.is_some();
    let actions = actions.map_or_else(Vec::new, |node| {
        let items = reader.list("`actions`", node);
        items
            .iter()
            .filter_map(|item| reader.string(item))
            .collect()
    });
    let resources = resources.map_or_else(Vec::new, |node| read_texts(reader, "`resources`", node));
    let conditions = fields.take("conditions");
    let conditions = conditions.map_or_else(IndexMap::new, |node| read_conditions(reader, node));
    let is_read = reader.diagnostics.len() == before;
    fields.finish(reader);
    // What is missing, or empty as it cannot be read, is one mistake: nobody looks for more of it.
    let is_empty = actions.is_empty() || resources.is_empty();
    (is_whole && (is_read || !is_empty)).then_some(Statement {
        span: node.span,
        actions,
        resources,
        conditions,
    })
}

fn read_texts(reader: &mut Reader, what: &str, node: &Node) -> Vec<Text> {
    let items = reader.list(what, node);
    items.iter().filter_map(|item| reader.text(item)).collect()
}

fn read_conditions(reader: &mut Reader, node: &Node) -> IndexMap<String, Spanned<Condition>> {
    let mut conditions = IndexMap::new();
    let operators = reader.entries("`conditions`", node).unwrap_or_default();
    for (operator, (at, node)) in operators {
        let before = reader.diagnostics.len();
        let keys = reader.entries("the operator of a condition", node);
        let keys = keys.unwrap_or_default().into_iter();
        let read = |(key, (at, node)): (&str, (_, &Node))| {
            let values = match &node.kind {
                Kind::Sequence(items) => {
                    items.iter().filter_map(|item| reader.text(item)).collect()
                }
                _ => reader.text(node).into_iter().collect(),
            };
            (key.to_owned(), Spanned::new(values, at))
        };
        let keys: Condition = keys.map(read).collect();
        // What cannot be read compares nothing, and is one mistake.
        if reader.diagnostics.len() == before {
            conditions.insert(operator.to_owned(), Spanned::new(keys, at));
        }
    }
    conditions
}
