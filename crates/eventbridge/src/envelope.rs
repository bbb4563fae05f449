//! The envelope in which EventBridge delivers an event.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// An event as a target receives it (EventBridge user guide, "Event structure").
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Envelope {
    /// Always `0`.
    pub version: String,
    /// A UUID, which `PutEvents` returns.
    pub id: String,
    /// What happened, at most 128 characters.
    #[serde(rename = "detail-type")]
    pub detail_type: String,
    /// Who says so, at most 256 characters.
    pub source: String,
    /// Twelve digits.
    pub account: String,
    /// When it happened, to the second: `2026-01-31T09:00:00Z`.
    pub time: String,
    /// As in `eu-central-1`.
    pub region: String,
    /// ARNs of what the event is about.
    pub resources: Vec<String>,
    /// The archive replay that sent it, if one did.
    #[serde(
        rename = "replay-name",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub replay_name: Option<String>,
    /// The detail as the sender wrote it, to the letter.
    pub detail: Box<RawValue>,
}

impl Envelope {
    /// The event of a scheduled rule: source `aws.events`, an empty detail.
    pub fn scheduled(
        id: String,
        account: String,
        region: String,
        time: String,
        rule_arn: String,
    ) -> Self {
        Self {
            version: "0".to_owned(),
            id,
            detail_type: "Scheduled Event".to_owned(),
            source: "aws.events".to_owned(),
            account,
            time,
            region,
            resources: vec![rule_arn],
            replay_name: None,
            detail: empty_object(),
        }
    }

    /// The envelope as JSON, in the service's order of keys.
    ///
    /// # Panics
    /// Never: strings and JSON always serialize.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings and JSON always serialize")
    }
}

fn empty_object() -> Box<RawValue> {
    RawValue::from_string("{}".to_owned()).expect("`{}` is JSON")
}
