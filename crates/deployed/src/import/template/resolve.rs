//! CloudFormation's intrinsic functions, as far as a template alone says what they come to.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Resolves references within a template. What it cannot is kept as `${Name}`.
pub(super) struct Resolver<'t> {
    pub(super) resources: &'t Map<String, Value>,
    parameters: BTreeMap<String, String>,
}

/// A value, and the references in it that the template does not resolve.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) value: Value,
    pub(super) unknown: Vec<String>,
}

/// The property that holds the name of a resource on AWS, by its type.
const NAMES: [(&str, &str); 6] = [
    ("AWS::Events::EventBus", "Name"),
    ("AWS::Events::Rule", "Name"),
    ("AWS::Lambda::Alias", "Name"),
    ("AWS::Lambda::Function", "FunctionName"),
    ("AWS::SQS::Queue", "QueueName"),
    ("AWS::Scheduler::Schedule", "Name"),
];

impl<'t> Resolver<'t> {
    /// A resolver for a template. A parameter that is not `given` has its default.
    pub(super) fn new(
        template: &'t Value,
        resources: &'t Map<String, Value>,
        given: &[(String, String)],
    ) -> Self {
        let mut parameters = BTreeMap::from([("AWS::Partition".to_owned(), "aws".to_owned())]);
        for (name, parameter) in template["Parameters"].as_object().into_iter().flatten() {
            let default = match &parameter["Default"] {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Bool(flag) => flag.to_string(),
                _ => continue,
            };
            parameters.insert(name.clone(), default);
        }
        parameters.extend(given.iter().cloned());
        Self {
            resources,
            parameters,
        }
    }

    /// A value with its references resolved.
    pub(super) fn resolve(&self, value: &Value) -> Resolved {
        let mut unknown = Vec::new();
        let value = self.value(value, &mut unknown);
        unknown.sort();
        unknown.dedup();
        Resolved { value, unknown }
    }

