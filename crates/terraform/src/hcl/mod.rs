//! HCL as typed values: functions that build them, and the one formatter that writes them.

mod print;
mod text;
mod width;

pub use hcl::structure::{Block, Body};
pub use print::{File, file};

use hcl::expr::{
    Conditional, ForExpr, FuncCall, Heredoc, HeredocStripMode, Object, ObjectKey, TemplateExpr,
    Traversal, TraversalOperator, Variable,
};
use hcl::structure::{Attribute, BlockBuilder};
use hcl::{BinaryOperator, Expression, Identifier, Operation};

/// A piece of a template.
pub enum Part<'t> {
    /// Literal text.
    Text(&'t str),
    /// `${…}`.
    Value(Expression),
}

/// `resource "kind" "label"`, without a body.
pub fn resource(kind: &str, label: &str) -> BlockBuilder {
    builder("resource").add_label(kind).add_label(label)
}

/// `kind`, without labels and a body. hcl-rs would look at every letter of the kind, to make it a word.
pub fn builder(kind: &str) -> BlockBuilder {
    Block::builder(Identifier::unchecked(kind))
}

/// `key = value` in a body.
pub fn attribute(key: &str, value: impl Into<Expression>) -> Attribute {
    Attribute::new(Identifier::unchecked(key), value.into())
}

/// A block without labels that holds nothing but attributes.
pub fn block<const N: usize>(kind: &str, attributes: [(&str, Expression); N]) -> Block {
    builder(kind)
        .add_attributes(attributes.map(|(key, value)| attribute(key, value)))
        .build()
}

/// A string, letter by letter.
pub fn string(text: impl Into<String>) -> Expression {
    Expression::String(text.into())
}

/// `"literal${value}literal"`.
pub fn template<'t>(parts: impl IntoIterator<Item = Part<'t>>) -> Expression {
    let mut raw = String::new();
    for part in parts {
        match part {
            Part::Text(text) => text::escape_into(&mut raw, text),
            Part::Value(value) => {
                raw.push_str("${");
                raw.push_str(&print::inline(&value));
                raw.push('}');
            }
        }
    }
    Expression::from(TemplateExpr::QuotedString(raw))
}

/// A heredoc, in which `${…}` is an expression. Only our own text may go in: text from the spec has to go through
/// `pipeline::scheduled` first, which escapes it.
pub fn heredoc(text: &str) -> Expression {
    let heredoc =
        Heredoc::new(Identifier::unchecked("EOT"), text).with_strip_mode(HeredocStripMode::Indent);
    Expression::from(TemplateExpr::Heredoc(heredoc))
}

/// `a.b.c`: one word, as it is printed. hcl-rs has a traversal for it, with memory of its own for each name, and half of
/// a module is references.
pub fn reference<const N: usize>(path: [&str; N]) -> Expression {
    Expression::from(Variable::from(Identifier::unchecked(path.join("."))))
}

/// `a.b["key"]`.
pub fn index(of: Expression, key: &str) -> Expression {
    Expression::from(Traversal::new(of, [TraversalOperator::Index(string(key))]))
}

/// `name(arguments)`.
pub fn call<const N: usize>(name: &str, arguments: [Expression; N]) -> Expression {
    let mut call = FuncCall::new(Identifier::unchecked(name));
    call.args = arguments.into();
    Expression::from(call)
}

/// `condition ? yes : no`.
pub fn conditional(condition: Expression, yes: Expression, no: Expression) -> Expression {
    Expression::from(Conditional::new(condition, yes, no))
}

/// `a == b`.
pub fn equal(a: impl Into<Expression>, b: impl Into<Expression>) -> Expression {
    let operation = hcl::expr::BinaryOp::new(a, BinaryOperator::Eq, b);
    Expression::from(Operation::Binary(operation))
}

/// `value == null`.
pub fn is_null(value: Expression) -> Expression {
    equal(value, Expression::Null)
}

/// A bare word, such as a type.
pub fn word(name: &str) -> Expression {
    Expression::from(Variable::from(Identifier::unchecked(name)))
}

/// `{ key = value … }` with keys that are identifiers, in the order given.
pub fn object<K: AsRef<str>>(entries: impl IntoIterator<Item = (K, Expression)>) -> Expression {
    let entries: Vec<(K, Expression)> = entries.into_iter().collect();
    if entries.len() > LARGE {
        return large_object(entries);
    }
    let keyed = entries
        .into_iter()
        .map(|(key, value)| (object_key(key.as_ref()), value));
    Expression::Object(keyed.collect::<Object<ObjectKey, Expression>>())
}

/// Objects with more entries than this are large.
const LARGE: usize = 64;

/// The name of the call that stands for a large object. It is no identifier, so no function has this name.
const LARGE_OBJECT: &str = "{}";

