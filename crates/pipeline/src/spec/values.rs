//! `values:`, and the texts and settings that name them.
//!
//! A text is read from left to right: `$${` is the text `${`, `${name}` is a value, and any other `$` is itself.

use std::ops::Range;

use indexmap::IndexMap;

use super::quantity::parse_duration;
use super::reader::{Range as Quantity, Reader};
use super::scope::Scope;
use crate::diagnostic::{Diagnostic, did_you_mean, nearest_all, suggest};
use crate::lints::{
    ESCAPED_INTERPOLATION, INVALID_NAME, INVALID_VALUE, MISSING_VALUE, UNDECLARED_VALUE,
};
use crate::span::{Span, Spanned};
use crate::suggestion::Suggestion;
use crate::values::{BUILT_IN, Part, Reference, Text, Value, ValueType, Valued};
use crate::yaml::{Kind, Node};

/// The types of a value, by the words for them; the first is the default.
pub const VALUE_TYPES: [(&str, ValueType); 4] = [
    ("string", ValueType::String),
    ("integer", ValueType::Integer),
    ("boolean", ValueType::Boolean),
    ("duration", ValueType::Duration),
];

/// Reads `values:`, and checks what the setting says for them.
pub(super) fn read(reader: &mut Reader, node: Option<&Node>) -> IndexMap<String, Value> {
    let Some(node) = node.filter(|node| !node.is_null()) else {
        return IndexMap::new();
    };
    for (name, (at, node)) in reader.entries("`values`", node).unwrap_or_default() {
        let value = read_value(reader, node, at);
        check_name(reader, name, at);
        reader.scope.declared.insert(name.to_owned(), value);
    }
    check_setting(reader);
    reader.scope.declared.clone()
}

fn read_value(reader: &mut Reader, node: &Node, at: Span) -> Value {
    let mut value = Value {
        name_span: at,
        description: None,
        kind: ValueType::String,
        local: String::new(),
    };
    let Some(mut fields) = reader.fields("a value", node, at) else {
        return value;
    };
    if let Some(node) = fields.take("description") {
        value.description = reader.description(node);
    }
    if let Some(node) = fields.take("type") {
        value.kind = reader.choice(node, &VALUE_TYPES).unwrap_or(value.kind);
    }
    if let Some(node) = fields.require("local")
        && let Some(local) = reader.string(node)
    {
        if let Some(refusal) = refusal(value.kind, &local.value) {
            let message = format!("`{}` is not {}", local.value, in_words(value.kind));
            let diagnostic = Diagnostic::new(&INVALID_VALUE, local.span, message);
            reader.report(diagnostic.with_suggestion(local.span, refusal));
        }
        value.local = local.value;
    }
    fields.finish(reader);
    value
}

fn check_name(reader: &mut Reader, name: &str, at: Span) {
    let is_built_in = BUILT_IN.iter().any(|(word, _)| *word == name);
    let is_word = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(is_name_character)
        && name.len() <= NAME_MAX;
    let (message, help) = if is_built_in {
        (
            format!("`{name}` is there without being declared"),
            "remove it, or give the value another name",
        )
    } else if !is_word {
        (
            format!("`{name}` cannot be the name of a value"),
            "use small letters, digits and underscores, a letter first, at most 64",
        )
    } else {
        return;
    };
    reader.report(Diagnostic::new(&INVALID_NAME, at, message).with_help(help));
}

/// The longest name of a value. The bound is this tool's.
const NAME_MAX: usize = 64;

fn is_name_character(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'
}

/// Finds what an environment lacks, and what it says in a form that the type does not have.
fn check_setting(reader: &mut Reader) {
    let Scope {
        declared, setting, ..
    } = &reader.scope;
    let mut found = Vec::new();
    for (name, value) in declared {
        match setting.values.get(name) {
            None if setting.is_local => {}
            None => {
                let message = format!(
                    "the environment `{}` lacks the value `{name}`",
                    setting.name
                );
                let help =
                    format!("add `{name}` to `values` in the environment's file of variables");
                found.push(
                    Diagnostic::new(&MISSING_VALUE, value.name_span, message).with_help(help),
                );
            }
            Some(said) => {
                if let Some(help) = refusal(value.kind, said) {
                    let message = format!(
                        "the value `{name}` of `{}` is not {}: `{said}`",
                        setting.name,
                        in_words(value.kind)
                    );
                    found.push(
                        Diagnostic::new(&INVALID_VALUE, value.name_span, message)
                            .with_elsewhere(setting.places.get(name))
                            .with_help(help.help),
                    );
                }
            }
        }
    }
    let names: Vec<&str> = declared.keys().map(String::as_str).collect();
    for name in setting
        .values
        .keys()
        .filter(|name| !declared.contains_key(*name))
    {
        let message = format!(
            "`{}` says the value `{name}`, which is not declared",
            setting.name
        );
        let help = suggest(name, &names).help;
        let at = declared
            .values()
            .next()
            .map_or(Span::default(), |first| first.name_span);
        found.push(
            Diagnostic::new(&UNDECLARED_VALUE, at, message)
                .with_elsewhere(setting.places.get(name))
                .with_help(help),
        );
    }
    reader.diagnostics.extend(found);
}

