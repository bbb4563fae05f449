//! A file with the parameters of a stack, in the shapes that the AWS CLI takes.
//!
//! Sources: <https://docs.aws.amazon.com/cli/latest/reference/cloudformation/create-stack.html>, `--parameters`, and
//! <https://docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy.html>, `--parameter-overrides`.

use std::fs;
use std::path::Path;

use anyhow::{Context, anyhow, bail};
use serde_json::Value;

/// Reads the parameters in a JSON file: a list of `ParameterKey` and `ParameterValue`, a list of `NAME=VALUE`, or a
/// mapping, which may stand under `Parameters`. One that keeps its previous value is not among them.
///
/// # Errors
/// A file that cannot be read, or that has another shape.
pub fn parameters_of(path: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let read = || {
        let text = fs::read_to_string(path)?;
        parse_parameters(&text)
    };
    read().with_context(|| format!("cannot read the parameters in {}", path.display()))
}

fn parse_parameters(text: &str) -> anyhow::Result<Vec<(String, String)>> {
    let file: Value = serde_json::from_str(text)?;
    let file = match &file {
        Value::Object(entries) => match entries.get("Parameters") {
            Some(parameters @ Value::Object(_)) => parameters,
            _ => &file,
        },
        _ => &file,
    };
    match file {
        Value::Object(entries) => entries
            .iter()
            .map(|(name, value)| Ok((name.clone(), text_of(name, value)?)))
            .collect(),
        Value::Array(items) => {
            let items = items.iter().map(parse_item);
            let items: Vec<_> = items.collect::<anyhow::Result<_>>()?;
            Ok(items.into_iter().flatten().collect())
        }
        _ => bail!("it is neither a list nor a mapping"),
    }
}

/// A parameter of a list; nothing if its value is the one from before.
fn parse_item(item: &Value) -> anyhow::Result<Option<(String, String)>> {
    if let Some(text) = item.as_str() {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| anyhow!("`{text}` is not NAME=VALUE"))?;
        return Ok(Some((name.to_owned(), value.to_owned())));
    }
    let name = item["ParameterKey"]
        .as_str()
        .ok_or_else(|| anyhow!("`{item}` has no `ParameterKey`"))?;
    match item.get("ParameterValue") {
        Some(value) => Ok(Some((name.to_owned(), text_of(name, value)?))),
        None if item["UsePreviousValue"] == true => Ok(None),
        None => bail!("{name} has no `ParameterValue`"),
    }
}

/// A value as CloudFormation takes it: a list is a text with commas.
fn text_of(name: &str, value: &Value) -> anyhow::Result<String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Array(items) => {
            let items = items.iter().map(|item| text_of(name, item));
            Ok(items.collect::<anyhow::Result<Vec<_>>>()?.join(","))
        }
        _ => bail!("the value of {name} is neither a text nor a list"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_of_the_aws_cli_is_taken() {
        for text in [
            r#"[{"ParameterKey":"A","ParameterValue":"x,1"},{"ParameterKey":"B","UsePreviousValue":true}]"#,
            r#"["A=x,1"]"#,
            r#"{"A":"x,1"}"#,
            r#"{"A":["x",1]}"#,
            r#"{"Parameters":{"A":"x,1"},"Tags":{"t":"u"}}"#,
        ] {
            let parsed = parse_parameters(text).unwrap();
            assert_eq!(parsed, [("A".to_owned(), "x,1".to_owned())], "{text}");
        }
    }

    #[test]
    fn other_shapes_are_refused() {
        for text in [
            "A=x",
            "1",
            r#"["A"]"#,
            r#"[{"ParameterKey":"A"}]"#,
            r#"[{"ParameterValue":"A"}]"#,
            r#"{"A":null}"#,
            r#"{"A":{"b":1}}"#,
        ] {
            assert!(parse_parameters(text).is_err(), "{text}");
        }
    }
}
