//! Tests of the types of events for programs in other languages: JSON Schemas and typed dictionaries of Python.
//! scripts/languages.sh has mypy check the latter.

use std::fs;

use serde_json::{Value, json};

use crate::support::{codegen, root, stderr};

/// The committed schema of an event of the example.
fn schema(event: &str) -> Value {
    let path = root().join(format!("examples/newsletter/schemas/{event}.json"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn envelope(detail_type: &str, detail: &Value) -> Value {
    json!({
        "version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "detail-type": detail_type,
        "source": "acme.newsletter", "account": "123456789012", "time": "2026-01-01T00:00:00Z",
        "region": "eu-central-1", "resources": [], "detail": detail,
    })
}

#[test]
fn a_schema_takes_what_the_event_may_be() {
    let schema = schema("reader.subscribed");
    assert!(jsonschema::meta::is_valid(&schema));
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap();
    let detail = json!({
        "event_type": "reader.subscribed", "address": "a@b.example", "language": null,
        "topics": ["rust"], "at": "2026-01-01T00:00:00Z", "new": true,
    });
    let valid = envelope("Reader Subscribed", &detail);
    assert!(validator.is_valid(&valid));
    let change = |pointer: &str, value: Value| {
        let mut changed = valid.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        validator.is_valid(&changed)
    };
    assert!(change("/detail/language", json!("en")));
    for (pointer, value) in [
        ("/source", json!("other")),
        ("/detail-type", json!("Letter Written")),
        ("/detail", json!({})),
        ("/detail/event_type", json!("letter.written")),
        ("/detail/address", json!(null)),
        ("/detail/topics", json!([1])),
        ("/detail/at", json!("yesterday")),
        ("/detail/language", json!(1)),
    ] {
        assert!(!change(pointer, value.clone()), "{pointer}: {value}");
    }
    let mut without = valid.clone();
    without["detail"]
        .as_object_mut()
        .unwrap()
        .remove("language");
    assert!(validator.is_valid(&without));
    without["detail"].as_object_mut().unwrap().remove("at");
    assert!(!validator.is_valid(&without));
}

#[test]
fn schemas_are_ours_by_their_first_key_and_others_stay() {
    let project = tempfile::tempdir().unwrap();
    let folder = project.path();
    let spec = |event: &str| {
        let text = format!(
            "pipeline: p\nsource: s\nevents: {{ {event}: {{ detail_type: E, external: true }} }}\njobs: {{ j: {{ function: {{ existing: f }}, triggers: [{{ event: {event} }}] }} }}\noutput: {{ schemas: schemas }}\n"
        );
        fs::write(folder.join("pipeline.yaml"), text).unwrap();
    };
    let generate = || {
        let output = codegen(folder, &["generate"]);
        (output.status.code(), stderr(&output))
    };
    let there = |name: &str| folder.join("schemas").join(name).is_file();
    spec("a");
    assert_eq!(generate().0, Some(0));
    fs::write(
        folder.join("schemas/mine.json"),
        "{ \"$comment\": \"mine\" }\n",
    )
    .unwrap();
    // Another spec's file in the same folder.
    let text = fs::read_to_string(folder.join("schemas/a.json")).unwrap();
    let others = text.replace("pipeline.yaml", "other.yaml");
    fs::write(folder.join("schemas/others.json"), others).unwrap();
    // A renamed event leaves a file that nothing needs.
    spec("b");
    assert_eq!(generate().0, Some(0));
    assert!(!there("a.json") && there("b.json") && there("mine.json") && there("others.json"));
    // A file that a person wrote under the name of ours is left alone.
    spec("mine");
    let (code, said) = generate();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("foreign-file"), "{said}");
    let mine = fs::read_to_string(folder.join("schemas/mine.json")).unwrap();
    assert_eq!(mine, "{ \"$comment\": \"mine\" }\n");
}
