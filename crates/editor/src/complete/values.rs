//! Values that a key or an element may have.

use pipeline::model::FieldType;
use pipeline::values::BUILT_IN;
use serde_json::Value;

use super::{Candidate, Here, Kind};
use crate::fields;
use crate::spec::Spec;
use crate::told;

/// The parts of an event on the bus that a JSON path may begin with.
const PATHS: [&str; 9] = [
    "$.detail",
    "$.detail-type",
    "$.source",
    "$.id",
    "$.time",
    "$.account",
    "$.region",
    "$.resources",
    "$.version",
];

/// The values that a text may name, with what they are.
pub(super) fn names(spec: &Spec) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    if let Some(pipeline) = &spec.pipeline {
        for name in pipeline.values.keys() {
            let told = told::value(spec, name);
            candidates.push(Candidate::new(Kind::Value, name).told(None, told));
        }
    }
    for (name, _) in BUILT_IN {
        let told = told::value(spec, name);
        candidates.push(Candidate::new(Kind::Value, name).told(None, told));
    }
    candidates
}

impl Here<'_> {
    /// What may be written as a value.
    pub(super) fn values(&self) -> Vec<Candidate> {
        if let Some(names) = self.known_names() {
            return names;
        }
        if fields::in_pattern(&self.keys).is_some() {
            return self.tests();
        }
        let mut words: Vec<Candidate> = Vec::new();
        for word in self.forms.iter().flat_map(|form| form.words()) {
            let word = written(&word);
            if !words.iter().any(|known| known.label == word) {
                words.push(Candidate::new(Kind::Word, word));
            }
        }
        if !words.is_empty() {
            return words;
        }
        let samples = self.forms.iter().filter_map(|form| form.sample());
        let samples = samples.filter(|sample| !sample.is_object() && !sample.is_array());
        let samples = samples.map(|sample| {
            Candidate::new(Kind::Example, written(sample)).told(Some("example".to_owned()), None)
        });
        // A mapping has no example of its own that could stand beside its keys.
        if self.forms.iter().any(|form| form.is_mapping()) {
            return Vec::new();
        }
        samples.collect()
    }

    /// Names of what the spec or the world has, where one of them has to stand.
    fn known_names(&self) -> Option<Vec<Candidate>> {
        let zones = || {
            let zones = jiff::tz::db().available();
            let zones = zones.map(|zone| Candidate::new(Kind::Name, zone.to_string()));
            zones.collect()
        };
        Some(match self.keys.as_slice() {
            [.., "triggers", "*", "event"] => self.events(false),
            [.., "emits", "*"] => self.events(true),
            [.., "triggers", "*", "timezone"] => zones(),
            [.., "function", "package"] => {
                let packages = self.spec.seen.packages.iter();
                let packages = packages.map(|package| Candidate::new(Kind::Name, package));
                packages.collect()
            }
            ["subject"] => {
                let paths = fields::paths(&fields::of_event(self.spec, None)).into_iter();
                let paths = paths.map(|(path, field)| {
                    Candidate::new(Kind::Field, path).told(Some(field.to_string()), None)
                });
                paths.collect()
            }
            [.., "input", "path"] | [.., "input", "paths", _] | [.., "partition_key"] => {
                self.event_paths()
            }
            [.., "pattern", "source", "*"] => self.of_events(|event| &event.source.value),
            [.., "pattern", "detail-type", "*"] => self.of_events(|event| &event.detail_type.value),
            [.., "triggers", "*", "bus"] | ["bus"] => {
                vec![Candidate::new(Kind::Word, "default")]
            }
            _ => return None,
        })
    }

    /// The declared events; those alone that jobs may emit.
    fn events(&self, own: bool) -> Vec<Candidate> {
        let Some(pipeline) = &self.spec.pipeline else {
            return Vec::new();
        };
        let events = pipeline.events.iter();
        let events = events.filter(|(_, event)| !own || pipeline.is_own(event) && !event.external);
        let events = events.map(|(name, event)| {
            Candidate::new(Kind::Event, name).told(
                Some(event.detail_type.value.clone()),
                told::event_alone(self.spec, name),
            )
        });
        events.collect()
    }

    /// Texts that some declared event has, each once.
    fn of_events(&self, text: impl Fn(&pipeline::model::Event) -> &String) -> Vec<Candidate> {
        let mut texts: Vec<Candidate> = Vec::new();
        for event in self
            .spec
            .pipeline
            .iter()
            .flat_map(|pipeline| pipeline.events.values())
        {
            let text = text(event);
            if !texts.iter().any(|known| known.label == *text) {
                texts.push(Candidate::new(Kind::Word, text));
            }
        }
        texts
    }

    /// JSON paths into the event that starts the job.
    fn event_paths(&self) -> Vec<Candidate> {
        let known = PATHS.map(|path| Candidate::new(Kind::Field, path));
        let fields = fields::of_event(self.spec, self.place.event.as_deref());
        let fields = fields::paths(&fields).into_iter().map(|(path, field)| {
            Candidate::new(Kind::Field, format!("$.detail.{path}"))
                .told(Some(field.to_string()), None)
        });
        fields.chain(known).collect()
    }

    /// Values and operators with which a field of an event may be tested.
    fn tests(&self) -> Vec<Candidate> {
        let mut tests = Vec::new();
        let field = fields::tested(self.spec, &self.keys, self.place.event.as_deref());
        let is_in_list = self.keys.last() == Some(&"*");
        let open = |text: &str| {
            if is_in_list {
                text.to_owned()
            } else {
                format!("[{text}]")
            }
        };
        match field.as_ref().map(|field| &field.field_type) {
            Some(FieldType::Enum(words)) => {
                tests.extend(words.iter().map(|word| (Kind::Word, word.clone())));
            }
            Some(FieldType::Boolean) => {
                tests.extend(["true", "false"].map(|word| (Kind::Word, word.to_owned())));
            }
            _ => {}
        }
        let mut tests: Vec<Candidate> = tests
            .into_iter()
            .map(|(kind, text)| Candidate::new(kind, &text).inserting(open(&text)))
            .collect();
        // Of an element in lines the operators are keys, which are listed beside these.
        let is_key = is_in_list && !self.place.in_flow;
        if is_in_list && !is_key && self.place.quote.is_none() {
            let operators = self.guide.keys(&self.forms, &[]);
            tests.extend(operators.iter().map(|key| {
                Candidate::new(Kind::Operator, key.name)
                    .inserting(format!("{{ {}: ", key.name))
                    .told(None, Some(self.guide.explain(key)))
            }));
        }
        tests
    }
}

/// A word as a spec writes it.
fn written(word: &Value) -> String {
    match word {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
