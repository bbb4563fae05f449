//! What an environment says: the variable `values`, and the texts and settings that name a value.
//!
//! Every place that takes a value goes through here. All other texts of a spec are strings, letter by letter.

use std::collections::BTreeMap;

use hcl::expr::BinaryOp;
use hcl::structure::Block;
use hcl::{BinaryOperator, Expression, Operation};
use indexmap::IndexMap;
use pipeline::Pipeline;
use pipeline::values::{Part, Reference, Text, Value, ValueType, Valued};
use serde_json::Value as Json;

use super::hcl::{
    self as own, Body, attribute, block, builder, call, json, list, object, reference, string,
    template, word,
};

/// Writes a text: a string, or what it is put together of.
pub(super) fn text(text: &Text) -> Expression {
    let Some(parts) = &text.parts else {
        return string(text.value.as_str());
    };
    match parts.as_slice() {
        // `terraform fmt` would take the quotes away, and with them the text that a number has become.
        [Part::Reference { reference, .. }] => alone(reference),
        _ => template(inside(text)),
    }
}

/// The pieces of a text, as those of a longer one.
pub(super) fn inside(text: &Text) -> Vec<own::Part<'_>> {
    match &text.parts {
        None => vec![own::Part::Text(&text.value)],
        Some(parts) => {
            let parts = parts.iter().map(|part| match part {
                Part::Literal(text) => own::Part::Text(text),
                Part::Reference { reference, .. } => own::Part::Value(value_of(reference)),
            });
            parts.collect()
        }
    }
}

fn alone(reference: &Reference) -> Expression {
    let value = value_of(reference);
    match reference {
        Reference::Value { kind, .. } if is_converted(*kind) => call("tostring", [value]),
        _ => value,
    }
}

/// Whether a value of this type is no text in Terraform.
fn is_converted(kind: ValueType) -> bool {
    match kind {
        ValueType::Integer | ValueType::Boolean => true,
        ValueType::String | ValueType::Duration => false,
    }
}

fn value_of(of: &Reference) -> Expression {
    match of {
        Reference::Environment => reference(["var", "environment"]),
        Reference::Region => region(),
        Reference::Account => account(),
        Reference::Value { name, .. } => named(name),
    }
}

/// Refers to the region that Terraform deploys to.
fn region() -> Expression {
    reference(["data", "aws_region", "current", "id"])
}

/// Refers to the account that Terraform deploys to.
fn account() -> Expression {
    reference(["data", "aws_caller_identity", "current", "account_id"])
}

/// The ARN of something of this account and region, by its name. `before` stands in front of the name.
pub(super) fn arn_here(service: &'static str, before: &'static str, name: &Text) -> Expression {
    template(inside_arn_here(service, before, name))
}

/// The pieces of such an ARN, as those of a longer text.
pub(super) fn inside_arn_here<'t>(
    service: &'static str,
    before: &'static str,
    name: &'t Text,
) -> Vec<own::Part<'t>> {
    let before = [
        own::Part::Text("arn:"),
        own::Part::Value(reference(["data", "aws_partition", "current", "partition"])),
        own::Part::Text(":"),
        own::Part::Text(service),
        own::Part::Text(":"),
        own::Part::Value(region()),
        own::Part::Text(":"),
        own::Part::Value(account()),
        own::Part::Text(":"),
        own::Part::Text(before),
    ];
    before.into_iter().chain(inside(name)).collect()
}

fn named(name: &str) -> Expression {
    reference(["var", "values", name])
}

/// Writes a whole number.
pub(super) fn number(number: &Valued<u32>) -> Expression {
    match &number.from {
        None => number.value.into(),
        Some(name) => named(name),
    }
}

/// Writes a time in seconds, times a factor.
pub(super) fn seconds(seconds: &Valued<u32>, times: u32) -> Expression {
    let Some(name) = &seconds.from else {
        return (seconds.value * times).into();
    };
    let seconds = reference(["local", "seconds", name]);
    match times {
        1 => seconds,
        _ => multiply(seconds, times.into()),
    }
}

/// Writes a time in seconds, times a factor, and more seconds.
pub(super) fn seconds_and(of: &Valued<u32>, times: u32, more: u32) -> Expression {
    match (&of.from, more) {
        (None, more) => (of.value * times + more).into(),
        (Some(_), 0) => seconds(of, times),
        (Some(_), more) => {
            let sum = BinaryOp::new(
                seconds(of, times),
                BinaryOperator::Plus,
                Expression::from(more),
            );
            Expression::from(Operation::Binary(sum))
        }
    }
}

/// Writes a switch as one of two words.
pub(super) fn switch(switch: &Valued<bool>, on: &str, off: &str) -> Expression {
    match &switch.from {
        None => string(if switch.value { on } else { off }),
        Some(name) => own::conditional(named(name), string(on), string(off)),
    }
}

/// Writes JSON in which some texts, known by their JSON pointers, name values.
pub(super) fn pattern(value: &Json, pointer: &str, texts: &BTreeMap<String, Text>) -> Expression {
    if let Some(named) = texts.get(pointer) {
        return text(named);
    }
    match value {
        Json::Array(items) => {
            let items = items.iter().enumerate();
            list(items.map(|(index, item)| pattern(item, &format!("{pointer}/{index}"), texts)))
        }
        Json::Object(entries) => {
            let mut sorted: Vec<_> = entries.iter().collect();
            sorted.sort_by_key(|(key, _)| key.as_str());
            object(sorted.into_iter().map(|(key, value)| {
                let below = pipeline::event_pattern::below(pointer, key);
                (key, pattern(value, &below, texts))
            }))
        }
        scalar => json(scalar),
    }
}

