//! Makes the input of a target from an event.

use std::borrow::Cow;

use super::RuleFacts;
use super::error::{TransformerError, TransformerErrorKind as Kind};
use super::template::{Placed, Template, Variable};
use crate::json::{self, exact};

/// The most text that a template may make, in bytes. No target takes as much, and a template of 8,192 characters could
/// repeat an event of 1 MB two thousand times.
const OUTPUT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Fields of `<aws.events.event>`, in the order in which the service was recorded to write them.
const EVENT_FIELDS: [(&str, &str); 8] = [
    ("id", "id"),
    ("account", "account"),
    // The service writes the name of its own field, and not the key of the event.
    ("detail-type", "detailType"),
    ("time", "time"),
    ("source", "source"),
    ("region", "region"),
    ("resources", "resources"),
    ("version", "version"),
];

impl Template {
    /// The input for an event, which has been checked.
    pub(super) fn apply(&self, event: &str, rule: &RuleFacts) -> Result<String, TransformerError> {
        let mut text = String::new();
        let mut at = 0;
        let mut found = Found::default();
        for placed in &self.variables {
            text.push_str(&self.text[at..placed.span.start]);
            at = placed.span.end;
            let value = found.value(&placed.variable, event, rule)?;
            if text.len() + value.map_or(0, str::len) > OUTPUT_BYTES_MAX {
                let message = format!("the input is longer than {OUTPUT_BYTES_MAX} bytes");
                return Err(TransformerError::new(Kind::OutputTooLong, message));
            }
            self.push(value, placed.is_quoted, &mut text);
        }
        text.push_str(&self.text[at..]);
        if !self.is_json {
            // Text stays as it is: only quoted strings, and values without quotes, have come together in it.
            return Ok(text);
        }
        exact::check(&text).map_err(|error| self.invalid_output(&found, &error))?;
        let mut minified = String::with_capacity(text.len());
        exact::push_minified(&text, &mut minified);
        Ok(minified)
    }

    /// Adds a value, given as JSON.
    fn push(&self, value: Option<&str>, is_quoted: bool, text: &mut String) {
        let string = value.and_then(|value| value.strip_prefix('"')?.strip_suffix('"'));
        match (value, string) {
            // What the event does not have is an empty string in JSON, and nothing within a string.
            (None, _) if !is_quoted => text.push_str("\"\""),
            (None, _) => {}
            // A string joins the one around it, escapes and all: the service escapes nothing, and decodes nothing.
            (_, Some(string)) if is_quoted => text.push_str(string),
            (Some(value), _) if self.is_json => text.push_str(value),
            (Some(value), _) => exact::push_unquoted(value, text),
        }
    }

    /// Says why the output is not JSON, with the variable that is to blame if that is known.
    fn invalid_output(&self, found: &Found<'_, '_>, error: &crate::JsonError) -> TransformerError {
        let blamed = self.variables.iter().find_map(|placed| {
            let Placed {
                variable,
                is_quoted: true,
                span,
            } = placed
            else {
                return None;
            };
            let value = found.known(variable)?;
            let what = match value.as_bytes().first() {
                Some(b'{') => "an object",
                Some(b'[') => "a list",
                _ => return None,
            };
            value.contains('"').then_some((what, span.clone()))
        });
        let Some((what, span)) = blamed else {
            let message = format!("the template makes text that is not JSON: {error}");
            return TransformerError::new(Kind::InvalidOutput, message);
        };
        let name = &self.text[span.clone()];
        let message = format!(
            "the template makes text that is not JSON: `{name}` stands inside quotes, and is {what}"
        );
        TransformerError::new(Kind::InvalidOutput, message).at(span)
    }
}

/// The values of a template's variables. Each is looked for once, however often it stands there: a template of
/// 8,192 characters has room for thousands.
#[derive(Default)]
struct Found<'t, 'e>(Vec<(&'t Variable, Option<Cow<'e, str>>)>);

impl<'t, 'e> Found<'t, 'e> {
    fn value(
        &mut self,
        variable: &'t Variable,
        event: &'e str,
        rule: &RuleFacts,
    ) -> Result<Option<&str>, TransformerError> {
        let known = self.0.iter().position(|(known, _)| *known == variable);
        let place = if let Some(place) = known {
            place
        } else {
            self.0.push((variable, variable.value(event, rule)?));
            self.0.len() - 1
        };
        Ok(self.0[place].1.as_deref())
    }

    /// The value of a variable that has been looked for, if the event has one.
    fn known(&self, variable: &Variable) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(known, _)| *known == variable)?;
        value.as_deref()
    }
}

impl Variable {
    /// The value as JSON.
    fn value<'e>(
        &self,
        event: &'e str,
        rule: &RuleFacts,
    ) -> Result<Option<Cow<'e, str>>, TransformerError> {
        Ok(Some(match self {
            Self::Path(path) => return path.find(event),
            Self::RuleArn => json::quoted(&rule.arn).into(),
            Self::RuleName => json::quoted(&rule.name).into(),
            Self::IngestionTime => json::quoted(&rule.ingestion_time).into(),
            Self::EventJson => event.into(),
            Self::Event => envelope(event).into(),
        }))
    }
}

/// The envelope without its detail.
fn envelope(event: &str) -> String {
    let mut members = exact::members(event);
    let mut written: Vec<String> = Vec::new();
    for (key, name) in EVENT_FIELDS {
        let found = members.iter().rfind(|(found, _)| exact::says(found, key));
        written.extend(found.map(|(_, value)| format!("\"{name}\":{value}")));
        members.retain(|(found, _)| !exact::says(found, key));
    }
    // `replay-name` is among the rest: no recording shows where it goes.
    members.retain(|(key, _)| !exact::says(key, "detail"));
    written.extend(members.iter().map(|(key, value)| format!("{key}:{value}")));
    format!("{{{}}}", written.join(","))
}
