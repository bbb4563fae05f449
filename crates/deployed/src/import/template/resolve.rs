//! CloudFormation's intrinsic functions, as far as templates alone say what they come to.
//!
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html>. What does
//! not come to anything known is a mark of [`super::unknown`], which keeps its name.

use serde_json::{Map, Value};

use super::stack::World;
use super::unknown::{Kind, Unknowns, map_texts};

/// How much one value may take: far more than any real one.
const BUDGET: usize = 50_000;
/// The deepest value: names of resources may be made of each other's.
const DEEPEST: usize = 160;
/// The longest text that functions may make; CloudFormation's own templates have 1 MB.
const LONGEST: usize = 1 << 20;

const SECRET: &str = "a secret belongs under `secrets` of the spec, never in its text";

/// Resolves what one stack refers to.
#[derive(Clone, Copy)]
pub(super) struct Resolver<'w> {
    pub(super) world: &'w World,
    pub(super) stack: usize,
}

impl<'w> Resolver<'w> {
    pub(super) fn unknowns(&self) -> &'w Unknowns {
        &self.world.unknowns
    }

    /// A value with everything in it resolved, and a mark for each thing unknown; nothing for `AWS::NoValue`.
    pub(super) fn resolve(&self, value: &Value) -> Option<Value> {
        let value = self.value(value)?;
        Some(map_texts(&value, &mut |text| self.without_lookups(text)))
    }

    /// A text without anything unknown in it.
    pub(super) fn known_text(&self, value: &Value) -> Option<String> {
        let value = self.resolve(value)?;
        let is_known = self.unknowns().names(&value).is_empty();
        is_known.then(|| as_text(&value)).flatten()
    }

    /// A value as it is met on the way to another.
    pub(super) fn value(&self, value: &Value) -> Option<Value> {
        let (depth, budget) = (&self.world.depth, &self.world.budget);
        if depth.get() == 0 {
            budget.set(BUDGET);
        }
        if budget.get() == 0 || depth.get() > DEEPEST {
            return Some(self.never("a value that is too long"));
        }
        budget.set(budget.get() - 1);
        depth.set(depth.get() + 1);
        let value = self.value_inside(value);
        depth.set(depth.get() - 1);
        value
    }

    fn value_inside(&self, value: &Value) -> Option<Value> {
        match value {
            Value::Array(items) => {
                let items = items.iter().filter_map(|item| self.value(item));
                Some(Value::Array(items.collect()))
            }
            Value::Object(object) => {
                let is_call = |key: &str| key == "Ref" || key.starts_with("Fn::");
                let mut entries = object.iter();
                match (entries.next(), entries.next()) {
                    (Some((name, argument)), None) if is_call(name) => self.call(name, argument),
                    _ => Some(Value::Object(self.entries(object))),
                }
            }
            other => Some(other.clone()),
        }
    }

    fn entries(&self, object: &Map<String, Value>) -> Map<String, Value> {
        let mut entries = Map::new();
        for (key, value) in object {
            // A function beside other keys is a macro's, which may do anything.
            let value = if key.starts_with("Fn::") {
                Some(self.never(key))
            } else {
                self.value(value)
            };
            if let Some(value) = value {
                entries.insert(key.clone(), value);
            }
        }
        entries
    }

    /// Something that no spec can say.
    pub(super) fn never(&self, name: &str) -> Value {
        self.unknowns().mark(name, Kind::Never(None))
    }

    /// What hangs on something unknown: its name, or that of the function.
    fn never_for(&self, value: &Value, function: &str) -> Value {
        match self.unknowns().names(value).as_slice() {
            [] => self.never(function),
            names => self.never(&names.join(", ")),
        }
    }

    fn call(&self, function: &str, argument: &Value) -> Option<Value> {
        let known = match function {
            "Ref" => match argument {
                Value::String(name) => return self.reference(name),
                _ => None,
            },
            "Fn::GetAtt" => self.get_attribute(argument),
            "Fn::Sub" => self.sub(argument),
            "Fn::Join" => self.join(argument),
            "Fn::Select" => self.select(argument),
            "Fn::Split" => self.split(argument),
            "Fn::If" => return self.choose(argument),
            "Fn::FindInMap" => self.find_in_map(argument),
            "Fn::ImportValue" => self.import(argument),
            "Fn::Base64" => self.known_argument(argument, |text| {
                use base64::Engine as _;
                base64::engine::general_purpose::STANDARD.encode(text)
            }),
            "Fn::ToJsonString" => self
                .value(argument)
                .map(|value| Value::String(value.to_string())),
            "Fn::Length" => {
                let value = self.value(argument)?;
                value.as_array().map(|items| Value::from(items.len()))
            }
            _ => None,
        };
        Some(known.unwrap_or_else(|| {
            let argument = self.value(argument).unwrap_or_default();
            self.never_for(&argument, function)
        }))
    }

    fn known_argument(&self, argument: &Value, make: impl Fn(&str) -> String) -> Option<Value> {
        let value = self.value(argument)?;
        let is_known = self.unknowns().names(&value).is_empty();
        let text = is_known.then(|| as_text(&value)).flatten()?;
        Some(Value::String(make(&text)))
    }

    fn sub(&self, argument: &Value) -> Option<Value> {
        let (text, own) = match argument {
            Value::String(text) => (text, None),
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(text)] => (text, None),
                [Value::String(text), Value::Object(own)] => (text, Some(own)),
                _ => return None,
            },
            _ => return None,
        };
        let mut out = String::new();
        let mut rest = text.as_str();
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
                continue;
            }
            let value = match own.and_then(|own| own.get(name)) {
                Some(value) => self.value(value),
                None => match name.split_once('.') {
                    Some((resource, attribute)) => Some(self.attribute(resource, attribute)),
                    None => self.reference(name),
                },
            };
            out.push_str(&self.inside(value, name));
            if out.len() > LONGEST {
                return None;
            }
        }
        out.push_str(rest);
        Some(Value::String(out))
    }

    /// A value inside of a text.
    fn inside(&self, value: Option<Value>, name: &str) -> String {
        let value = value.unwrap_or_default();
        match as_text(&value) {
            Some(text) => text,
            None => as_text(&self.never_for(&value, name)).unwrap_or_default(),
        }
    }

    fn join(&self, argument: &Value) -> Option<Value> {
        let (between, items) = two(argument)?;
        let between = as_text(&self.value(between)?)?;
        let Value::Array(items) = self.value(items)? else {
            return None;
        };
        let items = items.into_iter();
        let items: Vec<String> = items
            .map(|item| self.inside(Some(item), "Fn::Join"))
            .collect();
        let joined = items.join(&between);
        (joined.len() <= LONGEST).then_some(Value::String(joined))
    }

    fn select(&self, argument: &Value) -> Option<Value> {
        let (index, items) = two(argument)?;
        let index: usize = as_text(&self.value(index)?)?.parse().ok()?;
        self.value(items)?.as_array()?.get(index).cloned()
    }

    fn split(&self, argument: &Value) -> Option<Value> {
        let (between, text) = two(argument)?;
        let between = as_text(&self.value(between)?)?;
        let text = as_text(&self.value(text)?)?;
        if between.is_empty() {
            return None;
        }
        // What is unknown may have the delimiter in it: from there on it is open which part is which.
        let mut unsure = false;
        let is_word = matches!(between.as_str(), ":" | "/" | ",");
        let parts = text.split(between.as_str()).map(|part| {
            let mut marks = part.chars().filter(|c| super::unknown::is_mark(*c));
            unsure |= marks.any(|mark| !is_word || !self.unknowns().is_one_word(mark));
            if unsure {
                self.never_for(&Value::from(text.as_str()), "Fn::Split")
            } else {
                Value::from(part)
            }
        });
        Some(Value::Array(parts.collect()))
    }

    /// `Fn::If`, of which a branch may be `AWS::NoValue`.
    fn choose(&self, argument: &Value) -> Option<Value> {
        let parts = argument.as_array().map(Vec::as_slice);
        let Some([Value::String(condition), then, otherwise]) = parts else {
            return Some(self.never("Fn::If"));
        };
        match self.condition(condition) {
            Ok(true) => self.value(then),
            Ok(false) => self.value(otherwise),
            Err(names) => {
                let (then, otherwise) = (self.value(then), self.value(otherwise));
                if then == otherwise {
                    return then;
                }
                Some(self.never(&format!("the condition {condition} ({})", names.join(", "))))
            }
        }
    }

    /// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-findinmap-enhancements.html>
    /// for `DefaultValue`.
    fn find_in_map(&self, argument: &Value) -> Option<Value> {
        let (keys, default) = match argument.as_array()?.as_slice() {
            [map, first, second] => ([map, first, second], None),
            [map, first, second, more] => ([map, first, second], more.get("DefaultValue")),
            _ => return None,
        };
        let mut found = &self.world.stacks[self.stack].template["Mappings"];
        let mut place = "Mappings".to_owned();
        for key in keys {
            let key = self.value(key)?;
            if !self.unknowns().names(&key).is_empty() {
                return None;
            }
            let key = as_text(&key)?;
            found = &found[key.as_str()];
            place = format!("{place}/{key}");
        }
        match (found, default) {
            (Value::Null, Some(default)) => self.value(default),
            (Value::Null, None) => Some(self.never(&place)),
            // Mappings hold no functions.
            (found, _) => Some(found.clone()),
        }
    }

    fn import(&self, argument: &Value) -> Option<Value> {
        let name = as_text(&self.value(argument)?)?;
        let Some((stack, value)) = self.world.exports.get(&name) else {
            let name = self.unknowns().plain(&name);
            let about = format!("The export {name} of another stack");
            let name = format!("Fn::ImportValue {name}");
            return Some(self.unknowns().mark(name, Kind::Said(about)));
        };
        let own = format!("export {name}");
        self.once(&own, || self.world.resolver(*stack).value(value))
    }

    /// Does what could come back to itself; nothing if it does.
    pub(super) fn once<T>(&self, what: &str, act: impl FnOnce() -> Option<T>) -> Option<T> {
        let what = format!("{} {what}", self.stack);
        if !self.world.open.borrow_mut().insert(what.clone()) {
            return None;
        }
        let done = act();
        self.world.open.borrow_mut().remove(&what);
        done
    }

    /// A text with a mark for each dynamic reference in it. Source:
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html>.
    fn without_lookups(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{resolve:") {
            let Some((inner, behind)) = after.split_once("}}") else {
                break;
            };
            out.push_str(before);
            rest = behind;
            let inner = self.unknowns().plain(inner);
            let mark = if let Some(name) = inner.strip_prefix("ssm:") {
                let about = format!("{name} in Parameter Store");
                self.unknowns().mark(name, Kind::Said(about))
            } else {
                let name = format!("resolve:{inner}");
                self.unknowns().mark(name, Kind::Never(Some(SECRET)))
            };
            out.push_str(mark.as_str().unwrap_or_default());
        }
        out.push_str(rest);
        out
    }

    /// A parameter that must not be shown.
    pub(super) fn secret(&self, name: &str) -> Value {
        self.unknowns().mark(name, Kind::Never(Some(SECRET)))
    }
}

/// The two arguments of a function.
fn two(argument: &Value) -> Option<(&Value, &Value)> {
    match argument.as_array()?.as_slice() {
        [first, second] => Some((first, second)),
        _ => None,
    }
}

/// A text, or a number or a switch as CloudFormation writes it.
pub(super) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

#[cfg(test)]
#[path = "resolve/tests.rs"]
mod tests;
