//! Rules by which `PutEvents` accepts or refuses entries.
//!
//! Source: the EventBridge API reference, `PutEvents` and `PutEventsResultEntry`, and recorded
//! responses of the service.

mod refusal;

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::value::RawValue;

use crate::envelope::Envelope;
use crate::json::{Kind, Reader};
use crate::limits::{
    DETAIL_TYPE_CHARACTERS_MAX, ENTRIES_MAX, REQUEST_BYTES_MAX, SOURCE_CHARACTERS_MAX,
    TRACE_HEADER_CHARACTERS_MAX,
};

pub use refusal::{Malformed, Rejection, RejectionKind, RequestError, RequestErrorKind};

/// Bytes that `Time` adds to the size of an entry.
const TIME_BYTES: usize = 14;

/// An entry of a `PutEvents` request. [`Entry::from_json`] reads the API's JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    pub time: Option<Timestamp>,
    /// X-Ray's header `X-Amzn-Trace-Id`, 1 to 500 characters. It is not part of the event, and its size does not count.
    pub trace_header: Option<String>,
}

/// Checks what holds for a request as a whole.
///
/// # Errors
/// No entries or more than 10, a trace header of a wrong length, or 1 MB and more.
pub fn check_request<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> Result<(), RequestError> {
    let (mut count, mut bytes) = (0, 0);
    for entry in entries {
        count += 1;
        // The limit is for all entries together, not for each.
        bytes += entry.size_bytes();
        if let Some(header) = &entry.trace_header {
            let member = format!("entries.{count}.member.traceHeader");
            let characters = header.chars().count();
            check_length(&member, characters, TRACE_HEADER_CHARACTERS_MAX)
                .map_err(|message| RequestError::new(RequestErrorKind::TraceHeader, message))?;
        }
    }
    check_length("entries", count, ENTRIES_MAX)
        .map_err(|message| RequestError::new(RequestErrorKind::EntryCount, message))?;
    if bytes > REQUEST_BYTES_MAX {
        let message = "Total size of the entries in the request is over the limit.";
        return Err(RequestError::new(RequestErrorKind::Size, message));
    }
    Ok(())
}

/// Checks that a length is 1 to `most`, in the service's words.
fn check_length(member: &str, length: usize, most: usize) -> Result<(), String> {
    let wanted = match length {
        0 => "greater than or equal to 1".to_owned(),
        _ if length > most => format!("less than or equal to {most}"),
        _ => return Ok(()),
    };
    Err(format!(
        "1 validation error detected: Value at '{member}' failed to satisfy constraint: \
         Member must have length {wanted}"
    ))
}

/// The members of an entry, each read by itself: `1e400` or a lone surrogate in one of them must not hide the others.
struct Members<'m> {
    members: HashMap<String, &'m RawValue>,
    /// The first member that could not be read.
    wrong: Option<Rejection>,
}

impl Members<'_> {
    /// Reads a member, which has its default if it is missing or wrong.
    fn read<T: Default>(
        &mut self,
        name: &str,
        wanted: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> T {
        let Some(json) = self.members.get(name) else {
            return T::default();
        };
        read(json.get()).unwrap_or_else(|| {
            let rejection = Rejection::of_member(name, &format!("is not {wanted}"));
            self.wrong.get_or_insert(rejection);
            T::default()
        })
    }

    /// Reads a text; a null counts as missing.
    fn text(&mut self, name: &str) -> Option<String> {
        self.read(name, "a text", |json| serde_json::from_str(json).ok())
    }
}

impl Entry {
    /// Reads an entry of the API's JSON.
    ///
    /// ```
    /// use eventbridge::put_events::{Entry, RejectionKind};
    ///
    /// let entry = Entry::from_json(r#"{"Source": "shop", "DetailType": "Order Placed", "Detail": "{}"}"#);
    /// assert_eq!(entry.unwrap().source, "shop");
    /// let malformed = Entry::from_json(r#"{"Source": "shop", "Time": "soon"}"#).unwrap_err();
    /// assert_eq!(malformed.rejection.kind, RejectionKind::InvalidArgument);
    /// ```
    ///
    /// # Errors
    /// A member of a wrong type, or text that is no JSON object.
    pub fn from_json(text: &str) -> Result<Self, Box<Malformed>> {
        let mut members = match serde_json::from_str(text) {
            Ok(members) => Members {
                members,
                wrong: None,
            },
            Err(_) => Members {
                members: HashMap::new(),
                wrong: Some(Rejection::of_member(
                    "Entries",
                    "has a member that cannot be read as an object",
                )),
            },
        };
        let entry = Self {
            // A missing text is an empty one: `check` says that it is required.
            source: members.text("Source").unwrap_or_default(),
            detail_type: members.text("DetailType").unwrap_or_default(),
            detail: members.text("Detail").unwrap_or_default(),
            resources: members.read("Resources", "a list of texts", |json| {
                serde_json::from_str(json).ok()
            }),
            event_bus_name: members.text("EventBusName"),
            time: members.read("Time", "a number of seconds since 1970", epoch_seconds),
            trace_header: members.text("TraceHeader"),
        };
        match members.wrong {
            None => Ok(entry),
            Some(rejection) => Err(Box::new(Malformed { entry, rejection })),
        }
    }

