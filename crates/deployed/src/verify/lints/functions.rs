//! Findings about functions.

use pipeline::{Lint, Severity};

pub(crate) static MISSING_FUNCTION: Lint = Lint {
    id: "missing-function",
    severity: Severity::Error,
    summary: "a function that is not there",
    explanation: "\
Every event for the job goes to its dead-letter queue, or is lost if that is missing too.

```text
differs[missing-function]: function shop-bill-dev: is not there
```

`terraform apply` makes a function that the pipeline builds. One that is `existing` is somebody else's: deploy it, or
write its right name into the spec.
",
};

pub(crate) static MISSING_PERMISSION: Lint = Lint {
    id: "missing-permission",
    severity: Severity::Error,
    summary: "a function that EventBridge may not invoke for one of its rules",
    explanation: "\
A function's policy says who may invoke it. No statement of it allows EventBridge to do so for this rule, so every
delivery is refused, and the event goes to the dead-letter queue. A permission is looked for by what it allows, not by
its name: a statement with a wildcard over all rules of the job is as good.

```text
differs[missing-permission]: function shop-bill-dev: may not be invoked for the rule shop-bill-event-dev
  expected  a statement shop-bill-event-dev that allows events.amazonaws.com to lambda:InvokeFunction for arn:aws:events:…
```

`terraform apply` makes the statement. A function that was deleted and made anew by hand has lost its policy: Terraform
sees that too.
",
};

pub(crate) static NO_CONCURRENCY: Lint = Lint {
    id: "no-concurrency",
    severity: Severity::Error,
    summary: "a function whose reserved concurrency is 0: it never runs",
    explanation: "\
Somebody stopped the function by reserving no concurrency for it, which Lambda's console calls \"throttle\". EventBridge
delivers as before; Lambda does not try such a run again, and gives it to the failure queue.

```text
differs[no-concurrency]: function shop-bill-dev: never runs: its reserved concurrency is 0
  expected  none reserved, or more than 0
  found     0
```

`terraform apply` sets what the spec says, or `aws lambda delete-function-concurrency` lets it run. Send the events in
the failure queue again.
",
};

pub(crate) static OTHER_EXECUTION: Lint = Lint {
    id: "other-execution",
    severity: Severity::Error,
    summary: "runs that fail are not treated as the spec says",
    explanation: "\
Lambda runs a function again when it fails, and then sends the event to a destination. The attempts, the age or the
destination is not the one of `execution:` in the spec. Without a destination, runs that fail for good are lost.

```text
differs[other-execution]: function shop-bill-dev: treats runs that fail in another way
  expected  2 more attempts within 21600 s, then to shop-bill-on-failure-dev
  found     nothing is said, so they are lost
```

`terraform apply` sets all three.
",
};