/// A type in words.
fn in_words(kind: ValueType) -> &'static str {
    match kind {
        ValueType::String => "a text",
        ValueType::Integer => "a whole number",
        ValueType::Boolean => "`true` or `false`",
        ValueType::Duration => "a duration",
    }
}

/// What to write instead of a text that the type does not have; nothing if it is fine.
fn refusal(kind: ValueType, text: &str) -> Option<Suggestion> {
    match kind {
        ValueType::String => None,
        // As Terraform writes the number again: `007` would be `7`.
        ValueType::Integer => match text.parse::<u32>() {
            Ok(number) if number.to_string() == text => None,
            _ => Some("write a whole number from 0, such as `512`".into()),
        },
        ValueType::Boolean => match text {
            "true" | "false" => None,
            _ => Some("write `true` or `false`".into()),
        },
        ValueType::Duration => parse_duration(text).err(),
    }
}

impl Reader {
    /// Reads a text that may name values.
    pub(crate) fn text(&mut self, node: &Node) -> Option<Text> {
        let written = self.plain_text(node)?;
        Some(self.fill_in(&written))
    }

    /// Fills in the values that a text names. A mistake in it is reported, and the text stays as it is.
    pub(crate) fn fill_in(&mut self, written: &Spanned<String>) -> Text {
        let literal = Text::literal(written.value.as_str(), written.span);
        if !written.value.contains("${") {
            return literal;
        }
        match self.split(written) {
            Ok(parts) => Text::new(parts, written.span),
            Err(mistake) => {
                self.report(*mistake);
                literal
            }
        }
    }

    fn split(&mut self, written: &Spanned<String>) -> Result<Vec<Part>, Box<Diagnostic>> {
        let text = written.value.as_str();
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            if rest.starts_with("$${") {
                literal.push_str("${");
                let place = written.part(&(at..at + 3));
                let message = "`$${` arrives as `${`";
                self.report(Diagnostic::new(&ESCAPED_INTERPOLATION, place, message));
                at += 3;
            } else if rest.starts_with("${") {
                let (reference, length) = self.reference(written, at)?;
                if !literal.is_empty() {
                    parts.push(Part::Literal(std::mem::take(&mut literal)));
                }
                let value = self.scope.resolve(&reference).to_owned();
                parts.push(Part::Reference { reference, value });
                at += length;
            } else {
                let character = rest.chars().next().unwrap_or_default();
                literal.push(character);
                at += character.len_utf8();
            }
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(parts)
    }

