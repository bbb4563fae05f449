//! Judges patterns before there is an event: what a declared event holds, which tests of a pattern its values can pass,
//! and whether one event can match two patterns.
//!
//! A judgement is never stronger than what the spec says. A field that no `detail:` declares may hold anything, and a
//! pattern that is not valid, or too large to follow, may match.

mod branches;
mod disjoint;
mod range;
mod shape;
#[cfg(test)]
mod tables;
mod text;
mod verdict;

use eventbridge::pattern::{Event, Pattern};
use serde_json::{Value, json};

pub(crate) use branches::{Branch, branches, join, or_is_an_operator};
pub(crate) use shape::{ENVELOPE, Held, Shape, Values};
pub(crate) use verdict::{Verdict, judge};

use crate::model::{Pipeline, Trigger, TriggerKind};
use crate::resources::event_pattern;

/// The most pairs of alternatives that are compared to find out whether two patterns are disjoint.
const PAIRS_MAX: usize = 10_000;

/// The pattern of a trigger's rule, in alternatives.
pub(crate) struct RulePattern {
    /// `None` if the pattern is not valid or has too many.
    branches: Option<Vec<Branch>>,
}

impl RulePattern {
    /// Reads the pattern of a trigger; `None` if the trigger has a schedule.
    pub(crate) fn new(pipeline: &Pipeline, trigger: &Trigger) -> Option<Self> {
        let branches = match &trigger.kind {
            TriggerKind::Schedule(_) => return None,
            TriggerKind::Pattern(pattern) => branches(&pattern.json),
            TriggerKind::Event { event, filter } => {
                branches(&event_pattern(pipeline, event, filter.as_ref()))
            }
        };
        Some(Self { branches })
    }

    /// Whether the pattern matches the events of a shape.
    pub(crate) fn judge(&self, shape: &Shape<'_>) -> Verdict {
        let Some(branches) = &self.branches else {
            return Verdict::Sometimes;
        };
        let verdicts = branches.iter().map(|branch| shape.judge_branch(branch));
        verdicts.max().unwrap_or(Verdict::Sometimes)
    }

    /// Whether no event of a shape matches both patterns. A field of unknown type is taken to hold one value.
    pub(crate) fn is_disjoint(&self, other: &Self, shape: &Shape<'_>) -> bool {
        let (Some(ones), Some(others)) = (&self.branches, &other.branches) else {
            return false;
        };
        let possible = |branch: &&Branch| shape.judge_branch(branch) != Verdict::Never;
        let ones: Vec<&Branch> = ones.iter().filter(possible).collect();
        let others: Vec<&Branch> = others.iter().filter(possible).collect();
        ones.len() * others.len() <= PAIRS_MAX
            && ones.iter().all(|one| {
                let mut others = others.iter();
                others.all(|other| disjoint::branches_are_disjoint(one, other, shape))
            })
    }
}

/// Judges whether the rule of a trigger matches the events of a name.
pub(crate) fn judge_trigger(pipeline: &Pipeline, event: &str, trigger: &Trigger) -> Verdict {
    let pattern = RulePattern::new(pipeline, trigger);
    pattern.map_or(Verdict::Never, |pattern| {
        pattern.judge(&Shape::new(pipeline, event))
    })
}

/// Whether a value passes one of some tests; `None` if the tests are not valid.
fn passes(tests: &[Value], value: &Value) -> Option<bool> {
    let pattern = Pattern::parse(&json!({ "v": tests }).to_string()).ok()?;
    let event = Event::parse(&json!({ "v": value }).to_string()).ok()?;
    Some(pattern.matches(&event))
}

/// The operator of a test with its operand; `None` for a plain value.
fn operator(test: &Value) -> Option<(&str, &Value)> {
    let (name, operand) = test.as_object()?.iter().next()?;
    Some((name, operand))
}
