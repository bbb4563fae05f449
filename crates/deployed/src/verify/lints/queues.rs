//! Findings about queues.

use pipeline::{Lint, Severity};

pub(crate) static MISSING_QUEUE: Lint = Lint {
    id: "missing-queue",
    severity: Severity::Error,
    summary: "a queue that is not there",
    explanation: "\
It is a queue that keeps what failed, or one that events are delivered to. What would be sent to it is lost, and nobody
is told.

```text
differs[missing-queue]: queue shop-bill-dlq-dev: is not there
```

`terraform apply` makes it. SQS does not let a queue be made within 60 seconds after one of its name was deleted.
",
};

pub(crate) static MISSING_QUEUE_POLICY: Lint = Lint {
    id: "missing-queue-policy",
    severity: Severity::Error,
    summary: "a queue that EventBridge may not send to",
    explanation: "\
The queue is there, and its policy does not allow EventBridge to send to it for some rules. EventBridge drops what it
cannot put into a dead-letter queue: only the metric `InvocationsFailedToBeSentToDlq` counts it.

```text
differs[missing-queue-policy]: queue shop-bill-dlq-dev: takes nothing from EventBridge: what it is sent is lost
  expected  a policy that allows events.amazonaws.com to sqs:SendMessage for shop-bill-event-dev
  found     no policy
```

`terraform apply` writes the policy.
",
};

pub(crate) static OTHER_QUEUE_KEY: Lint = Lint {
    id: "other-queue-key",
    severity: Severity::Warning,
    summary: "a queue that is encrypted with a key that the spec does not name",
    explanation: "\
A key of KMS lets nobody send to the queue whom its policy does not name. EventBridge needs `kms:GenerateDataKey` and
`kms:Decrypt` there, and a role needs both, too: without them what failed is lost, and nobody is told. The key that AWS
manages, `alias/aws/sqs`, cannot let EventBridge in at all.

```text
differs[other-queue-key]: queue shop-bill-dlq-dev: is encrypted with a key that the spec does not name
  expected  the key of SQS
  found     arn:aws:kms:eu-central-1:123456789012:key/1
```

`terraform apply` lets SQS encrypt it again. If the key is wanted, name it in the spec: `encryption: { queues: … }`. The
roles may then use it.
",
};

pub(crate) static DEAD_LETTERS: Lint = Lint {
    id: "dead-letters",
    severity: Severity::Warning,
    summary: "the dead-letter queue holds events that could not be delivered",
    explanation: "\
EventBridge could not deliver these events: the function was gone, its permission was missing, or it had no room for
longer than the retries last. The job has not run for them. SQS deletes a message when its retention is over, after 14
days at most.

```text
differs[dead-letters]: queue shop-bill-dlq-dev: holds events that could not be delivered
  expected  no messages
  found     2
```

Each message has the attributes `RULE_ARN` and `ERROR_CODE`, which say why. Mend that, send the events again, and
remove the messages.
",
};

pub(crate) static FAILED_RUNS: Lint = Lint {
    id: "failed-runs",
    severity: Severity::Warning,
    summary: "the failure queue holds runs that failed for good",
    explanation: "\
The function received these events, and failed at every attempt. What the job should have done is not done. SQS deletes
a message when its retention is over, after 14 days at most.

```text
differs[failed-runs]: queue shop-bill-on-failure-dev: holds runs that failed for good
  expected  no messages
  found     1
```

Each message holds the event (`requestPayload`) and what the function said (`responsePayload`). Mend the cause, send the
events again, and remove the messages.
",
};
