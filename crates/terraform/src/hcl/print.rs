//! The one formatter: hcl-rs values as text in the layout of `terraform fmt`.
//!
//! The `=` of consecutive entries are aligned if each value fits on its line or is a heredoc. A value that spans lines
//! ends such a run, and so does a block. hcl-rs's own formatter aligns nothing, and it leaves some expressions in
//! strings unescaped.
//!
//! Everything is written once, behind what is there already: whether a value fits on a line is known before it is
//! printed (`width`).

use std::borrow::Cow;
use std::fmt::Write as _;

use hcl::expr::{
    ForExpr, FuncCall, FuncName, Heredoc, HeredocStripMode, ObjectKey, TemplateExpr,
    TraversalOperator,
};
use hcl::structure::{Block, BlockLabel, Body, Structure};
use hcl::{BinaryOperator, Expression, Operation};
use unicode_segmentation::UnicodeSegmentation;

use super::text::escape_into;
use super::width::{fits, spans_lines};
use super::{LARGE_OBJECT, ROW};

/// Prints a file: the header's lines as comments, then the blocks with a blank line between them.
pub fn file(header: &[String], body: &Body) -> String {
    let mut out = begin(header);
    print_body(&mut out, body, 0);
    out
}

/// A file whose blocks are printed as they come: all of them as values would take far more memory than their text.
pub struct File {
    out: String,
    /// Where the header ends.
    start: usize,
}

impl File {
    /// Begins a file, about so many jobs, with the header's lines as comments.
    ///
    /// A text that grows is there twice for a moment, and with many jobs it is the largest thing of all. Room that it does
    /// not fill takes no memory.
    pub fn new(header: &[String], jobs: usize) -> Self {
        let mut out = begin(header);
        out.reserve(jobs * ROOM_OF_A_JOB);
        let start = out.len();
        Self { out, start }
    }

    /// Prints a block.
    pub fn add(&mut self, block: &Block) {
        self.add_at(block, 0);
    }

    /// Prints a block that holds something, and behind that `inner` blocks.
    pub fn add_with(&mut self, block: &Block, inner: impl IntoIterator<Item = Block>) {
        self.add(block);
        self.out.truncate(self.out.len() - END.len());
        for block in inner {
            self.add_at(&block, 1);
        }
        self.out.push_str(END);
    }

    fn add_at(&mut self, block: &Block, depth: usize) {
        if self.out.len() > self.start {
            self.out.push('\n');
        }
        print_block(&mut self.out, block, depth);
    }

    /// Returns the whole text.
    pub fn finish(self) -> String {
        self.out
    }
}

/// What a job takes of a file in bytes, at most but for unusual ones.
const ROOM_OF_A_JOB: usize = 4_096;

/// How a block ends that holds something.
const END: &str = "}\n";

fn begin(header: &[String]) -> String {
    let mut out = String::with_capacity(4_096);
    for line in header {
        out.push_str("# ");
        out.push_str(line);
        out.push('\n');
    }
    out.push('\n');
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
        let mut entries = Vec::new();
        for structure in run {
            match structure {
                Structure::Attribute(attribute) => {
                    let key = Cow::Borrowed(attribute.key());
                    entries.push(Entry::new(key, attribute.expr()));
                }
                Structure::Block(block) => print_block(out, block, depth),
            }
        }
        print_entries(out, &entries, depth);
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
    out.push_str(END);
}

/// `key = value`, before it is written.
struct Entry<'e> {
    key: Cow<'e, str>,
    value: &'e Expression,
    /// Whether the `=` is aligned with those of its neighbours.
    aligned: bool,
}

impl<'e> Entry<'e> {
    fn new(key: Cow<'e, str>, value: &'e Expression) -> Self {
        let aligned = is_heredoc(value) || !spans_lines(value);
        Self {
            key,
            value,
            aligned,
        }
    }
}

fn is_heredoc(value: &Expression) -> bool {
    matches!(value, Expression::TemplateExpr(expr) if matches!(**expr, TemplateExpr::Heredoc(_)))
}

