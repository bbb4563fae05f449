use std::sync::{Arc, LazyLock};

use pipeline::{Setting, Surroundings};

use super::*;
use crate::around::Seen;

static GUIDE: LazyLock<Guide> = LazyLock::new(Guide::default);

const HEAD: &str = "pipeline: shop
source: shop
values: { bucket: { local: b, description: The bucket } }
events:
  order.placed: { detail_type: Order Placed, external: true, detail: { order_id: string, channel: \"enum(web, shop)?\" } }
";

/// The piece and the text that a hover at the mark `|` has.
fn at_mark(marked: &str) -> Option<(String, String)> {
    let marked = format!("{HEAD}{marked}");
    let offset = marked.find('|').unwrap();
    let text = marked.replacen('|', "", 1);
    let mut prod = Setting::environment("prod");
    prod.values.insert("bucket".to_owned(), "prod-b".to_owned());
    let seen = Seen {
        packages: Vec::new(),
        environments: vec![prod, Setting::environment("test")],
        used: None,
        now: Some("2026-01-01T00:00:00Z".parse().unwrap()),
    };
    let spec = Spec::read(text.as_str().into(), Arc::new(seen), None, Some(offset));
    let findings = pipeline::parse(&text, &Surroundings::default()).diagnostics;
    let hover = hover(&spec, &GUIDE, &findings, offset)?;
    Some((text[hover.span.range()].to_owned(), hover.text))
}

/// Holds the beginning of a hover against what is expected.
#[track_caller]
fn check(marked: &str, piece: &str, expected: &str) {
    let (found, text) = at_mark(marked).unwrap_or_default();
    assert_eq!(found, piece, "{marked}: {text}");
    assert!(text.starts_with(expected), "{marked}:\n{text}");
}

const JOB: &str = "jobs:\n  bill:\n    description: Charges\n    function: { package: bill, environment: { BUCKET: \"x-${bucket}\" } }\n    triggers:\n      - event: order.placed\n        where: { channel: [{ prefix: w }] }\n      - schedule: cron(0 8 ? * MON *)\n        timezone: Europe/Berlin\n";

/// The job with a mark in front of the last place of a text.
fn job(before: &str, word: &str) -> String {
    let at = JOB.find(before).unwrap() + before.len();
    let at = at + JOB[at..].find(word).unwrap() + 1;
    [&JOB[..at], "|", &JOB[at..]].concat()
}

#[test]
fn events_and_jobs() {
    let told = "**`order.placed`**: an event of `shop`, detail type `Order Placed`\n\n```yaml\norder_id: string\nchannel: enum(web, shop)?\n```\n\n- Emitted by: others, from outside the pipeline\n- Starts: `bill`, if its filter matches";
    check(&job("event: ", "order.placed"), "order.placed", told);
    check(
        &job("jobs:", "bill"),
        "bill",
        "**`bill`**: a function that is made\n\nCharges\n\n- Started by: `order.placed`, `cron(0 8 ? * MON *)`\n- Emits: nothing",
    );
}

#[test]
fn schedules_in_words_with_their_next_runs() {
    let (piece, text) = at_mark(&job("schedule: ", "cron")).unwrap();
    assert_eq!(piece, "cron(0 8 ? * MON *)");
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0].starts_with("**") && lines[0].contains("Monday"),
        "{text}"
    );
    let runs = [
        "Next runs in Europe/Berlin:",
        "- Mon 2026-01-05 08:00 CET",
        "- Mon 2026-01-12 08:00 CET",
        "- Mon 2026-01-19 08:00 CET",
        "- Mon 2026-01-26 08:00 CET",
        "- Mon 2026-02-02 08:00 CET",
    ];
    assert_eq!(lines[2..8], runs, "{text}");
    check(
        "jobs: { a: { triggers: [ { schedule: ra|te(5 minutes), ",
        "rate(5 minutes)",
        "**",
    );
}

#[test]
fn values_with_what_each_environment_says() {
    let told = "**`${bucket}`**: The bucket\n\n- local: `b`\n- prod: `prod-b`\n- test: nothing";
    check(&job("x-$", "{buc"), "x-${bucket}", told);
    check(&job("x-${b", "uc"), "x-${bucket}", told);
    check(
        "tags: { a: \"${envi|ronment}\" }",
        "${environment}",
        "**`${environment}`**: the name of the environment\n\n- prod: `prod`\n- test: `test`",
    );
}

#[test]
fn keys_and_the_values_behind_them() {
    let timeout = "**`timeout`**\n\nHow long a run may take.";
    check(
        "jobs: { a: { function: { time|out: 30s } } }",
        "timeout",
        timeout,
    );
    check("jobs: { a: { function: { timeout: 3|0s", "30s", timeout);
    check(
        &job("timezone: ", "Europe"),
        "Europe/Berlin",
        "**`timezone`**\n\nThe IANA",
    );
    check(
        &job("channel: [{ ", "prefix"),
        "prefix",
        "**`prefix`**\n\nWhat the text starts with",
    );
    check(
        &job("where: { ", "channel"),
        "channel",
        "**`channel`**: `enum(web, shop)?`, a field of `order.placed`",
    );
    check(
        "allow: { event-|loop: x }",
        "event-loop",
        "**event-loop**: ",
    );
}

#[test]
fn findings_are_explained_below() {
    let (_, text) = at_mark(
        "jobs: { a: { function: { package: a }, triggers: [ { event: ord|er.plcaed } ] } }",
    )
    .unwrap();
    assert!(text.contains("**unknown-event**: "), "{text}");
}

#[test]
fn nothing_is_said_of_comments_and_blanks() {
    assert_eq!(at_mark("# a |comment"), None);
    assert_eq!(at_mark("jobs:\n  |"), None);
}
