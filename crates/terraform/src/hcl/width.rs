//! Whether an expression fits on one line, without printing it.
//!
//! The formatter asks this of every list and every value, and lists are nested. So a question ends where the line does,
//! and costs no more than a line.

use hcl::expr::{Conditional, ForExpr, FuncCall, TemplateExpr, Traversal, TraversalOperator};
use hcl::{Expression, Operation};

use super::print::{object_key, print_expression};
use super::text::escaped_len;
use super::{LARGE_OBJECT, ROW};

/// The longest list or object that stays on one line, in bytes. A longer one has a line for each element.
const WIDE: usize = 100;

/// Whether a list or an object of one entry is short enough for a line. It needs one for each element otherwise.
pub(super) fn fits(expr: &Expression) -> bool {
    behind(expr, WIDE, false).is_some()
}

/// Whether an expression is printed on more than one line.
pub(super) fn spans_lines(expr: &Expression) -> bool {
    match expr {
        Expression::Null
        | Expression::Bool(_)
        | Expression::Number(_)
        | Expression::String(_)
        | Expression::Variable(_) => false,
        Expression::Array(items) => match items.as_slice() {
            [] => false,
            [item] => spans_lines(item),
            _ => !fits(expr),
        },
        Expression::Object(object) => match object.len() {
            0 => false,
            1 => !fits(expr),
            _ => true,
        },
        Expression::FuncCall(call) => match call.name.name.as_str() {
            LARGE_OBJECT => !call.args.is_empty(),
            ROW => false,
            _ => call.args.iter().any(spans_lines),
        },
        Expression::Parenthesis(inner) => spans_lines(inner),
        Expression::Conditional(conditional) => {
            let Conditional {
                cond_expr,
                true_expr,
                false_expr,
            } = &**conditional;
            [cond_expr, true_expr, false_expr]
                .into_iter()
                .any(spans_lines)
        }
        Expression::Operation(operation) => match &**operation {
            Operation::Unary(unary) => spans_lines(&unary.expr),
            Operation::Binary(binary) => {
                spans_lines(&binary.lhs_expr) || spans_lines(&binary.rhs_expr)
            }
        },
        Expression::ForExpr(for_expr) => {
            let ForExpr {
                key_var: _,
                value_var: _,
                collection_expr,
                key_expr,
                value_expr,
                grouping: _,
                cond_expr,
            } = &**for_expr;
            let always = [collection_expr, value_expr];
            always
                .into_iter()
                .chain(key_expr)
                .chain(cond_expr)
                .any(spans_lines)
        }
        Expression::Traversal(traversal) => {
            let mut operators = traversal.operators.iter();
            spans_lines(&traversal.expr)
                || operators
                    .any(|one| matches!(one, TraversalOperator::Index(at) if spans_lines(at)))
        }
        Expression::TemplateExpr(template) => match &**template {
            TemplateExpr::QuotedString(raw) => raw.contains('\n'),
            TemplateExpr::Heredoc(_) => true,
        },
        other => printed(other).contains('\n'),
    }
}

/// Returns how much of `room` is left behind an expression on one line; nothing if it does not fit. An object of several
/// entries has a line for each, unless it is in a row.
fn behind(expr: &Expression, room: usize, in_row: bool) -> Option<usize> {
    match expr {
        Expression::String(text) => {
            // No escape is shorter than what it stands for.
            let room = room.checked_sub(text.len() + 2)?;
            room.checked_sub(escaped_len(text) - text.len())
        }
        Expression::Variable(name) => room.checked_sub(name.len()),
        Expression::Array(items) => {
            let between = 2 * items.len().saturating_sub(1);
            let room = room.checked_sub("[]".len() + between)?;
            let mut items = items.iter();
            items.try_fold(room, |room, item| behind(item, room, in_row))
        }
        Expression::Object(object) => {
            if object.is_empty() {
                return room.checked_sub("{}".len());
            }
            if object.len() > 1 && !in_row {
                return None;
            }
            let between = 2 * (object.len() - 1);
            let room = room.checked_sub("{  }".len() + between)?;
            object.iter().try_fold(room, |room, (key, value)| {
                let room = room.checked_sub(object_key(key).len() + " = ".len())?;
                behind(value, room, in_row)
            })
        }
        Expression::FuncCall(call) => behind_call(call, room),
        Expression::Traversal(traversal) => behind_traversal(traversal, room),
        Expression::TemplateExpr(template) => match &**template {
            TemplateExpr::QuotedString(raw) if raw.contains('\n') => None,
            TemplateExpr::QuotedString(raw) => room.checked_sub(raw.len() + 2),
            TemplateExpr::Heredoc(_) => None,
        },
        other => {
            let text = printed(other);
            let fits = !text.contains('\n');
            fits.then(|| room.checked_sub(text.len())).flatten()
        }
    }
}

