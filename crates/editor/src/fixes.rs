//! Applying the fixes of findings to a text.

use std::collections::{BTreeMap, HashSet};

use pipeline::syntax::{Document, Kind, Node};
use pipeline::{Diagnostic, Edit, Fix, Span};

/// What a text comes to.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// Every finding.
    pub findings: Vec<Diagnostic>,
    /// Whether all was read, so that the checks of the whole have run.
    pub is_complete: bool,
}

/// A text in which every finding without a choice is mended.
#[derive(Clone, Debug, Default)]
pub struct Mended {
    /// The new text.
    pub text: String,
    /// What was done, in the order in which it was done.
    pub applied: Vec<Applied>,
}

/// A fix that was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The kind of its finding.
    pub id: &'static str,
    /// The headline of its finding.
    pub message: String,
    /// What it did: "write `order.placed`".
    pub title: String,
    /// The line that it stood in at that time, from 1.
    pub line: usize,
}

/// The most times that a text is judged: a text with more mistakes is mended by another run.
const MOST_JUDGEMENTS: usize = 500;

/// Applies each fix that is the only one of its finding, again and again until none is left. A fix that leaves its
/// finding, or that makes another error, is taken back.
///
/// `judge` reads a text and returns what it comes to. Returns the new text, equal to the old one if nothing is left to do.
///
/// # Errors
/// Those of `judge`.
pub fn mend<E>(
    text: &str,
    mut judge: impl FnMut(&str) -> Result<Judgement, E>,
) -> Result<Mended, E> {
    let mut mended = Mended {
        text: text.to_owned(),
        applied: Vec::new(),
    };
    let mut now = judge(text)?;
    let mut refused: HashSet<(String, String)> = HashSet::new();
    let mut most = usize::MAX;
    for _ in 0..MOST_JUDGEMENTS {
        let chosen = choose(&now.findings, &refused, most);
        if chosen.is_empty() {
            break;
        }
        let edits = chosen.iter().flat_map(|(_, fix)| &fix.edits);
        let Some(changed) = apply(&mended.text, edits) else {
            break;
        };
        let after = judge(&changed)?;
        if is_better(&now, &after, &chosen, &changed) {
            mended
                .applied
                .extend(chosen.iter().map(|(found, fix)| Applied {
                    id: found.lint.id,
                    message: found.message.clone(),
                    title: fix.title.clone(),
                    line: line_of(&mended.text, found.span.start),
                }));
            mended.text = changed;
            now = after;
            most = usize::MAX;
        } else if let [(found, fix)] = chosen.as_slice() {
            refused.insert((found.message.clone(), fix.title.clone()));
            most = usize::MAX;
        } else {
            // One of them is wrong: fewer at a time tell which.
            most = chosen.len() / 2;
        }
    }
    Ok(mended)
}

/// Puts new text where edits say.
///
/// Takes edits of one text, in any order, which must not overlap. Returns `None` if they do, or are not within the text.
pub fn apply<'e>(text: &str, edits: impl IntoIterator<Item = &'e Edit>) -> Option<String> {
    let mut edits: Vec<&Edit> = edits.into_iter().collect();
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut changed = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        let range = edit.span.range();
        changed.push_str(text.get(at..range.start)?);
        changed.push_str(&edit.text);
        at = range.end;
    }
    changed.push_str(text.get(at..)?);
    Some(changed)
}

/// The fixes that are offered at a place.
///
/// Takes the findings of a text, and a range of it, which may be empty. Returns the fixes of every finding that the range
/// touches, each with its finding, in the order of the findings.
pub fn at(findings: &[Diagnostic], range: Span) -> impl Iterator<Item = (&Diagnostic, &Fix)> {
    let touched = findings
        .iter()
        .filter(move |found| found.elsewhere.is_none() && touch(found.span, range));
    touched.flat_map(|found| found.fixes.iter().map(move |fix| (found, fix)))
}

