//! The templates of one import: their resources and parameters, and what one exports for another.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::resolve::Resolver;
use super::unknown::Unknowns;

/// One template.
#[derive(Debug, Default)]
pub(super) struct Stack {
    /// What places in it begin with, if there are several.
    pub(super) prefix: String,
    /// Whether the Serverless Framework makes it.
    pub(super) is_service: bool,
    pub(super) template: Value,
    pub(super) resources: Map<String, Value>,
    /// Where resources stand that the template writes as parts of others.
    pub(super) places: BTreeMap<String, String>,
    pub(super) parameters: BTreeMap<String, Parameter>,
}

/// What is known of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Parameter {
    /// Its value: a text, or a list of texts.
    Known(Value),
    /// Nobody says it.
    Missing,
    /// Parameter Store has it, under the name that is given or the default.
    Stored,
    /// It must not be written down.
    Secret,
}

/// All templates, with what is found out about them on the way.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) stacks: Vec<Stack>,
    /// What `--parameter` says of pseudo parameters.
    pub(super) pseudo: BTreeMap<String, String>,
    /// The values of exports by their names, each with the stack that it is in.
    pub(super) exports: BTreeMap<String, (usize, Value)>,
    /// Numbers of which the values have lost digits, as they are written.
    pub(super) inexact: Vec<String>,
    pub(super) unknowns: Unknowns,
    /// What is being resolved, so that nothing waits for itself.
    pub(super) open: RefCell<BTreeSet<String>>,
    /// How many values are being resolved, each inside of the one before.
    pub(super) depth: Cell<usize>,
    /// How much may still be resolved: texts that use each other twice grow without end.
    pub(super) budget: Cell<usize>,
}

impl World {
    /// The resolver for one of the stacks.
    pub(super) fn resolver(&self, stack: usize) -> Resolver<'_> {
        Resolver { world: self, stack }
    }

    /// Takes over what the outputs of a stack export.
    pub(super) fn add_exports(&mut self, stack: usize) {
        let outputs = self.stacks[stack].template["Outputs"].clone();
        for output in outputs.as_object().into_iter().flat_map(Map::values) {
            let resolver = self.resolver(stack);
            if let Some(name) = resolver.known_text(&output["Export"]["Name"]) {
                self.exports
                    .entry(name)
                    .or_insert((stack, output["Value"].clone()));
            }
        }
    }
}

impl Stack {
    pub(super) fn new(prefix: String, template: Value, given: &[(String, String)]) -> Self {
        let resources = template["Resources"].as_object().cloned();
        let parameters = template["Parameters"].as_object().into_iter().flatten();
        let parameters = parameters
            .map(|(name, declared)| {
                // The last one wins, as on any command line.
                let said = given.iter().rev().find(|(given, _)| given == name);
                let said = said.map(|(_, value)| value.as_str());
                (name.clone(), Parameter::new(declared, said))
            })
            .collect();
        Self {
            prefix,
            is_service: false,
            resources: resources.unwrap_or_default(),
            places: BTreeMap::new(),
            parameters,
            template,
        }
    }
}

impl Parameter {
    /// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>: without
    /// a value the default counts, and of `NoEcho` nothing may be shown. And
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html>: what
    /// stands for an SSM parameter type is a name in Parameter Store, not the value.
    fn new(declared: &Value, given: Option<&str>) -> Self {
        let hides = match &declared["NoEcho"] {
            Value::Bool(hides) => *hides,
            Value::String(text) => text.eq_ignore_ascii_case("true"),
            _ => false,
        };
        if hides {
            return Self::Secret;
        }
        let kind = declared["Type"].as_str().unwrap_or("String");
        if kind.starts_with("AWS::SSM::Parameter::Value<") {
            return Self::Stored;
        }
        let default = match &declared["Default"] {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            _ => None,
        };
        let Some(text) = given.map(str::to_owned).or(default) else {
            return Self::Missing;
        };
        if kind == "CommaDelimitedList" || kind.starts_with("List<") {
            let items = text.split(',').map(|item| Value::from(item.trim()));
            return Self::Known(Value::Array(items.collect()));
        }
        Self::Known(Value::String(text))
    }
}
