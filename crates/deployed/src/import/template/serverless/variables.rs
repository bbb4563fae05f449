//! Variables of the Serverless Framework: `${source:address, fallback}`.
//!
//! Source: <https://www.serverless.com/framework/docs/providers/aws/guide/variables>.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use crate::import::template::document::{Aliases, parse_template};
use crate::import::template::resolve::as_text;
use crate::import::template::unknown::{Kind, Unknowns};

/// The deepest variable that names variables.
const DEEPEST: usize = 24;
/// How many variables one file may have.
const MOST: usize = 20_000;
const SECRET: &str = "a secret belongs under `secrets` of the spec, never in its text";

pub(super) struct Variables<'v> {
    file: &'v Value,
    folder: Option<&'v Path>,
    stage: String,
    given: &'v [(String, String)],
    unknowns: &'v Unknowns,
    left: usize,
}

impl<'v> Variables<'v> {
    pub(super) fn new(
        file: &'v Value,
        folder: Option<&'v Path>,
        stage: &str,
        given: &'v [(String, String)],
        unknowns: &'v Unknowns,
    ) -> Self {
        let mut variables = Self {
            file,
            folder,
            stage: stage.to_owned(),
            given,
            unknowns,
            left: MOST,
        };
        if let Some(stage) = variables.option("stage") {
            stage.clone_into(&mut variables.stage);
        }
        variables
    }

    pub(super) fn stage(&self) -> String {
        self.stage.clone()
    }

    /// What the command line says of an option, or of something else under its whole name.
    fn option(&self, name: &str) -> Option<&'v str> {
        let mut given = self.given.iter().rev();
        let found = given.find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A value with all variables in it resolved.
    pub(super) fn resolve(&mut self, value: &Value) -> Value {
        self.value(value, 0)
    }

    fn value(&mut self, value: &Value, depth: usize) -> Value {
        match value {
            Value::String(text) => self.text(text, depth),
            Value::Array(items) => {
                let items = items.iter().map(|item| self.value(item, depth));
                Value::Array(items.collect())
            }
            Value::Object(entries) => {
                let mut resolved = Map::new();
                for (key, value) in entries {
                    resolved.insert(key.clone(), self.value(value, depth));
                }
                Value::Object(resolved)
            }
            other => other.clone(),
        }
    }

