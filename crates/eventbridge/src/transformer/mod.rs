//! Inputs: what a target receives instead of the event.
//!
//! Sources: the EventBridge user guide, "Amazon EventBridge input transformation", and recorded behaviour of the
//! service. All text of the event stays as it is written: the order of keys, the digits of numbers, the escapes of
//! strings. Only white space between the tokens of JSON is dropped.

mod apply;
mod error;
mod path;
mod template;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::json::JsonError;
use crate::json::exact;
use crate::limits::{TEMPLATE_CHARACTERS_MAX, TEMPLATE_PATHS_MAX};
use error::TransformerErrorKind as Kind;
pub use error::{TransformerError, TransformerErrorKind};
pub use path::{InputPath, PathStep};
use template::{Placed, Template, Variable};

/// A valid input transformer.
///
/// ```
/// use eventbridge::transformer::{InputTransformer, RuleFacts};
///
/// let paths = [("state".to_owned(), "$.detail.state".to_owned())];
/// let transformer = InputTransformer::new(paths.into(), r#"{"text": "it is <state>: now"}"#)?;
/// let event = r#"{"detail": {"state": "running"}}"#;
/// let input = transformer.apply(event, &RuleFacts::default())?;
/// assert_eq!(input, r#"{"text":"it is running: now"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A template is JSON in which a variable may stand for a value, or one or several quoted strings:
///
/// ```
/// use eventbridge::transformer::{InputTransformer, TransformerErrorKind};
///
/// let refused = InputTransformer::new([].into(), "Order <id>").unwrap_err();
/// assert_eq!(refused.kind(), TransformerErrorKind::UndefinedVariable);
/// let refused = InputTransformer::new([].into(), "An order").unwrap_err();
/// assert_eq!(refused.kind(), TransformerErrorKind::InvalidTemplate);
/// assert!(InputTransformer::new([].into(), "\"An order\"\n\"of today\"").is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputTransformer {
    template: Template,
}

/// A variable where it stands in a template.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TemplateVariable<'t> {
    /// The place in the template, in bytes, with the angle brackets.
    pub span: Range<usize>,
    /// The path that the variable stands for; `None` for a variable of EventBridge's own.
    pub path: Option<&'t InputPath>,
    /// Whether it stands inside a string of a JSON template. An object or a list makes text there that is not JSON, so
    /// that nothing is delivered. In a template of quoted strings alone, objects and lists lose their quotes instead.
    pub is_in_json_string: bool,
}

/// Values of a template's reserved variables about the rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleFacts {
    /// `<aws.events.rule-arn>`
    pub arn: String,
    /// `<aws.events.rule-name>`
    pub name: String,
    /// `<aws.events.event.ingestion-time>`, as in `2026-01-31T09:00:00Z`.
    pub ingestion_time: String,
}

impl RuleFacts {
    /// Gathers the values. [`RuleFacts::default`] has empty ones.
    pub fn new(
        arn: impl Into<String>,
        name: impl Into<String>,
        ingestion_time: impl Into<String>,
    ) -> Self {
        Self {
            arn: arn.into(),
            name: name.into(),
            ingestion_time: ingestion_time.into(),
        }
    }
}

impl InputTransformer {
    /// Checks the paths (variable name to `JSONPath`) and the template.
    ///
    /// # Errors
    /// When EventBridge would refuse them: a template that is neither JSON nor quoted strings, an undefined variable, a
    /// bad path or name, a limit.
    pub fn new(paths: BTreeMap<String, String>, template: &str) -> Result<Self, TransformerError> {
        if paths.len() > TEMPLATE_PATHS_MAX {
            let message = format!("an input transformer has at most {TEMPLATE_PATHS_MAX} paths");
            return Err(TransformerError::new(Kind::TooManyPaths, message));
        }
        check_length("a template", template)?;
        let mut read = BTreeMap::new();
        for (name, path) in paths {
            check_name(&name)?;
            let path = InputPath::parse(&path).map_err(|error| error.of_path(&name))?;
            read.insert(name, path);
        }
        Ok(Self {
            template: Template::parse(template, &read)?,
        })
    }

    /// The input for an event, given as its envelope's JSON: minified, if the template is JSON.
    ///
    /// # Errors
    /// The event is not JSON, or what comes out is not. EventBridge delivers nothing then, without a word.
    pub fn apply(&self, event: &str, rule: &RuleFacts) -> Result<String, TransformerError> {
        self.template.apply(read_event(event)?, rule)
    }

    /// Whether the template is JSON; if not, it is one or several quoted strings.
    pub fn is_json(&self) -> bool {
        self.template.is_json
    }

    /// Lists the variables in the order of the template.
    pub fn variables(&self) -> impl Iterator<Item = TemplateVariable<'_>> {
        self.template.variables.iter().map(|placed| {
            let Placed {
                span,
                variable,
                is_quoted,
            } = placed;
            TemplateVariable {
                span: span.clone(),
                path: match variable {
                    Variable::Path(path) => Some(path),
                    _ => None,
                },
                is_in_json_string: *is_quoted && self.template.is_json,
            }
        })
    }
}

/// Checks a constant input: JSON of at most 8,192 characters. A target receives it as it is.
///
/// ```
/// use eventbridge::transformer::check_constant;
///
/// assert!(check_constant(r#"{"limit": 1e400}"#).is_ok());
/// assert!(check_constant("limit").is_err());
/// ```
///
/// # Errors
/// The text is too long or not JSON.
pub fn check_constant(input: &str) -> Result<(), TransformerError> {
    check_length("an input", input)?;
    exact::check(input).map_err(|error| {
        TransformerError::json(Kind::InvalidTemplate, "an input is JSON", input, &error)
    })
}

fn check_length(what: &str, text: &str) -> Result<(), TransformerError> {
    if text.chars().count() > TEMPLATE_CHARACTERS_MAX {
        let message = format!("{what} has at most {TEMPLATE_CHARACTERS_MAX} characters");
        return Err(TransformerError::new(Kind::TooLong, message));
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), TransformerError> {
    // The dot belongs to it: `AWSx` is a name like any other.
    if name
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("AWS."))
    {
        let message = format!("`{name}` starts with `AWS.`, which is reserved");
        return Err(TransformerError::new(Kind::ReservedName, message).of_path(name));
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if name.is_empty() || name.len() > 256 || !name.bytes().all(allowed) {
        let message =
            format!("`{name}` is no variable name: 1 to 256 letters, digits, `_` and `-`");
        return Err(TransformerError::new(Kind::InvalidName, message).of_path(name));
    }
    Ok(())
}

fn read_event(event: &str) -> Result<&str, TransformerError> {
    exact::event(event).map_err(|error| unreadable(&error))
}

fn unreadable(error: &JsonError) -> TransformerError {
    TransformerError::new(
        Kind::InvalidEvent,
        format!("the event is not JSON: {error}"),
    )
}

#[cfg(test)]
mod tests;
