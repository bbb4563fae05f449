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

/// The demands of a rule's pattern on the events of a shape.
pub(crate) struct RulePattern {
    verdict: Verdict,
    /// The alternatives that such an event may match, without the fields whose values are known; `None` if the pattern
    /// is not valid or has too many.
    branches: Option<Vec<Branch>>,
}

impl RulePattern {
    /// Reads the pattern of a trigger; `None` if the trigger has a schedule.
    pub(crate) fn new(pipeline: &Pipeline, trigger: &Trigger, shape: &Shape<'_>) -> Option<Self> {
        let mut branches = match &trigger.kind {
            TriggerKind::Schedule(_) => return None,
            TriggerKind::Pattern(pattern) => branches(&pattern.json),
            TriggerKind::Event { event, filter } => {
                branches(&event_pattern(pipeline, event, filter.as_ref()))
            }
        };
        let mut verdict = Verdict::Sometimes;
        if let Some(branches) = &mut branches {
            verdict = Verdict::Never;
            branches.retain_mut(|branch| {
                let judged = shape.judge_branch(branch);
                verdict = verdict.max(judged);
                branch.retain(|path, _| !shape.is_known(path));
                judged != Verdict::Never
            });
        }
        Some(Self { verdict, branches })
    }

    /// Whether the pattern matches the events of the shape.
    pub(crate) fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Whether no event of the shape matches both patterns. A field of unknown type is taken to hold one value.
    pub(crate) fn is_disjoint(&self, other: &Self, shape: &Shape<'_>) -> bool {
        let (Some(ones), Some(others)) = (&self.branches, &other.branches) else {
            return false;
        };
        ones.len() * others.len() <= PAIRS_MAX
            && ones.iter().all(|one| {
                let mut others = others.iter();
                others.all(|other| disjoint::branches_are_disjoint(one, other, shape))
            })
    }
}

/// Judges whether the rule of a trigger matches the events of a name.
pub(crate) fn judge_trigger(pipeline: &Pipeline, event: &str, trigger: &Trigger) -> Verdict {
    match &trigger.kind {
        TriggerKind::Event {
            event: wanted,
            filter: None,
        } if wanted.value == event => Verdict::Always,
        _ => {
            let shape = Shape::new(pipeline, event);
            let pattern = RulePattern::new(pipeline, trigger, &shape);
            pattern.map_or(Verdict::Never, |pattern| pattern.verdict())
        }
    }
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
