//! Reads a template: finds its variables, and checks that the rest is JSON or text in quotes.

use std::collections::BTreeMap;
use std::ops::Range;

use super::error::{TransformerError, TransformerErrorKind as Kind};
use super::path::InputPath;
use crate::json::exact;
use crate::json::{self, JsonError, Reader};

/// A template in pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template {
    pub(super) text: String,
    /// The variables in the order of the text. What is between them is text.
    pub(super) variables: Vec<Placed>,
    pub(super) is_json: bool,
}

/// A variable at its place in a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    /// The place, with its angle brackets.
    pub(super) span: Range<usize>,
    pub(super) variable: Variable,
    /// Whether it stands inside a string.
    pub(super) is_quoted: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Variable {
    Path(InputPath),
    RuleArn,
    RuleName,
    IngestionTime,
    /// The envelope without its detail.
    Event,
    EventJson,
}

impl Template {
    pub(super) fn parse(
        text: &str,
        paths: &BTreeMap<String, InputPath>,
    ) -> Result<Self, TransformerError> {
        if text.trim().is_empty() {
            let message = "a template has at least one character";
            return Err(TransformerError::new(Kind::EmptyTemplate, message).at(0..text.len()));
        }
        let mut variables = Vec::new();
        let mut strings = Strings::default();
        let mut at = 0;
        while let Some(span) = next_variable(text, at) {
            strings.read(text, span.start);
            at = span.end;
            let placed = Placed {
                variable: variable(text, &span, paths)?,
                is_quoted: strings.start.is_some(),
                span,
            };
            check_place(text, &placed, strings.start)?;
            variables.push(placed);
        }
        let is_json = check_shape(&without_variables(text, &variables)).map_err(|error| {
            let what = "a template is JSON, or text in double quotes";
            TransformerError::json(Kind::InvalidTemplate, what, text, &error)
        })?;
        Ok(Self {
            text: text.to_owned(),
            variables,
            is_json,
        })
    }
}

/// The strings of a template, as far as it has been read.
#[derive(Default)]
struct Strings {
    at: usize,
    /// The offset of the quote of the string that has begun.
    start: Option<usize>,
    is_escaped: bool,
}

impl Strings {
    /// Reads on, up to a byte.
    fn read(&mut self, text: &str, end: usize) {
        for (at, byte) in text.bytes().enumerate().take(end).skip(self.at) {
            if byte == b'"' && !self.is_escaped {
                self.start = self.start.xor(Some(at));
            }
            self.is_escaped = byte == b'\\' && !self.is_escaped;
        }
        self.at = end;
    }
}

/// Finds the next `<name>` from a byte on. Angle brackets around anything else are text.
fn next_variable(text: &str, from: usize) -> Option<Range<usize>> {
    let shaped = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
    let bytes = text.as_bytes();
    let starts = (from..bytes.len()).filter(|at| bytes[*at] == b'<');
    starts.into_iter().find_map(|start| {
        let name = bytes[start + 1..].iter().take_while(|byte| shaped(byte));
        let end = start + 1 + name.count();
        (end > start + 1 && bytes.get(end) == Some(&b'>')).then_some(start..end + 1)
    })
}

fn variable(
    text: &str,
    span: &Range<usize>,
    paths: &BTreeMap<String, InputPath>,
) -> Result<Variable, TransformerError> {
    Ok(match &text[span.start + 1..span.end - 1] {
        "aws.events.rule-arn" => Variable::RuleArn,
        "aws.events.rule-name" => Variable::RuleName,
        "aws.events.event.ingestion-time" => Variable::IngestionTime,
        "aws.events.event" => Variable::Event,
        "aws.events.event.json" => Variable::EventJson,
        name => {
            let path = paths.get(name).ok_or_else(|| {
                let message = format!("the template uses `<{name}>`, which no path defines");
                TransformerError::new(Kind::UndefinedVariable, message).at(span.clone())
            })?;
            Variable::Path(path.clone())
        }
    })
}

/// Refuses a variable that may not stand where it stands. `string` is the quote of the string around it.
fn check_place(text: &str, placed: &Placed, string: Option<usize>) -> Result<(), TransformerError> {
    let Placed { span, variable, .. } = placed;
    let name = &text[span.clone()];
    let mut after = &text[span.end..];
    // A variable is a key if it is all of the key. Within a longer string, a colon behind it is ordinary text.
    let is_whole = match string {
        Some(quote) if quote + 1 == span.start => {
            let closed = after.strip_prefix('"');
            after = closed.unwrap_or(after);
            closed.is_some()
        }
        Some(_) => false,
        None => true,
    };
    if is_whole && after.trim_start().starts_with(':') {
        let message = format!("`{name}` may not be the key of an object");
        return Err(TransformerError::new(Kind::VariableAsKey, message).at(span.clone()));
    }
    if string.is_some() && matches!(variable, Variable::Event | Variable::EventJson) {
        let message = format!("`{name}` may only stand as a value of a JSON template");
        return Err(TransformerError::new(Kind::EventInString, message).at(span.clone()));
    }
    Ok(())
}

/// The template with something harmless of the same length instead of each variable, so that places stay the same.
fn without_variables(text: &str, variables: &[Placed]) -> String {
    let mut masked = String::with_capacity(text.len());
    for Placed {
        span, is_quoted, ..
    } in variables
    {
        masked.push_str(&text[masked.len()..span.start]);
        // A list cannot be mistaken for a part of what stands before it, as `1` in `10` or a string can.
        let value = if *is_quoted { "xx" } else { "[]" };
        masked.push_str(value);
        let padding = if *is_quoted { "x" } else { " " };
        masked.push_str(&padding.repeat(span.len() - value.len()));
    }
    masked.push_str(&text[masked.len()..]);
    masked
}

/// Whether a template is JSON; if not, it is one or several strings.
fn check_shape(masked: &str) -> Result<bool, JsonError> {
    let mut reader = Reader::new(masked);
    if reader.peek()? != json::Kind::String {
        return exact::check(masked).map(|()| true);
    }
    while reader.offset() < masked.len() {
        match reader.peek()? {
            json::Kind::String => reader.check_string()?,
            _ => reader.finish()?,
        }
    }
    Ok(false)
}