/// Chooses fixes that leave no choice and can be applied at once.
fn choose<'f>(
    findings: &'f [Diagnostic],
    refused: &HashSet<(String, String)>,
    most: usize,
) -> Vec<(&'f Diagnostic, &'f Fix)> {
    let mut taken: BTreeMap<u32, Span> = BTreeMap::new();
    let mut chosen = Vec::new();
    for found in findings {
        let [fix] = found.fixes.as_slice() else {
            continue;
        };
        if chosen.len() >= most || refused.contains(&(found.message.clone(), fix.title.clone())) {
            continue;
        }
        // What is taken does not overlap, so the neighbours are enough.
        let is_free = |span: Span| {
            let before = taken.range(..=span.end).next_back();
            before.is_none_or(|(_, other)| !touch(*other, span))
        };
        if fix.edits.iter().all(|edit| is_free(edit.span)) {
            taken.extend(fix.edits.iter().map(|edit| (edit.span.start, edit.span)));
            chosen.push((found, fix));
        }
    }
    chosen
}

fn touch(a: Span, b: Span) -> bool {
    a.start <= b.end && b.start <= a.end
}

/// Whether every finding whose fix was applied is gone, and no error came.
fn is_better(
    before: &Judgement,
    after: &Judgement,
    chosen: &[(&Diagnostic, &Fix)],
    text: &str,
) -> bool {
    let count = |findings: &[Diagnostic], found: &Diagnostic| {
        let is_same =
            |one: &&Diagnostic| one.lint.id == found.lint.id && one.message == found.message;
        findings.iter().filter(is_same).count()
    };
    let is_gone = chosen.iter().all(|(found, _)| {
        let same = chosen
            .iter()
            .filter(|(other, _)| other.lint.id == found.lint.id && other.message == found.message);
        count(&after.findings, found) + same.count() <= count(&before.findings, found)
    });
    if !is_gone {
        return false;
    }
    let errors = |findings: &[Diagnostic], id: &str, but: &[Span]| {
        let of_id = |found: &&Diagnostic| found.is_error() && found.lint.id == id;
        let is_counted = |found: &&Diagnostic| !but.iter().any(|span| touch(*span, found.span));
        findings.iter().filter(of_id).filter(is_counted).count()
    };
    // Behind a misspelt key nothing was read before.
    let revealed = values_of_new_keys(text, chosen);
    let ids: HashSet<&str> = after.findings.iter().map(|found| found.lint.id).collect();
    let is_more =
        |id: &&str| errors(&after.findings, id, &revealed) > errors(&before.findings, id, &[]);
    // With the last mistake of reading gone, the checks of the whole find what was wrong before.
    let is_first_look = after.is_complete && !before.is_complete;
    let is_new = |id: &&str| is_more(id) && (!is_first_look || OF_CHANGES.contains(id));
    (after.is_complete || !before.is_complete) && !ids.iter().any(is_new)
}

/// Errors that a change of a name or a key can make elsewhere. They are found in a spec that cannot be read to its end, too.
const OF_CHANGES: [&str; 6] = [
    "duplicate-key",
    "invalid-rename",
    "missing-key",
    "name-collision",
    "undeclared-value",
    "unknown-event",
];

/// The values of the keys that fixes have written into a text.
fn values_of_new_keys(text: &str, chosen: &[(&Diagnostic, &Fix)]) -> Vec<Span> {
    let Ok(document) = Document::read(text) else {
        return Vec::new();
    };
    let mut edits: Vec<&Edit> = chosen.iter().flat_map(|(_, fix)| &fix.edits).collect();
    edits.sort_by_key(|edit| edit.span);
    let mut starts = HashSet::new();
    let mut shift = 0_i64;
    for edit in edits {
        starts.insert(i64::from(edit.span.start) + shift);
        let length = i64::from(edit.span.end) - i64::from(edit.span.start);
        shift += i64::try_from(edit.text.len()).unwrap_or_default() - length;
    }
    let mut values = Vec::new();
    let mut open: Vec<&Node> = vec![&document.root];
    while let Some(node) = open.pop() {
        match &node.kind {
            Kind::Scalar { .. } => {}
            Kind::Sequence(items) => open.extend(items.iter().map(|item| &**item)),
            Kind::Mapping(entries) => {
                for (key, value) in entries {
                    if starts.contains(&i64::from(key.span.start)) {
                        values.push(value.span);
                    }
                    open.push(value);
                }
            }
        }
    }
    values
}

