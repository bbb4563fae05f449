//! Rules by which `PutEvents` accepts or refuses entries.
//!
//! Source: the EventBridge API reference, `PutEvents` and `PutEventsResultEntry`, and recorded
//! responses of the service.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::envelope::Envelope;
use crate::json::{Kind, Reader};
use crate::limits::{
    DETAIL_TYPE_CHARACTERS_MAX, ENTRIES_MAX, REQUEST_BYTES_MAX, SOURCE_CHARACTERS_MAX,
};

/// Bytes that `Time` adds to the size of an entry.
const TIME_BYTES: usize = 14;

/// An entry of a `PutEvents` request, in the API's JSON.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Entry {
    /// Who says so; required.
    pub source: String,
    /// What happened; required.
    pub detail_type: String,
    /// The text of a JSON object; required.
    pub detail: String,
    /// ARNs of what the event is about.
    pub resources: Vec<String>,
    /// The name or ARN of the bus; the account's `default` if it is left out.
    pub event_bus_name: Option<String>,
    /// When it happened; the time of the request if it is left out. On the wire: seconds since
    /// 1970, with a fraction.
    #[serde(deserialize_with = "epoch_seconds")]
    pub time: Option<Timestamp>,
}

/// Why one entry was refused while the request was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// `ErrorCode`.
    pub code: &'static str,
    /// `ErrorMessage`.
    pub message: String,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Rejection {}

/// Checks what holds for a request as a whole.
///
/// # Errors
/// With the message of the `ValidationException`: no entries, more than 10, or more than 1 MB.
pub fn check_request(entries: &[Entry]) -> Result<(), String> {
    let length = match entries.len() {
        0 => Some("greater than or equal to 1"),
        count if count > ENTRIES_MAX => Some("less than or equal to 10"),
        _ => None,
    };
    if let Some(length) = length {
        return Err(format!(
            "1 validation error detected: Value at 'entries' failed to satisfy constraint: \
             Member must have length {length}"
        ));
    }
    // The limit is for all entries together, not for each.
    let bytes: usize = entries.iter().map(Entry::size_bytes).sum();
    if bytes > REQUEST_BYTES_MAX {
        return Err("Total size of the entries in the request is over the limit.".to_owned());
    }
    Ok(())
}

impl Entry {
    /// The entry's size as the limit counts it: 14 bytes for a time, and the UTF-8 bytes of source,
    /// detail type, detail and resources.
    pub fn size_bytes(&self) -> usize {
        let time = self.time.map_or(0, |_| TIME_BYTES);
        // The bus name, which every entry may carry, does not count.
        let resources: usize = self.resources.iter().map(String::len).sum();
        time + self.source.len() + self.detail_type.len() + self.detail.len() + resources
    }

    /// Checks one entry.
    ///
    /// # Errors
    /// With the service's code and message.
    pub fn check(&self) -> Result<(), Rejection> {
        let required = [
            ("Source", &self.source),
            ("DetailType", &self.detail_type),
            ("Detail", &self.detail),
        ];
        if let Some((name, _)) = required.iter().find(|(_, value)| value.is_empty()) {
            return Err(Rejection {
                code: "InvalidArgument",
                message: format!(
                    "Parameter {name} is not valid. Reason: {name} is a required argument."
                ),
            });
        }
        // Only the services of AWS may publish under this prefix.
        if self.source.starts_with("aws.") {
            return Err(Rejection {
                code: "NotAuthorizedForSourceException",
                message: "Not authorized for the source.".to_owned(),
            });
        }
        // A detail is an object: `RawValue` alone would take any JSON value.
        let mut reader = Reader::new(&self.detail);
        let is_object = reader.peek() == Ok(Kind::Object);
        if !is_object || serde_json::from_str::<&RawValue>(&self.detail).is_err() {
            return Err(Rejection {
                code: "MalformedDetail",
                message: "Detail is malformed.".to_owned(),
            });
        }
        Ok(())
    }

    /// Why the service drops an entry that it accepts: its source or detail type is too long. The service returns an
    /// event id for it, and no rule ever sees the event.
    pub fn dropped_because(&self) -> Option<String> {
        let limits = [
            ("source", &self.source, SOURCE_CHARACTERS_MAX),
            ("detail type", &self.detail_type, DETAIL_TYPE_CHARACTERS_MAX),
        ];
        limits.into_iter().find_map(|(name, text, most)| {
            let characters = text.chars().count();
            (characters > most).then(|| {
                format!("its {name} has {characters} characters, and EventBridge drops events with more than {most} without an error")
            })
        })
    }

