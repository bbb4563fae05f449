use std::sync::{Arc, LazyLock};

use super::*;
use crate::around::Seen;

static GUIDE: LazyLock<Guide> = LazyLock::new(Guide::default);

/// The spec that every case begins with.
const HEAD: &str = "pipeline: shop
source: shop
values: { bucket: { local: b }, on: { type: boolean, local: true } }
events:
  order.placed: { detail_type: Order Placed, external: true, detail: { order_id: string, channel: \"enum(web, shop)\", customer: { id: string }, paid: boolean } }
  order.billed: { detail_type: Order Billed, detail: { total: number } }
";

/// The texts that completion writes at the mark `|`, behind what they replace.
fn at_mark(marked: &str) -> (String, Vec<String>) {
    let marked = format!("{HEAD}{marked}");
    let offset = marked.find('|').unwrap();
    let text = marked.replacen('|', "", 1);
    let seen = Seen {
        packages: vec!["bill".to_owned(), "mail".to_owned()],
        ..Seen::default()
    };
    let spec = Spec::read(text.as_str().into(), Arc::new(seen), None, Some(offset));
    let Some(found) = complete(&spec, &GUIDE, offset) else {
        return ("nothing".to_owned(), Vec::new());
    };
    let replaced = text[found.replace.range()].to_owned();
    let inserted = found.candidates.into_iter().map(|one| one.insert);
    (replaced, inserted.collect())
}

/// Holds the first candidates against those that are expected.
#[track_caller]
fn check(marked: &str, replaced: &str, expected: &[&str]) {
    let (found, candidates) = at_mark(marked);
    let first: Vec<&str> = candidates
        .iter()
        .take(expected.len())
        .map(String::as_str)
        .collect();
    assert_eq!(
        (found.as_str(), first.as_slice()),
        (replaced, expected),
        "{marked}: {candidates:?}"
    );
    if expected.is_empty() {
        assert!(candidates.is_empty(), "{marked}: {candidates:?}");
    }
}

#[test]
fn keys_of_the_language() {
    check(
        "|",
        "",
        &["subject: ", "bus: ", "names:", "discriminator: "],
    );
    check(
        "jobs:\n  bill:\n    |",
        "",
        &["description: ", "function:", "deliver_to: ", "triggers:"],
    );
    check(
        "jobs:\n  bill:\n    fun|",
        "fun",
        &["description: ", "function:"],
    );
    check(
        "jobs:\n  bill:\n    description: x\n    fun|: { package: bill }\n    emits: []",
        "fun",
        &["function", "deliver_to", "triggers", "execution"],
    );
    check(
        "jobs: { bill: { function: { pa|",
        "pa",
        &["package: ", "zip: "],
    );
    check(
        "jobs:\n  bill:\n    triggers:\n      - |",
        "",
        &["schedule: ", "event: ", "pattern:"],
    );
    check(
        "jobs:\n  bill:\n    triggers:\n      |",
        "",
        &["- schedule: ", "- event: ", "- pattern:"],
    );
    check(
        "jobs:\n  bill:\n    triggers:\n      - event: order.placed\n        |",
        "",
        &["where:", "bus: ", "input:"],
    );
    check(
        "jobs: { bill: { triggers: [ { schedule: rate(1 day), |",
        "",
        &["timezone: ", "start: ", "end: "],
    );
    check("archive:\n  |", "", &["days: "]);
    check("# a comm|ent", "nothing", &[]);
}

#[test]
fn words_of_the_language() {
    check(
        "jobs: { b: { function: { architecture: |",
        "",
        &["arm64", "x86_64"],
    );
    check(
        "jobs: { b: { function: { tracing: f| } } }",
        "f",
        &["true", "false"],
    );
    check(
        "jobs:\n  b:\n    function:\n      architecture:|\n",
        "",
        &[" arm64", " x86_64"],
    );
    check("discriminator: |", "", &["event_type", "none"]);
    check("jobs:\n  b:\n    deliver_to: |", "", &["queue", "topic"]);
    check("jobs: { b: { function: { timeout: |", "", &["30s"]);
    check("bus: |", "", &["default"]);
    check("x: { detail: | }", "", &[]);
}

#[test]
fn names_of_the_spec() {
    check(
        "jobs: { b: { triggers: [ { event: or| } ] } }",
        "or",
        &["order.placed", "order.billed"],
    );
    check("jobs: { b: { emits: [|] } }", "", &["order.billed"]);
    check("jobs:\n  b:\n    emits:\n      - |", "", &["order.billed"]);
    check("jobs:\n  b:\n    emits:\n      |", "", &["- order.billed"]);
    check(
        "jobs: { b: { function: { package: \"|\" } } }",
        "",
        &["bill", "mail"],
    );
    check(
        "subject: |",
        "",
        &["order_id", "channel", "customer", "customer.id"],
    );
    check("allow:\n  |", "", &["aws-events-on-custom-bus: "]);
}

#[test]
fn fields_and_operators_of_patterns() {
    let trigger = "jobs:\n  b:\n    triggers:\n      - event: order.placed\n";
    let with = |rest: &str| format!("{trigger}        {rest}");
    let fields = ["order_id: ", "channel: ", "customer: ", "paid: "];
    check(&with("where: { |"), "", &fields);
    check(&with("where:\n          |"), "", &fields);
    check(&with("where: { customer: { |"), "", &["id: "]);
    check(
        &with("where: { channel: [|"),
        "",
        &["web", "shop", "{ prefix: ", "{ suffix: "],
    );
    check(&with("where: { channel: |"), "", &["[web]", "[shop]"]);
    check(
        &with("where: { paid: [|] }"),
        "",
        &["true", "false", "{ prefix: "],
    );
    check(
        &with("where:\n          channel:\n            - |"),
        "",
        &["web", "shop", "prefix: "],
    );
    check(
        &with("where: { channel: [{ any| } ] }"),
        "any",
        &["prefix: ", "suffix: "],
    );
    check(
        &with("where: { channel: [{ anything-but: { |"),
        "",
        &["prefix: ", "suffix: ", "equals-ignore-case: ", "wildcard: "],
    );
    check(
        &with("input: { path: \"|\" }"),
        "",
        &[
            "$.detail.order_id",
            "$.detail.channel",
            "$.detail.customer",
            "$.detail.customer.id",
            "$.detail.paid",
            "$.detail",
        ],
    );
    check(
        &with("input: { paths: { order: $.d| } }"),
        "$.d",
        &["$.detail.order_id"],
    );
    let pattern = "jobs: { b: { triggers: [ { pattern: { ";
    check(
        &format!("{pattern}|"),
        "",
        &["source: ", "detail-type: ", "detail: "],
    );
    check(
        &format!("{pattern}detail-type: [|"),
        "",
        &["Order Placed", "Order Billed"],
    );
    check(&format!("{pattern}source: [|"), "", &["shop"]);
    check(&format!("{pattern}detail: {{ |"), "", &["order_id: "]);
}

#[test]
fn values_behind_their_sign() {
    let values = ["bucket", "on", "environment", "region", "account"];
    let closed = values.map(|name| format!("{name}}}"));
    let closed: Vec<&str> = closed.iter().map(String::as_str).collect();
    check(
        "jobs: { b: { function: { environment: { B: \"${|\" } } } }",
        "",
        &closed,
    );
    check(
        "jobs: { b: { function: { environment: { B: \"a${bu|}\" } } } }",
        "bu",
        &values,
    );
    check("jobs: { b: { function: { memory_mb: ${|", "", &closed);
}

#[test]
fn zones_are_those_of_the_tz_database() {
    let (replaced, zones) =
        at_mark("jobs: { b: { triggers: [ { schedule: rate(1 day), timezone: Europe/B|");
    assert_eq!(replaced, "Europe/B");
    assert!(
        zones.iter().any(|zone| zone == "Europe/Berlin"),
        "{zones:?}"
    );
    assert!(zones.len() > 300, "{}", zones.len());
}
