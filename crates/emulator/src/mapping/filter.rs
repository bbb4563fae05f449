//! The filter of an event source mapping: which messages reach its function.
//!
//! A pattern is one of EventBridge's, for the record that the function would get, with the body as JSON if it is JSON. So a
//! pattern for fields of a body never matches a text, nor one for a text a JSON object, as
//! [Lambda's guide](https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html) says.

use eventbridge::pattern::{Event, Pattern};
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// The patterns of a mapping.
#[derive(Debug)]
pub(super) struct Filter {
    patterns: Vec<Pattern>,
}

/// Reads a pattern.
///
/// # Errors
/// A text that is no pattern.
pub(crate) fn parse_filter(text: &str) -> Result<Pattern, String> {
    Pattern::parse(text).map_err(|error| error.to_string())
}

impl Filter {
    /// Makes a filter of patterns, which have been read before.
    pub(super) fn new(patterns: &[String]) -> Self {
        let patterns = patterns.iter().filter_map(|text| parse_filter(text).ok());
        Self {
            patterns: patterns.collect(),
        }
    }

    /// Whether a record reaches the function.
    pub(super) fn lets_through(&self, record: &Value) -> bool {
        if self.patterns.is_empty() {
            return true;
        }
        // Not read as values: numbers and strings that they cannot hold are fine in a body.
        let body = record["body"].as_str().unwrap_or_default();
        let text = json!(body).to_string();
        let body = match serde_json::from_str::<&RawValue>(body) {
            Ok(json) if json.get().starts_with(['{', '[']) => json.get(),
            _ => &text,
        };
        let mut rest = record.clone();
        if let Some(members) = rest.as_object_mut() {
            members.remove("body");
        }
        let rest = rest.to_string();
        let rest = rest.strip_prefix('{').unwrap_or_default();
        let record = format!("{{\"body\":{body},{rest}");
        let Ok(event) = Event::parse(&record) else {
            return false;
        };
        self.patterns.iter().any(|pattern| pattern.matches(&event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reaches_the_function_if_one_pattern_matches_it() {
        let check = |patterns: &[&str], body: &str, expected: bool| {
            let patterns: Vec<String> = patterns.iter().map(|text| (*text).to_owned()).collect();
            let record =
                json!({ "messageId": "m", "body": body, "attributes": { "SenderId": "s" } });
            let is = Filter::new(&patterns).lets_through(&record);
            assert_eq!(is, expected, "{patterns:?} {body}");
        };
        let [red, large] = [
            r#"{"body":{"color":["red"]}}"#,
            r#"{"body":{"size":[{"numeric":[">",9]}]}}"#,
        ];
        check(&[], "anything", true);
        check(&[red], r#"{"color":"red"}"#, true);
        check(&[red], r#"{"color":"blue","size":10}"#, false);
        check(&[red, large], r#"{"color":"blue","size":10}"#, true);
        check(&[red], "red", false);
        check(&[red], r#"{"color":"red""#, false);
        check(&[r#"{"body":["red"]}"#], "red", true);
        check(&[r#"{"body":["red"]}"#], r#"{"color":"red"}"#, false);
        check(&[r#"{"attributes":{"SenderId":["s"]}}"#], "red", true);
        check(&[red], r#"{"color":"red","n":1e999,"t":"\ud83d"}"#, true);
    }
}
