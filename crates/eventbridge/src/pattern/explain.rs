//! Why a pattern matched an event, or which field kept it from matching.

use super::Pattern;
use super::branch::{Branch, Field};
use super::elements::Verdict;
use super::event::Event;
use super::matching::Judge;
use super::scalar::ValueTest;

/// The verdict on one event, with a finding for each field of the branch that came nearest.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// Whether the event matches.
    pub matched: bool,
    /// Whether that was too much work to find out, so that it counts as no match: many fields lie in many
    /// arrays of the event, whose elements would have to agree.
    pub undecided: bool,
    /// The fields of the branch that matched or came nearest, in order of their paths.
    pub findings: Vec<Finding>,
}

impl Explanation {
    /// How many fields failed.
    pub fn failures(&self) -> usize {
        let failed = self
            .findings
            .iter()
            .filter(|finding| finding.outcome != Outcome::Matched);
        failed.count()
    }

    /// The first field that failed, if one did.
    pub fn deciding(&self) -> Option<&Finding> {
        let mut findings = self.findings.iter();
        findings.find(|finding| finding.outcome != Outcome::Matched)
    }
}

/// A condition on one field, compared with the event's values.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The field's path, joined with dots.
    pub path: String,
    /// The condition, in words.
    pub wanted: String,
    /// The event's values there, as JSON: at most a hundred of them.
    pub found: Vec<String>,
    /// The result of the comparison.
    pub outcome: Outcome,
    /// What comes near: a field of nearly that name, a value that differs only in case or type.
    pub near_miss: Option<String>,
}

/// The result of comparing one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// A value matched, or the field is missing as it should be.
    Matched,
    /// The event has no such field.
    Missing,
    /// The field is there, and none of its values matched.
    Different,
    /// Every field matched alone, but in different elements of one array.
    DifferentElements,
}

/// Explains the branch that matched, or the one with the fewest failing fields.
pub(super) fn explain(pattern: &Pattern, event: &Event) -> Explanation {
    let mut judge = Judge::new(pattern, event);
    let mut undecided = false;
    let matching = pattern.branches.iter().find(|branch| {
        let verdict = judge.verdict(branch);
        undecided |= verdict == Verdict::Undecided;
        verdict == Verdict::Match
    });
    let findings = |branch: &Branch| -> Vec<Finding> {
        let fields = branch.fields.iter().map(|id| &pattern.fields[*id as usize]);
        fields.map(|field| finding(field, event)).collect()
    };
    if let Some(branch) = matching {
        return Explanation {
            matched: true,
            undecided: false,
            findings: findings(branch),
        };
    }
    // Branches share fields, so each is looked at once.
    let outcomes: Vec<Outcome> = pattern
        .fields
        .iter()
        .map(|field| outcome(field, event))
        .collect();
    let failing = |branch: &&Branch| {
        let outcomes = branch.fields.iter().map(|id| outcomes[*id as usize]);
        outcomes
            .filter(|outcome| *outcome != Outcome::Matched)
            .count()
    };
    let nearest = pattern.branches.iter().min_by_key(failing);
    let mut findings = nearest.map(findings).unwrap_or_default();
    if nearest.is_some_and(|branch| failing(&branch) == 0) {
        for finding in findings
            .iter_mut()
            .filter(|finding| !finding.found.is_empty())
        {
            finding.outcome = Outcome::DifferentElements;
        }
    }
    Explanation {
        matched: false,
        undecided,
        findings,
    }
}

fn outcome(field: &Field, event: &Event) -> Outcome {
    let leaves = event.leaves(&field.path);
    let passes = |test: &ValueTest| {
        leaves
            .iter()
            .any(|leaf| test.matches(leaf.value.borrowed()))
    };
    if leaves.is_empty() {
        if field.absent {
            Outcome::Matched
        } else {
            Outcome::Missing
        }
    } else if field.tests.iter().any(passes) {
        Outcome::Matched
    } else {
        Outcome::Different
    }
}

