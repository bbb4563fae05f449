//! The fields of an event that a trace shows: its type, and its subject, which is whom or what it is about.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The path to the subject in an event's detail, one member after another. Empty if the events have no subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SubjectPath {
    members: Vec<String>,
}

/// The fields of an event that a trace shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) source: String,
    pub(crate) detail_type: String,
    /// `detail.event_type`, if it is a string.
    pub(crate) event_type: Option<String>,
    /// The value at the path, if it is a string or a number.
    pub(crate) subject: Option<String>,
}

impl SubjectPath {
    /// Reads a dotted path: `customer.id`.
    pub(crate) fn parse(path: Option<&str>) -> Self {
        let members = path.into_iter().flat_map(|path| path.split('.'));
        Self {
            members: members.map(str::to_owned).collect(),
        }
    }

    /// Reads the fields from an envelope, in one pass.
    pub(crate) fn summary(&self, envelope: &str) -> Summary {
        let mut summary = Summary::default();
        let place = Place::Envelope {
            path: &self.members,
        };
        let seed = Members {
            place,
            summary: &mut summary,
        };
        // An event on the bus is JSON, so reading fails only if it nests too deep. Then the summary stays empty from
        // there on.
        let _ = seed.deserialize(&mut serde_json::Deserializer::from_str(envelope));
        summary
    }
}

/// The object that is being read.
#[derive(Clone, Copy)]
enum Place<'p> {
    Envelope {
        path: &'p [String],
    },
    Detail {
        path: &'p [String],
    },
    /// An object on the way to the subject.
    Inside {
        path: &'p [String],
    },
}

/// Reads the members of one object into a summary, and passes over what is no object.
struct Members<'p, 's> {
    place: Place<'p>,
    summary: &'s mut Summary,
}

impl<'de> DeserializeSeed<'de> for Members<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Members<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<std::borrow::Cow<'de, str>>()? {
            match (self.place, &*name) {
                (Place::Envelope { .. }, "source") => self.summary.source = members.next_value()?,
                (Place::Envelope { .. }, "detail-type") => {
                    self.summary.detail_type = members.next_value()?;
                }
                (Place::Envelope { path }, "detail") => members.next_value_seed(Members {
                    place: Place::Detail { path },
                    summary: self.summary,
                })?,
                (Place::Detail { path }, "event_type") => {
                    let value: &RawValue = members.next_value()?;
                    self.summary.event_type = text(value);
                    // The path may lead here too, and a value can be read only once.
                    if is_last(path, &name) {
                        self.summary.subject = scalar(value);
                    }
                }
                (Place::Detail { path } | Place::Inside { path }, name) if is_last(path, name) => {
                    self.summary.subject = scalar(members.next_value()?);
                }
                (Place::Detail { path } | Place::Inside { path }, name)
                    if path.first().is_some_and(|first| first == name) =>
                {
                    members.next_value_seed(Members {
                        place: Place::Inside { path: &path[1..] },
                        summary: self.summary,
                    })?;
                }
                _ => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

fn is_last(path: &[String], name: &str) -> bool {
    matches!(path, [last] if last == name)
}

fn text(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

/// Returns a string, or a number as it is written: a number of thirty digits keeps all of them.
fn scalar(value: &RawValue) -> Option<String> {
    let written = value.get();
    match written.bytes().next() {
        Some(b'"') => text(value),
        Some(b'-' | b'0'..=b'9') => Some(written.to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(path: Option<&str>, detail: &str) -> Option<String> {
        let envelope = format!(r#"{{"source":"s","detail-type":"D","detail":{detail}}}"#);
        let summary = SubjectPath::parse(path).summary(&envelope);
        assert_eq!((&*summary.source, &*summary.detail_type), ("s", "D"));
        summary.subject
    }

    #[test]
    fn a_subject_is_a_string_or_a_number_at_its_path() {
        let long = "123456789012345678901234567890";
        for (path, detail, expected) in [
            ("order_id", r#"{"order_id":"o-1"}"#.to_owned(), Some("o-1")),
            (
                "customer.id",
                r#"{"id":1,"customer":{"id":7,"x":{}},"y":2}"#.to_owned(),
                Some("7"),
            ),
            ("n", format!(r#"{{"n":{long}}}"#), Some(long)),
            ("n", r#"{"n":-1.50}"#.to_owned(), Some("-1.50")),
            ("n", r#"{"n":"a\"b"}"#.to_owned(), Some("a\"b")),
            ("event_type", r#"{"event_type":"e"}"#.to_owned(), Some("e")),
            (
                "event_type.x",
                r#"{"event_type":{"x":"e"}}"#.to_owned(),
                None,
            ),
            ("n", r#"{"n":null}"#.to_owned(), None),
            ("n", r#"{"n":{"n":"x"}}"#.to_owned(), None),
            ("n", r#"{"n":["x"]}"#.to_owned(), None),
            ("customer.id", r#"{"customer":"x"}"#.to_owned(), None),
            (
                "customer.id",
                r#"{"customer":[{"id":"x"}]}"#.to_owned(),
                None,
            ),
            ("customer.id", r#"{"id":"x"}"#.to_owned(), None),
        ] {
            assert_eq!(
                subject(Some(path), &detail).as_deref(),
                expected,
                "{path} {detail}"
            );
        }
        assert_eq!(subject(None, r#"{"order_id":"o-1"}"#), None);
    }

    #[test]
    fn only_a_string_is_an_event_type() {
        let path = SubjectPath::default();
        let event_type = |detail: &str| {
            let envelope = format!(r#"{{"detail":{{"event_type":{detail}}}}}"#);
            path.summary(&envelope).event_type
        };
        assert_eq!(event_type("\"e\"").as_deref(), Some("e"));
        assert_eq!(event_type("5"), None);
        assert_eq!(event_type("{}"), None);
        assert_eq!(path.summary("nothing"), Summary::default());
    }
}
