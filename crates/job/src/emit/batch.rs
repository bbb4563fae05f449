//! Events in requests that EventBridge accepts.

use crate::outgoing::Outgoing;

/// The most entries of a request:
/// [quotas](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html).
const MAX_ENTRIES: usize = 10;

/// The most bytes of a request's entries. A larger event goes alone, so that no other is refused with it.
const MAX_BYTES: usize = 1_000_000;

/// Splits events into requests, in order.
pub(super) fn split(events: &[Outgoing]) -> Vec<&[Outgoing]> {
    let mut batches = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (index, event) in events.iter().enumerate() {
        let size = size(event);
        let is_full = index - start == MAX_ENTRIES || bytes + size > MAX_BYTES;
        // No batch is empty: an event over the limit is sent alone, and EventBridge refuses it.
        if is_full && index > start {
            batches.push(&events[start..index]);
            (start, bytes) = (index, 0);
        }
        bytes += size;
    }
    if start < events.len() {
        batches.push(&events[start..]);
    }
    batches
}

/// An entry's size as
/// [EventBridge counts it](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html),
/// without a time and resources.
fn size(event: &Outgoing) -> usize {
    event.source().len() + event.detail_type().len() + event.detail_json().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::billed;

    fn sizes(events: &[Outgoing]) -> Vec<usize> {
        let batches = split(events);
        assert_eq!(batches.concat(), events, "all of them, in order");
        batches.into_iter().map(<[Outgoing]>::len).collect()
    }

    #[test]
    fn a_request_has_ten_entries_at_the_most() {
        let events: Vec<_> = (0..21).map(|order| billed(&format!("o-{order}"))).collect();
        assert_eq!(sizes(&events), [10, 10, 1]);
        assert_eq!(sizes(&events[..10]), [10]);
        assert_eq!(sizes(&[]), [0_usize; 0]);
    }

    #[test]
    fn a_request_stays_below_a_megabyte() {
        let large = "x".repeat(400_000);
        let events = [billed(&large), billed(&large), billed(&large), billed("o")];
        assert_eq!(sizes(&events), [2, 2]);
    }

    #[test]
    fn an_event_that_is_too_large_takes_no_other_with_it() {
        let events = [billed("o-1"), billed(&"x".repeat(MAX_BYTES)), billed("o-2")];
        assert_eq!(sizes(&events), [1, 1, 1]);
    }
}