    /// The entry's size as the limit counts it: 14 bytes for a time, and the UTF-8 bytes of source,
    /// detail type, detail and resources.
    pub fn size_bytes(&self) -> usize {
        let time = self.time.map_or(0, |_| TIME_BYTES);
        // The names of the bus and of the trace, which every entry may carry, do not count.
        let resources: usize = self.resources.iter().map(String::len).sum();
        time + self.source.len() + self.detail_type.len() + self.detail.len() + resources
    }

    /// Checks one entry.
    ///
    /// # Errors
    /// With the service's code and message.
    pub fn check(&self) -> Result<(), Rejection> {
        // A member that is missing is told of first.
        let is_of_aws = self.source.starts_with("aws.");
        let has_members = !self.detail_type.is_empty() && !self.detail.is_empty();
        if is_of_aws && has_members {
            return Err(Rejection::new(
                RejectionKind::NotAuthorizedForSource,
                "Not authorized for the source.",
            ));
        }
        self.check_of_service()
    }

    /// Checks an entry that may be of a service of AWS. Those have sources with the prefix `aws.`, which PutEvents
    /// refuses from anybody else.
    ///
    /// # Errors
    /// With the service's code and message.
    pub fn check_of_service(&self) -> Result<(), Rejection> {
        let required = [
            ("Source", &self.source),
            ("DetailType", &self.detail_type),
            ("Detail", &self.detail),
        ];
        if let Some((name, _)) = required.iter().find(|(_, value)| value.is_empty()) {
            return Err(Rejection::of_member(name, "is a required argument"));
        }
        // A detail is an object of at most 1,000 levels: `RawValue` alone would take any JSON value.
        let mut reader = Reader::new(&self.detail);
        let is_object = reader.peek() == Ok(Kind::Object) && reader.skip_value().is_ok();
        if !is_object || serde_json::from_str::<&RawValue>(&self.detail).is_err() {
            return Err(Rejection::new(
                RejectionKind::MalformedDetail,
                "Detail is malformed.",
            ));
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
    /// As [`check_of_service`](Self::check_of_service): who asks has to have refused entries of AWS's services.
    ///
    /// # Panics
    /// Never: the check has read the detail.
    pub fn into_envelope(
        self,
        id: String,
        account: String,
        region: String,
        now: Timestamp,
    ) -> Result<Envelope, Rejection> {
        self.check_of_service()?;
        let detail = RawValue::from_string(self.detail).expect("the check has read the detail");
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

/// Reads `Time`; a null counts as missing. Returns `None` for what is no time.
#[expect(
    clippy::option_option,
    reason = "a time may be missing, which is no mistake"
)]
fn epoch_seconds(json: &str) -> Option<Option<Timestamp>> {
    let Some(seconds) = serde_json::from_str::<Option<f64>>(json).ok()? else {
        return Some(None);
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "`as` saturates, and a wild time is refused"
    )]
    // `floor` instead of a cast alone: it keeps times before 1970 in order.
    let second = seconds.floor() as i64;
    Timestamp::from_second(second).ok().map(Some)
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
            entry.check().expect_err("a bad entry").kind.code()
        };
        assert_eq!(code(|entry| entry.source.clear()), "InvalidArgument");
        assert_eq!(code(|entry| entry.detail.clear()), "InvalidArgument");
        assert_eq!(
            code(|entry| entry.source = "aws.s3".to_owned()),
            "NotAuthorizedForSourceException"
        );
        let deep = "[".repeat(1000);
        let deep = format!("{{\"a\":{deep}{}}}", "]".repeat(1000));
        for detail in ["[]", "\"x\"", "{", "{}}", "nope", &deep] {
            let entry = Entry {
                detail: detail.to_owned(),
                ..entry()
            };
            let refused = entry.check().expect_err(detail);
            assert_eq!(refused.kind, RejectionKind::MalformedDetail);
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
    fn a_request_has_one_to_ten_entries_and_less_than_a_megabyte() {
        let kind = |entries: &[Entry]| check_request(entries).map_err(|refused| refused.kind);
        assert_eq!(kind(&[]), Err(RequestErrorKind::EntryCount));
        assert_eq!(kind(&vec![entry(); 10]), Ok(()));
        assert_eq!(kind(&vec![entry(); 11]), Err(RequestErrorKind::EntryCount));
        let others = entry().size_bytes() - entry().detail.len();
        let of_bytes = |bytes: usize| Entry {
            detail: "x".repeat(bytes - others),
            trace_header: Some("x".repeat(500)),
            ..entry()
        };
        assert_eq!(of_bytes(1_048_575).size_bytes(), 1_048_575);
        assert_eq!(kind(&[of_bytes(1_048_575)]), Ok(()));
        assert_eq!(kind(&[of_bytes(1_048_576)]), Err(RequestErrorKind::Size));
        let halves = [of_bytes(1_048_575 - entry().size_bytes()), entry()];
        assert_eq!(kind(&halves), Ok(()));
    }

    #[test]
    fn a_trace_header_has_1_to_500_characters() {
        let with = |characters: usize| {
            let header = Some("é".repeat(characters));
            let entry = Entry {
                trace_header: header,
                ..entry()
            };
            check_request([&self::entry(), &entry])
        };
        assert_eq!(with(500), Ok(()));
        for length in [0, 501] {
            let refused = with(length).unwrap_err();
            assert_eq!(refused.kind, RequestErrorKind::TraceHeader);
            assert!(
                refused
                    .message
                    .contains("'entries.2.member.traceHeader' failed"),
                "{refused}"
            );
        }
    }

    #[test]
    fn the_wire_format_is_the_api_s() {
        let text = r#"{"Source":"s","DetailType":"d","Detail":"{}","Time":1700000000.5,"Resources":["r"],"EventBusName":"b","TraceHeader":"Root=1","Unknown":1e400}"#;
        let entry = Entry::from_json(text).expect("an entry");
        let expected = Entry {
            source: "s".to_owned(),
            detail_type: "d".to_owned(),
            detail: "{}".to_owned(),
            resources: vec!["r".to_owned()],
            event_bus_name: Some("b".to_owned()),
            time: Timestamp::from_second(1_700_000_000).ok(),
            trace_header: Some("Root=1".to_owned()),
        };
        assert_eq!(entry, expected);
        let nothing = r#"{"Source":null,"Time":null,"EventBusName":null,"TraceHeader":null}"#;
        assert_eq!(Entry::from_json(nothing), Ok(Entry::default()));
    }

    #[test]
    fn a_member_of_a_wrong_type_is_the_mistake_of_its_entry() {
        for (text, member) in [
            (r#"{"Source":"s","Resources":null}"#, "Resources"),
            (r#"{"Source":"s","Resources":"r"}"#, "Resources"),
            (r#"{"Source":"s","Resources":["r",null]}"#, "Resources"),
            (r#"{"Source":"s","Time":"2026-01-31T09:00:00Z"}"#, "Time"),
            (r#"{"Source":"s","Time":"NaN"}"#, "Time"),
            (r#"{"Source":"s","Time":1e300}"#, "Time"),
            (r#"{"Source":"s","Time":1e400}"#, "Time"),
            (r#"{"Source":"s","Time":-1e14}"#, "Time"),
            (r#"{"Source":"s","Time":true}"#, "Time"),
            (r#"{"Source":"s","Detail":{"id":1}}"#, "Detail"),
            (r#"{"Source":"s","Detail":"\ud83d"}"#, "Detail"),
            (r#"{"Source":"s","TraceHeader":1}"#, "TraceHeader"),
        ] {
            let malformed = Entry::from_json(text).expect_err(text);
            assert_eq!(malformed.entry.source, "s", "{text}");
            let (kind, message) = (malformed.rejection.kind, malformed.rejection.message);
            assert_eq!(kind, RejectionKind::InvalidArgument, "{text}");
            let start = format!("Parameter {member} is not valid. Reason: {member} is not ");
            assert!(message.starts_with(&start), "{message}");
        }
        for text in ["null", "[]", "5", "\"x\""] {
            assert!(Entry::from_json(text).is_err(), "{text}");
        }
    }
}
