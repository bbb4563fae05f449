//! A template as JSON values: JSON as it is, YAML with CloudFormation's short tags written out.

use std::collections::BTreeMap;

use anyhow::{anyhow, bail};
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::{Map, Number, Value, json};

use super::unknown::is_mark;
use crate::import::open::is_reserved;
use crate::import::yaml::string_length;

/// The deepest nesting; CloudFormation's own limits are far below it.
const MAX_DEPTH: usize = 128;
/// CloudFormation takes 1 MB.
const MAX_BYTES: usize = 8 << 20;
/// How much text aliases may bring in.
const MAX_ALIASED: usize = 1 << 20;

/// A file as values.
#[derive(Debug, PartialEq)]
pub(super) struct Document {
    pub(super) value: Value,
    /// Numbers of which the values have lost digits, as they are written.
    pub(super) inexact: Vec<String>,
}

/// Whether a YAML alias stands for what it names, or is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aliases {
    Refused,
    Taken,
}

/// Reads a template.
///
/// # Errors
/// Text that is neither JSON nor YAML, or that is too large.
pub(super) fn parse_template(text: &str, aliases: Aliases) -> anyhow::Result<Document> {
    if text.len() > MAX_BYTES {
        bail!("the template is larger than {MAX_BYTES} bytes");
    }
    if let Some(c) = text.chars().find(|c| is_mark(*c) || is_reserved(*c)) {
        let code = u32::from(c);
        bail!("the template has the character U+{code:X}, which is for private use");
    }
    if let Ok(value) = serde_json::from_str(text) {
        let inexact = inexact_numbers(text);
        return Ok(Document { value, inexact });
    }
    let reader = Reader {
        aliases,
        ..Reader::default()
    };
    reader.read(text)
}

/// The numbers of JSON text that are written with other digits than their values have.
pub(super) fn inexact_numbers(text: &str) -> Vec<String> {
    let mut inexact = Vec::new();
    let mut rest = text;
    while let Some(place) = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()) {
        rest = &rest[place..];
        let length = if rest.starts_with('"') {
            string_length(rest)
        } else {
            let is_in = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
            let length = rest.find(|c| !is_in(c)).unwrap_or(rest.len());
            let number = serde_json::from_str::<Number>(&rest[..length]);
            if number.is_ok_and(|number| number.to_string() != rest[..length]) {
                inexact.push(rest[..length].to_owned());
            }
            length
        };
        rest = &rest[length..];
    }
    inexact
}

/// A collection whose end has not been read.
struct Open {
    mapping: bool,
    tag: Option<String>,
    anchor: usize,
    children: Vec<Value>,
}

/// A reader of YAML.
struct Reader {
    aliases: Aliases,
    stack: Vec<Open>,
    root: Option<Value>,
    /// What anchors name.
    named: BTreeMap<usize, Value>,
    /// How much aliases may still bring in.
    budget: usize,
    inexact: Vec<String>,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            aliases: Aliases::Refused,
            stack: Vec::new(),
            root: None,
            named: BTreeMap::new(),
            budget: MAX_ALIASED,
            inexact: Vec::new(),
        }
    }
}

impl Reader {
    fn read(mut self, text: &str) -> anyhow::Result<Document> {
        for event in Parser::new_from_str(text) {
            let (event, _) = event.map_err(|error| {
                anyhow!(
                    "not YAML: {} in line {}",
                    error.info(),
                    error.marker().line()
                )
            })?;
            self.take(event)?;
        }
        let value = self.root.ok_or_else(|| anyhow!("the template is empty"))?;
        let inexact = self.inexact;
        Ok(Document { value, inexact })
    }

    fn take(&mut self, event: Event<'_>) -> anyhow::Result<()> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                let value = scalar(&text, plain);
                let is_other = |number: &Number| number.to_string() != *text;
                if value.as_number().is_some_and(is_other) {
                    self.inexact.push(text.into_owned());
                }
                self.add(anchor, tagged(short(tag.as_deref()).as_deref(), value));
            }
            Event::SequenceStart(anchor, tag) => self.open(false, anchor, tag.as_deref())?,
            Event::MappingStart(anchor, tag) => self.open(true, anchor, tag.as_deref())?,
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.stack.pop() {
                    let anchor = open.anchor;
                    let value = open.close(self.aliases)?;
                    self.add(anchor, value);
                }
            }
            Event::Alias(_) if self.aliases == Aliases::Refused => {
                bail!("the template has YAML aliases, which CloudFormation does not take")
            }
            Event::Alias(anchor) => {
                let named = self.named.get(&anchor).cloned();
                let named = named.ok_or_else(|| anyhow!("a YAML alias names what is not there"))?;
                let size = named.to_string().len();
                let left = self.budget.checked_sub(size);
                self.budget = left.ok_or_else(|| anyhow!("YAML aliases make it too large"))?;
                self.add(0, named);
            }
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, mapping: bool, anchor: usize, tag: Option<&Tag>) -> anyhow::Result<()> {
        if self.stack.len() >= MAX_DEPTH {
            bail!("the template has more than {MAX_DEPTH} levels of nesting");
        }
        self.stack.push(Open {
            mapping,
            tag: short(tag),
            anchor,
            children: Vec::new(),
        });
        Ok(())
    }

    fn add(&mut self, anchor: usize, node: Value) {
        if anchor > 0 && self.aliases == Aliases::Taken {
            self.named.insert(anchor, node.clone());
        }
        match self.stack.last_mut() {
            Some(open) => open.children.push(node),
            None => self.root = self.root.take().or(Some(node)),
        }
    }
}