/// A large object, whose keys have to be distinct. hcl-rs compares each new key with all others, which takes quadratic
/// time. So the entries are the arguments of a call: a key, its value, the next key, and so on.
fn large_object<K: AsRef<str>>(entries: Vec<(K, Expression)>) -> Expression {
    let mut call = FuncCall::new(Identifier::unchecked(LARGE_OBJECT));
    for (key, value) in entries {
        call.args.push(match object_key(key.as_ref()) {
            ObjectKey::Expression(key) => key,
            ObjectKey::Identifier(name) => Expression::from(Variable::from(name)),
            other => string(other.to_string()),
        });
        call.args.push(value);
    }
    Expression::from(call)
}

/// `[…]`.
pub fn list(items: impl IntoIterator<Item = Expression>) -> Expression {
    Expression::Array(items.into_iter().collect())
}

/// A list or an object on one line, however long it is: a row of a table.
pub fn row(value: Expression) -> Expression {
    let mut call = FuncCall::new(Identifier::unchecked(ROW));
    call.args.push(value);
    Expression::from(call)
}

/// The name of the call that stands for a row.
const ROW: &str = "[]";

/// `{ for key, value in collection : name => result }`.
pub fn for_each(
    [key, value]: [&str; 2],
    collection: Expression,
    name: Expression,
    result: Expression,
) -> Expression {
    let made = ForExpr::new(Identifier::unchecked(value), collection, result);
    let made = made.with_key_var(Identifier::unchecked(key));
    Expression::from(made.with_key_expr(name))
}

/// `[for item in collection : result]`.
pub fn list_for(item: &str, collection: Expression, result: Expression) -> Expression {
    Expression::from(ForExpr::new(
        Identifier::unchecked(item),
        collection,
        result,
    ))
}

/// `[for key, value in collection : result]`.
pub fn list_for_each(
    [key, value]: [&str; 2],
    collection: Expression,
    result: Expression,
) -> Expression {
    let made = ForExpr::new(Identifier::unchecked(value), collection, result);
    Expression::from(made.with_key_var(Identifier::unchecked(key)))
}

/// `[for item in collection : item if condition]`.
pub fn only_if(item: &str, collection: Expression, condition: Expression) -> Expression {
    let made = ForExpr::new(Identifier::unchecked(item), collection, word(item));
    Expression::from(made.with_cond_expr(condition))
}

/// `name([…]...)`: the elements of a list are the arguments, each on its line if they are many.
pub fn call_with_all(name: &str, arguments: impl IntoIterator<Item = Expression>) -> Expression {
    let mut call = FuncCall::new(Identifier::unchecked(name));
    call.args.push(list(arguments));
    call.expand_final = true;
    Expression::from(call)
}

/// A JSON value as an expression.
pub fn json(value: &serde_json::Value) -> Expression {
    match value {
        serde_json::Value::Null => Expression::Null,
        serde_json::Value::Bool(value) => Expression::Bool(*value),
        serde_json::Value::Number(number) => number_expression(number),
        serde_json::Value::String(text) => string(text.as_str()),
        serde_json::Value::Array(items) => list(items.iter().map(json)),
        serde_json::Value::Object(entries) => {
            let mut sorted: Vec<_> = entries.iter().collect();
            sorted.sort_by_key(|(key, _)| key.as_str());
            object(sorted.into_iter().map(|(key, value)| (key, json(value))))
        }
    }
}

fn number_expression(number: &serde_json::Number) -> Expression {
    // Whole numbers first: a double cannot hold all 64 bits.
    let exact = number.as_u64().map(hcl::Number::from);
    let signed = || number.as_i64().map(hcl::Number::from);
    let double = || number.as_f64().and_then(hcl::Number::from_f64);
    exact
        .or_else(signed)
        .or_else(double)
        .map_or(Expression::Null, Expression::Number)
}

/// A key that Terraform takes literally: quoted unless it is an identifier.
fn object_key(key: &str) -> ObjectKey {
    let starts_well = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_word = key.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_');
    // A bare `for` begins a comprehension, and the other three are values.
    if starts_well && is_word && !matches!(key, "for" | "null" | "true" | "false") {
        ObjectKey::Identifier(Identifier::unchecked(key))
    } else {
        ObjectKey::Expression(string(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An object as the value of an attribute.
    fn printed(entries: usize) -> String {
        let keys = (0..entries).map(|number| (format!("key-{number:03}"), string("v")));
        let value = object(keys);
        let body = Body::builder().add_attribute(attribute("a", value)).build();
        file(&[], &body)
    }

    #[test]
    fn a_large_object_is_written_as_a_small_one() {
        let (small, large) = (printed(LARGE), printed(LARGE + 1));
        let added = format!("  \"key-{LARGE:03}\" = \"v\"\n}}\n");
        assert_eq!(large, small.replace("}\n", &added));
    }
}