fn behind_call(call: &FuncCall, room: usize) -> Option<usize> {
    match (call.name.name.as_str(), call.args.as_slice()) {
        (LARGE_OBJECT, _) => None,
        (ROW, [value]) => behind(value, room, true),
        (_, args) => {
            let dots = if call.expand_final { "...".len() } else { 0 };
            let between = 2 * args.len().saturating_sub(1);
            let spaces = call.name.namespace.iter();
            let name: usize = spaces.map(|space| space.len() + "::".len()).sum();
            let name = name + call.name.name.len();
            let room = room.checked_sub(name + "()".len() + dots + between)?;
            // Arguments of a call choose their layout by themselves, also in a row.
            let mut args = args.iter();
            args.try_fold(room, |room, argument| behind(argument, room, false))
        }
    }
}

fn behind_traversal(traversal: &Traversal, room: usize) -> Option<usize> {
    let room = behind(&traversal.expr, room, false)?;
    let mut operators = traversal.operators.iter();
    operators.try_fold(room, |room, operator| match operator {
        TraversalOperator::AttrSplat => room.checked_sub(".*".len()),
        TraversalOperator::FullSplat => room.checked_sub("[*]".len()),
        TraversalOperator::GetAttr(name) => room.checked_sub(1 + name.len()),
        TraversalOperator::Index(at) => behind(at, room.checked_sub("[]".len())?, false),
        TraversalOperator::LegacyIndex(at) => room.checked_sub(1 + at.to_string().len()),
    })
}

/// Prints what is rare and short, to see how long it is.
fn printed(expr: &Expression) -> String {
    let mut out = String::new();
    print_expression(&mut out, expr, 0);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hcl::{
        call, conditional, equal, for_each, is_null, json, list, list_for, object, only_if,
        reference, row, string, word,
    };

    /// Values of every form: what is printed decides whether the answers are right.
    #[test]
    fn what_is_said_of_a_value_is_what_is_printed() {
        let long = || string("x".repeat(95));
        let one = |value| object([("a", value)]);
        let two = || object([("a", string("x")), ("b", string("y"))]);
        let short = [
            string("a\nb"),
            list([]),
            one(string("x")),
            one(one(list([string("$"), string("${a}")]))),
            list([one(string("x")), reference(["var", "a"])]),
            call("f", [list([string("x"), string("y")])]),
            row(two()),
            list([row(two()), row(two())]),
            list([row(object([("a", long()), ("b", long())]))]),
            conditional(
                equal(reference(["var", "a"]), string("x")),
                list([]),
                one(string("x")),
            ),
            list_for("a", reference(["var", "b"]), row(two())),
            only_if("a", reference(["var", "b"]), is_null(word("a"))),
            for_each(
                ["a", "b"],
                reference(["local", "c"]),
                word("a"),
                one(word("b")),
            ),
        ];
        let broken = [
            two(),
            one(two()),
            one(long()),
            list([two()]),
            list([long(), long()]),
            call("f", [two()]),
            list([string("x"), call("f", [two()])]),
            conditional(word("a"), string("x"), two()),
            equal(two(), word("a")),
            list_for("a", reference(["var", "b"]), two()),
            only_if("a", list([long(), long()]), word("a")),
            for_each(["a", "b"], word("c"), word("a"), list([long(), word("b")])),
        ];
        for (values, expected) in [(&short[..], false), (&broken[..], true)] {
            for value in values {
                let text = printed(value);
                assert_eq!(text.contains('\n'), expected, "{text}");
                assert_eq!(spans_lines(value), expected, "{text}");
                if let Some(left) = behind(value, WIDE, false) {
                    assert_eq!(text.len(), WIDE - left, "{text}");
                }
            }
        }
    }

    /// Once a list was printed twice for each list around it, which is 2^60 times here.
    #[test]
    fn lists_in_lists_are_printed_once() {
        let nested = (0..60).fold(serde_json::json!("x".repeat(200)), |inner, _| {
            serde_json::json!([inner, 1])
        });
        let text = printed(&json(&nested));
        assert_eq!(text.matches('[').count(), 60);
    }
}
