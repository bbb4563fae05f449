//! Reads what a case expects.

use indexmap::IndexMap;
use pipeline::reading::{INVALID_VALUE, Range, detail_pattern, number, unknown};
use pipeline::syntax::{Kind, Node};
use pipeline::{Diagnostic, Span, Spanned};

use super::{Context, first_key, is_mapping};
use crate::case::{
    Detail, Expect, ExpectedEvent, ExpectedMessage, ExpectedQueue, ExpectedRun, Item, Listed,
};
use crate::lints::{UNKNOWN_JOB, UNKNOWN_QUEUE};

const ATTEMPTS: Range = number("the number of attempts", 1, 1_000);
const MESSAGES: Range = number("the number of messages", 0, 1_000_000);

impl Context<'_, '_> {
    pub(super) fn expect(&mut self, node: &Node, key: Span) -> Option<Expect> {
        // What is still to be recorded may be empty.
        let nothing;
        let node = if node.is_null() {
            nothing = Node::empty(node.span);
            &nothing
        } else {
            node
        };
        let mut fields = self.reader.fields("`expect`", node, key)?;
        let first = first_key(node);
        let matches = fields.take_entry("matches");
        let misses = fields.take_entry("misses");
        let runs = fields.take_entry("runs");
        let emits = fields.take_entry("emits");
        let queues = fields.take_entry("queues");
        let within = fields.take("within");
        let any_order = fields.take("any_order");
        fields.finish(&mut self.reader);
        let matches = matches.map(|(key, node)| self.listed("`matches`", key, node, Self::trigger));
        let misses = misses.map(|(key, node)| self.listed("`misses`", key, node, Self::trigger));
        let runs = runs.map(|(key, node)| self.listed("`runs`", key, node, Self::run));
        let emits = emits.map(|(key, node)| self.listed("`emits`", key, node, Self::emitted));
        let within = within.and_then(|node| {
            let seconds = self.seconds(node)?;
            Some(Spanned::new(seconds, node.span))
        });
        if first.is_none() && !self.to_record {
            let message = "this case expects nothing";
            let help = "write for example `matches: []`, or let `codegen test --update` write what happens";
            self.reader
                .report(Diagnostic::new(&INVALID_VALUE, node.span, message).with_help(help));
        }
        Some(Expect {
            key,
            value: node.span,
            first,
            any_order: any_order
                .and_then(|node| self.reader.boolean(node))
                .unwrap_or_default(),
            matches,
            misses,
            runs,
            emits,
            queues_key: queues.map(|(key, _)| key),
            queues: match queues {
                Some((_, node)) => self.queues(node),
                None => IndexMap::new(),
            },
            within,
        })
    }

    /// Reads a list, each item with its place.
    fn listed<T>(
        &mut self,
        what: &str,
        key: Span,
        node: &Node,
        read: impl Fn(&mut Self, &Node) -> Option<T>,
    ) -> Listed<T> {
        let items = self.reader.list(what, node).iter();
        let items = items.filter_map(|item| {
            let of = read(self, item)?;
            let span = item.span;
            Some(Item { span, of })
        });
        Listed {
            key,
            items: items.collect(),
            value: node.span,
        }
    }

    fn trigger(&mut self, node: &Node) -> Option<Spanned<String>> {
        let name = self.reader.string(node)?;
        if self.names.triggers.contains(&name.value) {
            return Some(name);
        }
        let message = match name.value.split_once('/') {
            Some((job, trigger)) if self.names.triggers.contains(job) => {
                format!("the job `{job}` has no trigger `{trigger}`")
            }
            Some((job, _)) => format!("there is no job `{job}`"),
            None => format!("there is no job `{}`", name.value),
        };
        let triggers = self.names.triggers.iter().map(String::as_str);
        // The triggers of jobs are many, and a job's name is enough.
        let names: Vec<&str> = triggers
            .filter(|known| known.contains('/') == name.value.contains('/'))
            .collect();
        let found = unknown(&UNKNOWN_JOB, &name, message, &names);
        self.reader.report(found);
        None
    }

