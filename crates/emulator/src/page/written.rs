//! Reads an event that somebody wrote as JSON: an entry of `PutEvents`, or an envelope as targets receive it.

use eventbridge::put_events::Entry;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

/// An entry or an envelope. Numbers of the detail keep their digits.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(alias = "Source")]
    source: String,
    #[serde(rename = "detail-type", alias = "DetailType", alias = "detail_type")]
    detail_type: String,
    #[serde(alias = "Detail")]
    detail: Box<RawValue>,
    #[serde(alias = "EventBusName", alias = "event_bus_name")]
    bus: Option<String>,
    #[serde(default, alias = "Resources")]
    resources: Vec<String>,
    /// The bus makes these anew, and a copied envelope has them.
    #[serde(rename = "version")]
    _version: Option<IgnoredAny>,
    #[serde(rename = "id")]
    _id: Option<IgnoredAny>,
    #[serde(rename = "account")]
    _account: Option<IgnoredAny>,
    #[serde(rename = "region")]
    _region: Option<IgnoredAny>,
    #[serde(rename = "time", alias = "Time")]
    _time: Option<IgnoredAny>,
    #[serde(rename = "replay-name")]
    _replay_name: Option<IgnoredAny>,
}

/// Makes an entry of what somebody wrote, for a bus if it names none.
///
/// # Errors
/// Text that is neither an entry nor an envelope.
pub(super) fn parse_entry(text: &str, bus: Option<&str>) -> Result<Entry, String> {
    let written: Written = serde_json::from_str(text).map_err(|error| {
        format!(
            "{error}: an event has source, detail-type and detail, and may have bus and resources"
        )
    })?;
    // `Detail` of an entry is a text with the JSON in it.
    let detail = serde_json::from_str::<String>(written.detail.get())
        .unwrap_or_else(|_| written.detail.get().to_owned());
    Ok(Entry {
        source: written.source,
        detail_type: written.detail_type,
        detail,
        resources: written.resources,
        event_bus_name: written.bus.or_else(|| bus.map(str::to_owned)),
        ..Entry::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_and_an_entry_are_both_read_digit_by_digit() {
        let envelope = r#"{"version":"0","id":"x","account":"1","region":"r","time":"t","source":"s",
            "detail-type":"T","resources":["a"],"detail":{"n":12345678901234567890123}}"#;
        let entry = parse_entry(envelope, Some("orders")).unwrap();
        assert_eq!(entry.detail, r#"{"n":12345678901234567890123}"#);
        assert_eq!((&*entry.source, &*entry.detail_type), ("s", "T"));
        assert_eq!(entry.event_bus_name.as_deref(), Some("orders"));
        assert_eq!(entry.resources, ["a"]);
        let entry = r#"{"Source":"s","DetailType":"T","Detail":"{\"n\":1}","EventBusName":"b"}"#;
        let entry = parse_entry(entry, Some("orders")).unwrap();
        assert_eq!(entry.detail, r#"{"n":1}"#);
        assert_eq!(entry.event_bus_name.as_deref(), Some("b"));
    }

    #[test]
    fn what_is_no_event_is_said() {
        for (text, said) in [
            ("[", "EOF"),
            ("{}", "missing field `source`"),
            (
                r#"{"source":"s","detail-type":"T","detail":{},"sorce":1}"#,
                "`sorce`",
            ),
        ] {
            let why = parse_entry(text, None).unwrap_err();
            assert!(why.contains(said) && why.contains("detail-type"), "{why}");
        }
    }
}
