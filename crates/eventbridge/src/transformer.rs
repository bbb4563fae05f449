//! Input transformers: what a target receives instead of the event.
//!
//! Source: the EventBridge user guide, "Amazon EventBridge input transformation", and recorded
//! behaviour of the service: values are put in as they are, without escaping.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::limits::{TEMPLATE_CHARACTERS_MAX, TEMPLATE_PATH_CHARACTERS_MAX, TEMPLATE_PATHS_MAX};

/// A valid input transformer.
///
/// ```
/// use eventbridge::transformer::{InputTransformer, RuleFacts};
///
/// let paths = [("state".to_owned(), "$.detail.state".to_owned())];
/// let transformer = InputTransformer::new(paths.into(), r#"{"now": <state>}"#)?;
/// let event = r#"{"detail": {"state": "running"}}"#;
/// assert_eq!(transformer.apply(event, &RuleFacts::default())?, r#"{"now": "running"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct InputTransformer {
    pieces: Vec<Piece>,
    is_json: bool,
}

/// Values of a template's reserved variables about the rule.
#[derive(Clone, Debug, Default)]
pub struct RuleFacts {
    /// `<aws.events.rule-arn>`
    pub arn: String,
    /// `<aws.events.rule-name>`
    pub name: String,
    /// `<aws.events.event.ingestion-time>`, as in `2026-01-31T09:00:00Z`.
    pub ingestion_time: String,
}

/// A transformer that EventBridge would refuse, or an event that is not JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransformerError {
    message: String,
}

impl fmt::Display for TransformerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TransformerError {}

fn refuse<T>(message: impl Into<String>) -> Result<T, TransformerError> {
    Err(TransformerError {
        message: message.into(),
    })
}

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Variable {
        variable: Variable,
        /// Whether it stands inside a JSON string.
        quoted: bool,
    },
}

#[derive(Clone, Debug)]
enum Variable {
    Path(Vec<Step>),
    RuleArn,
    RuleName,
    IngestionTime,
    /// The envelope without its detail.
    Event,
    EventJson,
}

#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Index(usize),
    Every,
}

/// The part of an event that a target receives: `InputPath`, in the same subset of `JSONPath`.
///
/// ```
/// use eventbridge::transformer::InputPath;
///
/// let path = InputPath::parse("$.detail.items[0]")?;
/// assert_eq!(path.apply(r#"{"detail":{"items":[7]}}"#), Some("7".to_owned()));
/// assert_eq!(path.apply(r#"{"detail":{}}"#), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct InputPath {
    steps: Vec<Step>,
}

impl InputPath {
    /// Reads a path of at most 256 characters.
    ///
    /// # Errors
    /// A path that EventBridge would refuse.
    pub fn parse(path: &str) -> Result<Self, TransformerError> {
        Ok(Self {
            steps: parse_path(path)?,
        })
    }

    /// The part of an event, as JSON; nothing if there is no such part, or the event is not JSON.
    pub fn apply(&self, event: &str) -> Option<String> {
        let event = serde_json::from_str(event).ok()?;
        value_at(&event, &self.steps).map(|value| value.to_string())
    }
}

impl InputTransformer {
    /// Checks the paths (variable name to `JSONPath`) and the template.
    ///
    /// # Errors
    /// When EventBridge would refuse them: an undefined variable, a bad path or name, a limit.
    pub fn new(paths: BTreeMap<String, String>, template: &str) -> Result<Self, TransformerError> {
        if paths.len() > TEMPLATE_PATHS_MAX {
            return refuse(format!(
                "an input transformer has at most {TEMPLATE_PATHS_MAX} paths"
            ));
        }
        if template.chars().count() > TEMPLATE_CHARACTERS_MAX {
            return refuse(format!(
                "a template has at most {TEMPLATE_CHARACTERS_MAX} characters"
            ));
        }
        let mut variables = BTreeMap::new();
        for (name, path) in paths {
            check_name(&name)?;
            let steps = parse_path(&path)?;
            variables.insert(name, steps);
        }
        // The service looks at the first character alone, and not at whether the rest is JSON.
        let is_json = template.trim_start().starts_with(['{', '[']);
        let pieces = parse_template(template, is_json, &variables)?;
        Ok(Self { pieces, is_json })
    }

