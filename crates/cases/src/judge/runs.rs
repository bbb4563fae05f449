//! Which functions run.

use jiff::Timestamp;
use pipeline::Diagnostic;

use super::{Fact, Fit, compare, failed, late};
use crate::bench::Bench;
use crate::case::{ExpectedRun, Item, Listed};
use crate::happened::{Happened, Run, State};

impl Fact for Run {
    fn name(&self) -> String {
        self.job.clone()
    }

    fn at(&self) -> Timestamp {
        self.at
    }
}

pub(super) fn check(
    bench: &Bench<'_>,
    expected: &Listed<ExpectedRun>,
    any_order: bool,
    happened: &Happened,
    found: &mut Vec<Diagnostic>,
) {
    let before = found.len();
    let missing = compare(
        ("ran", "does not run"),
        expected,
        &happened.runs,
        any_order,
        |run| run.job.clone(),
        |item, run| fits(item, run, happened.begin),
        found,
    );
    // If its trigger did not match, that is why.
    let Some(span) = missing else {
        return;
    };
    let job = expected.items.iter().find(|item| item.span == span);
    let why = job.and_then(|item| {
        let job = &item.of.job;
        let is_started = happened.started.iter().any(|trigger| trigger.job == *job);
        bench
            .why_not(job, &happened.on_buses())
            .filter(|_| !is_started)
    });
    if let Some(diagnostic) = found.get_mut(before..).and_then(<[_]>::last_mut) {
        diagnostic.notes.extend(why);
    }
}

pub(super) fn fits(item: &Item<ExpectedRun>, run: &Run, begin: Timestamp) -> Fit {
    let ExpectedRun {
        job,
        fails,
        attempts,
        within,
    } = &item.of;
    if *job != run.job {
        return Fit::Other;
    }
    let wrong = |message: String| Fit::Wrong(Box::new(failed(item.span, message)));
    match (&run.state, fails) {
        (State::Failed(why), false) => return wrong(format!("`{job}` fails: {why}")),
        (State::Succeeded, true) => {
            return wrong(format!("`{job}` succeeds, and is expected to fail"));
        }
        (State::Running, _) => return wrong(format!("`{job}` does not end")),
        (State::Failed(_), true) | (State::Succeeded, false) => {}
    }
    if let Some(attempts) = attempts.filter(|attempts| *attempts != run.attempts) {
        return wrong(format!(
            "`{job}` takes {} {}, and not {attempts}",
            run.attempts,
            if run.attempts == 1 {
                "attempt"
            } else {
                "attempts"
            }
        ));
    }
    late(item.span, run, *within, begin).unwrap_or(Fit::Fine)
}
