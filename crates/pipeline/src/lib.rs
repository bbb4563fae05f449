//! `pipeline.yaml` → [`Pipeline`], with every mistake of the spec in one go.
//!
//! The crate is pure: text in, values out. [`parse`] reads a spec, [`resources`] lists what
//! it becomes on AWS, and [`LINTS`] lists every kind of finding with its explanation.
//!
//! ```
//! let spec = "
//! pipeline: shop
//! source: shop
//! events:
//!   order.placed: { detail_type: Order Placed, external: true }
//! jobs:
//!   bill:
//!     function: { package: bill }
//!     triggers: [ { event: order.plcaed } ]
//! ";
//! let parsed = pipeline::parse(spec, &pipeline::Surroundings::default());
//! let mistake = parsed.diagnostics.iter().find(|found| found.is_error()).unwrap();
//! assert_eq!(mistake.message, "the event `order.plcaed` is not declared");
//! assert_eq!(mistake.help.as_deref(), Some("did you mean `order.placed`?"));
//! ```

pub mod alarms;
pub mod allow;
mod arrival;
pub mod aws_events;
pub mod backend;
pub mod contract;
pub mod detail;
mod diagnostic;
pub mod encryption;
pub mod event_pattern;
pub mod everywhere;
pub mod language;
mod lints;
mod matching;
mod mend;
pub mod model;
pub mod platform;
mod reach;
pub mod reading;
pub mod removed;
pub mod resources;
pub mod rights;
pub mod scheduled;
pub mod settings;
mod span;
mod spec;
mod suggestion;
pub mod syntax;
pub mod values;
pub mod volumes;
mod yaml;

pub use arrival::bus_of;
pub use diagnostic::{Diagnostic, Edit, Elsewhere, Fix, Lint, Severity};
pub use lints::{Allowance, LINTS, Surroundings, allowance, lint};
pub use model::Pipeline;
pub use span::{Span, Spanned};
pub use values::Setting;

use std::sync::Arc;

use model::Used;
use serde_json::{Map, Value};
use syntax::Document;

/// A spec after reading and checking it.
#[derive(Debug)]
pub struct Parsed {
    /// The pipeline, with a default for everything that could not be read. Generate nothing from it while
    /// [`Parsed::has_errors`] is true.
    pub pipeline: Option<Pipeline>,
    /// Every finding, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether the spec means something else in another environment.
    pub has_values: bool,
    /// Whether the whole spec could be read, so that every check has run.
    pub is_complete: bool,
}

impl Parsed {
    /// Whether a finding is an error. If so, nothing may be generated or run.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// Adds findings of the caller, who knows more than the spec says and looked for these kinds of them. Those that the
    /// spec keeps on purpose are left out.
    pub fn add(
        &mut self,
        looked_for: &[&'static Lint],
        found: impl IntoIterator<Item = Diagnostic>,
    ) {
        self.diagnostics.extend(found);
        if let Some(pipeline) = &self.pipeline {
            let looked_for = |id: &str| looked_for.iter().any(|lint| lint.id == id);
            lints::silence(pipeline, looked_for, &mut self.diagnostics);
        }
        sort(&mut self.diagnostics);
    }
}

/// Sorts findings by their place in the text.
fn sort(diagnostics: &mut [Diagnostic]) {
    diagnostics
        .sort_by(|a, b| (a.span, a.lint.id, &a.message).cmp(&(b.span, b.lint.id, &b.message)));
}

/// Reads and checks a spec. It never fails: what is wrong is among the findings.
pub fn parse(text: &str, surroundings: &Surroundings) -> Parsed {
    parse_with_tree(text, surroundings).0
}

/// Reads and checks a spec, and returns the tree of its text, too, unless there is none or the text is large.
pub(crate) fn parse_with_tree(
    text: &str,
    surroundings: &Surroundings,
) -> (Parsed, Option<Document>) {
    let document = match Document::read(text) {
        Ok(document) => document,
        Err(diagnostic) => {
            let parsed = Parsed {
                pipeline: None,
                diagnostics: vec![*diagnostic],
                has_values: false,
                is_complete: false,
            };
            return (parsed, None);
        }
    };
    let meant = Meant::read(&document, surroundings);
    let mut document = Some(document).filter(|_| text.len() < LARGE);
    let mut parsed = meant.check(surroundings);
    if mend::is_wanted(&parsed.diagnostics) {
        document = document.or_else(|| Document::read(text).ok());
        if let Some(document) = &document {
            mend::settle(document, &mut parsed.diagnostics);
        }
    }
    (parsed, document)
}

/// The bytes of a text from which on its tree is dropped before the checks, which need as much memory again. Who needs it
/// after them reads it a second time.
const LARGE: usize = 1 << 20;

/// Reads the meaning of a text, as far as there is one, and checks nothing of it. `used` is what the files say that it uses.
pub fn meaning(
    document: &Document,
    setting: &Setting,
    used: Option<&Arc<Used>>,
) -> Option<Pipeline> {
    let mut reader = spec::Reader::new(setting.clone(), used.cloned());
    spec::read_pipeline(&mut reader, &document.root)
}

/// Lists the jobs that an event may start, each with the trigger: those on the event, and those with a pattern that may
/// match it.
pub fn started_by<'p>(pipeline: &'p Pipeline, event: &str) -> Vec<(&'p str, &'p model::Trigger)> {
    let reach = reach::Reach::new(pipeline);
    let starts = reach.of(event).map_or(&[][..], |(_, starts)| starts);
    let starts = starts.iter().map(|start| (start.job, start.trigger));
    starts.collect()
}

