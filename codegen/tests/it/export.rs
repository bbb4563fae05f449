//! Tests of what `codegen export` writes for other tools. scripts/asyncapi.sh reads the documents.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{codegen, root, stderr, stdout};

fn asyncapi(spec: &Path) -> Value {
    let spec = spec.to_str().unwrap();
    let shown = codegen(root(), &["export", "asyncapi", "--spec", spec]);
    serde_json::from_str(&stdout(&shown)).unwrap()
}

/// Finds every reference, and what it leads to.
fn references<'d>(at: &'d Value, found: &mut Vec<&'d str>) {
    match at {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|field| references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_event_is_a_message() {
    for spec in ["pipeline.yaml", "examples/shop/pipeline.yaml"] {
        let document = asyncapi(&root().join(spec));
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 20, "{spec}: {found:?}");
        for pointer in found {
            let pointer = pointer.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{spec}: {pointer}");
        }
        let text = fs::read_to_string(root().join(spec)).unwrap();
        let pipeline = pipeline::parse(&text, &pipeline::Surroundings::default());
        for event in pipeline.pipeline.unwrap().events.keys() {
            assert!(document["components"]["messages"][event].is_object());
        }
    }
}

#[test]
fn a_message_takes_the_event_that_arrives() {
    let document = asyncapi(&root().join("pipeline.yaml"));
    let operation = &document["operations"]["compute-features.event"];
    assert_eq!(operation["action"], "receive");
    let message = &document["components"]["messages"]["user.signup"];
    assert_eq!(message["name"], "User Signup");
    let validator = jsonschema::validator_for(&message["payload"]).unwrap();
    let mut event = json!({
        "version": "0", "id": "1", "detail-type": "User Signup", "source": "spendsense",
        "account": "123456789012", "time": "2026-01-01T00:00:00Z", "region": "eu-central-1", "resources": [],
        "detail": { "event_type": "user.signup", "user_id": "u-1", "timestamp": "2026-01-01T00:00:00Z" },
    });
    assert!(validator.is_valid(&event), "{}", message["payload"]);
    event["detail"].as_object_mut().unwrap().remove("user_id");
    assert!(!validator.is_valid(&event));
}

#[test]
fn buses_are_channels_with_what_an_environment_says_as_parameters() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let spec = folder.join("pipeline.yaml");
    fs::write(
        &spec,
        "pipeline: p\nsource: s\nbus: { existing: 'acme-${environment}' }\n\
         events: { e: { detail_type: E, external: true, detail: { id: string } } }\n\
         jobs:\n  j:\n    function: { existing: f }\n    triggers:\n    - { event: e, where: { id: [a] } }\n\
         \x20   - { pattern: { source: [aws.s3] }, bus: default }\n    - { schedule: rate(1 day) }\n",
    )
    .unwrap();
    let document = asyncapi(&spec);
    let channels = &document["channels"];
    assert_eq!(channels["pipeline"]["address"], "acme-{environment}");
    assert!(channels["pipeline"]["parameters"]["environment"].is_object());
    assert_eq!(channels["default"]["address"], "default");
    let operations = document["operations"].as_object().unwrap();
    let ids: Vec<&String> = operations.keys().collect();
    assert_eq!(ids, ["j.event", "j.pattern"]);
    let waits = |id: &str, key: &str| operations[id][key].as_str().unwrap().to_owned();
    assert_eq!(waits("j.event", "x-eventbridge-where"), r#"{"id":["a"]}"#);
    let pattern = waits("j.pattern", "x-eventbridge-pattern");
    assert_eq!(pattern, r#"{"source":["aws.s3"]}"#);
}

#[test]
fn a_catalog_names_only_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let out = folder.to_str().unwrap();
    let done = codegen(
        root(),
        &["export", "eventcatalog", "--release", "1.4.0", "--out", out],
    );
    assert!(done.status.success(), "{}", stderr(&done));
    let page = |path: &str| -> Value {
        let text = fs::read_to_string(folder.join(path).join("index.mdx")).unwrap();
        let (front, _) = text[4..].split_once("\n---\n").unwrap();
        serde_saphyr::from_str(front).unwrap()
    };
    let service = page("services/spendsense-assign-persona");
    assert_eq!(service["version"], "1.4.0");
    for of in ["sends", "receives"] {
        for message in service[of].as_array().unwrap() {
            let event = page(&format!("events/{}", message["id"].as_str().unwrap()));
            assert_eq!(event["version"], message["version"]);
            let schema = event["schemaPath"].as_str().unwrap();
            let id = message["id"].as_str().unwrap();
            assert!(folder.join(format!("events/{id}/{schema}")).is_file());
        }
    }
}

#[test]
fn schemas_are_those_of_generate_and_need_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let spec = root().join("examples/newsletter/pipeline.yaml");
    let spec = spec.to_str().unwrap();
    let refused = codegen(root(), &["export", "schemas", "--spec", spec]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("--out <FOLDER>"));
    let out = folder.to_str().unwrap();
    let done = codegen(root(), &["export", "schemas", "--spec", spec, "--out", out]);
    assert!(done.status.success(), "{}", stderr(&done));
    let read = |folder: &Path| -> Value {
        let text = fs::read_to_string(folder.join("reader.subscribed.json")).unwrap();
        let mut schema: Value = serde_json::from_str(&text).unwrap();
        schema.as_object_mut().unwrap().remove("$comment").unwrap();
        schema
    };
    let generated = root().join("examples/newsletter/schemas");
    assert_eq!(read(folder), read(&generated));
}
