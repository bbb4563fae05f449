//! Reads what happens in a case.

use jiff::{SignedDuration, Timestamp};
use pipeline::reading::{CONFLICTING_KEYS, Fields, MISSING_KEY};
use pipeline::syntax::Node;
use pipeline::{Diagnostic, Span};

use super::{Context, is_mapping};
use crate::case::{Step, What};
use crate::lints::IMPOSSIBLE_CASE;

/// The keys one of which says what happens.
const WHAT: [&str; 3] = ["event", "schedules", "steps"];

impl Context<'_, '_> {
    /// Reads what happens: an event, schedules or several steps. Returns when it begins, too.
    pub(super) fn steps(
        &mut self,
        fields: &mut Fields<'_>,
        key: Span,
        begin: Option<Timestamp>,
    ) -> (Timestamp, Vec<Step>) {
        let there: Vec<Span> = WHAT.iter().filter_map(|key| fields.place(key)).collect();
        if let [first, second, ..] = there.as_slice() {
            let message = "a case has one of `event`, `schedules` and `steps`";
            self.reader.report(
                Diagnostic::new(&CONFLICTING_KEYS, *second, message)
                    .with_related(*first, "the other")
                    .with_help("write several things that happen as `steps`"),
            );
        }
        if there.is_empty() && !Self::says_part(fields) {
            let message = "nothing happens in this case";
            let help = "add `event:`, `schedules:` or `steps:`";
            self.reader
                .report(Diagnostic::new(&MISSING_KEY, key, message).with_help(help));
        }
        let schedules = fields.take("schedules");
        let steps = fields.take("steps");
        let at = begin.unwrap_or(self.default_begin);
        if let Some(entry) = self.event(fields, at) {
            let what = What::Event(entry);
            return (at, vec![Step { at, what }]);
        }
        if let Some(node) = schedules {
            let step = self.schedules(node, begin);
            let at = begin.or(step.as_ref().map(|step| step.at)).unwrap_or(at);
            return (at, step.into_iter().collect());
        }
        match steps {
            Some(node) => self.list_of_steps(node, begin),
            None => (at, Vec::new()),
        }
    }

    /// Whether something else is reported of what happens: a misspelt key, or a part of an event.
    fn says_part(fields: &Fields<'_>) -> bool {
        let parts = ["detail", "bus"];
        fields.has_misspelt(&WHAT) || parts.iter().any(|key| fields.place(key).is_some())
    }

    fn list_of_steps(&mut self, node: &Node, begin: Option<Timestamp>) -> (Timestamp, Vec<Step>) {
        let mut steps: Vec<Step> = Vec::new();
        let mut first = begin;
        for item in self.reader.list("`steps`", node) {
            let last = steps.last().map(|step| match step.what {
                What::Event(_) => step.at,
                What::Schedules(until) => until,
            });
            if let Some(step) = self.step(item, last.or(first)) {
                first = first.or(Some(step.at));
                steps.push(step);
            }
        }
        (first.unwrap_or(self.default_begin), steps)
    }

    /// Reads a step. `last` is when the one before it ends, or when the case begins if that is said.
    fn step(&mut self, node: &Node, last: Option<Timestamp>) -> Option<Step> {
        let mut fields = self.reader.fields("a step", node, node.span)?;
        let after = fields.take_entry("after");
        let at = fields.take_entry("at");
        let schedules = fields.take("schedules");
        if let (Some((after, _)), Some((at, _))) = (after, at) {
            let message = "a step has `after` or `at`";
            self.reader.report(
                Diagnostic::new(&CONFLICTING_KEYS, at, message)
                    .with_related(after, "the other")
                    .with_help("keep one of the two"),
            );
        }
        let base = last.unwrap_or(self.default_begin);
        let after = after.and_then(|(_, node)| self.seconds(node));
        let wait = SignedDuration::from_secs(after.unwrap_or_default().into());
        let mut begin = base.checked_add(wait).unwrap_or(Timestamp::MAX);
        if let Some((key, node)) = at
            && let Some(at) = self.instant(node)
        {
            self.check_order(key, at, last);
            begin = at;
        }
        let step = if let Some(node) = schedules {
            let from = (after.is_some() || last.is_some()).then_some(begin);
            self.schedules(node, from)
        } else {
            if fields.place("event").is_none() && !Self::says_part(&fields) {
                let message = "nothing happens in this step";
                let help = "add `event:` or `schedules:`";
                self.reader
                    .report(Diagnostic::new(&MISSING_KEY, node.span, message).with_help(help));
            }
            let what = self.event(&mut fields, begin).map(What::Event);
            what.map(|what| Step { at: begin, what })
        };
        fields.finish(&mut self.reader);
        step
    }

    /// Reads an instant, or from when until when.
    fn schedules(&mut self, node: &Node, begin: Option<Timestamp>) -> Option<Step> {
        let (from, until) = if is_mapping(node) {
            let mut fields = self.reader.fields("`schedules`", node, node.span)?;
            let from = fields.take("from").and_then(|node| self.instant(node));
            let until = fields.require("until").and_then(|node| self.instant(node));
            fields.finish(&mut self.reader);
            (from, until?)
        } else {
            let instant = self.instant(node)?;
            (Some(instant), instant)
        };
        let from = from.or(begin).unwrap_or(self.default_begin);
        self.check_order(node.span, from, begin);
        if until < from {
            let message = format!("`until` is before {from}");
            self.reader
                .report(Diagnostic::new(&IMPOSSIBLE_CASE, node.span, message));
        }
        let what = What::Schedules(until);
        Some(Step { at: from, what })
    }

    fn check_order(&mut self, place: Span, at: Timestamp, last: Option<Timestamp>) {
        if let Some(last) = last.filter(|last| at < *last) {
            let message = format!("this is before {last}, when the time has come that far");
            let diagnostic = Diagnostic::new(&IMPOSSIBLE_CASE, place, message);
            self.reader
                .report(diagnostic.with_help("write what happens in the order of its time"));
        }
    }
}