fn finding(field: &Field, event: &Event) -> Finding {
    let outcome = outcome(field, event);
    let mut wanted: Vec<String> = field.tests.iter().map(ValueTest::describe).collect();
    if field.absent {
        wanted.push("no such field".to_owned());
    }
    let leaves = event.leaves(&field.path);
    let found = leaves
        .iter()
        .take(FOUND_MAX)
        .map(|leaf| leaf.value.describe());
    let found: Vec<String> = found.collect();
    let near_miss = match outcome {
        Outcome::Missing => {
            let near = event.path_near(&field.path);
            near.map(|near| format!("the event has `{near}`"))
        }
        Outcome::Different => near_value(&wanted, &found),
        _ => None,
    };
    Finding {
        path: field.path.clone(),
        wanted: wanted.join(", or "),
        found,
        outcome,
        near_miss,
    }
}

/// A value that differs only in case or spaces, in its type, or by a character or two.
fn near_value(wanted: &[String], found: &[String]) -> Option<String> {
    let bare = |text: &str| text.trim_matches('"').trim().to_lowercase();
    let is_text = |text: &str| text.starts_with('"');
    let pairs = wanted
        .iter()
        .flat_map(|wanted| found.iter().map(move |found| (wanted, found)));
    let (distance, wanted, found) = pairs
        .filter(|(wanted, found)| wanted.len().max(found.len()) <= LONGEST_COMPARED)
        .map(|(wanted, found)| {
            let distance = strsim::osa_distance(&bare(wanted), &bare(found));
            (distance, wanted, found)
        })
        .min_by_key(|(distance, ..)| *distance)?;
    let both_texts = is_text(wanted) && is_text(found);
    // What is short is soon like anything.
    let is_long = wanted.chars().count() > 2 * distance + 4;
    let reason = match distance {
        0 if is_text(wanted) == is_text(found) => "only in case or spaces",
        0 => "in its type: one is a string",
        1 if both_texts && is_long => "by one character",
        2 if both_texts && is_long => "by two characters",
        _ => return None,
    };
    Some(format!("{found} differs from {wanted} {reason}"))
}

/// So many values of an event are shown for a field.
const FOUND_MAX: usize = 100;

/// Longer values are not compared by characters, which takes the product of their lengths.
const LONGEST_COMPARED: usize = 200;

#[cfg(test)]
mod tests {
    use super::super::{Event, Pattern};
    use super::*;

    #[track_caller]
    fn deciding(pattern: &str, event: &str) -> Finding {
        let pattern = Pattern::parse(pattern).expect("a valid pattern");
        let event = Event::parse(event).expect("a valid event");
        let explanation = pattern.explain(&event);
        assert_eq!(explanation.matched, pattern.matches(&event));
        explanation.deciding().expect("no match").clone()
    }

    #[test]
    fn the_nearest_branch_is_explained() {
        let finding = deciding(
            r#"{"$or": [{"a": [1], "b": [1]}, {"c": [1], "d": [1], "b": [2]}]}"#,
            r#"{"b": 2, "c": 1, "d": 5}"#,
        );
        assert_eq!(
            (finding.path.as_str(), finding.outcome),
            ("d", Outcome::Different)
        );
        assert_eq!(
            (finding.wanted.as_str(), finding.found),
            ("1", vec!["5".to_owned()])
        );
    }

    #[test]
    fn near_misses_are_named() {
        let near = |pattern, event| deciding(pattern, event).near_miss.expect("a near miss");
        assert_eq!(
            near(r#"{"a": ["X"]}"#, r#"{"a": "x"}"#),
            r#""x" differs from "X" only in case or spaces"#
        );
        assert_eq!(
            near(r#"{"a": [1]}"#, r#"{"a": "1"}"#),
            r#""1" differs from 1 in its type: one is a string"#
        );
        assert_eq!(
            near(r#"{"detail": {"id": [1]}}"#, r#"{"id": 1}"#),
            "the event has `id`"
        );
    }

    #[test]
    fn elements_of_one_array_are_told_apart() {
        let finding = deciding(
            r#"{"a": {"b": [1], "c": [2]}}"#,
            r#"{"a": [{"b": 1}, {"c": 2}]}"#,
        );
        assert_eq!(finding.outcome, Outcome::DifferentElements);
    }
}
