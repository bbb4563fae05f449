//! Conditions: which branch of `Fn::If` counts, and which resources a stack has.
//!
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html>.

use serde_json::Value;

use super::resolve::Resolver;
use super::unknown::Kind;

/// The names on which it depends whether a condition holds.
type Open = Vec<String>;

impl Resolver<'_> {
    /// Whether a condition of the template holds.
    pub(super) fn condition(&self, name: &str) -> Result<bool, Open> {
        let condition = &self.world.stacks[self.stack].template["Conditions"][name];
        let held = self.once(&format!("condition {name}"), || Some(self.holds(condition)));
        held.unwrap_or_else(|| Err(vec![name.to_owned()]))
            .map_err(|names| {
                if names.is_empty() {
                    vec![name.to_owned()]
                } else {
                    names
                }
            })
    }

    fn holds(&self, condition: &Value) -> Result<bool, Open> {
        let mut entries = condition.as_object().into_iter().flatten();
        let (Some((function, argument)), None) = (entries.next(), entries.next()) else {
            return Err(Open::new());
        };
        let parts = argument.as_array().map_or(&[] as &[Value], Vec::as_slice);
        match (function.as_str(), parts) {
            ("Condition", _) => match argument.as_str() {
                Some(name) => self.condition(name),
                None => Err(Open::new()),
            },
            ("Fn::Equals", [left, right]) => self.is_equal(left, right),
            ("Fn::Not", [one]) => self.holds(one).map(|held| !held),
            ("Fn::And", parts) if !parts.is_empty() => self.all(parts, false),
            ("Fn::Or", parts) if !parts.is_empty() => self.all(parts, true),
            _ => Err(vec![function.clone()]),
        }
    }

    /// Whether all of them hold; with `stop` whether any does. One that decides it makes the unknown ones irrelevant.
    fn all(&self, parts: &[Value], stop: bool) -> Result<bool, Open> {
        let mut open = Open::new();
        for part in parts {
            match self.holds(part) {
                Ok(held) if held == stop => return Ok(stop),
                Ok(_) => {}
                Err(names) => open.extend(names),
            }
        }
        if open.is_empty() {
            Ok(!stop)
        } else {
            Err(open)
        }
    }

    fn is_equal(&self, left: &Value, right: &Value) -> Result<bool, Open> {
        let (left, right) = (self.value(left), self.value(right));
        let both = Value::Array(left.iter().chain(&right).cloned().collect());
        let names = self.unknowns().names(&both);
        let mut all = self.unknowns().all(&both).into_iter();
        // The same unknown text is equal to itself, but not what cannot be resolved.
        let is_open = all.any(|one| matches!(one.kind, Kind::Never(_)));
        if names.is_empty() || (left == right && !is_open) {
            // A number is equal to the text of it: both are texts to CloudFormation.
            let text = |value: &Option<Value>| value.as_ref().and_then(super::resolve::as_text);
            return Ok(match (text(&left), text(&right)) {
                (Some(left), Some(right)) => left == right,
                _ => left == right,
            });
        }
        Err(names)
    }
}