    /// A text. One that is a variable and nothing else may be any value.
    fn text(&mut self, text: &str, depth: usize) -> Value {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let Some(end) = closing(after) else {
                out.push_str("${");
                rest = after;
                continue;
            };
            let (inner, behind) = (&after[..end], &after[end + 1..]);
            rest = behind;
            let inner = as_text(&self.text(inner, depth)).unwrap_or_default();
            // CloudFormation's own, such as `${AWS::Region}`, are resolved with the rest of the template.
            if !is_variable(&inner) {
                out.push_str("${");
                out.push_str(&inner);
                out.push('}');
                continue;
            }
            let value = self.variable(&inner, depth + 1);
            if out.is_empty() && rest.is_empty() {
                return value;
            }
            let text = as_text(&value).or_else(|| as_text(&self.never(&inner)));
            out.push_str(&text.unwrap_or_default());
        }
        out.push_str(rest);
        Value::String(out)
    }

    fn never(&self, name: &str) -> Value {
        self.unknowns.mark(name, Kind::Never(None))
    }

    /// What a variable comes to: the first of its sources that says something.
    fn variable(&mut self, inner: &str, depth: usize) -> Value {
        self.left = self.left.saturating_sub(1);
        if depth > DEEPEST || self.left == 0 {
            return self.never(inner);
        }
        for source in alternatives(inner) {
            if let Some(value) = self.source(source.trim(), depth) {
                return value;
            }
        }
        let name = alternatives(inner)
            .into_iter()
            .next()
            .unwrap_or(inner)
            .trim();
        let about = format!("The variable {name} of the service");
        self.unknowns.mark(name, Kind::Said(about))
    }

    /// What one source says; nothing if it is known to say nothing.
    fn source(&mut self, source: &str, depth: usize) -> Option<Value> {
        if let Some(literal) = literal(source) {
            return Some(literal);
        }
        let kind = source.split([':', '(']).next().unwrap_or_default();
        let address = source[kind.len()..].trim_start_matches(':');
        match kind {
            "self" => {
                let found = at(self.file, address, '.')?.clone();
                Some(self.value(&found, depth))
            }
            "opt" => match address {
                "stage" => Some(Value::from(self.stage.as_str())),
                _ => self.option(address).map(Value::from),
            },
            "sls" if address == "stage" => Some(Value::from(self.stage.as_str())),
            "aws" if address == "region" => {
                Some(self.unknowns.mark("AWS::Region", Kind::BuiltIn("region")))
            }
            "aws" if address == "accountId" => Some(
                self.unknowns
                    .mark("AWS::AccountId", Kind::BuiltIn("account")),
            ),
            "param" => self.parameter(source, address, depth),
            "file" => self.file(address, depth),
            "strToBool" => self.switch(address, depth),
            // The machine's own are not read: what is in them is often a secret.
            "env" | "ssm" | "cf" | "s3" => Some(self.elsewhere(kind, source)),
            _ => Some(self.never(source)),
        }
    }

    /// What is only known where the service is deployed.
    fn elsewhere(&self, kind: &str, source: &str) -> Value {
        if let Some(given) = self.option(source) {
            return Value::from(given);
        }
        if source.contains("/aws/reference/secretsmanager") {
            return self.unknowns.mark(source, Kind::Never(Some(SECRET)));
        }
        let place = match kind {
            "env" => "the environment of who deploys it",
            "ssm" => "Parameter Store (SSM)",
            "cf" => "the outputs of another stack",
            _ => "S3",
        };
        let about = format!("The variable {source} of the service, from {place}");
        self.unknowns.mark(source, Kind::Said(about))
    }

    /// A parameter of the stage, or of all stages.
    fn parameter(&mut self, source: &str, name: &str, depth: usize) -> Option<Value> {
        if let Some(given) = self.option(source) {
            return Some(Value::from(given));
        }
        let stage = self.stage.clone();
        let stages = [stage.as_str(), "default"];
        let found = stages.into_iter().find_map(|stage| {
            let old = self.file["params"][stage].get(name);
            old.or_else(|| self.file["stages"][stage]["params"].get(name))
        });
        let found = found?.clone();
        Some(self.value(&found, depth))
    }

    /// `file(path)`, with `:key.path` behind it.
    fn file(&mut self, address: &str, depth: usize) -> Option<Value> {
        let (path, behind) = address.strip_prefix('(')?.split_once(')')?;
        let path = path.trim();
        let is_data = [".yml", ".yaml", ".json"]
            .iter()
            .any(|end| path.ends_with(end));
        let Some(folder) = self.folder else {
            return Some(self.never(&format!("file({path})")));
        };
        if !is_data {
            return Some(self.never(&format!("file({path})")));
        }
        let text = fs::read_to_string(folder.join(path)).ok()?;
        let Ok(document) = parse_template(&text, Aliases::Taken) else {
            return Some(self.never(&format!("file({path})")));
        };
        let found = match behind.strip_prefix(':') {
            Some(address) => at(&document.value, address, '.')?.clone(),
            None => document.value,
        };
        Some(self.value(&found, depth))
    }

    fn switch(&mut self, address: &str, depth: usize) -> Option<Value> {
        let inner = address.strip_prefix('(')?.strip_suffix(')')?;
        let value = if is_variable(inner) {
            self.variable(inner, depth + 1)
        } else {
            Value::from(inner)
        };
        match as_text(&value)?.as_str() {
            "true" | "1" => Some(Value::Bool(true)),
            "false" | "0" => Some(Value::Bool(false)),
            _ => Some(value),
        }
    }
}

/// Where the bracket closes that is open at the beginning.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 1;
    for (index, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(index);
        }
    }
    None
}

