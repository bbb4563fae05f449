//! Compares what happened in a case with what it expects.

mod detail;
mod events;
mod matches;
mod queues;
mod runs;

use jiff::{SignedDuration, Timestamp};
use pipeline::language::show_duration;
use pipeline::{Diagnostic, Span};

use crate::bench::Bench;
use crate::case::{Case, Expect, ExpectedEvent, ExpectedMessage, ExpectedRun, Item, Listed};
use crate::happened::{Happened, Landed, Run, Seen};
use crate::lints::FAILED_CASE;

/// Returns what a case expects and did not happen, in the order of its keys.
pub fn judge(bench: &Bench<'_>, case: &Case, happened: &Happened) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let Some(expect) = &case.expect else {
        return found;
    };
    let Expect {
        key: _,
        value: _,
        first: _,
        any_order,
        matches,
        misses,
        runs,
        emits,
        queues_key: _,
        queues,
        within,
    } = expect;
    if let Some(matches) = matches {
        matches::check(bench, matches, happened, &mut found);
    }
    if let Some(misses) = misses {
        matches::check_misses(misses, happened, &mut found);
    }
    if let Some(runs) = runs {
        runs::check(bench, runs, *any_order, happened, &mut found);
    }
    if let Some(emits) = emits {
        events::check(emits, *any_order, happened, &mut found);
    }
    for (queue, expected) in queues {
        queues::check(queue, expected, happened, &mut found);
    }
    if let Some(within) = within {
        let took = happened.end.duration_since(happened.begin);
        if took > SignedDuration::from_secs(within.value.into()) {
            let message = format!(
                "the pipeline was at rest after {}, and not within {}",
                shown(took),
                show_duration(within.value)
            );
            found.push(failed(within.span, message));
        }
    }
    for diagnostic in &mut found {
        diagnostic.notes.extend(happened.trouble.iter().cloned());
    }
    found.sort_by_key(|diagnostic| diagnostic.span);
    found
}

/// Whether what happened is what an item of a list expects.
pub(crate) fn run_fits(item: &Item<ExpectedRun>, run: &Run, begin: Timestamp) -> bool {
    matches!(runs::fits(item, run, begin), Fit::Fine)
}

/// Whether what happened is what an item of a list expects.
pub(crate) fn event_fits(item: &Item<ExpectedEvent>, event: &Seen, begin: Timestamp) -> bool {
    matches!(events::fits(item, event, begin), Fit::Fine)
}

/// Whether what happened is what an item of a list expects.
pub(crate) fn message_fits(
    item: &Item<ExpectedMessage>,
    landed: &Landed,
    event: Option<&Seen>,
    begin: Timestamp,
) -> bool {
    let message = queues::Message { landed, event };
    matches!(queues::fits(item, &message, begin), Fit::Fine)
}

fn failed(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(&FAILED_CASE, span, message)
}

/// Something that happened, as a list of expectations is compared with it.
trait Fact {
    /// What the case would write for it.
    fn name(&self) -> String;
    fn at(&self) -> Timestamp;
}

/// Compares a list with what happened, one by one, and reports the first difference. `fits` says what is wrong with the
/// second if it is the first; nothing if it is another thing.
fn compare<T, F: Fact>(
    (what, verb): (&str, &str),
    expected: &Listed<T>,
    happened: &[F],
    any_order: bool,
    name: impl Fn(&T) -> String,
    fits: impl Fn(&Item<T>, &F) -> Fit,
    found: &mut Vec<Diagnostic>,
) -> Option<Span> {
    let mut left: Vec<&F> = happened.iter().collect();
    for item in &expected.items {
        let place = if any_order {
            let is_fine = |fact: &&F| matches!(fits(item, fact), Fit::Fine);
            let same = |fact: &&F| matches!(fits(item, fact), Fit::Wrong(_));
            let fine = left.iter().position(is_fine);
            fine.or_else(|| left.iter().position(same))
        } else {
            (!left.is_empty()).then_some(0)
        };
        let wanted = name(&item.of);
        let Some(place) = place else {
            let message = format!("`{wanted}` {verb}");
            found.push(told(what, failed(item.span, message), happened));
            return Some(item.span);
        };
        let fact = left.remove(place);
        match fits(item, fact) {
            Fit::Fine => {}
            Fit::Wrong(diagnostic) => found.push(*diagnostic),
            Fit::Other => {
                let is_later = left
                    .iter()
                    .any(|fact| !matches!(fits(item, fact), Fit::Other));
                let instead = fact.name();
                let message = if is_later {
                    format!("`{instead}` comes before `{wanted}`")
                } else {
                    format!("`{wanted}` {verb}: `{instead}` comes instead")
                };
                found.push(told(what, failed(item.span, message), happened));
                return (!is_later).then_some(item.span);
            }
        }
    }
    if let Some(fact) = left.first() {
        let message = format!("`{}` is not expected", fact.name());
        found.push(told(what, failed(expected.value, message), happened));
    }
    None
}

/// How an expectation fits what happened.
enum Fit {
    Fine,
    /// It is the thing that is expected, but for this.
    Wrong(Box<Diagnostic>),
    /// It is another thing.
    Other,
}

/// Adds all that happened of a kind.
fn told<F: Fact>(what: &str, diagnostic: Diagnostic, happened: &[F]) -> Diagnostic {
    const MOST: usize = 20;
    let mut names: Vec<String> = happened.iter().take(MOST).map(Fact::name).collect();
    if happened.len() > MOST {
        names.push(format!("{} more", happened.len() - MOST));
    }
    let all = match names.as_slice() {
        [] => "nothing".to_owned(),
        names => names.join(", "),
    };
    diagnostic.with_note(format!("{what}: {all}"))
}

/// Returns what is wrong if something came later than within some seconds.
fn late(span: Span, fact: &impl Fact, within: Option<u32>, begin: Timestamp) -> Option<Fit> {
    let within = within?;
    let took = fact.at().duration_since(begin);
    if took <= SignedDuration::from_secs(within.into()) {
        return None;
    }
    let message = format!(
        "`{}` came after {}, and not within {}",
        fact.name(),
        shown(took),
        show_duration(within)
    );
    Some(Fit::Wrong(Box::new(failed(span, message))))
}

fn shown(took: SignedDuration) -> String {
    let seconds = took.as_secs();
    match u32::try_from(seconds) {
        Ok(whole) if took.subsec_nanos() == 0 => show_duration(whole),
        _ => format!("{:.3}s", took.as_secs_f64()),
    }
}