fn multiply(a: Expression, b: Expression) -> Expression {
    Expression::from(Operation::Binary(BinaryOp::new(a, BinaryOperator::Mul, b)))
}

/// Declares the variable `values`; nothing if the spec declares none.
pub(super) fn variable(values: &IndexMap<String, Value>) -> Option<Block> {
    if values.is_empty() {
        return None;
    }
    let types = values.iter();
    let types = object(types.map(|(name, value)| (name, word(type_of(value.kind)))));
    let description = "What this environment says for each value that the spec declares";
    let mut variable = builder("variable")
        .add_label("values")
        .add_attribute(attribute("description", string(description)))
        .add_attribute(attribute("type", call("object", [types])))
        .add_attribute(attribute("nullable", false));
    for (name, value) in values {
        variable = variable.add_block(validation(name, value));
    }
    Some(variable.build())
}

fn type_of(kind: ValueType) -> &'static str {
    match kind {
        ValueType::String | ValueType::Duration => "string",
        ValueType::Integer => "number",
        ValueType::Boolean => "bool",
    }
}

/// Refuses null, and what is not in the form of the type. `regex` fails for null, as for a text that does not match.
fn validation(name: &str, value: &Value) -> Block {
    let (form, words) = match value.kind {
        ValueType::String => ("", "a text"),
        ValueType::Integer => ("^[0-9]+$", "a whole number from 0"),
        ValueType::Boolean => ("^(true|false)$", "true or false"),
        ValueType::Duration => (
            "^[0-9]+[smhd]$",
            "a whole number and a unit, such as 30s, 5m, 24h or 1d",
        ),
    };
    let fits = call("can", [call("regex", [string(form), named(name)])]);
    let message = format!("The value {name} is {words}.");
    block(
        "validation",
        [("condition", fits), ("error_message", string(message))],
    )
}

/// Makes up the values of the module's tests: those of the spec's author's machine.
pub(super) fn made_up(values: &IndexMap<String, Value>) -> Option<Expression> {
    let literal = |value: &Value| match value.kind {
        ValueType::String | ValueType::Duration => string(value.local.as_str()),
        ValueType::Integer => value
            .local
            .parse::<u32>()
            .map_or(Expression::Null, Expression::from),
        ValueType::Boolean => Expression::from(value.local == "true"),
    };
    let values: Vec<_> = values
        .iter()
        .map(|(name, value)| (name, literal(value)))
        .collect();
    (!values.is_empty()).then(|| object(values))
}

/// The account and the region of what the module's own tests make up.
pub(super) const MOCK_ACCOUNT: &str = "123456789012";
pub(super) const MOCK_REGION: &str = "eu-central-1";

/// Lists what the module asks AWS for of the place that it is deployed to: the data source, and an attribute with what it
/// is in tests.
///
/// `is_named`: whether something that is there already is named, in this account and region.
pub(super) fn places(
    pipeline: &Pipeline,
    is_named: bool,
) -> Vec<(&'static str, &'static str, &'static str)> {
    let says = |wanted| pipeline.built_in.contains(&wanted);
    let account = ("aws_caller_identity", "account_id", MOCK_ACCOUNT);
    let partition = ("aws_partition", "partition", "aws");
    let region = ("aws_region", "id", MOCK_REGION);
    let all = [
        (is_named || says(Reference::Account), account),
        (is_named, partition),
        (is_named || says(Reference::Region), region),
    ];
    let needed = all.into_iter().filter(|(is_needed, _)| *is_needed);
    needed.map(|(_, place)| place).collect()
}

/// Writes what the texts and settings need beside the variable; nothing if they need nothing. `is_named` is as in
/// [`places`].
pub(super) fn shared(pipeline: &Pipeline, is_named: bool) -> Option<Body> {
    let mut body = Body::builder();
    let places = places(pipeline, is_named);
    let mut is_needed = !places.is_empty();
    for (kind, ..) in places {
        let found = builder("data").add_labels([kind, "current"]);
        body = body.add_block(found.build());
    }
    let durations = pipeline.values.iter();
    let durations = durations.filter(|(_, value)| value.kind == ValueType::Duration);
    let durations: Vec<_> = durations
        .map(|(name, _)| (name, in_seconds(name)))
        .collect();
    if !durations.is_empty() {
        is_needed = true;
        let locals = builder("locals").add_attribute(attribute("seconds", object(durations)));
        body = body.add_block(locals.build());
    }
    is_needed.then(|| body.build())
}

/// Turns a duration such as `5m` into seconds.
fn in_seconds(name: &str) -> Expression {
    let part = |form: &str| call("regex", [string(form), named(name)]);
    let count = call("tonumber", [part("^[0-9]+")]);
    let units = pipeline::language::DURATION_UNITS.iter();
    let units = units.map(|(unit, seconds)| (unit.to_string(), Expression::from(*seconds)));
    let unit = call(
        "lookup",
        [object(units), part("[smhd]$"), Expression::from(1)],
    );
    multiply(count, unit)
}
