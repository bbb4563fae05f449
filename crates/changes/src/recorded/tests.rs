use pipeline::{Surroundings, parse};
use serde_json::json;

use super::*;

const JOBS: &str = "
  bill: { deliver_to: queue, triggers: [ { event: paid } ] }
  mail: { deliver_to: queue, triggers: [ { event: paid, where: { total: [ { numeric: ['>', 100] } ] } } ] }
";

fn pipeline(top: &str, jobs: &str) -> Pipeline {
    let spec = format!(
        "pipeline: shop\nsource: shop\nsubject: order\n{top}events: {{ paid: {{ detail_type: Paid, external: true, detail: {{ order: string, total: number }} }} }}\njobs:{jobs}"
    );
    let parsed = parse(&spec, &Surroundings::default());
    assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
    parsed.pipeline.unwrap()
}

fn event(number: u64) -> String {
    let detail = json!({ "event_type": "paid", "order": format!("o-{number}"), "total": number });
    json!({ "id": format!("i-{number}"), "source": "shop", "detail-type": "Paid", "detail": detail })
        .to_string()
}

fn routed(before: &Pipeline, after: &Pipeline, lines: &[String]) -> Routed {
    let recorded = Recorded::new(before, after);
    let mut reader = recorded.reader(Some("order"));
    for (number, line) in (1..).zip(lines) {
        let _is_counted = reader.read("events.ndjson", number, line);
    }
    reader.finish()
}

#[test]
fn events_that_go_elsewhere_are_counted_by_their_way() {
    let before = pipeline("", JOBS);
    let after = pipeline("", &JOBS.replace("100", "10").replace("  bill", "  audit: { deliver_to: queue, triggers: [ { pattern: { detail: { total: [ 50 ] } } } ] }\n  bill"));
    let mut lines: Vec<String> = (0..200).map(event).collect();
    lines.push("nothing".to_owned());
    lines.push(String::new());
    let routed = routed(&before, &after, &lines);
    assert_eq!(
        (routed.events, routed.malformed, routed.elsewhere),
        (200, 1, 90)
    );
    let jobs: Vec<(&str, u64, u64)> = routed
        .jobs
        .iter()
        .map(|job| (job.job.as_str(), job.before, job.after))
        .collect();
    assert_eq!(jobs, [("audit", 0, 1), ("mail", 99, 189)]);
    let ways: Vec<(u64, Vec<String>, usize)> = routed
        .ways
        .iter()
        .map(|way| (way.events, way.gained.clone(), way.examples.len()))
        .collect();
    let both = vec!["audit".to_owned(), "mail".to_owned()];
    assert_eq!(ways, [(89, vec!["mail".to_owned()], 3), (1, both, 1)]);
    let first = &routed.ways[0].examples[0];
    assert_eq!((first.line, first.subject.as_deref()), (12, Some("o-11")));
}

#[test]
fn a_renamed_job_and_a_bus_of_another_name_are_the_same_and_a_disabled_rule_is_none() {
    let before = pipeline("", JOBS);
    let after = JOBS.replace("  bill: {", "  charge: { renamed_from: bill,");
    let steps = |bus: &str| -> Vec<String> {
        let receipt = format!(
            r#"{{"sequence":0,"at":"2026-01-01T00:00:00Z","step":"EVENT_RECEIPT","bus":"{bus}","envelope":{}}}"#,
            event(1)
        );
        let other = r#"{"sequence":1,"step":"RULE_MATCH","rule":"shop-bill"}"#.to_owned();
        vec![receipt, other]
    };
    let moved = pipeline("bus: orders\n", &after);
    let same = routed(&before, &moved, &steps("default"));
    assert_eq!((same.events, same.elsewhere), (1, 0));
    let disabled = pipeline(
        "",
        &JOBS.replace("event: paid }", "event: paid, enabled: false }"),
    );
    let less = routed(&before, &disabled, &steps("default"));
    assert_eq!((less.elsewhere, less.ways[0].lost.len()), (1, 1));
    // What came on another bus starts nothing, before and after.
    assert_eq!(routed(&before, &disabled, &steps("other")).elsewhere, 0);
}

#[test]
fn a_name_that_another_job_has_now_is_told_apart() {
    let before = pipeline("", JOBS);
    let after = "
  mail: { renamed_from: bill, deliver_to: queue, triggers: [ { event: paid } ] }
";
    let routed = routed(&before, &pipeline("", after), &[event(200)]);
    assert_eq!(routed.ways[0].lost, ["mail (before)"]);
}
