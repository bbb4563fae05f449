//! The one formatter: hcl-rs values as text in the layout of `terraform fmt`.
//!
//! The `=` of consecutive entries are aligned if each value fits on its line or is a heredoc. A value that spans lines
//! ends such a run, and so does a block. hcl-rs's own formatter aligns nothing, and it leaves some expressions in
//! strings unescaped.

use std::borrow::Cow;
use std::fmt::Write as _;

use hcl::expr::{Heredoc, HeredocStripMode, ObjectKey, TemplateExpr, TraversalOperator};
use hcl::structure::{Block, BlockLabel, Body, Structure};
use hcl::{BinaryOperator, Expression, Operation};
use unicode_segmentation::UnicodeSegmentation;

use super::LARGE_OBJECT;
use super::text::escape_into;

/// The longest list that stays on one line, in bytes. A longer one has a line for each element.
const WIDE: usize = 100;

/// Prints a file: the header's lines as comments, then the blocks with a blank line between them.
pub fn file(header: &[String], body: &Body) -> String {
    let mut out = String::with_capacity(4_096);
    for line in header {
        out.push_str("# ");
        out.push_str(line);
        out.push('\n');
    }
    out.push('\n');
    print_body(&mut out, body, 0);
    out
}

/// Prints an expression for the inside of `${…}`, on one line.
pub(super) fn inline(expr: &Expression) -> String {
    let mut out = String::new();
    print_expression(&mut out, expr, 0);
    out
}

/// Prints attributes in runs, and blocks with a blank line around each.
fn print_body(out: &mut String, body: &Body, depth: usize) {
    let structures: Vec<&Structure> = body.iter().collect();
    let is_attribute = |structure: &Structure| matches!(structure, Structure::Attribute(_));
    let runs = structures.chunk_by(|a, b| is_attribute(a) && is_attribute(b));
    for (index, run) in runs.enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let mut entries = Entries::default();
        for structure in run {
            match structure {
                Structure::Attribute(attribute) => {
                    entries.add(Cow::Borrowed(attribute.key()), attribute.expr(), depth);
                }
                Structure::Block(block) => print_block(out, block, depth),
            }
        }
        entries.print(out, depth);
    }
}

fn print_block(out: &mut String, block: &Block, depth: usize) {
    indent(out, depth);
    out.push_str(block.identifier());
    for label in block.labels() {
        out.push_str(" \"");
        match label {
            BlockLabel::Identifier(name) => out.push_str(name),
            BlockLabel::String(text) => escape_into(out, text),
        }
        out.push('"');
    }
    if block.body().iter().next().is_none() {
        out.push_str(" {}\n");
        return;
    }
    out.push_str(" {\n");
    print_body(out, block.body(), depth + 1);
    indent(out, depth);
    out.push_str("}\n");
}

/// Entries `key = value` whose values are printed, but not yet aligned.
#[derive(Default)]
struct Entries<'e> {
    entries: Vec<Entry<'e>>,
    /// The text of all values, one after the other: a string for each would be an allocation for each.
    values: String,
}

struct Entry<'e> {
    key: Cow<'e, str>,
    /// The end of the value in that text. It starts where the value before it ends.
    end: usize,
    /// Whether the `=` is aligned with those of its neighbours.
    aligned: bool,
}

impl<'e> Entries<'e> {
    fn add(&mut self, key: Cow<'e, str>, value: &Expression, depth: usize) {
        let is_heredoc = matches!(value, Expression::TemplateExpr(expr) if matches!(**expr, TemplateExpr::Heredoc(_)));
        let start = self.values.len();
        print_expression(&mut self.values, value, depth);
        self.entries.push(Entry {
            key,
            end: self.values.len(),
            aligned: is_heredoc || !self.values[start..].contains('\n'),
        });
    }

    /// Writes the entries, one on each line.
    fn print(&self, out: &mut String, depth: usize) {
        let mut start = 0;
        for run in self.entries.chunk_by(|a, b| a.aligned && b.aligned) {
            let widest = run.iter().map(|entry| width(&entry.key)).max().unwrap_or(0);
            for entry in run {
                indent(out, depth);
                out.push_str(&entry.key);
                out.extend(std::iter::repeat_n(' ', widest - width(&entry.key)));
                out.push_str(" = ");
                out.push_str(&self.values[start..entry.end]);
                out.push('\n');
                start = entry.end;
            }
        }
    }
}

/// Counts columns as `terraform fmt` does: in grapheme clusters.
fn width(key: &str) -> usize {
    if key.is_ascii() {
        key.len()
    } else {
        key.graphemes(true).count()
    }
}

