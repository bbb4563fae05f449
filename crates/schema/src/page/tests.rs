use std::collections::BTreeSet;

use pipeline::{Diagnostic, Surroundings};

use super::anchor::anchor;
use super::example::with_key;
use super::sections::sections;
use crate::{Schema, document, page};

/// A place in a spec: what stands before and after its keys, and the keys that it needs beside any other.
struct Place {
    mapping: &'static str,
    before: &'static str,
    beside: &'static [(&'static str, &'static str)],
    after: &'static str,
}

const EVENTS: &str = "pipeline: shop\nsource: shop.orders\nevents: { order.placed: { detail_type: Order Placed, external: true }, order.billed: { detail_type: Order Billed, external: true } }\n";

/// Every mapping of the schema, and how a spec comes to it.
const PLACES: [Place; 43] = [
    place("", "", &[("pipeline", "p"), ("source", "s")], ""),
    place("$value", "values: { v: { ", &[("local", "1")], " } }"),
    place("$removal", "removed: { old: { ", &[], " } }"),
    place("$event", "events: { e: { ", &[("detail_type", "E")], " } }"),
    place(
        "$job",
        "jobs: { j: { ",
        &[("function", "{ package: j }")],
        " } }",
    ),
    place(
        "$function",
        "jobs: { j: { function: { ",
        &[("package", "j")],
        " } } }",
    ),
    place(
        "$function/local",
        "jobs: { j: { function: { image: '123456789012.dkr.ecr.eu-central-1.amazonaws.com/jj:1', local: { ",
        &[("command", "[python3]")],
        " } } } }",
    ),
    place(
        "$schedule-trigger",
        "jobs: { j: { function: { package: j }, triggers: [ { ",
        &[("schedule", "rate(1 hour)"), ("timezone", "UTC")],
        " } ] } }",
    ),
    place(
        "$event-trigger",
        "jobs: { j: { function: { existing: j }, triggers: [ { ",
        &[("event", "order.placed")],
        " } ] } }",
    ),
    place(
        "$pattern-trigger",
        "jobs: { j: { function: { existing: j }, triggers: [ { ",
        &[("pattern", "{ source: [x] }")],
        " } ] } }",
    ),
    place(
        "$input",
        "jobs: { j: { function: { existing: j }, triggers: [ { event: order.placed, input: { ",
        &[
            ("paths", "{ order: $.detail.order_id }"),
            ("template", "'{ \"order\": <order> }'"),
        ],
        " } } ] } }",
    ),
    place(
        "$pattern",
        "jobs: { j: { function: { package: j }, triggers: [ { event: order.placed, where: { ",
        &[],
        " } } ] } }",
    ),
    place(
        "$operator",
        "jobs: { j: { function: { package: j }, triggers: [ { event: order.placed, where: { a: [ { ",
        &[],
        " } ] } } ] } }",
    ),
    place(
        "$delivery",
        "jobs: { j: { function: { package: j }, triggers: [ { event: order.placed, delivery: { ",
        &[],
        " } } ] } }",
    ),
    place(
        "$execution",
        "jobs: { j: { function: { package: j }, execution: { ",
        &[],
        " } } }",
    ),
    place(
        "$permission",
        "jobs: { j: { function: { package: j, permissions: [ { ",
        &[("actions", "[s3:GetObject]"), ("resources", "['*']")],
        " } ] } } }",
    ),
    place(
        "$secret",
        "jobs: { j: { function: { package: j, secrets: { TOKEN_ARN: { ",
        &[("name", "token")],
        " } } } } }",
    ),
    place(
        "$use",
        "uses: { u: { ",
        &[("contract", "../u/pipeline.yaml")],
        " } }",
    ),
    place("names", "names: { ", &[], " }"),
    place("encryption", "bus: own\nencryption: { ", &[], " }"),
    place(
        "volumes",
        "jobs: { audit: { function: { package: j } }, pack: { function: { package: j } } }\nvolumes: { ",
        &[],
        " }",
    ),
    place("defaults/schedule", "defaults: { schedule: { ", &[], " } }"),
    place("terraform/cloud", "terraform: { cloud: { ", &[], " } }"),
    place(
        "terraform/cloud/workspaces",
        "terraform: { cloud: { workspaces: { ",
        &[],
        " } } }",
    ),
    place("terraform/backend", "terraform: { backend: { ", &[], " } }"),
    place(
        "terraform/backend/s3",
        "terraform: { backend: { s3: { ",
        &[("bucket", "b"), ("key", "k")],
        " } } }",
    ),
    place(
        "$job/alarms",
        "jobs: { j: { function: { package: j }, alarms: { ",
        &[],
        " } } }",
    ),
    place(
        "$job/buffer",
        "jobs: { j: { function: { package: j }, buffer: { ",
        &[("window", "1s")],
        " } } }",
    ),
    place(
        "$job/deliver_to",
        "jobs: { j: { deliver_to: { ",
        &[],
        " } } }",
    ),
    place(
        "$job/deliver_to/state_machine",
        "jobs: { j: { deliver_to: { state_machine: { ",
        &[],
        " } } } }",
    ),
    place(
        "$job/deliver_to/bus",
        "jobs: { j: { deliver_to: { bus: { ",
        &[],
        " } } } }",
    ),
    place(
        "$job/deliver_to/task",
        "jobs: { j: { deliver_to: { task: { ",
        &[
            ("cluster", "c"),
            ("definition", "d"),
            ("network", "private"),
        ],
        " } } } }",
    ),
    place(
        "$job/deliver_to/batch",
        "jobs: { j: { deliver_to: { batch: { ",
        &[("queue", "q"), ("definition", "d")],
        " } } } }",
    ),
    place(
        "$job/deliver_to/api",
        "jobs: { j: { deliver_to: { api: { ",
        &[("url", "'https://crm.example'"), ("auth", "crm")],
        " } } } }",
    ),
    place(
        "$job/deliver_to/api/auth",
        "jobs: { j: { deliver_to: { api: { url: 'https://crm.example', auth: { ",
        &[("api_key", "crm")],
        " } } } } }",
    ),
    place(
        "$job/dead_letter_queue",
        "jobs: { j: { function: { package: j }, triggers: [ { event: order.placed } ], dead_letter_queue: { ",
        &[],
        " } } }",
    ),
    place(
        "$job/delivery_role",
        "jobs: { j: { deliver_to: { stream: { existing: s } }, triggers: [ { event: order.placed } ], delivery_role: { ",
        &[],
        " } } }",
    ),
    place(
        "$job/names",
        "jobs: { j: { function: { package: j }, triggers: [ { event: order.placed } ], names: { ",
        &[],
        " } } }",
    ),
    place(
        "$trigger-names",
        "jobs: { j: { function: { package: j }, triggers: [ { event: order.placed, names: { ",
        &[],
        " } } ] } }",
    ),
    place(
        "$job/deliver_to/queue",
        "jobs: { j: { deliver_to: { queue: { ",
        &[("existing", "q.fifo"), ("group", "g")],
        " } } } }",
    ),
    place(
        "$job/deliver_to/topic",
        "jobs: { j: { deliver_to: { topic: { ",
        &[("existing", "t")],
        " } } } }",
    ),
    place(
        "$job/deliver_to/stream",
        "jobs: { j: { deliver_to: { stream: { ",
        &[("existing", "s")],
        " } } } }",
    ),
    place(
        "$job/deliver_to/firehose",
        "jobs: { j: { deliver_to: { firehose: { ",
        &[("existing", "f")],
        " } } } }",
    ),
];

