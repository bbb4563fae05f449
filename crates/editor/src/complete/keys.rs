//! Keys that a mapping may have.

use indexmap::IndexMap;
use pipeline::Severity;
use pipeline::model::Field;
use schema::Schema;

use super::{Candidate, Here, Kind};
use crate::fields;

/// The fields of an event on the bus, beside `detail`.
const ENVELOPE: [(&str, &str); 9] = [
    ("source", "Who has sent the event."),
    ("detail-type", "What kind of event it is."),
    ("detail", "What the event says."),
    ("account", "The account in which it happened."),
    ("region", "The region in which it happened."),
    ("resources", "The ARNs of what it is about."),
    ("time", "When it happened."),
    ("id", "The event's own id."),
    ("version", "`0`."),
];

impl Here<'_> {
    /// The keys that may still be written, names of the spec's own first.
    pub(super) fn keys(&self, forms: &[&Schema]) -> Vec<Candidate> {
        let mut candidates = self.names();
        candidates.extend(self.language(forms));
        candidates.retain(|candidate| !self.place.keys.contains(&candidate.label));
        candidates
    }

    /// Keys of the spec language.
    fn language(&self, forms: &[&Schema]) -> Vec<Candidate> {
        let present: Vec<&str> = self.place.keys.iter().map(String::as_str).collect();
        let keys = self.guide.keys(forms, &present);
        let is_operator = keys.iter().any(|key| key.name == "anything-but");
        let keys = keys.iter().map(|key| {
            let kind = if is_operator {
                Kind::Operator
            } else {
                Kind::Key
            };
            let detail = key.is_required.then(|| "required".to_owned());
            let documentation = Some(self.guide.explain(key));
            let values = self.guide.forms_of(key.value);
            let is_collection = !self.place.in_flow
                && !values.is_empty()
                && values
                    .iter()
                    .all(|form| form.is_list() || form.is_mapping());
            let behind = if is_collection { ":" } else { ": " };
            let insert = self.with_colon(key.name, behind);
            Candidate::new(kind, key.name)
                .inserting(insert)
                .told(detail, documentation)
        });
        keys.collect()
    }

    /// A key with what follows it, unless a colon is there.
    fn with_colon(&self, name: &str, behind: &str) -> String {
        if self.place.has_colon {
            return name.to_owned();
        }
        format!("{name}{behind}")
    }

    /// Keys that are names: fields of events, ids of findings.
    fn names(&self) -> Vec<Candidate> {
        if self.keys.last() == Some(&"allow") {
            return self.findings();
        }
        let Some((fields, is_top)) = self.pattern_fields() else {
            return Vec::new();
        };
        if is_top {
            let envelope = ENVELOPE.map(|(name, what)| {
                Candidate::new(Kind::Field, name)
                    .inserting(self.with_colon(name, ": "))
                    .told(None, Some(what.to_owned()))
            });
            return envelope.to_vec();
        }
        let fields = fields.iter().map(|(name, field)| {
            Candidate::new(Kind::Field, name)
                .inserting(self.with_colon(name, ": "))
                .told(Some(field.to_string()), None)
        });
        fields.collect()
    }

    /// Ids of findings that may stay.
    fn findings(&self) -> Vec<Candidate> {
        let lints = pipeline::language::allowed_ids();
        let lints = lints.into_iter().filter_map(pipeline::lint);
        let lints = lints.map(|lint| {
            let severity = match lint.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            };
            Candidate::new(Kind::Name, lint.id)
                .inserting(self.with_colon(lint.id, ": "))
                .told(
                    Some(severity.to_owned()),
                    Some(format!("{}\n\n{}", lint.summary, lint.explanation)),
                )
        });
        lints.collect()
    }

    /// The fields that may be tested at the place of a pattern, and whether that is the pattern itself.
    pub(super) fn pattern_fields(&self) -> Option<(IndexMap<String, Field>, bool)> {
        fields::at_pattern(self.spec, &self.keys, self.place.event.as_deref())
    }
}