    /// Reads a reference that begins at a byte of a text, and returns it with its length.
    fn reference(
        &mut self,
        written: &Spanned<String>,
        at: usize,
    ) -> Result<(Reference, usize), Box<Diagnostic>> {
        let rest = &written.value[at..];
        let end = rest.find('}').map(|end| end + 1);
        let whole: Range<usize> = at..at + end.unwrap_or(rest.len());
        let mistake = |message: String, help: Suggestion| {
            let diagnostic = Diagnostic::new(&UNDECLARED_VALUE, written.part(&whole), message);
            let help = help.within(written, &whole);
            Box::new(diagnostic.with_suggestion(written.span, help))
        };
        let escaped = || format!("${}", &written.value[whole.clone()]);
        let shown = &written.value[whole.clone()];
        let name = end.map(|end| &rest[2..end - 1]);
        let Some(name) =
            name.filter(|name| !name.is_empty() && name.chars().all(is_name_character))
        else {
            let named = match name {
                Some(name) => {
                    Some(named_elsewhere(name)).filter(|name| self.scope.look_up(name).is_some())
                }
                None => None,
            };
            let help = match named {
                Some(name) => {
                    let help = format!("write `${{{name}}}`, or `$${{` for the text `${{`");
                    Suggestion::one_of(help, [format!("${{{name}}}"), escaped()])
                }
                None => Suggestion::one_of("write `$${` for the text `${`", [escaped()]),
            };
            return Err(mistake(format!("`{shown}` names no value"), help));
        };
        let Some(reference) = self.scope.look_up(name) else {
            let declared = self.scope.declared.keys().map(String::as_str);
            let names: Vec<&str> = BUILT_IN
                .iter()
                .map(|(name, _)| *name)
                .chain(declared)
                .collect();
            let message = format!("the value `{name}` is not declared");
            let near = nearest_all(name, names.iter().copied());
            let near: Vec<String> = near.iter().map(|near| format!("${{{near}}}")).collect();
            let near: Vec<&str> = near.iter().map(String::as_str).collect();
            let help = match near.as_slice() {
                [] => {
                    format!("declare `{name}` below `values:`, or write `$${{` for the text `${{`")
                        .into()
                }
                near => did_you_mean(near),
            };
            return Err(mistake(message, help));
        };
        self.scope.note_use(&reference);
        Ok((reference, whole.len()))
    }

    /// Reads a whole number, or the value that it comes from.
    pub(crate) fn valued_integer(&mut self, node: &Node, range: &Quantity) -> Option<Valued<u32>> {
        self.valued(node, ValueType::Integer, |reader, node| {
            reader.integer(node, range)
        })
    }

    /// Reads a switch, or the value that it comes from.
    pub(crate) fn valued_boolean(&mut self, node: &Node) -> Option<Valued<bool>> {
        self.valued(node, ValueType::Boolean, Self::boolean)
    }

    /// Reads a duration in seconds, or the value that it comes from.
    pub(crate) fn valued_duration(&mut self, node: &Node, range: &Quantity) -> Option<Valued<u32>> {
        self.valued(node, ValueType::Duration, |reader, node| {
            reader.duration(node, range)
        })
    }

    /// Reads a setting as `read` does, or the value that it comes from: `${name}`, and nothing else beside it.
    pub(crate) fn valued<T>(
        &mut self,
        node: &Node,
        kind: ValueType,
        read: impl FnOnce(&mut Self, &Node) -> Option<T>,
    ) -> Option<Valued<T>> {
        let Kind::Scalar { text, .. } = &node.kind else {
            return read(self, node).map(Valued::from);
        };
        if !text.starts_with("${") || text.find('}') != Some(text.len() - 1) {
            return read(self, node).map(Valued::from);
        }
        let written = Spanned::new(text.clone(), node.span);
        let reference = match self.reference(&written, 0) {
            Ok((reference, _)) => reference,
            Err(mistake) => {
                self.report(*mistake);
                return None;
            }
        };
        let found = match &reference {
            Reference::Value { kind, .. } => *kind,
            Reference::Environment | Reference::Region | Reference::Account => ValueType::String,
        };
        if found != kind {
            let message = format!(
                "`{text}` is {}, and this key takes {}",
                in_words(found),
                in_words(kind)
            );
            let word = VALUE_TYPES
                .iter()
                .find(|(_, of)| *of == kind)
                .map_or("", |(word, _)| *word);
            let help = format!("name a value that is declared with `type: {word}`");
            self.report(Diagnostic::new(&INVALID_VALUE, node.span, message).with_help(help));
            return None;
        }
        let said = self.scope.resolve(&reference);
        // What is not in the form of the type is reported where the value is said.
        if refusal(kind, said).is_some() {
            return None;
        }
        let in_setting = Node::plain(said, node.span);
        let before = self.diagnostics.len();
        let value = read(self, &in_setting);
        // The text names a value: another one belongs where that value is said.
        for found in &mut self.diagnostics[before..] {
            found.mends.clear();
        }
        let value = value?;
        let from = match reference {
            Reference::Value { name, .. } => Some(name),
            _ => None,
        };
        Some(Valued { value, from })
    }
}

/// The name at the end of an expression of another tool: `var.environment`, `AWS::Region`.
fn named_elsewhere(expression: &str) -> String {
    let last = expression.rsplit(['.', ':']).next().unwrap_or(expression);
    match last.trim().to_lowercase().as_str() {
        "accountid" | "account_id" => "account".to_owned(),
        "stage" | "env" => "environment".to_owned(),
        other => other.to_owned(),
    }
}