    /// The input for an event, given as its envelope's JSON.
    ///
    /// # Errors
    /// When the event is not JSON.
    pub fn apply(&self, event: &str, rule: &RuleFacts) -> Result<String, TransformerError> {
        let Ok(parsed) = serde_json::from_str::<Value>(event) else {
            return refuse("the event is not JSON");
        };
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Variable { variable, quoted } => {
                    let value = variable.value(&parsed, rule);
                    self.put(value, *quoted, &mut text);
                }
            }
        }
        Ok(text)
    }

    fn put(&self, value: Option<Value>, quoted: bool, text: &mut String) {
        match value {
            // What the event does not have is an empty string in JSON, and nothing in a text.
            None if self.is_json && !quoted => text.push_str("\"\""),
            None => {}
            Some(Value::String(value)) if self.is_json && !quoted => {
                // Not escaped: the service puts strings in as they are, even if the result is not JSON.
                text.extend(["\"", &value, "\""]);
            }
            Some(Value::String(value)) => text.push_str(&value),
            Some(value) if self.is_json => text.push_str(&value.to_string()),
            Some(value) => text.push_str(&value.to_string().replace('"', "")),
        }
    }
}

impl Variable {
    fn value(&self, event: &Value, rule: &RuleFacts) -> Option<Value> {
        Some(match self {
            Self::Path(steps) => return value_at(event, steps),
            Self::RuleArn => Value::from(rule.arn.as_str()),
            Self::RuleName => Value::from(rule.name.as_str()),
            Self::IngestionTime => Value::from(rule.ingestion_time.as_str()),
            Self::EventJson => event.clone(),
            Self::Event => {
                let mut event = event.clone();
                if let Some(fields) = event.as_object_mut() {
                    fields.remove("detail");
                }
                event
            }
        })
    }
}

fn value_at(value: &Value, steps: &[Step]) -> Option<Value> {
    let Some((step, rest)) = steps.split_first() else {
        return Some(value.clone());
    };
    match step {
        Step::Key(key) => value_at(value.get(key)?, rest),
        Step::Index(index) => value_at(value.get(index)?, rest),
        Step::Every => {
            let values = value
                .as_array()?
                .iter()
                .filter_map(|value| value_at(value, rest));
            Some(values.collect())
        }
    }
}

fn check_name(name: &str) -> Result<(), TransformerError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if name.is_empty() || name.len() > 256 || !name.bytes().all(allowed) {
        return refuse(format!(
            "`{name}` is no variable name: 1 to 256 letters, digits, `_` and `-`"
        ));
    }
    if name.starts_with("AWS") {
        return refuse(format!("`{name}` starts with `AWS`, which is reserved"));
    }
    Ok(())
}

/// Reads `$.detail.items[0].id`.
fn parse_path(path: &str) -> Result<Vec<Step>, TransformerError> {
    let bad = || TransformerError {
        message: format!("`{path}` is no path: write for example `$.detail.items[0].id`"),
    };
    if path.chars().count() > TEMPLATE_PATH_CHARACTERS_MAX {
        return refuse(format!(
            "a path has at most {TEMPLATE_PATH_CHARACTERS_MAX} characters"
        ));
    }
    let mut rest = path.strip_prefix('$').ok_or_else(bad)?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(index) = rest.strip_prefix('[') {
            let (index, after) = index.split_once(']').ok_or_else(bad)?;
            steps.push(match index {
                "*" => Step::Every,
                index => Step::Index(index.parse().map_err(|_| bad())?),
            });
            rest = after;
        } else {
            let key = rest.strip_prefix('.').ok_or_else(bad)?;
            let end = key.find(['.', '[']).unwrap_or(key.len());
            let allowed = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
            if end == 0 || !key[..end].chars().all(allowed) {
                return Err(bad());
            }
            steps.push(Step::Key(key[..end].to_owned()));
            rest = &key[end..];
        }
    }
    Ok(steps)
}

fn parse_template(
    template: &str,
    is_json: bool,
    variables: &BTreeMap<String, Vec<Step>>,
) -> Result<Vec<Piece>, TransformerError> {
    let mut pieces = Vec::new();
    let mut quoted = false;
    let mut rest = template;
    while let Some(start) = rest.find('<') {
        let Some(length) = rest[start..].find('>') else {
            break;
        };
        let name = &rest[start + 1..start + length];
        let Some(variable) = find_variable(name, variables)? else {
            let after = start + 1;
            quoted ^= flips_quotes(&rest[..after]);
            pieces.push(Piece::Text(rest[..after].to_owned()));
            rest = &rest[after..];
            continue;
        };
        quoted ^= flips_quotes(&rest[..start]);
        let whole_event = matches!(variable, Variable::Event | Variable::EventJson);
        if whole_event && (quoted || !is_json) {
            return refuse(format!(
                "`<{name}>` may only stand as a value of a JSON template"
            ));
        }
        pieces.push(Piece::Text(rest[..start].to_owned()));
        pieces.push(Piece::Variable { variable, quoted });
        rest = &rest[start + length + 1..];
        if is_json && rest.trim_start_matches('"').trim_start().starts_with(':') {
            return refuse(format!("`<{name}>` may not be the key of an object"));
        }
    }
    pieces.push(Piece::Text(rest.to_owned()));
    Ok(pieces)
}

