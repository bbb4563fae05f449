//! Which details a type of an event reads.
//!
//! The rules are those of the types that are generated for an event. A field that nobody declares is passed over, a field
//! with `?` may be null or missing, an enum has the values that it lists, and a text, a number or a time is read as what it
//! is. A test decodes examples of each rule with generated types.

use std::fmt;

use indexmap::IndexMap;
use pipeline::model::{Field, FieldType};

/// Why a detail that one declaration allows cannot be read with another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The event left the spec.
    Gone,
    /// The event has another source, detail type or name on the bus, so that no rule for the other one matches it.
    Elsewhere {
        /// `source` of what is written.
        source: String,
        /// `detail-type` of what is written.
        detail_type: String,
        /// `detail.event_type` of what is written, if it has one.
        event_type: Option<String>,
    },
    /// The reader needs a field that the writer does not have.
    Absent {
        /// The field, from the top of the detail.
        path: String,
    },
    /// The reader needs a field that the writer may leave out.
    Optional {
        /// The field.
        path: String,
    },
    /// The field holds something that the reader does not take for it.
    Type {
        /// The field.
        path: String,
        /// What is written.
        written: String,
        /// What the reader takes.
        read: String,
    },
    /// The field may have values that the reader does not know.
    Values {
        /// The field.
        path: String,
        /// These.
        unknown: Vec<String>,
    },
}

/// Lists why a reader of some fields cannot read what a writer of others writes, in the order of the reader's fields;
/// nothing if it can read all of it.
pub fn unreadable(
    reader: &IndexMap<String, Field>,
    writer: &IndexMap<String, Field>,
) -> Vec<Reason> {
    let mut reasons = Vec::new();
    compare_fields("", reader, writer, &mut reasons);
    reasons
}

fn compare_fields(
    within: &str,
    reader: &IndexMap<String, Field>,
    writer: &IndexMap<String, Field>,
    reasons: &mut Vec<Reason>,
) {
    for (name, wanted) in reader {
        let path = format!("{within}{name}");
        match writer.get(name) {
            None if wanted.optional => {}
            None => reasons.push(Reason::Absent { path }),
            Some(written) => {
                if written.optional && !wanted.optional {
                    let path = path.clone();
                    reasons.push(Reason::Optional { path });
                }
                compare_types(&path, &wanted.field_type, &written.field_type, reasons);
            }
        }
    }
}

fn compare_types(path: &str, wanted: &FieldType, written: &FieldType, reasons: &mut Vec<Reason>) {
    use FieldType::{Boolean, Date, Enum, Integer, Json, List, Number, Object, String, Timestamp};
    match (wanted, written) {
        (Json, _)
        // Times and the values of an enum are texts.
        | (String, String | Timestamp | Date | Enum(_))
        | (Integer, Integer)
        | (Number, Number | Integer)
        | (Boolean, Boolean)
        | (Timestamp, Timestamp)
        | (Date, Date) => {}
        (Enum(known), Enum(values)) => {
            let unknown = values.iter().filter(|value| !known.contains(value));
            let unknown: Vec<_> = unknown.cloned().collect();
            if !unknown.is_empty() {
                let path = path.to_owned();
                reasons.push(Reason::Values { path, unknown });
            }
        }
        (List(wanted), List(written)) => {
            let path = format!("{path}[]");
            // An item is there, and null is JSON.
            if written.optional && !wanted.optional && wanted.field_type != Json {
                let path = path.clone();
                reasons.push(Reason::Optional { path });
            }
            compare_types(&path, &wanted.field_type, &written.field_type, reasons);
        }
        (Object(wanted), Object(written)) => {
            compare_fields(&format!("{path}."), wanted, written, reasons);
        }
        (String | Integer | Number | Boolean | Timestamp | Date | Enum(_) | List(_) | Object(_), _) => {
            reasons.push(Reason::Type {
                path: path.to_owned(),
                written: written.to_string(),
                read: wanted.to_string(),
            });
        }
    }
}

/// Writes the reason for those who wrote or read the event before: ``  `total` is gone ``.
impl Reason {
    /// What consumers of before find in the event of now.
    pub(crate) fn for_consumers(&self) -> String {
        match self {
            Self::Gone => "nobody emits it any more".to_owned(),
            Self::Absent { path } => format!("`{path}` is gone"),
            Self::Optional { path } => format!("`{path}` may be missing or null"),
            Self::Type {
                path,
                written,
                read,
            } => format!("`{path}` is `{written}`, and was `{read}`"),
            Self::Values { path, unknown } => format!("`{path}` may be {}", quoted(unknown)),
            Self::Elsewhere { .. } => format!("it comes {}", Bus(self)),
        }
    }

    /// What those who read the event now miss in one of before.
    pub(crate) fn for_producers(&self) -> String {
        match self {
            Self::Gone => "nobody reads it any more".to_owned(),
            Self::Absent { path } => format!("`{path}` has to be there, and was not declared"),
            Self::Optional { path } => format!("`{path}` has to be there, and was optional"),
            Self::Type {
                path,
                written,
                read,
            } => format!("`{path}` has to be `{read}`, and was `{written}`"),
            Self::Values { path, unknown } => {
                format!("`{path}` may not be {} any more", quoted(unknown))
            }
            Self::Elsewhere { .. } => format!("it came {}", Bus(self)),
        }
    }
}

/// Shows what an event is on the bus.
struct Bus<'r>(&'r Reason);

impl fmt::Display for Bus<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Reason::Elsewhere {
            source,
            detail_type,
            event_type,
        } = self.0
        else {
            return Ok(());
        };
        write!(f, "as `{detail_type}` of `{source}`")?;
        match event_type {
            Some(name) => write!(f, " with the `event_type` `{name}`"),
            None => f.write_str(" without an `event_type`"),
        }
    }
}

fn quoted(values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
    match values.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use pipeline::{Surroundings, parse};

    use super::*;

    /// Reasons of a reader and a writer, each with the `detail` of an event.
    fn reasons(reader: &str, writer: &str) -> Vec<String> {
        let fields = |detail: &str| {
            let spec = format!(
                "pipeline: p\nsource: s\nevents: {{ e: {{ detail_type: E, external: true, detail: {{ {detail} }} }} }}\njobs: {{ j: {{ deliver_to: queue, triggers: [ {{ event: e }} ] }} }}\n"
            );
            let parsed = parse(&spec, &Surroundings::default());
            assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
            let mut pipeline = parsed.pipeline.unwrap();
            pipeline.events.shift_remove("e").unwrap().detail
        };
        let found = unreadable(&fields(reader), &fields(writer));
        found.iter().map(Reason::for_consumers).collect()
    }

    #[test]
    fn every_reason_has_its_path() {
        assert_eq!(
            reasons(
                "a: string, b: { c: [{ d: integer }] }, e: \"enum(x, y)\", f: string",
                "b: { c: [{ d: number }] }, e: \"enum(x, z, w)\", f: string?"
            ),
            [
                "`a` is gone",
                "`b.c[].d` is `number`, and was `integer`",
                "`e` may be `z` or `w`",
                "`f` may be missing or null",
            ]
        );
    }

    #[test]
    fn what_is_added_or_optional_is_read() {
        assert_eq!(reasons("a: string?", ""), [""; 0]);
        assert_eq!(reasons("a: string", "a: date, b: json"), [""; 0]);
        assert_eq!(reasons("a: number?", "a: integer"), [""; 0]);
        assert_eq!(reasons("a: [json]", "a: [string?]"), [""; 0]);
    }
}