fn print_expression(out: &mut String, expr: &Expression, depth: usize) {
    match expr {
        Expression::Null => out.push_str("null"),
        Expression::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Expression::Number(number) => write_display(out, number),
        Expression::String(text) => print_string(out, text),
        Expression::Array(items) => print_array(out, items, depth),
        Expression::Object(object) => {
            let entries = object.iter();
            print_object(
                out,
                entries.map(|(key, value)| (object_key(key, depth), value)),
                depth,
            );
        }
        Expression::FuncCall(call) if call.name.name.as_str() == LARGE_OBJECT => {
            let entries = call.args.chunks_exact(2);
            print_object(
                out,
                entries.map(|entry| (Cow::Owned(inline(&entry[0])), &entry[1])),
                depth,
            );
        }
        Expression::TemplateExpr(template) => print_template(out, template, depth),
        Expression::Variable(name) => out.push_str(name.as_str()),
        Expression::Traversal(traversal) => {
            print_expression(out, &traversal.expr, depth);
            for operator in &traversal.operators {
                print_operator(out, operator, depth);
            }
        }
        Expression::FuncCall(call) => {
            write_display(out, &call.name);
            print_sequence(out, &call.args, ("(", ")"), depth);
        }
        Expression::Parenthesis(inner) => {
            print_sequence(out, std::slice::from_ref(&**inner), ("(", ")"), depth);
        }
        Expression::Conditional(conditional) => {
            print_expression(out, &conditional.cond_expr, depth);
            out.push_str(" ? ");
            print_expression(out, &conditional.true_expr, depth);
            out.push_str(" : ");
            print_expression(out, &conditional.false_expr, depth);
        }
        Expression::Operation(operation) => print_operation(out, operation, depth),
        // No writer builds any other kind. hcl-rs prints it, in its own layout.
        other => out.push_str(&hcl::format::to_string(other).unwrap_or_default()),
    }
}

fn print_string(out: &mut String, text: &str) {
    out.push('"');
    escape_into(out, text);
    out.push('"');
}

fn print_template(out: &mut String, template: &TemplateExpr, depth: usize) {
    match template {
        // Not escaped once more: `template` escapes the literals and leaves the `${…}`.
        TemplateExpr::QuotedString(raw) => {
            out.push('"');
            out.push_str(raw);
            out.push('"');
        }
        TemplateExpr::Heredoc(heredoc) => print_heredoc(out, heredoc, depth),
    }
}

fn print_heredoc(out: &mut String, heredoc: &Heredoc, depth: usize) {
    let is_indented = heredoc.strip == HeredocStripMode::Indent;
    out.push_str(if is_indented { "<<-" } else { "<<" });
    out.push_str(&heredoc.delimiter);
    out.push('\n');
    for line in heredoc.template.lines() {
        if is_indented {
            indent(out, depth + 1);
        }
        out.push_str(line);
        out.push('\n');
    }
    indent(out, depth);
    out.push_str(&heredoc.delimiter);
}

/// Prints a list: on one line if it is short and no item spans lines.
fn print_array(out: &mut String, items: &[Expression], depth: usize) {
    let mut line = String::new();
    print_sequence(&mut line, items, ("[", "]"), depth);
    let is_nested = items.len() > 1 && line.contains('\n');
    if line.len() <= WIDE && !is_nested || items.len() <= 1 {
        out.push_str(&line);
        return;
    }
    out.push_str("[\n");
    for item in items {
        indent(out, depth + 1);
        print_expression(out, item, depth + 1);
        out.push_str(",\n");
    }
    indent(out, depth);
    out.push(']');
}

/// Prints items on one line between brackets. A single item that spans lines begins and ends on the brackets' lines.
fn print_sequence(
    out: &mut String,
    items: &[Expression],
    (open, close): (&str, &str),
    depth: usize,
) {
    out.push_str(open);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        print_expression(out, item, depth);
    }
    out.push_str(close);
}

fn print_object<'e>(
    out: &mut String,
    entries: impl ExactSizeIterator<Item = (Cow<'e, str>, &'e Expression)>,
    depth: usize,
) {
    if entries.len() == 0 {
        out.push_str("{}");
        return;
    }
    out.push_str("{\n");
    let mut printed = Entries::default();
    for (key, value) in entries {
        printed.add(key, value, depth + 1);
    }
    printed.print(out, depth + 1);
    indent(out, depth);
    out.push('}');
}

fn object_key(key: &ObjectKey, depth: usize) -> Cow<'_, str> {
    if let ObjectKey::Identifier(name) = key {
        return Cow::Borrowed(name);
    }
    let mut out = String::new();
    match key {
        ObjectKey::Expression(expr) => print_expression(&mut out, expr, depth),
        _ => write_display(&mut out, key),
    }
    Cow::Owned(out)
}

fn print_operator(out: &mut String, operator: &TraversalOperator, depth: usize) {
    match operator {
        TraversalOperator::AttrSplat => out.push_str(".*"),
        TraversalOperator::FullSplat => out.push_str("[*]"),
        TraversalOperator::GetAttr(name) => {
            out.push('.');
            out.push_str(name);
        }
        TraversalOperator::Index(index) => {
            print_sequence(out, std::slice::from_ref(index), ("[", "]"), depth);
        }
        TraversalOperator::LegacyIndex(index) => {
            out.push('.');
            write_display(out, index);
        }
    }
}

fn print_operation(out: &mut String, operation: &Operation, depth: usize) {
    match operation {
        Operation::Unary(unary) => {
            out.push_str(unary.operator.as_str());
            print_expression(out, &unary.expr, depth);
        }
        Operation::Binary(binary) => {
            let operator: BinaryOperator = binary.operator;
            print_expression(out, &binary.lhs_expr, depth);
            out.push(' ');
            out.push_str(operator.as_str());
            out.push(' ');
            print_expression(out, &binary.rhs_expr, depth);
        }
    }
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n("  ", depth));
}

fn write_display(out: &mut String, value: &impl std::fmt::Display) {
    write!(out, "{value}").expect("writing to a string does not fail");
}