fn line_of(text: &str, at: u32) -> usize {
    let before = text.get(..at as usize).unwrap_or(text);
    before.matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use pipeline::{Surroundings, parse};

    use super::*;

    fn judge(text: &str) -> Judgement {
        let parsed = parse(text, &Surroundings::default());
        Judgement {
            findings: parsed.diagnostics,
            is_complete: parsed.is_complete,
        }
    }

    fn mend(text: &str) -> Mended {
        let Ok(mended) = super::mend(text, |text| Ok::<_, Infallible>(judge(text)));
        mended
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(mend(text).text, expected);
    }

    #[test]
    fn what_leaves_no_choice_is_mended_and_the_rest_stays_to_the_byte() {
        check(
            "# my pipeline\r\npipeline: p\r\nsource: s   # ours\r\nevents: { order.placed: { detail_typ: 'E' , external: yes } }\r\njobs:\r\n  j:\r\n    function: &f { package: j, timout: \"5 min\" } # slow\r\n    triggers: [ { event: order.plcaed } ]\r\n",
            "# my pipeline\r\npipeline: p\r\nsource: s   # ours\r\nevents: { order.placed: { detail_type: 'E' , external: true } }\r\njobs:\r\n  j:\r\n    function: &f { package: j, timeout: \"5m\" } # slow\r\n    triggers: [ { event: order.placed } ]\r\n",
        );
    }

    #[test]
    fn a_choice_is_left_to_people() {
        let text = "pipeline: p\nsource: s\nevents: { order.placed: { detail_type: E, external: true }, order.placer: { detail_type: F, external: true } }\njobs: { j: { function: { package: j, timeout: 90 }, triggers: [ { event: order.placex } ] } }\n";
        check(text, text);
    }

    #[test]
    fn a_fix_that_makes_another_error_is_taken_back() {
        // The event is named elsewhere, too.
        let text = "pipeline: p\nsource: s\nevents: { Order_Placed: { detail_type: E, external: true } }\njobs: { Send: { function: { package: j }, triggers: [ { event: Order_Placed } ] } }\n";
        let mended = mend(text);
        assert_eq!(mended.text, text.replace("Send", "send"));
        // Nor if it comes together with the last mistake of reading.
        let unread = text.replace("package: j", "package: j, timeout: 5 min");
        let expected = unread.replace("Send", "send").replace("5 min", "5m");
        assert_eq!(mend(&unread).text, expected);
        let titles: Vec<&str> = mended
            .applied
            .iter()
            .map(|one| one.title.as_str())
            .collect();
        assert_eq!(titles, ["write `send`"]);
    }

    #[test]
    fn the_fixes_of_a_place_are_those_of_the_findings_there() {
        let text = "pipeline: p\nsource: s\njob: { }\nevent: { }\n";
        let judged = judge(text);
        let place = u32::try_from(text.find("job").unwrap()).unwrap();
        let range = Span {
            start: place,
            end: place,
        };
        let titles: Vec<&str> = at(&judged.findings, range)
            .map(|(_, fix)| fix.title.as_str())
            .collect();
        assert_eq!(titles, ["write `jobs`"]);
    }

    #[test]
    fn edits_that_overlap_are_not_applied() {
        let edit = |start, end| Edit {
            span: Span { start, end },
            text: "x".to_owned(),
        };
        assert_eq!(apply("abc", [&edit(1, 3), &edit(0, 2)]), None);
        assert_eq!(apply("abc", [&edit(2, 9)]), None);
        assert_eq!(
            apply("abc", [&edit(2, 3), &edit(0, 1)]).as_deref(),
            Some("xbx")
        );
    }
}
