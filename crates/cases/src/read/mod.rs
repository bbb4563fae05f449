//! Reads a file of cases.

mod event;
mod expect;
mod given;
mod stubs;

use std::collections::{BTreeMap, BTreeSet};

use emulator::Faults;
use indexmap::IndexMap;
use jiff::Timestamp;
use pipeline::reading::{
    Fields, INVALID_VALUE, Reader, duration, finish, instant, number, object, unknown,
};
use pipeline::syntax::{Document, Kind, Node};
use pipeline::{Diagnostic, Span, Spanned};
use serde_json::Value;

use crate::bench::Bench;
use crate::case::{Case, StubPlan};
use crate::lints::{IMPOSSIBLE_CASE, UNKNOWN_JOB};

/// A file of cases.
#[derive(Debug)]
pub struct CaseFile {
    /// The text as a tree; nothing if it is no YAML.
    pub document: Option<Document>,
    /// The cases that could be read, in the order of the text. Let none of them happen if there are findings.
    pub cases: Vec<Case>,
    /// What is wrong with the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// The most seconds of a wait: ten years.
const WAIT: u32 = 315_360_000;
const WITHIN: pipeline::reading::Range = duration("a time", 0, WAIT);
const SEED: pipeline::reading::Range = number("a seed", 0, u32::MAX);

/// The keys of `faults`, as [`Faults`] has them.
const FAULTS: [&str; 10] = [
    "seed",
    "duplicate",
    "delay",
    "delay_up_to_seconds",
    "drop_response",
    "kill",
    "timeout",
    "throttle",
    "refuse_request",
    "refuse_entry",
];

/// What a file says for all of its cases.
#[derive(Clone, Debug, Default)]
struct Shared {
    begin: Option<Timestamp>,
    stubs: BTreeMap<String, StubPlan>,
    environment: BTreeMap<String, String>,
}

/// Reads a file of cases. `default_begin` is when virtual time begins if nothing says it; `to_record` lets a case say
/// nothing of what it expects.
pub fn read(bench: &Bench<'_>, text: &str, default_begin: Timestamp, to_record: bool) -> CaseFile {
    let document = match Document::read(text) {
        Ok(document) => document,
        Err(diagnostic) => {
            return CaseFile {
                document: None,
                cases: Vec::new(),
                diagnostics: vec![*diagnostic],
            };
        }
    };
    let mut context = Context {
        bench,
        reader: Reader::default(),
        default_begin,
        to_record,
        names: Names::new(bench),
    };
    let cases = context.file(&document.root);
    CaseFile {
        cases,
        diagnostics: finish(context.reader, &document),
        document: Some(document),
    }
}

/// Names that cases may use.
struct Names<'b> {
    /// Jobs and triggers.
    triggers: BTreeSet<String>,
    functions: Vec<&'b str>,
    queues: Vec<&'b str>,
}

impl<'b> Names<'b> {
    fn new(bench: &'b Bench<'_>) -> Self {
        let known = bench.triggers.iter();
        let triggers = known.flat_map(|known| [known.name.job.clone(), known.name.to_string()]);
        Self {
            triggers: triggers.collect(),
            functions: bench.jobs_with_function().collect(),
            queues: bench.queue_labels(),
        }
    }
}

struct Context<'b, 'p> {
    bench: &'b Bench<'p>,
    reader: Reader,
    default_begin: Timestamp,
    to_record: bool,
    names: Names<'b>,
}

/// The keys of a case while it is read.
type Keys<'n> = Fields<'n>;

impl Context<'_, '_> {
    fn file(&mut self, root: &Node) -> Vec<Case> {
        let Some(mut fields) = self.reader.fields("a file of cases", root, Span::default()) else {
            return Vec::new();
        };
        let shared = self.shared(&mut fields);
        let cases = fields.require("cases");
        fields.finish(&mut self.reader);
        let entries = cases.and_then(|node| self.reader.entries("`cases`", node));
        let mut read = Vec::new();
        for (name, (key, node)) in entries.unwrap_or_default() {
            read.extend(self.case(name, key, node, &shared));
        }
        read
    }

    /// Reads what a file or a case says for what happens in it.
    fn shared(&mut self, fields: &mut Keys<'_>) -> Shared {
        Shared {
            begin: fields.take("from").and_then(|node| self.instant(node)),
            stubs: match fields.take("stub") {
                Some(node) => self.stubs(node),
                None => BTreeMap::new(),
            },
            environment: match fields.take("environment") {
                Some(node) => self.environment(node),
                None => BTreeMap::new(),
            },
        }
    }

