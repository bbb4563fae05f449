//! Writes what happened into a case, as edits of its text. What is right already stays as it is written.

mod list;
mod text;

use jiff::SignedDuration;
use pipeline::Edit;
use pipeline::Span;
use pipeline::language::show_duration;
use pipeline::syntax::Document;

use crate::bench::Bench;
use crate::case::{Case, Expect, ExpectedQueue, Listed};
use crate::happened::{Happened, Seen};
use crate::judge::{event_fits, judge, message_fits, run_fits};
use list::{New, content, end_of_line, replaced};
use text::{emitted, listed, message, queue_key, run};

/// Returns the edits after which a case expects what happened. A case that expects nothing yet gets all of it; in
/// another one, the keys that it has. What stands elsewhere, and means this case by an alias, stays: it may mean others.
pub fn record(
    bench: &Bench<'_>,
    document: &Document,
    text: &str,
    case: &Case,
    happened: &Happened,
) -> Vec<Edit> {
    let mut edits = edits(bench, document, text, case, happened);
    let is_own = |edit: &Edit| {
        let Edit { span, .. } = edit;
        case.span.start <= span.start && span.end <= end_of_line(text, case.span.end)
    };
    edits.retain(is_own);
    edits
}

fn edits(
    bench: &Bench<'_>,
    document: &Document,
    text: &str,
    case: &Case,
    happened: &Happened,
) -> Vec<Edit> {
    let Some(expect) = case.expect.as_ref().filter(|expect| expect.first.is_some()) else {
        let all = whole(bench, case, happened);
        return match &case.expect {
            None => {
                let beside = case.first.unwrap_or(case.key);
                document
                    .with_entry(beside, "expect", &all)
                    .into_iter()
                    .collect()
            }
            Some(expect) => vec![behind_key(text, expect.key, expect.value, &all)],
        };
    };
    let mut edits = Vec::new();
    // In any order, the places of items say nothing.
    let wrong = judge(bench, case, happened);
    let is_fine = |list: Span| {
        let mut wrong = wrong.iter().map(|found| found.span);
        !wrong.any(|span| list.start <= span.start && span.end <= list.end)
    };
    let Expect {
        matches,
        misses,
        runs,
        emits,
        queues,
        within,
        ..
    } = expect;
    if let Some(list) = matches {
        edits.extend(matches_edit(bench, text, list, happened));
    }
    if let Some(list) = misses {
        let started = |written: &str| happened.started.iter().any(|one| one.is_named(written));
        let kept = list.items.iter().enumerate();
        let kept = kept.filter(|(_, item)| !started(&item.of.value));
        let new: Vec<New> = kept.map(|(place, _)| New::Keep(place)).collect();
        edits.extend(replaced(text, list, &new));
    }
    if let Some(list) = runs {
        let new = happened.runs.iter().enumerate().map(|(place, actual)| {
            let item = list.items.get(place);
            match item {
                Some(item) if run_fits(item, actual, happened.begin) => New::Keep(place),
                old => New::Text(run(actual, old.map(|item| &item.of))),
            }
        });
        if !is_fine(list.value) {
            edits.extend(replaced(text, list, &new.collect::<Vec<_>>()));
        }
    }
    if let Some(list) = emits {
        let new =
            happened
                .emitted()
                .enumerate()
                .map(|(place, actual)| match list.items.get(place) {
                    Some(item) if event_fits(item, actual, happened.begin) => New::Keep(place),
                    old => New::Text(emitted(actual, old.map(|item| &item.of))),
                });
        if !is_fine(list.value) {
            edits.extend(replaced(text, list, &new.collect::<Vec<_>>()));
        }
    }
    for (queue, expected) in queues {
        edits.extend(queue_edit(text, queue, expected, happened));
    }
    if let Some(within) = within {
        let took = happened.end.duration_since(happened.begin);
        if took > SignedDuration::from_secs(within.value.into()) {
            let seconds = took.as_secs() + i64::from(took.subsec_nanos() > 0);
            edits.push(Edit {
                span: within.span,
                text: show_duration(u32::try_from(seconds).unwrap_or(u32::MAX)),
            });
        }
    }
    edits
}

fn matches_edit(
    bench: &Bench<'_>,
    text: &str,
    list: &Listed<pipeline::Spanned<String>>,
    happened: &Happened,
) -> Option<Edit> {
    let started = happened.triggers(bench);
    let items = list.items.iter().enumerate();
    let kept = items.filter(|(_, item)| started.iter().any(|one| one.is_named(&item.of.value)));
    let mut new: Vec<New> = kept.map(|(place, _)| New::Keep(place)).collect();
    for trigger in &started {
        let mut items = list.items.iter();
        if !items.any(|item| trigger.is_named(&item.of.value)) {
            new.push(New::Text(bench.short_name(trigger)));
        }
    }
    replaced(text, list, &new)
}

fn queue_edit(
    text: &str,
    queue: &str,
    expected: &ExpectedQueue,
    happened: &Happened,
) -> Option<Edit> {
    let landed: Vec<_> = happened.in_queue(queue).collect();
    match expected {
        ExpectedQueue::Count { value, count } => (landed.len() != *count as usize).then(|| Edit {
            span: *value,
            text: landed.len().to_string(),
        }),
        ExpectedQueue::Messages(list) => {
            let new = landed.iter().enumerate().map(|(place, actual)| {
                let event = happened.event_of(actual);
                match list.items.get(place) {
                    Some(item) if message_fits(item, actual, event, happened.begin) => {
                        New::Keep(place)
                    }
                    old => New::Text(message(event, old.map(|item| &item.of))),
                }
            });
            replaced(text, list, &new.collect::<Vec<_>>())
        }
    }
}

/// Writes all that happened, within brackets.
fn whole(bench: &Bench<'_>, case: &Case, happened: &Happened) -> String {
    let started = happened.triggers(bench);
    let matches = listed(started.iter().map(|trigger| bench.short_name(trigger)));
    let mut keys = vec![format!("matches: {matches}")];
    if !case.only_match {
        let runs = happened.runs.iter().map(|actual| run(actual, None));
        keys.push(format!("runs: {}", listed(runs)));
        let events = happened
            .emitted()
            .map(|actual: &Seen| emitted(actual, None));
        keys.push(format!("emits: {}", listed(events)));
        let mut queues: Vec<&str> = Vec::new();
        for landed in &happened.landed {
            // What waits between rules and a function is on its way.
            let is_way = landed.queue.ends_with("/buffer");
            if !is_way && !queues.contains(&landed.queue.as_str()) {
                queues.push(&landed.queue);
            }
        }
        if !queues.is_empty() {
            let queues = queues.iter().map(|queue| {
                let messages = happened.in_queue(queue);
                let messages = messages.map(|landed| message(happened.event_of(landed), None));
                format!("{}: {}", queue_key(queue), listed(messages))
            });
            let queues: Vec<String> = queues.collect();
            keys.push(format!("queues: {{ {} }}", queues.join(", ")));
        }
    }
    format!("{{ {} }}", keys.join(", "))
}

/// The edit that writes what a key has, whatever stood there.
fn behind_key(text: &str, key: Span, value: Span, yaml: &str) -> Edit {
    let rest = text.get(key.end as usize..).unwrap_or_default();
    let colon = rest.find(':').map_or(key.end, |at| {
        key.end + u32::try_from(at + 1).unwrap_or_default()
    });
    let end = content(text, value).end;
    Edit {
        span: Span {
            start: colon,
            end: end.max(colon),
        },
        text: format!(" {yaml}"),
    }
}
