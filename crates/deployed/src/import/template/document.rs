//! A template as JSON values: JSON as it is, YAML with CloudFormation's short tags written out.

use anyhow::{anyhow, bail};
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::{Map, Number, Value, json};

/// The deepest nesting; CloudFormation's own limits are far below it.
const MAX_DEPTH: usize = 128;
/// CloudFormation takes 1 MB.
const MAX_BYTES: usize = 8 << 20;

/// Reads a template.
///
/// # Errors
/// Text that is neither JSON nor YAML, or that is too large.
pub(super) fn parse_template(text: &str) -> anyhow::Result<Value> {
    if text.len() > MAX_BYTES {
        bail!("the template is larger than {MAX_BYTES} bytes");
    }
    if let Ok(value) = serde_json::from_str(text) {
        return Ok(value);
    }
    yaml(text)
}

/// A collection whose end has not been read.
struct Open {
    mapping: bool,
    tag: Option<String>,
    children: Vec<Value>,
}

fn yaml(text: &str) -> anyhow::Result<Value> {
    let mut stack: Vec<Open> = Vec::new();
    let mut root = None;
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|error| {
            anyhow!(
                "not YAML: {} in line {}",
                error.info(),
                error.marker().line()
            )
        })?;
        let node = match event {
            Event::Scalar(text, style, _, tag) => {
                let plain = style == ScalarStyle::Plain;
                tagged(short(tag.as_deref()).as_deref(), scalar(&text, plain))
            }
            Event::SequenceStart(_, tag) | Event::MappingStart(_, tag)
                if stack.len() >= MAX_DEPTH =>
            {
                let _ = tag;
                bail!("the template has more than {MAX_DEPTH} levels of nesting");
            }
            Event::SequenceStart(_, tag) => {
                stack.push(Open::new(false, short(tag.as_deref())));
                continue;
            }
            Event::MappingStart(_, tag) => {
                stack.push(Open::new(true, short(tag.as_deref())));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match stack.pop() {
                Some(open) => open.close()?,
                None => continue,
            },
            Event::Alias(_) => {
                bail!("the template has YAML aliases, which CloudFormation does not take")
            }
            _ => continue,
        };
        match stack.last_mut() {
            Some(open) => open.children.push(node),
            None => root = root.or(Some(node)),
        }
    }
    root.ok_or_else(|| anyhow!("the template is empty"))
}

impl Open {
    fn new(mapping: bool, tag: Option<String>) -> Self {
        Self {
            mapping,
            tag,
            children: Vec::new(),
        }
    }

    fn close(self) -> anyhow::Result<Value> {
        if !self.mapping {
            return Ok(tagged(self.tag.as_deref(), Value::Array(self.children)));
        }
        let mut object = Map::new();
        let mut children = self.children.into_iter();
        while let (Some(key), Some(value)) = (children.next(), children.next()) {
            let key = match key {
                Value::String(key) => key,
                Value::Number(key) => key.to_string(),
                Value::Bool(key) => key.to_string(),
                _ => bail!("the template has a key that is no text"),
            };
            if object.contains_key(&key) {
                bail!("the template has the key `{key}` twice in one mapping");
            }
            object.insert(key, value);
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
        assert_eq!(parse_template(yaml).unwrap(), expected);
        assert_eq!(parse_template(&expected.to_string()).unwrap(), expected);
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
            &deep,
        ] {
            assert!(parse_template(text).is_err(), "{text}");
        }
    }
}
