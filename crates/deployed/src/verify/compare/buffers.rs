//! The way from a queue to the function behind it: read at all, in batches as the spec says, and with a place for what is
//! given up.

use super::Comparison;
use crate::aws::Reading;
use crate::aws::deployed::{self, Mapping};
use crate::verify::expected::{self, Function, Redrive};
use crate::verify::finding::Finding;
use crate::verify::lints;

impl Comparison<'_> {
    /// The function gets its events from its queue.
    pub(super) fn mapping(&mut self, resource: &str, function: &Function) {
        let Some(expected) = &function.mapping else {
            return;
        };
        let found = match self.deployed.mappings.get(&function.name) {
            None => return,
            Some(Reading::Refused(why)) => {
                let resource = format!("event source mappings of the {resource}");
                self.report(Finding::unreadable(&resource, why));
                return;
            }
            Some(Reading::Absent) => None,
            Some(Reading::Found(found)) => found
                .iter()
                .find(|mapping| self.is_queue(&mapping.queue, &expected.queue)),
        };
        let Some(found) = found.filter(|mapping| mapping.is_on) else {
            let finding = Finding::new(
                &lints::UNREAD_QUEUE,
                resource,
                format!("gets nothing from the queue {}", expected.queue),
            );
            self.report(finding.expected("an event source mapping that is enabled"));
            return;
        };
        let (wanted, was_found) = (in_words(expected), in_words(&expected_as(expected, found)));
        if wanted != was_found {
            self.report(
                Finding::new(
                    &lints::OTHER_BATCHES,
                    resource,
                    "gets its events in other batches",
                )
                .expected(wanted)
                .found(was_found),
            );
        } else if !found.reports_failures {
            self.report(
                Finding::new(
                    &lints::OTHER_BATCHES,
                    resource,
                    "says which events of a batch failed, and Lambda does not read it: they are lost",
                )
                .expected("the response type ReportBatchItemFailures"),
            );
        }
    }

    /// What is received too often goes to the queue of failures.
    pub(super) fn redrive(&mut self, resource: &str, expected: &Redrive, found: &deployed::Queue) {
        let words = |seconds: u32, receives: u32, queue: &str| {
            format!("hidden for {seconds} s, and after {receives} receives to {queue}")
        };
        let wanted = words(
            expected.visibility_seconds,
            expected.max_receives,
            &expected.queue,
        );
        let was_found = match &found.redrive {
            Some((arn, receives)) if self.is_queue(arn, &expected.queue) => {
                words(found.visibility_seconds, *receives, &expected.queue)
            }
            Some((arn, receives)) => words(found.visibility_seconds, *receives, arn),
            None => {
                "nothing is said, so it comes again until it is too old, and is lost".to_owned()
            }
        };
        if wanted != was_found {
            self.report(
                Finding::new(
                    &lints::OTHER_REDRIVE,
                    resource,
                    "treats what fails again and again in another way",
                )
                .expected(wanted)
                .found(was_found),
            );
        }
    }
}

/// Returns what was found in the shape of what is expected.
fn expected_as(expected: &expected::Mapping, found: &Mapping) -> expected::Mapping {
    expected::Mapping {
        queue: expected.queue.clone(),
        batch: found.batch,
        window_seconds: found.window_seconds,
        max_concurrency: found.max_concurrency,
    }
}

fn in_words(mapping: &expected::Mapping) -> String {
    let expected::Mapping {
        queue: _,
        batch,
        window_seconds,
        max_concurrency,
    } = mapping;
    let most = max_concurrency.map_or_else(
        || "any number at a time".to_owned(),
        |most| format!("at most {most} at a time"),
    );
    format!("up to {batch} events within {window_seconds} s, {most}")
}
