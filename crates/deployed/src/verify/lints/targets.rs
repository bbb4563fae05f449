//! Findings about what rules and schedules invoke, what they send, and what becomes of what cannot be delivered.

use pipeline::{Lint, Severity};

pub(crate) static MISSING_TARGET: Lint = Lint {
    id: "missing-target",
    severity: Severity::Error,
    summary: "a rule without the target that the spec gives it",
    explanation: "\
The rule matches events, and starts nothing with them. A schedule whose run is split has a target for each part: if one
is missing, its part of the work is not done.

```text
differs[missing-target]: target bill of the rule shop-bill-event-dev: is not there
  expected  shop-bill-dev
```

`terraform apply` makes it.
",
};

pub(crate) static FOREIGN_TARGET: Lint = Lint {
    id: "foreign-target",
    severity: Severity::Error,
    summary: "a target that is not the spec's, or that invokes something else",
    explanation: "\
If the finding says what is expected, the pipeline's own target invokes another function, queue or bus. Otherwise
somebody added a target to the pipeline's rule by hand: it receives the same events, and Terraform does not see it.

```text
differs[foreign-target]: target by-hand of the rule shop-bill-event-dev: is not the spec's
  found     arn:aws:lambda:eu-central-1:123456789012:function:debug
```

`terraform apply` mends a target of the pipeline's own. One that was added has to be removed by hand, with
`aws events remove-targets`: AWS does not let Terraform destroy a rule that still has targets.
",
};

pub(crate) static OTHER_INPUT: Lint = Lint {
    id: "other-input",
    severity: Severity::Error,
    summary: "a target that sends something else than the spec says",
    explanation: "\
The job receives another text than its trigger says: another `input`, the event as it is, or for a schedule another
envelope than that of a scheduled run. A function that reads an envelope then fails, or does the wrong part of the work.

```text
differs[other-input]: target bill of the rule shop-bill-event-dev: sends something else
  expected  the event as it is
  found     the part $.detail of the event
```

`terraform apply` writes the spec's input.
",
};

pub(crate) static OTHER_MESSAGE_GROUP: Lint = Lint {
    id: "other-message-group",
    severity: Severity::Error,
    summary: "a target that sends messages of another group than the spec says",
    explanation: "\
A FIFO queue keeps the order of messages within a group. Without a group it takes none, and the events become dead
letters; with several groups a later event may be handled before an earlier one.

```text
differs[other-message-group]: target mail of the rule shop-mail-event-dev: sends messages of another group
  expected  mail
  found     no message group
```

`terraform apply` sets the group.
",
};

pub(crate) static OTHER_DEAD_LETTER_QUEUE: Lint = Lint {
    id: "other-dead-letter-queue",
    severity: Severity::Error,
    summary: "what cannot be delivered goes to another queue, or is lost",
    explanation: "\
EventBridge keeps what it could not deliver in the dead-letter queue of the target. This target has none, so such
events are lost, or it has another one, where nobody who watches the pipeline looks.

```text
differs[other-dead-letter-queue]: target bill of the rule shop-bill-event-dev: loses what could not be delivered: it has no dead-letter queue
  expected  shop-bill-dlq-dev
  found     none
```

`terraform apply` sets the queue.
",
};

pub(crate) static OTHER_TARGET_SETTINGS: Lint = Lint {
    id: "other-target-settings",
    severity: Severity::Error,
    summary: "a target with another role, key or setting than the spec says",
    explanation: "\
What is there already lets in the role of its job alone: with another role or none, events may end as dead letters. The
partition key says to which shard of a stream an event goes, and so which events stay in order. A role of a rule, a key
that encrypts a schedule, and settings for other kinds of targets are nothing that a spec says.

```text
differs[other-target-settings]: target lake of the rule shop-lake-event-dev: has another partition key
  expected  $.detail.order_id
  found     none
```

`terraform apply` writes what the spec says.
",
};

pub(crate) static OTHER_RETRIES: Lint = Lint {
    id: "other-retries",
    severity: Severity::Error,
    summary: "a delivery that is tried more or less often than the spec says",
    explanation: "\
EventBridge tries a delivery again until it has used up the attempts or the age that the target allows. These are not
those of `delivery:` in the spec: events are given up too early, or come when nobody wants them any more.

```text
differs[other-retries]: target bill of the rule shop-bill-event-dev: is delivered with other retries
  expected  185 attempts within 86400 s
  found     0 attempts within 86400 s
```

`terraform apply` sets both.
",
};
