//! Tests of the subject of events and the detail of scheduled ones: the schema and the reader accept the same.

use super::{check_both, top, trigger};

#[test]
fn what_the_reader_takes_is_taken() {
    check_both(
        [
            top("subject: customer.id"),
            top("defaults: { schedule: { detail: { user: null } } }"),
            trigger("schedule: rate(1 minute), detail: { kind: weekly, of: [{ shard: 1 }] }"),
            trigger("schedule: rate(1 minute), detail: {}"),
        ],
        true,
    );
}

#[test]
fn what_the_reader_refuses_is_refused() {
    check_both(
        [
            top("subject: [a]"),
            top("defaults: { schedule: { detail: daily } }"),
            trigger("event: e, detail: { a: 1 }"),
            trigger("schedule: rate(1 hour), detail: [a]"),
            trigger("schedule: rate(1 hour), detail: { timestamp: noon }"),
        ],
        false,
    );
}
