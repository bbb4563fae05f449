//! What functions emit.

use jiff::Timestamp;
use pipeline::Diagnostic;

use super::{Fact, Fit, compare, detail, failed, late};
use crate::case::{ExpectedEvent, Item, Listed};
use crate::happened::{Happened, Seen};

impl Fact for &Seen {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn at(&self) -> Timestamp {
        self.at
    }
}

pub(super) fn check(
    expected: &Listed<ExpectedEvent>,
    any_order: bool,
    happened: &Happened,
    found: &mut Vec<Diagnostic>,
) {
    let emitted: Vec<&Seen> = happened.emitted().collect();
    compare(
        ("emitted", "is not emitted"),
        expected,
        &emitted,
        any_order,
        |event| event.event.clone(),
        |item, seen| fits(item, seen, happened.begin),
        found,
    );
}

pub(super) fn fits(item: &Item<ExpectedEvent>, seen: &Seen, begin: Timestamp) -> Fit {
    let ExpectedEvent {
        event,
        by,
        detail,
        within,
    } = &item.of;
    if *event != seen.name {
        return Fit::Other;
    }
    let wrong = |diagnostic| Fit::Wrong(Box::new(diagnostic));
    if let (Some(by), Some(job)) = (by, &seen.by)
        && by != job
    {
        let message = format!("`{event}` is emitted by `{job}`, and not by `{by}`");
        return wrong(failed(item.span, message));
    }
    if let Some(found) = detail::check(
        &format!("the detail of `{event}`"),
        detail.as_ref(),
        &seen.json,
    ) {
        return wrong(found);
    }
    late(item.span, &seen, *within, begin).unwrap_or(Fit::Fine)
}