/// Whether text in brackets is a variable of the framework: a source, and one colon or a parenthesis behind it.
fn is_variable(inner: &str) -> bool {
    let length = inner
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_')
        .unwrap_or(inner.len());
    let behind = &inner[length..];
    let is_source =
        (behind.starts_with(':') && !behind.starts_with("::")) || behind.starts_with('(');
    length > 0 && is_source
}

/// The alternatives of a variable, at its commas outside of quotes and parentheses.
fn alternatives(inner: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth, mut quote) = (0, 0, None);
    for (index, c) in inner.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(&inner[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[start..]);
    parts
}

/// A fallback that is a value itself.
fn literal(source: &str) -> Option<Value> {
    for quote in ['\'', '"'] {
        let inner = source
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner {
            return Some(Value::from(inner));
        }
    }
    match source {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        "null" => Some(Value::Null),
        _ if is_variable(source) => None,
        // A number, or what an inner variable came to.
        other => Some(
            other
                .parse::<i64>()
                .map_or_else(|_| Value::from(other), Value::from),
        ),
    }
}

/// A value inside of another, by the path to it.
fn at<'v>(value: &'v Value, path: &str, between: char) -> Option<&'v Value> {
    if path.is_empty() {
        return None;
    }
    let found = path
        .split(between)
        .try_fold(value, |value, key| match value {
            Value::Array(items) => items.get(key.parse::<usize>().ok()?),
            Value::Object(entries) => entries.get(key),
            _ => None,
        });
    found.filter(|found| !found.is_null())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(text: &str, expected: &Value) {
        let file = json!({
            "provider": { "stage": "${opt:stage, 'prod'}", "region": "eu-west-1" },
            "custom": { "name": "x-${self:provider.stage}", "dev": { "on": false }, "list": ["a", "b"], "loop": "${self:custom.loop}" },
            "params": { "default": { "size": 3, "who": "all" }, "dev": { "who": "${self:custom.name}" } },
        });
        let given = [
            ("flag".to_owned(), "yes".to_owned()),
            ("env:HOME".to_owned(), "h".to_owned()),
        ];
        let unknowns = Unknowns::default();
        let mut variables = Variables::new(&file, None, "dev", &given, &unknowns);
        let value = variables.resolve(&json!(text));
        let plain =
            super::super::super::unknown::map_texts(&value, &mut |text| unknowns.plain(text));
        assert_eq!(plain, *expected, "{text}");
    }

    #[test]
    fn variables_come_to_what_the_file_and_the_command_line_say() {
        check("a-${self:custom.name}-b", &json!("a-x-dev-b"));
        check("${self:custom.${opt:stage}.on}", &json!(false));
        check("${self:custom.list}", &json!(["a", "b"]));
        check("${self:custom.list.1}", &json!("b"));
        check("${opt:flag}-${opt:other, 'no, not'}", &json!("yes-no, not"));
        check("${opt:other, self:custom.nobody, 5}", &json!(5));
        check("${param:who}/${param:size}", &json!("x-dev/3"));
        check("${sls:stage}", &json!("dev"));
        check("${aws:region}", &json!("${region}"));
        check("${strToBool(${self:custom.dev.on})}", &json!(false));
        check("${env:HOME}", &json!("h"));
    }

    #[test]
    fn what_is_unknown_keeps_its_name_and_what_is_no_variable_stays() {
        check("${env:OTHER, 'x'}", &json!("${env_other}"));
        check("${ssm:/shop/url}", &json!("${ssm_shop_url}"));
        check("${file(./a.js):b}", &json!("${file(./a.js)}"));
        check("${vault:x}", &json!("${vault:x}"));
        check("${self:custom.nobody}", &json!("${self_custom_nobody}"));
        check("${self:custom.loop}", &json!("${self:custom.loop}"));
        check(
            "${AWS::Region}-${Bucket}-${open",
            &json!("${AWS::Region}-${Bucket}-${open"),
        );
    }
}
