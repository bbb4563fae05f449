//! Which triggers match.

use pipeline::{Diagnostic, Spanned};

use super::failed;
use crate::bench::{Bench, TriggerRef};
use crate::case::Listed;
use crate::happened::Happened;

pub(super) fn check(
    bench: &Bench<'_>,
    expected: &Listed<Spanned<String>>,
    happened: &Happened,
    found: &mut Vec<Diagnostic>,
) {
    let started = happened.triggers(bench);
    for item in &expected.items {
        let written = &item.of.value;
        if started.iter().any(|trigger| trigger.is_named(written)) {
            continue;
        }
        let mut diagnostic = failed(item.span, format!("`{written}` does not match"));
        if let Some(why) = bench.why_not(written, &happened.on_buses()) {
            diagnostic = diagnostic.with_note(why);
        }
        found.push(diagnostic.with_note(format!("matched: {}", listed(&started))));
    }
    let is_expected = |trigger: &TriggerRef| {
        let mut items = expected.items.iter();
        items.any(|item| trigger.is_named(&item.of.value))
    };
    let more: Vec<&TriggerRef> = started.iter().filter(|one| !is_expected(one)).collect();
    for trigger in more {
        let message = format!("`{trigger}` matches, and is not expected");
        found.push(
            failed(expected.value, message).with_note(format!("matched: {}", listed(&started))),
        );
    }
}

pub(super) fn check_misses(
    expected: &Listed<Spanned<String>>,
    happened: &Happened,
    found: &mut Vec<Diagnostic>,
) {
    for item in &expected.items {
        let mut started = happened.started.iter();
        if let Some(trigger) = started.find(|trigger| trigger.is_named(&item.of.value)) {
            found.push(failed(item.span, format!("`{trigger}` matches")));
        }
    }
}

fn listed(triggers: &[TriggerRef]) -> String {
    if triggers.is_empty() {
        return "nothing".to_owned();
    }
    let names: Vec<String> = triggers.iter().map(ToString::to_string).collect();
    names.join(", ")
}