/// Prints entries, one on each line.
fn print_entries(out: &mut String, entries: &[Entry<'_>], depth: usize) {
    for run in entries.chunk_by(|a, b| a.aligned && b.aligned) {
        let widest = run.iter().map(|entry| width(&entry.key)).max().unwrap_or(0);
        for entry in run {
            indent(out, depth);
            out.push_str(&entry.key);
            out.extend(std::iter::repeat_n(' ', widest - width(&entry.key)));
            out.push_str(" = ");
            print_expression(out, entry.value, depth);
            out.push('\n');
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

pub(super) fn print_expression(out: &mut String, expr: &Expression, depth: usize) {
    match expr {
        Expression::Null => out.push_str("null"),
        Expression::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Expression::Number(number) => write_display(out, number),
        Expression::String(text) => print_string(out, text),
        Expression::Array(items) => print_array(out, expr, items, depth),
        Expression::Object(object) => {
            if object.len() == 1 && fits(expr) {
                print_on_one_line(out, expr);
                return;
            }
            let entries = object.iter();
            let entries = entries.map(|(key, value)| Entry::new(object_key(key), value));
            print_object(out, &entries.collect::<Vec<_>>(), depth);
        }
        Expression::FuncCall(call) => print_call(out, call, depth),
        Expression::TemplateExpr(template) => print_template(out, template, depth),
        Expression::Variable(name) => out.push_str(name.as_str()),
        Expression::Traversal(traversal) => {
            print_expression(out, &traversal.expr, depth);
            for operator in &traversal.operators {
                print_operator(out, operator, depth);
            }
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
        Expression::ForExpr(for_expr) => print_for(out, for_expr, depth),
        // No writer builds any other kind. hcl-rs prints it, in its own layout.
        other => out.push_str(&hcl::format::to_string(other).unwrap_or_default()),
    }
}

/// Prints a call, or what a call stands for.
fn print_call(out: &mut String, call: &FuncCall, depth: usize) {
    match (call.name.name.as_str(), call.args.as_slice()) {
        (LARGE_OBJECT, args) => {
            let entries = args.chunks_exact(2);
            let entries = entries.map(|entry| Entry::new(Cow::Owned(inline(&entry[0])), &entry[1]));
            print_object(out, &entries.collect::<Vec<_>>(), depth);
        }
        (ROW, [value]) => print_on_one_line(out, value),
        (_, args) => {
            print_name(out, &call.name);
            let close = if call.expand_final { "...)" } else { ")" };
            print_sequence(out, args, ("(", close), depth);
        }
    }
}

fn print_name(out: &mut String, name: &FuncName) {
    for space in &name.namespace {
        out.push_str(space);
        out.push_str("::");
    }
    out.push_str(&name.name);
}

/// Prints an expression without a line break, however long and nested it is.
fn print_on_one_line(out: &mut String, expr: &Expression) {
    match expr {
        Expression::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                print_on_one_line(out, item);
            }
            out.push(']');
        }
        Expression::Object(object) if !object.is_empty() => {
            for (index, (key, value)) in object.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "{ " });
                out.push_str(&object_key(key));
                out.push_str(" = ");
                print_on_one_line(out, value);
            }
            out.push_str(" }");
        }
        other => print_expression(out, other, 0),
    }
}

/// Prints `{ for key, value in collection : key => value }`.
fn print_for(out: &mut String, for_expr: &ForExpr, depth: usize) {
    let ForExpr {
        key_var,
        value_var,
        collection_expr,
        key_expr,
        value_expr,
        grouping,
        cond_expr,
    } = for_expr;
    let (open, close) = match key_expr {
        Some(_) => ("{ for ", " }"),
        None => ("[for ", "]"),
    };
    out.push_str(open);
    if let Some(key) = key_var {
        out.push_str(key);
        out.push_str(", ");
    }
    out.push_str(value_var);
    out.push_str(" in ");
    print_expression(out, collection_expr, depth);
    out.push_str(" : ");
    if let Some(key) = key_expr {
        print_expression(out, key, depth);
        out.push_str(" => ");
    }
    print_expression(out, value_expr, depth);
    out.push_str(if *grouping { "..." } else { "" });
    if let Some(condition) = cond_expr {
        out.push_str(" if ");
        print_expression(out, condition, depth);
    }
    out.push_str(close);
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
fn print_array(out: &mut String, expr: &Expression, items: &[Expression], depth: usize) {
    if items.len() <= 1 || fits(expr) {
        print_sequence(out, items, ("[", "]"), depth);
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

fn print_object(out: &mut String, entries: &[Entry<'_>], depth: usize) {
    if entries.is_empty() {
        out.push_str("{}");
        return;
    }
    out.push_str("{\n");
    print_entries(out, entries, depth + 1);
    indent(out, depth);
    out.push('}');
}

pub(super) fn object_key(key: &ObjectKey) -> Cow<'_, str> {
    match key {
        ObjectKey::Identifier(name) => Cow::Borrowed(name),
        ObjectKey::Expression(expr) => Cow::Owned(inline(expr)),
        other => Cow::Owned(other.to_string()),
    }
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