/// None if the text between `<` and `>` is not even shaped like a name.
fn find_variable(
    name: &str,
    variables: &BTreeMap<String, Vec<Step>>,
) -> Result<Option<Variable>, TransformerError> {
    let shaped = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    if name.is_empty() || !name.bytes().all(shaped) {
        return Ok(None);
    }
    Ok(Some(match name {
        "aws.events.rule-arn" => Variable::RuleArn,
        "aws.events.rule-name" => Variable::RuleName,
        "aws.events.event.ingestion-time" => Variable::IngestionTime,
        "aws.events.event" => Variable::Event,
        "aws.events.event.json" => Variable::EventJson,
        name => match variables.get(name) {
            Some(steps) => Variable::Path(steps.clone()),
            None => {
                return refuse(format!(
                    "the template uses `<{name}>`, which no path defines"
                ));
            }
        },
    }))
}

/// Whether a piece of JSON ends inside a string when it began outside, or the reverse.
fn flips_quotes(text: &str) -> bool {
    let mut escaped = false;
    let mut flips = false;
    for byte in text.bytes() {
        flips ^= byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
    }
    flips
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"{"time":"T","detail":{"s":"bob","n":1,"o":{"acc_id":"0a","sf_id":"baz"},"l":["A","B"],"i":[{"x":1},{"x":2}]}}"#;

    fn transformer(template: &str) -> Result<InputTransformer, TransformerError> {
        let paths = [
            ("s", "$.detail.s"),
            ("n", "$.detail.n"),
            ("o", "$.detail.o"),
            ("l", "$.detail.l"),
            ("x", "$.detail.i[*].x"),
            ("first", "$.detail.i[0].x"),
            ("none", "$.detail.none"),
        ];
        let paths = paths.map(|(name, path)| (name.to_owned(), path.to_owned()));
        InputTransformer::new(paths.into(), template)
    }

    #[track_caller]
    fn check(template: &str, expected: &str) {
        let rule = RuleFacts {
            arn: "arn".to_owned(),
            name: "rule".to_owned(),
            ingestion_time: "I".to_owned(),
        };
        let input = transformer(template).and_then(|transformer| transformer.apply(EVENT, &rule));
        assert_eq!(input.as_deref(), Ok(expected));
    }

    #[test]
    fn values_in_json() {
        check(r#"{"c": <s>}"#, r#"{"c": "bob"}"#);
        check(r#"{"c": "<s>"}"#, r#"{"c": "bob"}"#);
        check(
            r#"{"c": "hi <s>!", "n": <n>}"#,
            r#"{"c": "hi bob!", "n": 1}"#,
        );
        check(
            r#"{"c": <o>, "l": <l>, "x": <x>, "f": <first>}"#,
            r#"{"c": {"acc_id":"0a","sf_id":"baz"}, "l": ["A","B"], "x": [1,2], "f": 1}"#,
        );
        check(r#"{"c": <none>, "d": "<none>"}"#, r#"{"c": "", "d": ""}"#);
        check(
            r#"{"r": <aws.events.rule-name>, "t": <aws.events.event.ingestion-time>, "e": <aws.events.event>}"#,
            r#"{"r": "rule", "t": "I", "e": {"time":"T"}}"#,
        );
    }

    #[test]
    fn values_in_text() {
        check(r#""Hello <s>""#, r#""Hello bob""#);
        check(r#""<o> <l> <none>.""#, r#""{acc_id:0a,sf_id:baz} [A,B] .""#);
    }

    #[test]
    fn what_is_refused() {
        for template in [
            r#"{"a": <b>}"#,
            "{<s>: 1}",
            r#"{"<s>": 1}"#,
            r#""<aws.events.event.json>""#,
        ] {
            assert!(transformer(template).is_err(), "{template}");
        }
        for (name, path) in [
            ("a b", "$.x"),
            ("AWSx", "$.x"),
            ("a", "x"),
            ("a", "$.x["),
            ("a", "$..x"),
            ("a", "$[?(@.x)]"),
        ] {
            let paths = BTreeMap::from([(name.to_owned(), path.to_owned())]);
            assert!(InputTransformer::new(paths, "{}").is_err(), "{name} {path}");
        }
    }
}