    fn case(&mut self, name: &str, key: Span, node: &Node, shared: &Shared) -> Option<Case> {
        let mut fields = self.reader.fields("a case", node, key)?;
        if let Some(node) = fields.take("description") {
            let _ = self.reader.string(node);
        }
        let only = fields.take_entry("only");
        let only_match = only.and_then(|(_, node)| self.reader.choice(node, &[("match", ())]));
        let own = self.shared(&mut fields);
        let faults = fields.take_entry("faults");
        let faults = match faults {
            Some((_, node)) => self.faults(node),
            None => Faults::default(),
        };
        let seed = fields.take("seed");
        let seed = seed.and_then(|node| self.reader.integer(node, &SEED));
        let begin = own.begin.or(shared.begin);
        let (begin, steps) = self.steps(&mut fields, key, begin);
        let expect = if self.to_record {
            fields.take_entry("expect")
        } else {
            fields.require_entry("expect")
        };
        let expect = expect.and_then(|(at, node)| self.expect(node, at));
        fields.finish(&mut self.reader);
        let mut stubs = shared.stubs.clone();
        stubs.extend(own.stubs);
        let mut environment = shared.environment.clone();
        environment.extend(own.environment);
        let case = Case {
            name: name.to_owned(),
            key,
            span: Span {
                start: key.start,
                end: node.span.end.max(key.start),
            },
            first: first_key(node),
            only_match: only_match.is_some(),
            begin,
            steps,
            stubs,
            faults,
            seed: seed.map(u64::from),
            environment,
            expect,
        };
        if let (Some((only, _)), true) = (only, case.only_match) {
            self.check_match(only, &case);
        }
        Some(case)
    }

    /// Reports what a case expects that only matches triggers, and that needs functions to run.
    fn check_match(&mut self, only: Span, case: &Case) {
        let Some(expect) = &case.expect else {
            return;
        };
        let lists = [
            expect.runs.as_ref().map(|list| list.key),
            expect.emits.as_ref().map(|list| list.key),
            expect.queues_key,
            expect.within.as_ref().map(|within| within.span),
        ];
        for key in lists.into_iter().flatten() {
            let message =
                "with `only: match` nothing runs, so only `matches` and `misses` can be expected";
            self.reader.report(
                Diagnostic::new(&IMPOSSIBLE_CASE, key, message)
                    .with_related(only, "here")
                    .with_help("remove `only: match`"),
            );
        }
    }

    fn instant(&mut self, node: &Node) -> Option<Timestamp> {
        Some(instant(&mut self.reader, node)?.value)
    }

    /// Reads a duration, in seconds.
    fn seconds(&mut self, node: &Node) -> Option<u32> {
        self.reader.duration(node, &WITHIN)
    }

    fn environment(&mut self, node: &Node) -> BTreeMap<String, String> {
        let entries = self
            .reader
            .entries("`environment`", node)
            .unwrap_or_default();
        let mut read = BTreeMap::new();
        for (name, (_, node)) in entries {
            if let Some(text) = self.reader.string(node) {
                read.insert(name.to_owned(), text.value);
            }
        }
        read
    }

    fn faults(&mut self, node: &Node) -> Faults {
        let Some(mut fields) = self.reader.fields("`faults`", node, node.span) else {
            return Faults::default();
        };
        for name in FAULTS {
            let _ = fields.take(name);
        }
        fields.finish(&mut self.reader);
        let read = Value::Object(object(&mut self.reader, node));
        match serde_json::from_value(read) {
            Ok(faults) => faults,
            // It has been reported already.
            Err(error) if error.to_string().starts_with("unknown field") => Faults::default(),
            Err(error) => {
                let diagnostic = Diagnostic::new(&INVALID_VALUE, node.span, error.to_string());
                self.reader.report(
                    diagnostic.with_help("a fault has a rate from 0 to 1, as in `{ throttle: 1 }`"),
                );
                Faults::default()
            }
        }
    }

    /// Reads the name of a declared event.
    fn event_name(&mut self, node: &Node) -> Option<Spanned<String>> {
        let name = self.reader.string(node)?;
        if let Some(found) = pipeline::reading::unknown_event(self.bench.pipeline, &name) {
            self.reader.report(found);
            return None;
        }
        Some(name)
    }

    /// Reads the name of a job with a function.
    fn function(&mut self, name: &Spanned<String>) -> Option<String> {
        if self.names.functions.contains(&name.value.as_str()) {
            return Some(name.value.clone());
        }
        let is_job = self.bench.pipeline.jobs.contains_key(&name.value);
        let message = if is_job {
            format!("the job `{}` has no function", name.value)
        } else {
            format!("there is no job `{}`", name.value)
        };
        let found = unknown(&UNKNOWN_JOB, name, message, &self.names.functions);
        self.reader.report(found);
        None
    }
}

/// The entries of a mapping with the user's own keys.
type Entries<'n> = IndexMap<&'n str, (Span, &'n Node)>;

/// The place of the first key of a mapping.
fn first_key(node: &Node) -> Option<Span> {
    match &node.kind {
        Kind::Mapping(pairs) => pairs.first().map(|(key, _)| key.span),
        _ => None,
    }
}

fn is_mapping(node: &Node) -> bool {
    matches!(node.kind, Kind::Mapping(_))
}