    /// The event that an accepted entry becomes. Its time is truncated to seconds.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    ///
    /// # Panics
    /// Never: `check` has read the detail.
    pub fn into_envelope(
        self,
        id: String,
        account: String,
        region: String,
        now: Timestamp,
    ) -> Result<Envelope, Rejection> {
        self.check()?;
        let detail = RawValue::from_string(self.detail).expect("`check` has read the detail");
        Ok(Envelope {
            version: "0".to_owned(),
            id,
            detail_type: self.detail_type,
            source: self.source,
            account,
            time: seconds(self.time.unwrap_or(now)),
            region,
            resources: self.resources,
            replay_name: None,
            detail,
        })
    }
}

/// A time as an envelope writes it: `2026-01-31T09:00:00Z`.
pub fn seconds(time: Timestamp) -> String {
    let whole = Timestamp::from_second(time.as_second()).unwrap_or(time);
    whole.to_string()
}

fn epoch_seconds<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::Number(number) => {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "`as` saturates, and a wild time is refused"
            )]
            // `floor` instead of a cast alone: it keeps times before 1970 in order.
            let second = number.as_f64().map(|seconds| seconds.floor() as i64);
            let time = second.and_then(|second| Timestamp::from_second(second).ok());
            time.map(Some)
                .ok_or_else(|| serde::de::Error::custom("`Time` is out of range"))
        }
        _ => Err(serde::de::Error::custom(
            "`Time` is a number of seconds since 1970",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            source: "shop".to_owned(),
            detail_type: "Order Placed".to_owned(),
            detail: r#"{"id":1}"#.to_owned(),
            ..Entry::default()
        }
    }

    #[test]
    fn a_good_entry_becomes_an_envelope() {
        let time = "2026-01-31T09:00:00.750Z".parse().expect("a time");
        let envelope = entry().into_envelope(
            "i".to_owned(),
            "123456789012".to_owned(),
            "eu-central-1".to_owned(),
            time,
        );
        assert_eq!(
            envelope.expect("a good entry").to_json(),
            r#"{"version":"0","id":"i","detail-type":"Order Placed","source":"shop","account":"123456789012","time":"2026-01-31T09:00:00Z","region":"eu-central-1","resources":[],"detail":{"id":1}}"#
        );
    }

    #[test]
    fn each_refusal_has_its_code() {
        let code = |change: fn(&mut Entry)| {
            let mut entry = entry();
            change(&mut entry);
            entry.check().expect_err("a bad entry").code
        };
        assert_eq!(code(|entry| entry.source.clear()), "InvalidArgument");
        assert_eq!(code(|entry| entry.detail.clear()), "InvalidArgument");
        assert_eq!(
            code(|entry| entry.source = "aws.s3".to_owned()),
            "NotAuthorizedForSourceException"
        );
        for detail in ["[]", "\"x\"", "{", "{}}", "nope"] {
            let entry = Entry {
                detail: detail.to_owned(),
                ..entry()
            };
            assert_eq!(entry.check().expect_err(detail).code, "MalformedDetail");
        }
    }

    #[test]
    fn an_entry_with_a_long_source_or_detail_type_is_dropped() {
        let with = |source: usize, detail_type: usize| Entry {
            source: "é".repeat(source),
            detail_type: "é".repeat(detail_type),
            ..entry()
        };
        assert_eq!(with(256, 128).dropped_because(), None);
        for long in [with(257, 1), with(1, 129)] {
            assert!(long.check().is_ok());
            assert!(long.dropped_because().is_some());
        }
    }

    #[test]
    fn a_request_has_one_to_ten_entries_and_a_megabyte() {
        assert!(check_request(&[]).is_err());
        assert!(check_request(&vec![entry(); 10]).is_ok());
        assert!(check_request(&vec![entry(); 11]).is_err());
        let large = Entry {
            detail: "x".repeat(REQUEST_BYTES_MAX),
            ..entry()
        };
        assert!(check_request(&[large]).is_err());
    }

    #[test]
    fn the_wire_format_is_the_api_s() {
        let text = r#"{"Source":"s","DetailType":"d","Detail":"{}","Time":1700000000.5}"#;
        let entry: Entry = serde_json::from_str(text).expect("an entry");
        assert_eq!(entry.time.map(Timestamp::as_second), Some(1_700_000_000));
        assert!(serde_json::from_str::<Entry>(r#"{"Time":1e300}"#).is_err());
    }
}