    /// A text, with what is unknown as `${Name}`; nothing if it is not a text.
    pub(super) fn text(&self, value: &Value) -> Option<String> {
        match self.resolve(value).value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// A text without anything unknown in it.
    pub(super) fn known_text(&self, value: &Value) -> Option<String> {
        let resolved = self.resolve(value);
        let text = resolved.value.as_str()?.to_owned();
        resolved.unknown.is_empty().then_some(text)
    }

    /// The name of a resource on AWS, if the template says it.
    pub(super) fn name(&self, resource: &str) -> Option<String> {
        let resource = self.resources.get(resource)?;
        let kind = resource["Type"].as_str()?;
        let (_, property) = NAMES.iter().find(|(named, _)| *named == kind)?;
        // Names are texts and parameters; one that refers to resources could come back to itself.
        let name = &resource["Properties"][property];
        match name {
            Value::String(text) => Some(text.clone()),
            Value::Object(object) => {
                let parameter = object.get("Ref")?.as_str()?;
                self.parameters.get(parameter).cloned()
            }
            _ => None,
        }
    }

    fn value(&self, value: &Value, unknown: &mut Vec<String>) -> Value {
        match value {
            Value::Array(items) => {
                let items = items.iter().map(|item| self.value(item, unknown));
                Value::Array(items.collect())
            }
            Value::Object(object) => {
                let mut entries = object.iter();
                match (entries.next(), entries.next()) {
                    (Some((key, argument)), None) if key == "Ref" || key.starts_with("Fn::") => {
                        Value::String(self.call(key, argument, unknown))
                    }
                    _ => {
                        let entries = object
                            .iter()
                            .map(|(key, value)| (key.clone(), self.value(value, unknown)));
                        Value::Object(entries.collect())
                    }
                }
            }
            other => other.clone(),
        }
    }

    fn call(&self, function: &str, argument: &Value, unknown: &mut Vec<String>) -> String {
        let resolved = match (function, argument) {
            ("Ref", Value::String(name)) => Some(self.reference(name, unknown)),
            ("Fn::GetAtt", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(resource), Value::String(attribute)] => {
                    Some(self.attribute(resource, attribute, unknown))
                }
                _ => None,
            },
            ("Fn::GetAtt", Value::String(path)) => path
                .split_once('.')
                .map(|(resource, attribute)| self.attribute(resource, attribute, unknown)),
            ("Fn::Sub", Value::String(text)) => Some(self.substitute(text, &Map::new(), unknown)),
            ("Fn::Sub", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(text), Value::Object(own)] => {
                    Some(self.substitute(text, own, unknown))
                }
                _ => None,
            },
            ("Fn::Join", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(between), Value::Array(items)] => {
                    let items = items.iter().map(|item| self.value(item, unknown));
                    let items: Vec<String> = items.map(as_text).collect();
                    Some(items.join(between))
                }
                _ => None,
            },
            _ => None,
        };
        resolved.unwrap_or_else(|| unresolved(function, unknown))
    }

    fn reference(&self, name: &str, unknown: &mut Vec<String>) -> String {
        if let Some(value) = self.parameters.get(name) {
            return value.clone();
        }
        // A rule, a queue's policy and an alias are referred to by more than their names.
        let kind = self
            .resources
            .get(name)
            .and_then(|resource| resource["Type"].as_str());
        match kind {
            Some("AWS::Lambda::Alias" | "AWS::Lambda::Version") => self.arn(name, unknown),
            Some("AWS::SQS::Queue") | None => unresolved(name, unknown),
            Some(_) => self.name(name).unwrap_or_else(|| unresolved(name, unknown)),
        }
    }

    fn attribute(&self, resource: &str, attribute: &str, unknown: &mut Vec<String>) -> String {
        match attribute {
            "Arn" | "FunctionArn" => self.arn(resource, unknown),
            "Name" | "QueueName" => self
                .name(resource)
                .unwrap_or_else(|| unresolved(resource, unknown)),
            _ => unresolved(&format!("{resource}.{attribute}"), unknown),
        }
    }

    /// The ARN of a resource. Account and region are made up, as no name depends on them.
    fn arn(&self, resource: &str, unknown: &mut Vec<String>) -> String {
        let kind = self.resources.get(resource);
        let kind = kind.and_then(|found| found["Type"].as_str());
        let name = self
            .name(resource)
            .unwrap_or_else(|| format!("${{{resource}}}"));
        let arn = |service: &str, of: String| format!("arn:aws:{service}:region:account:{of}");
        match kind {
            Some("AWS::Lambda::Function") => arn("lambda", format!("function:{name}")),
            Some("AWS::SQS::Queue") => arn("sqs", name),
            Some("AWS::Events::EventBus") => arn("events", format!("event-bus/{name}")),
            Some(kind @ ("AWS::Lambda::Alias" | "AWS::Lambda::Version")) => {
                let of = self
                    .resources
                    .get(resource)
                    .map(|found| &found["Properties"]["FunctionName"]);
                let function = match of {
                    // One that refers to another alias is no function.
                    Some(Value::Object(object)) => self.function_in(object),
                    Some(Value::String(name)) => Some(name.clone()),
                    _ => None,
                };
                let function = function.unwrap_or_else(|| unresolved(resource, unknown));
                let qualifier = if kind.ends_with("Alias") {
                    name
                } else {
                    "version".to_owned()
                };
                arn("lambda", format!("function:{function}:{qualifier}"))
            }
            _ => unresolved(&format!("{resource}.Arn"), unknown),
        }
    }

    /// The function that `Ref` or `Fn::GetAtt` names directly.
    fn function_in(&self, reference: &Map<String, Value>) -> Option<String> {
        let attribute = reference
            .get("Fn::GetAtt")
            .and_then(|parts| parts[0].as_str());
        let resource = attribute.or(reference.get("Ref").and_then(Value::as_str))?;
        let found = self.resources.get(resource)?;
        (found["Type"] == "AWS::Lambda::Function").then(|| {
            self.name(resource)
                .unwrap_or_else(|| format!("${{{resource}}}"))
        })
    }

    fn substitute(
        &self,
        text: &str,
        own: &Map<String, Value>,
        unknown: &mut Vec<String>,
    ) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let Some((name, behind)) = after.split_once('}') else {
                out.push_str("${");
                rest = after;
                continue;
            };
            rest = behind;
            let name = name.trim();
            // `${!x}` is an escape: it stands for the text `${x}`.
            if let Some(literal) = name.strip_prefix('!') {
                out.push_str("${");
                out.push_str(literal);
                out.push('}');
            } else if let Some(value) = own.get(name) {
                out.push_str(&as_text(self.value(value, unknown)));
            } else if let Some((resource, attribute)) = name.split_once('.') {
                out.push_str(&self.attribute(resource, attribute, unknown));
            } else {
                out.push_str(&self.reference(name, unknown));
            }
        }
        out.push_str(rest);
        out
    }
}

