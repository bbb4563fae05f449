//! Lines of a review: what two lists of facts say otherwise.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::fact::Fact;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The part that it belongs to, such as ``trigger `event` ``; empty for the thing itself.
    pub part: String,
    /// What it is about.
    pub key: String,
    /// What was said; nothing if nothing was.
    pub before: Option<String>,
    /// What is said; nothing if nothing is.
    pub after: Option<String>,
    /// The next runs before and after, if a schedule changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs: Option<Runs>,
}

/// The next runs of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Runs {
    /// As it was.
    pub before: Vec<Run>,
    /// As it is.
    pub after: Vec<Run>,
}

/// A run of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Run {
    /// The instant, in UTC.
    pub at: String,
    /// The same in the schedule's zone, for people.
    pub local: String,
}

/// Lists what differs: what is in both or only before in the order before, then what is new.
pub(super) fn compare(old: &[Fact], new: &[Fact]) -> Vec<Line> {
    let by_key = |facts: &'_ [Fact]| -> BTreeMap<(String, String), usize> {
        let keys = facts.iter().enumerate();
        keys.map(|(at, fact)| ((fact.part.clone(), fact.key.clone()), at))
            .collect()
    };
    let (old_keys, new_keys) = (by_key(old), by_key(new));
    let parts = |facts: &'_ [Fact]| -> BTreeSet<String> {
        facts.iter().map(|fact| fact.part.clone()).collect()
    };
    let (old_parts, new_parts) = (parts(old), parts(new));
    let mut lines = Vec::new();
    let mut gone = BTreeSet::new();
    for was in old {
        let key = (was.part.clone(), was.key.clone());
        match new_keys.get(&key).map(|at| &new[*at]) {
            Some(is) if is.value == was.value => {}
            Some(is) => lines.push(line(was, Some(was), Some(is))),
            // Of a part that is gone, that it is gone is enough.
            None if !new_parts.contains(&was.part) => {
                if gone.insert(&was.part) {
                    lines.push(Line {
                        key: String::new(),
                        before: Some(String::new()),
                        ..line(was, None, None)
                    });
                }
            }
            None => lines.push(line(was, Some(was), None)),
        }
    }
    for is in new {
        let key = (is.part.clone(), is.key.clone());
        let is_told = is.is_main || old_parts.contains(&is.part);
        if !old_keys.contains_key(&key) && is_told {
            lines.push(line(is, None, Some(is)));
        }
    }
    in_parts(lines)
}

/// Puts the lines of each part together, those of the thing itself first.
fn in_parts(mut lines: Vec<Line>) -> Vec<Line> {
    let mut places: BTreeMap<String, usize> = BTreeMap::from([(String::new(), 0)]);
    for line in &lines {
        let next = places.len();
        places.entry(line.part.clone()).or_insert(next);
    }
    lines.sort_by_key(|line| places[&line.part]);
    lines
}

/// Lists what is said of something new.
pub(super) fn introduce(facts: &[Fact]) -> Vec<Line> {
    let main = facts.iter().filter(|fact| fact.is_main);
    in_parts(main.map(|fact| line(fact, None, Some(fact))).collect())
}

fn line(of: &Fact, before: Option<&Fact>, after: Option<&Fact>) -> Line {
    Line {
        part: of.part.clone(),
        key: of.key.clone(),
        before: before.map(|fact| fact.value.clone()),
        after: after.map(|fact| fact.value.clone()),
        runs: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(old: &[Fact], new: &[Fact]) -> Vec<String> {
        let lines = compare(old, new);
        let show = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let lines = lines.iter().map(|line| {
            let (before, after) = (show(&line.before), show(&line.after));
            format!("{}/{}: {before} > {after}", line.part, line.key)
        });
        lines.collect()
    }

    #[test]
    fn what_is_the_same_is_silent_and_a_part_comes_and_goes_as_one() {
        let old = [
            Fact::new("", "memory", 1),
            Fact::new("", "timeout", 1),
            Fact::main("a", "x", 1),
            Fact::new("a", "y", 1),
            Fact::new("c", "x", 1),
        ];
        let new = [
            Fact::new("", "timeout", 1),
            Fact::new("", "memory", 2),
            Fact::main("b", "x", 1),
            Fact::new("b", "y", 1),
            Fact::new("c", "x", 1),
            Fact::new("c", "z", 1),
        ];
        assert_eq!(told(&old, &old), [""; 0]);
        assert_eq!(
            told(&old, &new),
            ["/memory: 1 > 2", "a/:  > -", "b/x: - > 1", "c/z: - > 1"]
        );
    }
}
