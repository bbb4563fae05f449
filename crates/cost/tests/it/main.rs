//! Estimates of small pipelines, beside sums that were made by hand.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at what it does not expect"
)]

use std::collections::BTreeMap;

use cost::{BUILT_IN, Counter, Estimate, Rates, Volume, estimate};
use pipeline::{Pipeline, Surroundings};

const SPEC: &str = "
pipeline: p
source: s
bus: own
alarms: false
events:
  e: { detail_type: E, external: true, discriminator: none }
  f: { detail_type: F, discriminator: none }
jobs:
  j:
    function: { package: j, memory_mb: 512, tracing: false }
    triggers: [{ event: e }]
    emits: [f]
  q:
    deliver_to: queue
    triggers: [{ event: f }]
  t:
    function: { package: t, tracing: false }
    triggers: [{ schedule: rate(1 hour), timezone: Europe/Berlin, shards: 2 }]
";

const VOLUMES: &str = "volumes: { events_per_day: { e: 100000 }, run_ms: { j: 200, t: 1000 } }\n";

fn parse(spec: &str) -> Pipeline {
    let parsed = pipeline::parse(spec, &Surroundings::default());
    assert!(!parsed.has_errors(), "{spec}\n{:#?}", parsed.diagnostics);
    parsed.pipeline.unwrap()
}

fn estimated(spec: &str, free_tier: bool) -> Estimate {
    let pipeline = parse(spec);
    let from = "2026-01-01T00:00:00Z".parse().unwrap();
    let volume = Volume::new(&pipeline, None, from);
    estimate(
        &pipeline,
        &volume,
        &Rates::read(BUILT_IN).unwrap(),
        0,
        free_tier,
    )
}

/// Quantities and costs, to six digits behind the point, by item.
fn items(estimate: &Estimate) -> BTreeMap<&'static str, (String, String)> {
    let items = estimate.items.iter();
    items
        .map(|line| (line.item, (exact(line.quantity), exact(line.cost))))
        .collect()
}

/// A number to six digits behind the point, without zeros at its end.
fn exact(number: f64) -> String {
    ((number * 1e6).round() / 1e6).to_string()
}

#[test]
fn a_month_is_what_a_calculator_says() {
    let estimate = estimated(&format!("{SPEC}{VOLUMES}"), false);
    let of = |quantity: &str, cost: &str| (quantity.to_owned(), cost.to_owned());
    let expected = BTreeMap::from([
        // 100,000 a day, and as many that `j` emits.
        ("event_bus_events", of("6000000", "6")),
        // 720 hours, two shards.
        ("scheduler_runs", of("1440", "0.00144")),
        ("function_runs", of("3001440", "0.600288")),
        // 3,000,000 × 0.2 s × 0.5 GB, and 1,440 × 1 s × 0.25 GB.
        ("function_gb_seconds_arm64", of("300360", "4.00482")),
        ("queue_requests", of("3000000", "1.2")),
        // 3,001,440 KB.
        ("log_gb", of("2.862396", "1.431198")),
    ]);
    assert_eq!(items(&estimate), expected);
    assert_eq!(exact(estimate.total), "13.237746");
    assert!(estimate.unsaid.is_empty(), "{:?}", estimate.unsaid);
    let jobs = estimate.jobs.iter();
    let jobs: Vec<String> = jobs
        .map(|job| format!("{} {}", job.job, job.runs))
        .collect();
    assert_eq!(jobs, ["j 3000000", "q 0", "t 1440"]);
}

#[test]
fn what_is_free_is_taken_off_once() {
    let estimate = estimated(&format!("{SPEC}{VOLUMES}"), true);
    let items = items(&estimate);
    assert_eq!(items["function_runs"].1, "0.400288");
    assert_eq!(items["function_gb_seconds_arm64"].1, "0");
    assert_eq!(items["queue_requests"].1, "0.8");
    assert_eq!(items["event_bus_events"].1, "6");
}

#[test]
fn what_nobody_says_is_counted_as_nothing_and_told() {
    let pattern = "  p: { deliver_to: topic, triggers: [{ pattern: { source: [other] } }] }\n";
    let estimate = estimated(&format!("{SPEC}{pattern}"), false);
    assert_eq!(
        estimate.unsaid.iter().collect::<Vec<_>>(),
        ["events `e`", "events for the pattern `pattern` of `p`"]
    );
    assert!(!items(&estimate).contains_key("event_bus_events"));
    let said = format!("{SPEC}{pattern}volumes: {{ deliveries_per_day: {{ p: 10 }} }}\n");
    assert_eq!(items(&estimated(&said, false))["topic_publishes"].0, "300");
}

#[test]
fn a_loop_ends() {
    let spec = SPEC.replace(
        "[{ event: e }]\n    emits: [f]",
        "[{ event: e }, { event: f, id: again }]\n    emits: [f]\n    loop_guard: it stops",
    );
    let estimate = estimated(&format!("{spec}{VOLUMES}"), false);
    assert!(
        estimate.unsaid.contains("events `f`"),
        "{:?}",
        estimate.unsaid
    );
}

#[test]
fn a_buffer_costs_requests_and_saves_runs() {
    let buffered = SPEC.replace(
        "    triggers: [{ event: e }]",
        "    buffer: { batch: 100, window: 60s }\n    triggers: [{ event: e }]",
    );
    let items = items(&estimated(&format!("{buffered}{VOLUMES}"), false));
    // 69.4 events in a window of a minute are a batch: 43,200 of them.
    assert_eq!(items["function_runs"].0, (43_200 + 1_440).to_string());
    // The events go in; batches are received and deleted; an empty queue is asked; and the queue of `q`.
    let requests = 3_000_000 + 2 * 43_200 + 648_000 + 3_000_000;
    assert_eq!(items["queue_requests"].0, requests.to_string());
}

#[test]
fn recorded_events_go_before_what_the_spec_says() {
    let pipeline = parse(&format!("{SPEC}{VOLUMES}"));
    let counter = Counter::new(&pipeline);
    let mut reader = counter.reader();
    let event = |kind: &str, time: &str| {
        format!(
            r#"{{"version":"0","id":"1","detail-type":"{kind}","source":"s","account":"1","time":"{time}","region":"r","resources":[],"detail":{{}}}}"#
        )
    };
    reader.read(&event("E", "2026-01-01T00:00:00Z")).unwrap();
    reader.read(&event("E", "2026-01-01T00:30:00Z")).unwrap();
    reader.read(&event("F", "2026-01-01T01:00:00Z")).unwrap();
    reader.read("").unwrap();
    assert!(reader.read("no event").is_err());
    let recorded = reader.finish();
    assert_eq!((recorded.all(), recorded.seconds()), (3, Some(3_600.0)));
    let from = "2026-01-01T00:00:00Z".parse().unwrap();
    let volume = Volume::new(&pipeline, Some(&recorded), from);
    assert_eq!(exact(volume.events["e"]), (2 * 24 * 30).to_string());
    assert_eq!(exact(volume.jobs["q"].events), (24 * 30).to_string());
    let volume = Volume::new(&pipeline, Some(&recorded.over(Some(86_400.0))), from);
    assert_eq!(exact(volume.events["f"]), "30");
    assert!(volume.event_bytes > 100.0, "{}", volume.event_bytes);
}
