//! What can be wrong with cases. Mistakes that a spec may have as well keep their ids.

use pipeline::{Lint, Severity};

/// Every kind of finding of this crate, sorted by id.
pub static LINTS: &[&Lint] = &[
    &FAILED_CASE,
    &IMPOSSIBLE_CASE,
    &UNDECLARED_EVENT,
    &UNKNOWN_JOB,
    &UNKNOWN_QUEUE,
];

/// A case whose pipeline does something else than it expects.
pub static FAILED_CASE: Lint = Lint {
    id: "failed-case",
    severity: Severity::Error,
    summary: "a case that expects something else than what happened",
    explanation: "\
`codegen test` let the events of a case happen, and something else came of them than the case expects. The place is the
expectation that is wrong, the notes say what happened instead. If a trigger did not match, a note names the field that
kept it from matching, as `codegen match` does.

If the case is wrong, and not the pipeline, `codegen test --update` writes what happened into its `expect:`.

```yaml
cases:
  a big order is checked:
    event: order.placed
    detail: { order_id: o-1, amount: 500 }
    expect: { matches: [check] }   # `check` waits for amounts over 1000
```
",
};

pub(crate) static IMPOSSIBLE_CASE: Lint = Lint {
    id: "impossible-case",
    severity: Severity::Error,
    summary: "a case that asks for what cannot be",
    explanation: "\
Two parts of a case do not fit together: `only: match` runs no function, so it can expect nothing of functions, events
or queues; a step cannot be earlier than the one before it; a stub cannot emit what its job does not emit.

```yaml
cases:
  an order is accepted:
    only: match                      # remove this line
    event: order.placed
    detail: { order_id: o-1 }
    expect: { emits: [order.accepted] }
```
",
};

pub(crate) static UNDECLARED_EVENT: Lint = Lint {
    id: "undeclared-detail",
    severity: Severity::Error,
    summary: "an event of a case that is not as the spec declares it",
    explanation: "\
The detail of an event in a case has a field that the spec does not declare, or lacks one, or has a value of another
type. Nobody could send the event as it is written. Timestamps that are not written are the time of the case.

```yaml
events:
  order.placed: { detail_type: Order Placed, external: true, detail: { order_id: string } }
```

```yaml
cases:
  an order:
    event: order.placed
    detail: { orderid: o-1 }   # write `order_id`
    expect: { matches: [accept] }
```
",
};

pub(crate) static UNKNOWN_JOB: Lint = Lint {
    id: "unknown-job",
    severity: Severity::Error,
    summary: "a job or a trigger that the spec does not have",
    explanation: "\
A case names a job that the spec does not have, a trigger that the job does not have, or asks a job to run that has no
function. A trigger is written `job/trigger`, with the trigger's `id`; without one its id is `event`, `pattern` or
`scheduled`. The job's name alone means any of its triggers.

```yaml
expect: { matches: [acept, mail/digest] }   # did you mean `accept`?
```
",
};

pub(crate) static UNKNOWN_QUEUE: Lint = Lint {
    id: "unknown-queue",
    severity: Severity::Error,
    summary: "a queue that the pipeline does not have",
    explanation: "\
A case expects messages in a queue that the pipeline does not have. A queue has the name of the job that delivers to it;
`<job>/dead-letters` keeps what could not be delivered to the job, `<job>/failures` the runs that failed for good, and
`<job>/buffer` the events that wait for its function.

```yaml
expect: { queues: { accept/dead-leters: [] } }   # did you mean `accept/dead-letters`?
```
",
};

#[cfg(test)]
mod tests {
    use super::LINTS;

    #[test]
    fn the_registry_is_sorted_and_documented() {
        assert!(LINTS.is_sorted_by_key(|lint| lint.id));
        for lint in LINTS {
            assert!(!lint.summary.ends_with('.'), "{}", lint.id);
            assert!(lint.explanation.ends_with('\n'), "{}", lint.id);
        }
    }
}