fn as_text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// A text that stands for a reference that is not resolved. It has no colons, as they would be taken for an ARN's.
fn unresolved(name: &str, unknown: &mut Vec<String>) -> String {
    unknown.push(name.to_owned());
    format!("${{{}}}", name.replace("::", "."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(value: &Value, expected: &Value, unknown: &[&str]) {
        let template = json!({
            "Parameters": { "Stage": { "Default": "dev" }, "Given": {} },
            "Resources": {
                "Fn": { "Type": "AWS::Lambda::Function", "Properties": { "FunctionName": "mail" } },
                "Anonymous": { "Type": "AWS::Lambda::Function", "Properties": {} },
                "Live": { "Type": "AWS::Lambda::Alias", "Properties": { "Name": "live", "FunctionName": { "Ref": "Fn" } } },
                "Loop": { "Type": "AWS::Lambda::Alias", "Properties": { "Name": { "Ref": "Loop" }, "FunctionName": { "Ref": "Loop" } } },
                "Queue": { "Type": "AWS::SQS::Queue", "Properties": { "QueueName": "dead" } },
            },
        });
        let given = [("Given".to_owned(), "said".to_owned())];
        let resources = template["Resources"].as_object().unwrap();
        let resolved = Resolver::new(&template, resources, &given).resolve(value);
        assert_eq!(resolved.value, *expected, "{value}");
        assert_eq!(resolved.unknown, unknown, "{value}");
    }

    #[test]
    fn references_are_resolved_as_far_as_the_template_goes() {
        check(&json!({ "Ref": "Stage" }), &json!("dev"), &[]);
        check(&json!({ "Ref": "Given" }), &json!("said"), &[]);
        check(&json!({ "Ref": "Fn" }), &json!("mail"), &[]);
        check(
            &json!({ "Ref": "AWS::Region" }),
            &json!("${AWS.Region}"),
            &["AWS::Region"],
        );
        check(&json!({ "Ref": "Queue" }), &json!("${Queue}"), &["Queue"]);
        let arn = "arn:aws:lambda:region:account:function:";
        check(
            &json!({ "Fn::GetAtt": ["Fn", "Arn"] }),
            &json!(format!("{arn}mail")),
            &[],
        );
        check(
            &json!({ "Fn::GetAtt": ["Anonymous", "Arn"] }),
            &json!(format!("{arn}${{Anonymous}}")),
            &[],
        );
        check(
            &json!({ "Ref": "Live" }),
            &json!(format!("{arn}mail:live")),
            &[],
        );
        check(
            &json!({ "Ref": "Loop" }),
            &json!(format!("{arn}${{Loop}}:${{Loop}}")),
            &["Loop"],
        );
        let sub = json!({ "Fn::Sub": ["a-${Stage}-${!x}-${Own}-${Fn.Arn}", { "Own": { "Ref": "Given" } }] });
        check(&sub, &json!(format!("a-dev-${{x}}-said-{arn}mail")), &[]);
        check(
            &json!({ "Fn::Join": ["-", ["a", { "Ref": "Stage" }, 1]] }),
            &json!("a-dev-1"),
            &[],
        );
        check(
            &json!({ "Fn::ImportValue": "x" }),
            &json!("${Fn.ImportValue}"),
            &["Fn::ImportValue"],
        );
        check(&json!({ "Fn::Sub": "${open" }), &json!("${open"), &[]);
        let nested = json!({ "detail": { "id": [{ "Ref": "Stage" }] } });
        check(&nested, &json!({ "detail": { "id": ["dev"] } }), &[]);
    }
}