    fn run(&mut self, node: &Node) -> Option<ExpectedRun> {
        if !is_mapping(node) {
            let name = self.reader.string(node)?;
            return Some(ExpectedRun {
                job: self.function(&name)?,
                fails: false,
                attempts: None,
                within: None,
            });
        }
        let mut fields = self.reader.fields("a run", node, node.span)?;
        let job = fields.require("job");
        let fails = fields.take("fails");
        let attempts = fields.take("attempts");
        let within = fields.take("within");
        fields.finish(&mut self.reader);
        let fails = fails.and_then(|node| self.reader.boolean(node));
        let attempts = attempts.and_then(|node| self.reader.integer(node, &ATTEMPTS));
        let within = within.and_then(|node| self.seconds(node));
        let name = self.reader.string(job?)?;
        Some(ExpectedRun {
            job: self.function(&name)?,
            fails: fails.unwrap_or_default(),
            attempts,
            within,
        })
    }

    fn emitted(&mut self, node: &Node) -> Option<ExpectedEvent> {
        if !is_mapping(node) {
            return Some(ExpectedEvent {
                event: self.event_name(node)?.value,
                by: None,
                detail: None,
                within: None,
            });
        }
        let mut fields = self
            .reader
            .fields("an event that is emitted", node, node.span)?;
        let event = fields.require("event");
        let by = fields.take("by");
        let detail = fields.take("detail");
        let within = fields.take("within");
        fields.finish(&mut self.reader);
        let by = by.and_then(|node| self.reader.string(node));
        let by = by.and_then(|name| self.function(&name));
        let detail = detail.and_then(|node| self.pattern(node));
        let within = within.and_then(|node| self.seconds(node));
        Some(ExpectedEvent {
            event: self.event_name(event?)?.value,
            by,
            detail,
            within,
        })
    }

    fn queues(&mut self, node: &Node) -> IndexMap<String, ExpectedQueue> {
        let mut queues = IndexMap::new();
        for (name, (key, node)) in self.reader.entries("`queues`", node).unwrap_or_default() {
            if !self.names.queues.contains(&name) {
                let written = Spanned::new(name.to_owned(), key);
                let message = format!("there is no queue `{name}`");
                let found = unknown(&UNKNOWN_QUEUE, &written, message, &self.names.queues);
                self.reader.report(found);
                continue;
            }
            let is_number = matches!(&node.kind, Kind::Scalar { text, plain: true } if text.parse::<f64>().is_ok());
            let expected = if is_number {
                let count = self.reader.integer(node, &MESSAGES);
                ExpectedQueue::Count {
                    value: node.span,
                    count: count.unwrap_or_default(),
                }
            } else {
                let what = "what lands in a queue";
                ExpectedQueue::Messages(self.listed(what, key, node, Self::message))
            };
            queues.insert(name.to_owned(), expected);
        }
        queues
    }

    fn message(&mut self, node: &Node) -> Option<ExpectedMessage> {
        if !is_mapping(node) {
            return Some(ExpectedMessage {
                event: Some(self.event_name(node)?.value),
                detail: None,
                message: None,
                within: None,
            });
        }
        let mut fields = self.reader.fields("a message", node, node.span)?;
        let event = fields.take("event");
        let detail = fields.take("detail");
        let message = fields.take("message");
        let within = fields.take("within");
        fields.finish(&mut self.reader);
        let event = match event {
            Some(node) => Some(self.event_name(node)?.value),
            None => None,
        };
        Some(ExpectedMessage {
            event,
            detail: detail.and_then(|node| self.pattern(node)),
            message: message.and_then(|node| self.pattern(node)),
            within: within.and_then(|node| self.seconds(node)),
        })
    }

    fn pattern(&mut self, node: &Node) -> Option<Detail> {
        let pattern = detail_pattern(&mut self.reader, node)?;
        let span = node.span;
        Some(Detail { span, pattern })
    }
}
