//! Reads an event that comes to a bus.

use eventbridge::put_events::{Entry, seconds};
use jiff::Timestamp;
use pipeline::detail::{self, EVENT_TYPE, Problem, ProblemKind};
use pipeline::model::{Discriminator, Event, FieldType};
use pipeline::reading::{CONFLICTING_KEYS, Fields, MISSING_KEY, object};
use pipeline::syntax::{Kind, Node};
use pipeline::{Diagnostic, Span};
use serde_json::{Map, Value};

use super::{Context, is_mapping};
use crate::lints::UNDECLARED_EVENT;

/// The detail of an event, with the places of its fields.
struct Written<'n> {
    detail: Map<String, Value>,
    node: Option<&'n Node>,
    /// The place of `event`, or of `detail`.
    at: Span,
}

impl Context<'_, '_> {
    /// Reads `event`, `detail` and `bus` of a case or a step.
    pub(super) fn event(&mut self, fields: &mut Fields<'_>, at: Timestamp) -> Option<Entry> {
        let detail = fields.take_entry("detail");
        let bus = fields.take_entry("bus");
        let Some((key, node)) = fields.take_entry("event") else {
            self.report_lonely(fields, [detail, bus]);
            return None;
        };
        let bus = bus.and_then(|(_, node)| self.reader.string(node));
        let entry = if is_mapping(node) {
            if let Some((detail, _)) = detail {
                let message = "a whole event has its `detail` in itself";
                self.reader.report(
                    Diagnostic::new(&CONFLICTING_KEYS, detail, message)
                        .with_related(key, "the event")
                        .with_help("write it below `event`"),
                );
            }
            self.whole_event(node, key)?
        } else {
            self.declared_event(node, detail, at)?
        };
        let bus = match bus {
            Some(bus) => bus.value,
            None => self.bench.bus_of(&entry),
        };
        Some(Entry {
            event_bus_name: Some(bus),
            ..entry
        })
    }

    /// Reports a `detail` or a `bus` without an event.
    fn report_lonely(&mut self, fields: &Fields<'_>, there: [Option<(Span, &Node)>; 2]) {
        if fields.has_misspelt(&["event"]) {
            return;
        }
        for (key, _) in there.into_iter().flatten() {
            let message = "this belongs to an event, and there is none";
            let diagnostic = Diagnostic::new(&MISSING_KEY, key, message);
            self.reader.report(diagnostic.with_help("add `event:`"));
        }
    }

    fn declared_event(
        &mut self,
        node: &Node,
        detail: Option<(Span, &Node)>,
        at: Timestamp,
    ) -> Option<Entry> {
        let name = self.event_name(node)?;
        let event = self.bench.pipeline.events.get(&name.value)?;
        let mut written = Written {
            detail: Map::new(),
            node: detail.map(|(_, node)| node),
            at: detail.map_or(name.span, |(key, _)| key),
        };
        if let Some((_, node)) = detail {
            written.detail = object(&mut self.reader, node);
        }
        fill_in_times(event, &mut written.detail, at);
        if event.discriminator == Discriminator::EventType {
            let event_type = event.event_type(&name.value);
            written
                .detail
                .insert(EVENT_TYPE.to_owned(), event_type.into());
        }
        let what = format!("`{}`", name.value);
        let problems = problems(event, &written.detail);
        self.report_problems(&what, &written, problems);
        Some(entry_of(event, written.detail))
    }

    /// Reads an event as it stands on a bus. One that the spec declares is checked.
    fn whole_event(&mut self, node: &Node, key: Span) -> Option<Entry> {
        let mut fields = self.reader.fields("an event", node, key)?;
        let source = fields.require("source");
        let source = source.and_then(|node| self.reader.string(node));
        let detail_type = fields.require("detail-type");
        let detail_type = detail_type.and_then(|node| self.reader.string(node));
        let resources = fields.take("resources");
        let resources = resources.map(|node| self.texts("`resources`", node));
        let detail = fields.require_entry("detail");
        fields.finish(&mut self.reader);
        let (source, detail_type, (at, node)) = (source?, detail_type?, detail?);
        let written = Written {
            detail: object(&mut self.reader, node),
            node: Some(node),
            at,
        };
        let pipeline = self.bench.pipeline;
        let declared =
            detail::declared(pipeline, &source.value, &detail_type.value, &written.detail);
        match declared {
            Ok(None) => {}
            Ok(Some((name, event))) => {
                let problems = problems(event, &written.detail);
                self.report_problems(&format!("`{name}`"), &written, problems);
            }
            Err(problem) => self.report_problems("the event", &written, vec![problem]),
        }
        Some(Entry {
            source: source.value,
            detail_type: detail_type.value,
            detail: Value::Object(written.detail).to_string(),
            resources: resources.unwrap_or_default(),
            ..Entry::default()
        })
    }

    fn texts(&mut self, what: &str, node: &Node) -> Vec<String> {
        let items = self.reader.list(what, node);
        let texts = items.iter().filter_map(|item| self.reader.string(item));
        texts.map(|text| text.value).collect()
    }

    fn report_problems(&mut self, what: &str, written: &Written<'_>, problems: Vec<Problem>) {
        for Problem { field, kind } in problems {
            let place = written.node.and_then(|node| place_of(node, &field));
            let message = format!("`{field}` of {what} {kind}");
            let span = place.unwrap_or(written.at);
            self.reader
                .report(Diagnostic::new(&UNDECLARED_EVENT, span, message));
        }
    }
}

/// Finds what is wrong with a detail. Events of AWS have many fields, and a case needs only those that it is about.
fn problems(event: &Event, detail: &Map<String, Value>) -> Vec<Problem> {
    let mut problems = detail::problems(event, detail);
    problems.retain(|problem| problem.kind != ProblemKind::Missing || !event.is_of_aws());
    problems
}

/// Sets timestamps that are not given.
fn fill_in_times(event: &Event, detail: &mut Map<String, Value>, at: Timestamp) {
    for (name, field) in &event.detail {
        if field.field_type == FieldType::Timestamp && !field.optional && !detail.contains_key(name)
        {
            detail.insert(name.clone(), seconds(at).into());
        }
    }
}

fn entry_of(event: &Event, detail: Map<String, Value>) -> Entry {
    Entry {
        source: event.source.value.clone(),
        detail_type: event.detail_type.value.clone(),
        detail: Value::Object(detail).to_string(),
        ..Entry::default()
    }
}

/// Finds the place of a field such as `items[0].sku`, if it is written.
fn place_of(node: &Node, field: &str) -> Option<Span> {
    let mut node = node;
    let mut place = None;
    for part in field.split(['.', '[']) {
        match &node.kind {
            Kind::Sequence(items) => {
                let index: usize = part.strip_suffix(']')?.parse().ok()?;
                node = items.get(index)?;
                place = Some(node.span);
            }
            Kind::Mapping(pairs) => {
                let is_it =
                    |key: &Node| matches!(&key.kind, Kind::Scalar { text, .. } if text == part);
                let (key, value) = pairs.iter().find(|(key, _)| is_it(key))?;
                place = Some(match value.kind {
                    Kind::Scalar { .. } if value.span.start > key.span.start => value.span,
                    _ => key.span,
                });
                node = value;
            }
            Kind::Scalar { .. } => return None,
        }
    }
    place
}