/// Lists the jobs that each declared event may start, by its name.
pub fn starts(pipeline: &Pipeline) -> Vec<(&str, Vec<&str>)> {
    let reach = reach::Reach::new(pipeline);
    let events = reach.iter().map(|(event, starts)| {
        let jobs = starts.iter().map(|start| start.job);
        (event, jobs.collect())
    });
    events.collect()
}

/// Checks a spec whose text was read, and is needed again.
pub(crate) fn check(document: &Document, surroundings: &Surroundings) -> Parsed {
    let mut parsed = Meant::read(document, surroundings).check(surroundings);
    mend::settle(document, &mut parsed.diagnostics);
    parsed
}

/// What a text means, before the checks of the whole.
struct Meant {
    reader: spec::Reader,
    pipeline: Option<Pipeline>,
}

impl Meant {
    fn read(document: &Document, surroundings: &Surroundings) -> Self {
        let mut reader = spec::Reader::new(surroundings.setting.clone(), surroundings.used.clone());
        reader.diagnostics.extend_from_slice(&document.cut);
        let pipeline = spec::read_pipeline(&mut reader, &document.root);
        Self { reader, pipeline }
    }

    /// Checks the whole. The findings have no edits yet.
    fn check(self, surroundings: &Surroundings) -> Parsed {
        let Self {
            mut reader,
            pipeline,
        } = self;
        let mut diagnostics = std::mem::take(&mut reader.diagnostics);
        // Checks of the whole would blame the user for parts that are only missing because they could not be read.
        let is_complete = pipeline.is_some() && diagnostics.iter().all(|found| !found.is_error());
        if let Some(pipeline) = &pipeline {
            if is_complete {
                lints::values::check(reader.scope.unused(), &mut diagnostics);
            }
            diagnostics.extend(lints::check_all(pipeline, is_complete, surroundings));
            let looked_for = |id: &str| surroundings.lets_find(id);
            lints::silence(pipeline, looked_for, &mut diagnostics);
        }
        sort(&mut diagnostics);
        // The reader visits an alias once for each place that uses it. A mistake below its anchor is still one mistake.
        diagnostics.dedup();
        Parsed {
            pipeline,
            diagnostics,
            has_values: reader.scope.is_used(),
            is_complete,
        }
    }
}

/// Reads a YAML mapping as JSON. A plain scalar means what it means in JSON, and any other is a string.
///
/// ```
/// let read = pipeline::read_yaml("rate: 0.1\nname: 'on'").unwrap();
/// assert_eq!(serde_json::to_string(&read).unwrap(), r#"{"name":"on","rate":0.1}"#);
/// ```
///
/// # Errors
/// Every mistake in the text.
pub fn read_yaml(text: &str) -> Result<Map<String, Value>, Vec<Diagnostic>> {
    let mut reader = spec::Reader::default();
    let document = Document::read(text).map_err(|diagnostic| vec![*diagnostic])?;
    reader.diagnostics.extend(document.cut);
    match spec::json::read_mapping(&mut reader, &document.root) {
        Some(read) if reader.diagnostics.is_empty() => Ok(read),
        _ => Err(reader.diagnostics),
    }
}

#[cfg(test)]
mod testing {
    use super::{Pipeline, Surroundings, parse};

    /// A pipeline `p` with source `s` and an external event `e`.
    pub(crate) const PREFIX: &str =
        "pipeline: p\nsource: s\nevents: { e: { detail_type: E, external: true } }\n";

    pub(crate) fn ids_of(spec: &str) -> Vec<&'static str> {
        let found = parse(spec, &Surroundings::default()).diagnostics;
        found.iter().map(|found| found.lint.id).collect()
    }

    pub(crate) fn pipeline(jobs: &str) -> Pipeline {
        let parsed = parse(&format!("{PREFIX}{jobs}\n"), &Surroundings::default());
        assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
        parsed.pipeline.unwrap()
    }
}
