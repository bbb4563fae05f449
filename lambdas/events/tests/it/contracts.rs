//! Events before and after a change: what `codegen diff` calls readable decodes, and what it does not does not.
//!
//! The types and the details come from the table in `codegen/tests/it/contracts.rs`.

use job::{Arrival, Trigger};
use serde::Deserialize;
use serde_json::{Value, json};

#[allow(dead_code, missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]
#[rustfmt::skip]
#[path = "../../../../codegen/tests/contracts/after.rs"]
mod after;
#[allow(dead_code, missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]
#[rustfmt::skip]
#[path = "../../../../codegen/tests/contracts/before.rs"]
mod before;

/// Details of an event, written with one side of a case.
#[derive(Deserialize)]
struct Written {
    case: String,
    /// The side.
    #[serde(rename = "written_with")]
    side: String,
    /// Whether the other side can read all of them, as `codegen diff` says.
    readable: bool,
    source: String,
    detail_type: String,
    details: Vec<Value>,
}

/// Whether an event starts the job that reads all of one side, and decodes.
fn decodes<T: Trigger>(written: &Written, detail: &Value) -> bool {
    let envelope = json!({
        "source": written.source, "detail-type": written.detail_type, "detail": detail,
    });
    let read = Arrival::read(&envelope, None).and_then(|arrival| T::decode(&arrival));
    matches!(read, Ok(Some(_)))
}

fn decodes_with(side: &str, written: &Written, detail: &Value) -> bool {
    match side {
        "before" => decodes::<before::jobs::ReaderTrigger>(written, detail),
        _ => decodes::<after::jobs::ReaderTrigger>(written, detail),
    }
}

#[test]
fn what_is_called_readable_decodes_and_what_is_not_does_not() {
    let lines = include_str!("../../../../codegen/tests/contracts/details.ndjson").lines();
    let all: Vec<Written> = lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut wrong = Vec::new();
    for written in &all {
        let Written { case, side, .. } = written;
        let other = match side.as_str() {
            "before" => "after",
            _ => "before",
        };
        for detail in &written.details {
            assert!(decodes_with(side, written, detail), "{case}: {detail}");
        }
        let mut details = written.details.iter();
        let is_readable = details.all(|detail| decodes_with(other, written, detail));
        if is_readable != written.readable {
            wrong.push(format!("{case}, written with {side}: reads {is_readable}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let readable = all.iter().filter(|written| written.readable).count();
    assert!(all.len() > 200 && readable > 40, "{} {readable}", all.len());
}
