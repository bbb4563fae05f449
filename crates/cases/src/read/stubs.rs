//! Reads stubs.

use std::collections::BTreeMap;

use pipeline::reading::{Range, number, object, unknown};
use pipeline::syntax::{Kind, Node};
use pipeline::{Diagnostic, Span, Spanned, detail};

use super::{Context, Entries, is_mapping};
use crate::case::{StubEmit, StubPlan, StubRun};
use crate::lints::{IMPOSSIBLE_CASE, UNDECLARED_EVENT};

const FAILS: Range = number("the number of attempts that fail", 0, 1_000);

impl Context<'_, '_> {
    /// Reads a mapping from jobs to what their stubs do, or a list of jobs whose stubs do nothing.
    pub(super) fn stubs(&mut self, node: &Node) -> BTreeMap<String, StubPlan> {
        let mut stubs = BTreeMap::new();
        if let Kind::Sequence(items) = &node.kind {
            for item in items {
                let name = self.reader.string(item);
                if let Some(job) = name.and_then(|name| self.function(&name)) {
                    stubs.insert(job, StubPlan::default());
                }
            }
            return stubs;
        }
        let entries: Entries<'_> = self.reader.entries("`stub`", node).unwrap_or_default();
        for (name, (key, node)) in entries {
            let name = Spanned::new(name.to_owned(), key);
            let Some(job) = self.function(&name) else {
                continue;
            };
            let runs = match &node.kind {
                _ if node.is_null() => Vec::new(),
                Kind::Sequence(items) => {
                    let runs = items
                        .iter()
                        .map(|item| self.stub_run(&job, item.span, item));
                    runs.collect()
                }
                _ => vec![self.stub_run(&job, key, node)],
            };
            stubs.insert(job, StubPlan { runs });
        }
        stubs
    }

    fn stub_run(&mut self, job: &str, key: Span, node: &Node) -> StubRun {
        let Some(mut fields) = self.reader.fields("a stub", node, key) else {
            return StubRun::default();
        };
        let emits = fields.take("emits");
        let fails = fields.take("fails");
        let error = fields.take("error");
        fields.finish(&mut self.reader);
        let mut plan = StubRun {
            emits: Vec::new(),
            fails: fails.map_or(0, |node| self.fails(node)),
            error: error
                .and_then(|node| self.reader.string(node))
                .map(|text| text.value),
        };
        let items = emits.map_or(&[][..], |node| self.reader.list("`emits`", node));
        for item in items {
            plan.emits.extend(self.emit(job, item));
        }
        plan
    }

    /// Reads how many attempts fail; `always` is as many as there are.
    fn fails(&mut self, node: &Node) -> u32 {
        if matches!(&node.kind, Kind::Scalar { text, .. } if text == "always") {
            return u32::MAX;
        }
        self.reader.integer(node, &FAILS).unwrap_or_default()
    }

    fn emit(&mut self, job: &str, node: &Node) -> Option<StubEmit> {
        let mut detail = None;
        let name = if is_mapping(node) {
            let mut fields = self.reader.fields("what is emitted", node, node.span)?;
            let event = fields.require("event");
            detail = fields.take("detail");
            fields.finish(&mut self.reader);
            self.event_name(event?)?
        } else {
            self.event_name(node)?
        };
        let pipeline = self.bench.pipeline;
        let emitted = pipeline.jobs.get(job)?.emitted();
        if !emitted.contains(name.value.as_str()) {
            let names: Vec<&str> = emitted.into_iter().collect();
            let message = format!("`{job}` does not emit `{}`", name.value);
            self.reader.report(if names.is_empty() {
                Diagnostic::new(&IMPOSSIBLE_CASE, name.span, message)
                    .with_help("its job emits nothing: add `emits` to the job in the spec")
            } else {
                unknown(&IMPOSSIBLE_CASE, &name, message, &names)
            });
        }
        let fields = detail.map(|node| object(&mut self.reader, node));
        let emit = StubEmit {
            event: name.value,
            detail: fields.unwrap_or_default(),
        };
        let event = pipeline.events.get(&emit.event)?;
        // What is missing may come from the event that starts the run.
        let problems = detail::problems(event, &emit.detail);
        let wrong = problems
            .into_iter()
            .filter(|problem| problem.kind != detail::ProblemKind::Missing);
        for problem in wrong {
            let message = format!("`{}` of `{}` {}", problem.field, emit.event, problem.kind);
            let span = detail.map_or(node.span, |node| node.span);
            self.reader
                .report(Diagnostic::new(&UNDECLARED_EVENT, span, message));
        }
        Some(emit)
    }
}