impl Open {
    fn close(self, aliases: Aliases) -> anyhow::Result<Value> {
        if !self.mapping {
            return Ok(tagged(self.tag.as_deref(), Value::Array(self.children)));
        }
        let mut object = Map::new();
        let mut merged = Vec::new();
        let mut children = self.children.into_iter();
        while let (Some(key), Some(value)) = (children.next(), children.next()) {
            let key = match key {
                Value::String(key) => key,
                Value::Number(key) => key.to_string(),
                Value::Bool(key) => key.to_string(),
                _ => bail!("the template has a key that is no text"),
            };
            // A merge of YAML 1.1: what the mapping says itself wins.
            if key == "<<" && aliases == Aliases::Taken {
                merged.push(value);
                continue;
            }
            if object.contains_key(&key) {
                bail!("the template has the key `{key}` twice in one mapping");
            }
            object.insert(key, value);
        }
        let lists = merged.into_iter().flat_map(|value| match value {
            Value::Array(items) => items,
            one => vec![one],
        });
        for (key, value) in lists.flat_map(|one| one.as_object().cloned().unwrap_or_default()) {
            object.entry(key).or_insert(value);
        }
        Ok(tagged(self.tag.as_deref(), Value::Object(object)))
    }
}

/// The name of a short tag: `Ref` of `!Ref`.
fn short(tag: Option<&Tag>) -> Option<String> {
    let tag = tag?;
    (tag.handle == "!").then(|| tag.suffix.clone())
}

/// `!Sub x` as `{"Fn::Sub": x}`.
fn tagged(tag: Option<&str>, value: Value) -> Value {
    match tag {
        None | Some("") => value,
        Some("Ref") => json!({ "Ref": value }),
        Some("Condition") => json!({ "Condition": value }),
        Some("GetAtt") => match value.as_str().and_then(|text| text.split_once('.')) {
            Some((resource, attribute)) => json!({ "Fn::GetAtt": [resource, attribute] }),
            None => json!({ "Fn::GetAtt": value }),
        },
        Some(name) => {
            let mut object = Map::new();
            object.insert(format!("Fn::{name}"), value);
            Value::Object(object)
        }
    }
}

/// A scalar by YAML's core schema.
fn scalar(text: &str, plain: bool) -> Value {
    if !plain {
        return Value::from(text);
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    // A number with a leading zero, such as an account's, is taken as text.
    let digits = text.trim_start_matches(['-', '+']);
    let padded = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    if !padded && let Ok(number) = text.parse::<i64>() {
        return Value::from(number);
    }
    let is_number = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.contains(|c: char| c.is_ascii_digit());
    let number = text.parse::<f64>().ok().filter(|_| is_number && !padded);
    match number.and_then(Number::from_f64) {
        Some(number) => Value::Number(number),
        None => Value::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Document {
        parse_template(text, Aliases::Refused).unwrap()
    }

    #[test]
    fn numbers_that_lose_digits_are_known() {
        let json = "{\"a\": [1.50, -0.0, 12, 1e2, 1.5], \"1.50\": \"\\\"1.70\"}";
        assert_eq!(read(json).inexact, ["1.50", "1e2"]);
        let yaml = "a: [1.50, 1.5, 12, '1.70', 012, 1_000]\nb: 12345678901234567890123\n";
        assert_eq!(read(yaml).inexact, ["1.50", "12345678901234567890123"]);
    }

    #[test]
    fn aliases_are_taken_where_they_may_stand() {
        let yaml = "a: &x { k: 1, l: 2 }\nb: *x\nc: { <<: *x, l: 3 }\nd: { <<: [*x, { m: 4 }] }\n";
        let read = parse_template(yaml, Aliases::Taken).unwrap();
        let expected = json!({ "a": { "k": 1, "l": 2 }, "b": { "k": 1, "l": 2 }, "c": { "k": 1, "l": 3 }, "d": { "k": 1, "l": 2, "m": 4 } });
        assert_eq!(read.value, expected);
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let before = level - 1;
            let item = format!("*a{before}, ").repeat(8);
            bomb = format!("{bomb}a{level}: &a{level} [{item}]\n");
        }
        assert!(parse_template(&bomb, Aliases::Taken).is_err());
    }

    #[test]
    fn short_tags_are_written_out() {
        let yaml = "
A: !Ref Queue
B: !GetAtt Queue.Arn
C: !GetAtt [Queue, Arn]
D: !Sub '${Queue}-x'
E: !Join ['-', [a, !Ref B]]
F: { G: 5, H: '5', I: true, J: 012345678901, K: 1.5, L: 2012-10-17 }
";
        let expected = json!({
            "A": { "Ref": "Queue" },
            "B": { "Fn::GetAtt": ["Queue", "Arn"] },
            "C": { "Fn::GetAtt": ["Queue", "Arn"] },
            "D": { "Fn::Sub": "${Queue}-x" },
            "E": { "Fn::Join": ["-", ["a", { "Ref": "B" }]] },
            "F": { "G": 5, "H": "5", "I": true, "J": "012345678901", "K": 1.5, "L": "2012-10-17" },
        });
        assert_eq!(read(yaml).value, expected);
        assert_eq!(read(&expected.to_string()).value, expected);
    }

    #[test]
    fn what_is_no_template_is_refused() {
        let deep = "[".repeat(MAX_DEPTH + 1);
        for text in [
            "",
            "a: [",
            "a: &x 1\nb: *x\n",
            "a: 1\na: 2\n",
            "? [a]\n: 1\n",
            "a: \u{100000}",
            "a: \"\u{10ffff}\"",
            &deep,
        ] {
            assert!(parse_template(text, Aliases::Refused).is_err(), "{text}");
        }
    }
}