const fn place(
    mapping: &'static str,
    before: &'static str,
    beside: &'static [(&'static str, &'static str)],
    after: &'static str,
) -> Place {
    Place {
        mapping,
        before,
        beside,
        after,
    }
}

/// What cannot stand together.
const EITHER: [(&str, &str); 11] = [
    ("launch_type", "public_ip"),
    ("aws", "detail_type"),
    ("deliver_to", "function"),
    ("existing", "package"),
    ("image", "package"),
    ("fifo", "window"),
    ("fifo", "existing"),
    ("value", "paths"),
    ("value", "template"),
    ("path", "paths"),
    ("path", "template"),
];

/// Keys that stand together, unlike the others of their mapping: the mapping, the keys, and what stands beside each.
type Together = (
    &'static str,
    &'static [&'static str],
    &'static [(&'static str, &'static str)],
);
const TOGETHER: [Together; 5] = [
    (
        "$function",
        &["zip", "runtime", "handler", "local"],
        &[
            ("zip", "a.zip"),
            ("runtime", "python3.13"),
            ("handler", "a.b"),
        ],
    ),
    (
        "$job",
        &["delivery_role"],
        &[("deliver_to", "{ queue: { existing: q } }")],
    ),
    ("$job/deliver_to/api", &["existing"], &[]),
    ("$job/deliver_to/api/auth", &["basic"], &[]),
    (
        "$job/deliver_to/api/auth",
        &["oauth", "endpoint", "method", "parameters"],
        &[
            ("oauth", "crm"),
            ("endpoint", "'https://crm.example/token'"),
        ],
    ),
];

/// A spec with one key in a mapping.
fn spec_with(mapping: &str, key: &str, value: &str) -> String {
    let Some(place) = PLACES.iter().find(|place| place.mapping == mapping) else {
        // A mapping at the top, as `archive`.
        assert!(
            !mapping.contains(['/', '$']),
            "PLACES does not have {mapping}"
        );
        return format!("{EVENTS}{mapping}: {{ {value} }}\n");
    };
    let together = TOGETHER.iter();
    let mut together = together.filter(|(of, keys, _)| *of == mapping && keys.contains(&key));
    let beside = together
        .next()
        .map_or(place.beside, |(_, _, beside)| beside);
    let beside = beside
        .iter()
        .filter(|(other, _)| *other != key && !EITHER.contains(&(key, *other)));
    if place.mapping.is_empty() {
        let beside: Vec<String> = beside
            .map(|(key, value)| format!("{key}: {value}\n"))
            .collect();
        let events = EVENTS.lines().nth(2).filter(|_| key != "events");
        return format!(
            "{}{}\n{value}\n",
            beside.concat(),
            events.unwrap_or_default()
        );
    }
    let beside: Vec<String> = beside
        .map(|(key, value)| format!("{key}: {value}, "))
        .collect();
    let head = if place.before.starts_with("events:") {
        "pipeline: shop\nsource: shop.orders\n"
    } else {
        EVENTS
    };
    format!(
        "{head}{}{}{value}{}\n",
        place.before,
        beside.concat(),
        place.after
    )
}

