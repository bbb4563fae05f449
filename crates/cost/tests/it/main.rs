//! Estimates of small pipelines, beside sums that were made by hand.

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

fn of(spec: &str, free_tier: bool) -> Estimate {
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

/// Quantities and costs, to six digits behind the point.
fn items(estimate: &Estimate) -> BTreeMap<&'static str, (f64, f64)> {
    let round = |amount: f64| (amount * 1e6).round() / 1e6;
    let items = estimate.items.iter();
    items
        .map(|line| (line.item, (round(line.quantity), round(line.cost))))
        .collect()
}

#[test]
fn a_month_is_what_a_calculator_says() {
    let estimate = of(&format!("{SPEC}{VOLUMES}"), false);
    let expected = BTreeMap::from([
        // 100,000 a day, and as many that `j` emits.
        ("event_bus_events", (6_000_000.0, 6.0)),
        // 720 hours, two shards.
        ("scheduler_runs", (1_440.0, 0.00144)),
        ("function_runs", (3_001_440.0, 0.600_288)),
        // 3,000,000 × 0.2 s × 0.5 GB, and 1,440 × 1 s × 0.25 GB.
        ("function_gb_seconds_arm64", (300_360.0, 4.004_82)),
        ("queue_requests", (3_000_000.0, 1.2)),
        // 3,001,440 KB.
        ("log_gb", (2.862_396, 1.431_198)),
    ]);
    assert_eq!(items(&estimate), expected);
    let total: f64 = expected.values().map(|(_, cost)| cost).sum();
    assert!((estimate.total - total).abs() < 1e-5, "{}", estimate.total);
    assert!(estimate.unsaid.is_empty(), "{:?}", estimate.unsaid);
    let jobs: Vec<(&str, f64)> = estimate
        .jobs
        .iter()
        .map(|job| (job.job.as_str(), job.runs))
        .collect();
    assert_eq!(jobs, [("j", 3_000_000.0), ("q", 0.0), ("t", 1_440.0)]);
}

#[test]
fn what_is_free_is_taken_off_once() {
    let estimate = of(&format!("{SPEC}{VOLUMES}"), true);
    let items = items(&estimate);
    assert_eq!(items["function_runs"].1, 0.400_288);
    assert_eq!(items["function_gb_seconds_arm64"].1, 0.0);
    assert_eq!(items["queue_requests"].1, 0.8);
    assert_eq!(items["event_bus_events"].1, 6.0);
}

#[test]
fn what_nobody_says_is_counted_as_nothing_and_told() {
    let pattern = "  p: { deliver_to: topic, triggers: [{ pattern: { source: [other] } }] }\n";
    let estimate = of(&format!("{SPEC}{pattern}"), false);
    assert_eq!(
        estimate.unsaid.iter().collect::<Vec<_>>(),
        ["events `e`", "events for the pattern `pattern` of `p`"]
    );
    assert!(!items(&estimate).contains_key("event_bus_events"));
    let said = format!("{SPEC}{pattern}volumes: {{ deliveries_per_day: {{ p: 10 }} }}\n");
    assert_eq!(items(&of(&said, false))["topic_publishes"].0, 300.0);
}

#[test]
fn a_loop_ends() {
    let spec = SPEC.replace(
        "[{ event: e }]\n    emits: [f]",
        "[{ event: e }, { event: f, id: again }]\n    emits: [f]\n    loop_guard: it stops",
    );
    let estimate = of(&format!("{spec}{VOLUMES}"), false);
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
    let items = items(&of(&format!("{buffered}{VOLUMES}"), false));
    // 69.4 events in a window of a minute are a batch: 43,200 of them.
    assert_eq!(items["function_runs"].0, 43_200.0 + 1_440.0);
    // The events go in; batches are received and deleted; an empty queue is asked; and the queue of `q`.
    let requests = 3_000_000.0 + 2.0 * 43_200.0 + 648_000.0 + 3_000_000.0;
    assert_eq!(items["queue_requests"].0, requests);
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
    let counted = reader.finish();
    assert_eq!((counted.all(), counted.seconds()), (3, Some(3_600.0)));
    let from = "2026-01-01T00:00:00Z".parse().unwrap();
    let volume = Volume::new(&pipeline, Some(&counted), from);
    assert_eq!(volume.events["e"], 2.0 * 24.0 * 30.0);
    assert_eq!(volume.jobs["q"].events, 24.0 * 30.0);
    let volume = Volume::new(&pipeline, Some(&counted.over(Some(86_400.0))), from);
    assert_eq!(volume.events["f"], 30.0);
    assert!(volume.event_bytes > 100.0, "{}", volume.event_bytes);
}
