//! The JSON Schema of a file of cases, for editors.

use serde_json::{Value, json};

/// Builds the schema.
pub fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Cases of a pipeline",
        "description": "What a pipeline must do, for `codegen test`",
        "type": "object",
        "required": ["cases"],
        "additionalProperties": false,
        "properties": with(shared("of every case"), json!({
            "cases": {
                "description": "Cases by their names",
                "type": "object",
                "additionalProperties": { "$ref": "#/$defs/case" },
            },
        })),
        "$defs": {
            "case": case(),
            "step": step(),
            "whole_event": whole_event(),
            "schedules": schedules(),
            "stub": stub(),
            "expect": expect(),
            "run": run(),
            "event": event(),
            "message": message(),
            "faults": faults(),
            "duration": {
                "type": "string",
                "pattern": "^[0-9]+[smhd]$",
                "examples": ["30s", "5m", "24h"],
            },
            "instant": { "type": "string", "format": "date-time", "examples": ["2026-01-31T09:00:00Z"] },
            "detail": {
                "description": "An event pattern on the detail, in EventBridge's own language; a value without brackets is the only one",
                "type": "object",
            },
        },
    })
}

fn with(mut properties: Value, more: Value) -> Value {
    if let (Some(properties), Value::Object(more)) = (properties.as_object_mut(), more) {
        properties.extend(more);
    }
    properties
}

/// Keys of a file and of a case.
fn shared(of: &str) -> Value {
    json!({
        "from": described("instant", &format!("When the virtual time {of} begins; 2026-01-01T00:00:00Z without it")),
        "stub": {
            "description": "What runs instead of functions: what the stub of a job does, or a list of jobs whose stubs do nothing",
            "anyOf": [
                { "type": "array", "items": { "type": "string" } },
                { "type": "object", "additionalProperties": { "anyOf": [
                    { "$ref": "#/$defs/stub" },
                    { "type": "null" },
                    { "description": "What it does in its first run, in the second and so on", "type": "array", "items": { "$ref": "#/$defs/stub" } },
                ] } },
            ],
        },
        "environment": {
            "description": "Variables that functions get beside their own",
            "type": "object",
            "additionalProperties": { "type": "string" },
        },
    })
}

/// Keys that say which event comes.
fn given() -> Value {
    json!({
        "event": {
            "description": "An event that comes: the name of a declared one, or a whole one",
            "anyOf": [{ "type": "string" }, { "$ref": "#/$defs/whole_event" }],
        },
        "detail": { "description": "The detail of a declared event; timestamps that it lacks are the time", "type": "object" },
        "bus": { "description": "The bus that the event comes to; its own without it", "type": "string" },
        "schedules": { "$ref": "#/$defs/schedules" },
    })
}

fn case() -> Value {
    let own = json!({
        "description": { "type": "string" },
        "only": { "description": "Only match triggers, and run nothing", "const": "match" },
        "steps": {
            "description": "Several things that happen, one after the other",
            "type": "array",
            "items": { "$ref": "#/$defs/step" },
        },
        "faults": { "$ref": "#/$defs/faults" },
        "seed": { "description": "What ids, jitter and faults are made from", "type": "integer", "minimum": 0 },
        "expect": { "$ref": "#/$defs/expect" },
    });
    object(&with(with(shared("of the case"), given()), own))
}

fn step() -> Value {
    object(&with(
        given(),
        json!({
            "after": described("duration", "How long after the step before"),
            "at": described("instant", "When"),
        }),
    ))
}

fn whole_event() -> Value {
    let mut event = object(&json!({
        "source": { "type": "string" },
        "detail-type": { "type": "string" },
        "detail": { "type": "object" },
        "resources": { "type": "array", "items": { "type": "string" } },
    }));
    event["required"] = json!(["source", "detail-type", "detail"]);
    event
}

fn schedules() -> Value {
    let mut span = object(&json!({
        "from": { "$ref": "#/$defs/instant" },
        "until": { "$ref": "#/$defs/instant" },
    }));
    span["required"] = json!(["until"]);
    json!({
        "description": "Every schedule fires that is due at this instant, or from one until another",
        "anyOf": [{ "$ref": "#/$defs/instant" }, span],
    })
}

fn stub() -> Value {
    let mut emit = object(&json!({
        "event": { "type": "string" },
        "detail": { "description": "Fields that the event which starts the stub does not have", "type": "object" },
    }));
    emit["required"] = json!(["event"]);
    object(&json!({
        "emits": {
            "description": "What it emits in a run that succeeds",
            "type": "array",
            "items": { "anyOf": [{ "type": "string" }, emit] },
        },
        "fails": {
            "description": "How many attempts fail first",
            "anyOf": [{ "type": "integer", "minimum": 0, "maximum": 1000 }, { "const": "always" }],
        },
        "error": { "description": "What it says when it fails", "type": "string" },
    }))
}

fn expect() -> Value {
    let triggers = |description: &str| json!({ "description": description, "type": "array", "items": { "type": "string" } });
    let list = |description: &str, item: &str| {
        json!({
            "description": description,
            "type": "array",
            "items": { "anyOf": [{ "type": "string" }, { "$ref": format!("#/$defs/{item}") }] },
        })
    };
    object(&json!({
        "matches": triggers("The triggers that match, as `job` or `job/trigger`, and no others"),
        "misses": triggers("Triggers that do not match"),
        "runs": list("The functions that run, by their jobs, in this order, and no others", "run"),
        "emits": list("What functions emit, in this order, and nothing else", "event"),
        "queues": {
            "description": "What lands in queues: of a job, `job/dead-letters`, `job/failures` or `job/buffer`",
            "type": "object",
            "additionalProperties": {
                "anyOf": [{ "type": "integer", "minimum": 0 }, list("The messages, in this order", "message")],
            },
        },
        "within": described("duration", "How long it takes until everything is at rest"),
        "any_order": { "description": "Whether runs and events may come in any order", "type": "boolean" },
    }))
}

fn run() -> Value {
    let mut run = object(&json!({
        "job": { "type": "string" },
        "fails": { "description": "Whether it fails for good", "type": "boolean" },
        "attempts": { "type": "integer", "minimum": 1, "maximum": 1000 },
        "within": { "$ref": "#/$defs/duration" },
    }));
    run["required"] = json!(["job"]);
    run
}

fn event() -> Value {
    let mut event = object(&json!({
        "event": { "type": "string" },
        "by": { "description": "The job that emits it", "type": "string" },
        "detail": { "$ref": "#/$defs/detail" },
        "within": { "$ref": "#/$defs/duration" },
    }));
    event["required"] = json!(["event"]);
    event
}

fn message() -> Value {
    object(&json!({
        "event": { "description": "The event that it comes from", "type": "string" },
        "detail": { "$ref": "#/$defs/detail" },
        "message": { "description": "A pattern on the message itself", "type": "object" },
        "within": { "$ref": "#/$defs/duration" },
    }))
}

fn faults() -> Value {
    let rate = json!({ "type": "number", "minimum": 0, "maximum": 1 });
    object(&json!({
        "duplicate": rate, "delay": rate, "throttle": rate, "kill": rate, "timeout": rate, "drop_response": rate,
        "refuse_request": rate, "refuse_entry": rate,
        "delay_up_to_seconds": { "type": "integer", "minimum": 0 },
        "seed": { "type": "integer", "minimum": 0 },
    }))
}

fn object(properties: &Value) -> Value {
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

fn described(name: &str, description: &str) -> Value {
    json!({ "description": description, "$ref": format!("#/$defs/{name}") })
}