fn errors(spec: &str) -> Vec<Diagnostic> {
    let mut found = pipeline::parse(spec, &Surroundings::default()).diagnostics;
    found.retain(Diagnostic::is_error);
    found
}

#[test]
fn every_key_has_a_meaning_an_example_and_what_it_makes_on_aws() {
    let schema = document();
    for entry in sections().flat_map(|section| section.entries(&schema)) {
        let path = entry.path();
        assert!(entry.meaning(&schema).is_some(), "{path} has no meaning");
        assert!(!entry.examples(&schema).is_empty(), "{path} has no example");
        let on_aws = entry.on_aws(&schema);
        assert!(
            on_aws.is_some(),
            "{path} does not say what it makes on AWS, or that it makes nothing"
        );
    }
}

#[test]
fn the_reader_accepts_every_example_where_it_stands() {
    let schema = document();
    for entry in sections().flat_map(|section| section.entries(&schema)) {
        for example in entry.examples(&schema) {
            // On the page, and inside brackets, where a text needs quotes sooner.
            let in_brackets = format!("{}: {example}", entry.key);
            let spec = spec_with(entry.mapping.place, entry.key, &in_brackets);
            assert!(errors(&spec).is_empty(), "{spec}\n{:?}", errors(&spec));
            let on_page = with_key(entry.key, example);
            let read: serde_json::Value = serde_saphyr::from_str(&on_page).unwrap();
            assert_eq!(&read[entry.key], example, "{on_page}");
        }
    }
}

#[test]
fn the_reader_accepts_every_fragment() {
    for section in sections() {
        let mut spec = String::new();
        for (key, line) in [
            ("pipeline:", "pipeline: shop\nsource: shop.orders\n"),
            ("events:", EVENTS.split_once("orders\n").unwrap().1),
        ] {
            if !section.fragment.starts_with(key) {
                spec.push_str(line);
            }
        }
        spec.push_str(section.fragment);
        assert!(errors(&spec).is_empty(), "{spec}\n{:?}", errors(&spec));
    }
}

/// Calls back with every mapping that has keys, and its place.
fn mappings<'s>(schema: &'s Schema, place: &str, found: &mut Vec<(String, &'s Schema)>) {
    for (name, definition) in &schema.definitions {
        mappings(definition, &format!("${name}"), found);
    }
    if !schema.properties.is_empty() {
        found.push((place.to_owned(), schema));
    }
    for (key, value) in &schema.properties {
        let inner = format!("{place}/{key}");
        mappings(value, inner.trim_start_matches('/'), found);
    }
    for form in &schema.any_of {
        mappings(form, place, found);
    }
}

#[test]
fn every_key_of_the_schema_is_on_the_page_once() {
    let schema = document();
    let mut all = Vec::new();
    mappings(&schema, "", &mut all);
    assert!(all.len() > 20, "{}", all.len());
    // What stands inside an operator is an operator again, and `where` is a pattern.
    all.retain(|(place, _)| !place.starts_with("$operator/") && !place.ends_with("/where"));
    let sections: Vec<_> = sections().flat_map(|section| section.mappings).collect();
    for (place, mapping) in all {
        for key in mapping.properties.keys() {
            let described = sections.iter().filter(|section| {
                let is_here = section.place == place || section.twins.contains(&place.as_str());
                is_here && section.keys.take(key)
            });
            let times = described.count();
            assert_eq!(
                times, 1,
                "`{key}` of `{place}`: {times} sections of page/sections.rs have it"
            );
        }
    }
}

#[test]
fn links_lead_to_headings_and_headings_are_apart() {
    let page = page();
    let mut anchors = BTreeSet::new();
    for heading in page.lines().filter(|line| line.starts_with("##")) {
        let heading = heading.trim_start_matches('#').trim().replace('\\', "");
        assert!(anchors.insert(anchor(&heading)), "{heading} is there twice");
    }
    assert!(anchors.len() > 90, "{}", anchors.len());
    for link in page.split("](#").skip(1) {
        let target = link.split(')').next().unwrap();
        assert!(
            anchors.contains(target),
            "no heading has the anchor {target}"
        );
    }
}

#[test]
fn every_type_of_a_field_is_named() {
    let page = page();
    for (word, _) in pipeline::language::FIELD_TYPES {
        assert!(page.contains(&format!("`{word}`")), "{word}");
    }
}
