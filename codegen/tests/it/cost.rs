//! `codegen cost`: what it prints, and what it says of files that it cannot use.

use std::fs;

use serde_json::Value;
use snapbox::{assert_data_eq, file};

use crate::support::{codegen, root, stderr, stdout};

const NOW: &str = "2026-01-01T00:00:00Z";

#[test]
fn the_shop_has_an_estimate_for_people_and_for_programs() {
    let shop = root().join("examples/shop");
    let output = codegen(&shop, &["cost", "--now", NOW]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_data_eq!(stdout(&output), file!["../cost/shop.txt"].raw());
    let output = codegen(
        &shop,
        &["--format", "json", "cost", "--now", NOW, "--free-tier"],
    );
    let document: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let items = document["items"].as_array().unwrap();
    let total: f64 = items
        .iter()
        .map(|item| item["cost"].as_f64().unwrap())
        .sum();
    assert!((document["total"].as_f64().unwrap() - total).abs() < 1e-9);
    assert_eq!(document["unsaid"], Value::Array(Vec::new()));
}

#[test]
fn prices_may_be_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let shop = root().join("examples/shop");
    let printed = codegen(&shop, &["cost", "--print-rates"]);
    let rates = folder.path().join("rates.yaml");
    fs::write(
        &rates,
        stdout(&printed).replace(
            "event_bus_events: { price: 1.00",
            "event_bus_events: { price: 2.00",
        ),
    )
    .unwrap();
    let of = |arguments: &[&str]| -> f64 {
        let arguments = [&["--format", "json", "cost", "--now", NOW], arguments].concat();
        let document: Value = serde_json::from_str(&stdout(&codegen(&shop, &arguments))).unwrap();
        let items = document["items"].as_array().unwrap();
        let events = items.iter().find(|item| item["item"] == "event_bus_events");
        events.unwrap()["cost"].as_f64().unwrap()
    };
    let path = rates.to_str().unwrap();
    assert!((of(&["--rates", path]) - 2.0 * of(&[])).abs() < 1e-9);
    fs::write(
        &rates,
        "as_of: 2026-06-13\nregion: r\ncurrency: EUR\nprices: { event_bus_event: {} }\n",
    )
    .unwrap();
    let output = codegen(&shop, &["cost", "--rates", path]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("did you mean `event_bus_events`?"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_recording_has_to_tell_how_long_it_took() {
    let folder = tempfile::tempdir().unwrap();
    let shop = root().join("examples/shop");
    let recording = folder.path().join("events.ndjson");
    let event = r#"{"version":"0","id":"1","detail-type":"OrderPlaced","source":"webshop.checkout","account":"1","time":"2026-01-01T00:00:00Z","region":"r","resources":[],"detail":{"order_id":"o","customer":"c","channel":"web","items":[]}}"#;
    fs::write(&recording, format!("{event}\n{event}\n")).unwrap();
    let path = recording.to_str().unwrap();
    let output = codegen(&shop, &["cost", "--recording", path]);
    assert!(
        stderr(&output).contains("`--over 24h`"),
        "{}",
        stderr(&output)
    );
    let arguments = [
        "--format",
        "json",
        "cost",
        "--recording",
        path,
        "--over",
        "1h",
    ];
    let output = codegen(&shop, &arguments);
    let document: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let items = document["items"].as_array().unwrap();
    assert_eq!(items[0]["item"], "event_bus_events");
    assert_eq!(items[0]["quantity"], 2.0 * 24.0 * 30.0);
}
