//! Findings about queues between rules and functions.

use pipeline::{Lint, Severity};

pub(crate) static UNREAD_QUEUE: Lint = Lint {
    id: "unread-queue",
    severity: Severity::Error,
    summary: "a queue whose events its function does not get",
    explanation: "\
Rules deliver to the queue of a `buffer`, and an event source mapping is what takes the events out of it. There is none, or
it is disabled: events wait, and are lost after fourteen days.

```text
differs[unread-queue]: function shop-mail-dev: gets nothing from the queue shop-mail-buffer-dev
  expected  an event source mapping that is enabled
```

`terraform apply` makes it. One that somebody disabled is enabled with `aws lambda update-event-source-mapping --enabled`.
",
};

pub(crate) static OTHER_BATCHES: Lint = Lint {
    id: "other-batches",
    severity: Severity::Error,
    summary: "a function that gets the events of its queue in other batches",
    explanation: "\
The event source mapping has another size, window or concurrency than the `buffer` of the spec. Or it does not ask the
function which events of a batch failed: then a batch in which one failed counts as done, and that event is lost.

```text
differs[other-batches]: function shop-mail-dev: gets its events in other batches
  expected  up to 10 events within 5 s, at most 5 at a time
  found     up to 1 events within 0 s, any number at a time
```

`terraform apply` sets what the spec says.
",
};

pub(crate) static OTHER_REDRIVE: Lint = Lint {
    id: "other-redrive",
    severity: Severity::Error,
    summary: "a queue that gives its events up in another way",
    explanation: "\
The queue of a `buffer` hides a received event while the function works on it, and sends one that was received too often to
the job's failure queue. Without that, an event that always fails is tried for fourteen days, and then lost; hidden for too
short a time, an event is worked on twice at once.

```text
differs[other-redrive]: queue shop-mail-buffer-dev: treats what fails again and again in another way
  expected  hidden for 365 s, and after 5 receives to shop-mail-on-failure-dev
  found     nothing is said, so it comes again until it is too old, and is lost
```

`terraform apply` sets what the spec says.
",
};
