//! Every key of the spec reaches the Terraform module, what `verify` expects and what the local bus installs, or stands
//! in the table of exceptions with the reason.

mod base;
mod changes;
mod deliveries;
mod exceptions;
mod triggers;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pipeline::{Pipeline, Surroundings};
use serde_json::Value;

use crate::support::root;
use base::BASE;
use changes::changes;
use deliveries::DELIVERIES;
use exceptions::Made::{self, LocalBus, Module, Verify};
use exceptions::exceptions;

fn parse(spec: &str) -> Pipeline {
    let parsed = pipeline::parse(spec, &Surroundings::default());
    assert!(!parsed.has_errors(), "{spec}\n{:#?}", parsed.diagnostics);
    parsed.pipeline.unwrap()
}

/// Makes everything from a spec, as text.
fn made(spec: &str) -> BTreeMap<Made, String> {
    let pipeline = parse(spec);
    let packages = codegen::local::packages(&pipeline).into_iter();
    let binaries = packages.map(|package| (package.to_owned(), package.into()));
    let wiring = codegen::local::wiring(
        &pipeline,
        Path::new("."),
        &binaries.collect(),
        &codegen::local::Here::default(),
    )
    .unwrap();
    BTreeMap::from([
        (
            Module,
            format!("{:?}", terraform::render(&pipeline, "pipeline.yaml")),
        ),
        (
            Verify,
            format!("{:?}", deployed::verify::expected(&pipeline, "dev")),
        ),
        (LocalBus, format!("{wiring:?}")),
    ])
}

/// The function of the job that delivers to something else instead.
const FUNCTION: &str = "function: { package: k }";

/// A key of `deliver_to` in a spec.
fn delivery(key: &str) -> String {
    format!("jobs.*.deliver_to.{key}")
}

#[test]
fn every_key_reaches_what_is_made_or_has_a_reason() {
    let base = made(BASE);
    let mut wrong = Vec::new();
    let mut compare = |key: &str, base: &BTreeMap<Made, String>, changed: &str| {
        let changed = made(changed);
        let same = base.iter().filter(|(made, text)| changed[*made] == **text);
        let same: BTreeSet<Made> = same.map(|(made, _)| *made).collect();
        let excepted = exceptions(key);
        if same != excepted {
            wrong.push(format!(
                "{key}: {same:?} do not change, and {excepted:?} are excepted"
            ));
        }
    };
    for (key, from, to) in changes() {
        assert_eq!(BASE.matches(from).count(), 1, "{key}: {from}");
        compare(&key, &base, &BASE.replacen(from, &to, 1));
    }
    for (key, before, after) in DELIVERIES {
        let with = |to: &str| BASE.replacen(FUNCTION, &format!("deliver_to: {to}"), 1);
        compare(&delivery(key), &made(&with(before)), &with(after));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Keys of which `codegen diff` tells nothing, each with the reason.
const UNTOLD: [(&str, &str); 2] = [
    ("output.", "it says where generated files are"),
    ("volumes.", "they change nothing that is made"),
];

#[test]
fn every_key_is_told_by_diff_or_has_a_reason() {
    let now = "2026-03-01T00:00:00Z".parse().unwrap();
    let mut wrong = Vec::new();
    let mut compare = |key: &str, before: &str, after: &str| {
        let (before, after) = (parse(before), parse(after));
        let review = ::changes::review(&before, &after, &BTreeMap::new(), now);
        let mut untold = UNTOLD.iter();
        let is_excepted =
            untold.any(|(of, _)| key == *of || of.ends_with('.') && key.starts_with(of));
        if review.groups.is_empty() != is_excepted {
            wrong.push(key.to_owned());
        }
        assert!(
            ::changes::review(&after, &after, &BTreeMap::new(), now)
                .groups
                .is_empty()
        );
    };
    for (key, from, to) in changes() {
        compare(&key, BASE, &BASE.replacen(from, &to, 1));
    }
    for (key, before, after) in DELIVERIES {
        let with = |to: &str| BASE.replacen(FUNCTION, &format!("deliver_to: {to}"), 1);
        compare(&delivery(key), &with(before), &with(after));
    }
    assert!(
        wrong.is_empty(),
        "told or untold otherwise than listed: {wrong:?}"
    );
}

#[test]
fn every_key_of_the_schema_has_a_change() {
    let text = std::fs::read_to_string(root().join("codegen/pipeline.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    let mut keys = BTreeSet::new();
    walk(&schema, &schema, "", &mut keys);
    // A key that holds others is tested by them.
    let holds_others = |key: &String| {
        let inside = [format!("{key}."), format!("{key}[")];
        keys.iter()
            .any(|other| inside.iter().any(|start| other.starts_with(start)))
    };
    let leaves: BTreeSet<&str> = keys
        .iter()
        .filter(|key| !holds_others(key))
        .map(String::as_str)
        .collect();
    let all = changes();
    let deliveries: Vec<String> = DELIVERIES.iter().map(|(key, ..)| delivery(key)).collect();
    let changed = all.iter().map(|(key, _, _)| key).chain(&deliveries);
    let changed: BTreeSet<&str> = changed.map(String::as_str).collect();
    assert_eq!(leaves, changed);
    assert!(leaves.len() > 90, "{}", leaves.len());
}

/// Collects the keys below a part of the schema.
fn walk(schema: &Value, node: &Value, at: &str, keys: &mut BTreeSet<String>) {
    if let Some(reference) = node["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        // Patterns and the types of fields are languages of their own, and have their own tests.
        if !pointer.ends_with("/pattern") && !pointer.ends_with("/field") {
            walk(schema, schema.pointer(pointer).unwrap(), at, keys);
        }
    }
    for (key, value) in node["properties"].as_object().into_iter().flatten() {
        let key = if at.is_empty() {
            key.clone()
        } else {
            format!("{at}.{key}")
        };
        // The filter `where` is a pattern, too.
        if key != "jobs.*.triggers[].where" {
            walk(schema, value, &key, keys);
        }
        keys.insert(key);
    }
    walk_named(schema, &node["additionalProperties"], at, keys);
    for (_, value) in node["patternProperties"].as_object().into_iter().flatten() {
        walk_named(schema, value, at, keys);
    }
    if node["items"].is_object() {
        walk(schema, &node["items"], &format!("{at}[]"), keys);
    }
    for combined in ["anyOf", "oneOf", "allOf"] {
        for part in node[combined].as_array().into_iter().flatten() {
            walk(schema, part, at, keys);
        }
    }
}

fn walk_named(schema: &Value, node: &Value, at: &str, keys: &mut BTreeSet<String>) {
    if node.is_object() {
        walk(schema, node, &format!("{at}.*"), keys);
    }
}
