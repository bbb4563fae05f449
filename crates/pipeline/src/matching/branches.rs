//! The alternatives of a pattern: `$or` expanded, keys joined to paths.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use eventbridge::pattern::Pattern;
use serde_json::{Map, Value};

/// One alternative: the tests of each path. All paths must match, and of a path one test.
pub(crate) type Branch = BTreeMap<Rc<str>, Rc<[Value]>>;

/// The most fields of all alternatives together. A pattern with more is not followed.
const FIELDS_MAX: usize = 20_000;

/// Expands a pattern; `None` if it is not valid or has too many alternatives.
pub(crate) fn branches(pattern: &Map<String, Value>) -> Option<Vec<Branch>> {
    let parsed = Pattern::parse(&Value::Object(pattern.clone()).to_string()).ok()?;
    expand(pattern, !reads_or_as_field(pattern, &parsed))
}

/// Whether each `$or` of a pattern is the operator. If a pattern is not valid that way, EventBridge reads `$or` as the
/// name of a field.
pub(crate) fn or_is_an_operator(pattern: &Map<String, Value>) -> bool {
    if !has_or(pattern) {
        return true;
    }
    // Who writes a pattern that is valid neither way means the operator.
    let parsed = Pattern::parse(&Value::Object(pattern.clone()).to_string());
    parsed.map_or(true, |parsed| !reads_or_as_field(pattern, &parsed))
}

fn reads_or_as_field(pattern: &Map<String, Value>, parsed: &Pattern) -> bool {
    if !has_or(pattern) {
        return false;
    }
    // The two readings differ in the paths that they find.
    let Some(as_field) = expand(pattern, false) else {
        return false;
    };
    let found: BTreeSet<&str> = parsed.fields().map(|field| field.path).collect();
    let mut paths = as_field.iter().flat_map(BTreeMap::keys);
    paths.all(|path| found.contains(&**path))
}

fn has_or(pattern: &Map<String, Value>) -> bool {
    pattern
        .iter()
        .any(|(key, value)| key == "$or" || value.as_object().is_some_and(has_or))
}

fn expand(pattern: &Map<String, Value>, or_is_operator: bool) -> Option<Vec<Branch>> {
    add(pattern, "", or_is_operator, vec![Branch::new()])
}

/// Adds an object's fields to every branch so far, in text order.
fn add(
    object: &Map<String, Value>,
    path: &str,
    or_is_operator: bool,
    mut branches: Vec<Branch>,
) -> Option<Vec<Branch>> {
    for (key, value) in object {
        match value {
            Value::Array(alternatives) if or_is_operator && key == "$or" => {
                let mut crossed = Vec::new();
                for alternative in alternatives {
                    let alternative = alternative.as_object()?;
                    crossed.extend(add(alternative, path, or_is_operator, branches.clone())?);
                    let fields: usize = crossed.iter().map(|branch| branch.len() + 1).sum();
                    if fields > FIELDS_MAX {
                        return None;
                    }
                }
                branches = crossed;
            }
            Value::Array(tests) => {
                let path: Rc<str> = join(path, key).into();
                let tests: Rc<[Value]> = tests.clone().into();
                for branch in &mut branches {
                    // As in EventBridge, the later of two fields with one path wins.
                    branch.insert(Rc::clone(&path), Rc::clone(&tests));
                }
            }
            value => {
                let (object, path) = (value.as_object()?, join(path, key));
                branches = add(object, &path, or_is_operator, branches)?;
            }
        }
    }
    Some(branches)
}

/// Joins a key to the path of the object that it stands in.
pub(crate) fn join(path: &str, key: &str) -> String {
    match path {
        "" => key.to_owned(),
        path => format!("{path}.{key}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(pattern: &Value, expected: &Value) {
        let branches = branches(pattern.as_object().unwrap()).unwrap();
        let branches = branches.iter().map(|branch| {
            let fields = branch.iter();
            let fields =
                fields.map(|(path, tests)| (path.to_string(), Value::from(tests.to_vec())));
            Value::Object(fields.collect())
        });
        assert_eq!(branches.collect::<Value>(), *expected, "{pattern}");
    }

    #[test]
    fn keys_are_joined_and_the_later_of_two_paths_wins() {
        check(
            &json!({ "a": { "b": [1] }, "a.b": [2], "c": { "d.e": [3] } }),
            &json!([{ "a.b": [2], "c.d.e": [3] }]),
        );
    }

    #[test]
    fn each_alternative_is_a_branch() {
        check(
            &json!({ "$or": [{ "a": [1] }, { "a": [2], "$or": [{ "c": [3] }, { "c": [4] }] }], "b": [5] }),
            &json!([{ "a": [1], "b": [5] }, { "a": [2], "b": [5], "c": [3] }, { "a": [2], "b": [5], "c": [4] }]),
        );
    }

    #[test]
    fn an_or_that_cannot_be_the_operator_is_a_field() {
        check(
            &json!({ "$or": ["x"], "a": [1] }),
            &json!([{ "$or": ["x"], "a": [1] }]),
        );
        let tests = json!([{ "prefix": "x" }, { "exists": false }]);
        check(&json!({ "$or": tests }), &json!([{ "$or": tests }]));
        let dotted = json!({ "$or": [{ "a": [1] }, { "a.$or": [2] }] });
        check(&dotted, &json!([{ "a": [1] }, { "a.$or": [2] }]));
    }

    #[test]
    fn what_is_not_valid_or_too_large_is_not_followed() {
        assert!(branches(json!({ "a": 1 }).as_object().unwrap()).is_none());
        let two = json!([{ "a": [1] }, { "b": [1] }]);
        let mut nested = json!({ "a": [1] });
        for level in 0..16 {
            nested = json!({ format!("x{level}"): nested, "$or": two });
        }
        assert!(branches(nested.as_object().unwrap()).is_none());
    }
}
