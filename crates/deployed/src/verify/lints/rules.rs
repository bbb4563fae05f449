//! Findings about buses, rules and schedules.

use pipeline::{Lint, Severity};

pub(crate) static MISSING_BUS: Lint = Lint {
    id: "missing-bus",
    severity: Severity::Error,
    summary: "an event bus that is not there",
    explanation: "\
The bus that carries the pipeline's events does not exist in this account and region, and so none of its rules does. It
is reported once for all of them. What is published to such a bus is refused.

```text
differs[missing-bus]: bus orders-dev: is not there
```

Look whether account, region and `--environment` are the ones that you mean. `terraform apply` makes the bus.
",
};

pub(crate) static MISSING_RULE: Lint = Lint {
    id: "missing-rule",
    severity: Severity::Error,
    summary: "a rule or a schedule that is not there",
    explanation: "\
Without its rule a trigger starts nothing: events that it waits for pass by, and scheduled runs do not happen. Nothing
keeps them for later.

```text
differs[missing-rule]: rule shop-bill-event-dev: is not there
  expected  a rule on the bus orders-dev
```

`terraform apply` makes it. Events of the meantime can be replayed if the bus has an archive (`archive:` in the spec).
",
};

pub(crate) static NOT_DEPLOYED: Lint = Lint {
    id: "not-deployed",
    severity: Severity::Error,
    summary: "a pipeline of which nothing is there",
    explanation: "\
None of the rules, schedules, functions and queues that the pipeline makes is in this account and region under the names
of this environment. It is reported once for all of them.

```text
differs[not-deployed]: pipeline shop: none of its 6 rules and 4 queues is there in dev
```

Look whether account, region and `--environment` are the ones that you mean: each environment has a file in the folder
`environments` of the root module. Otherwise deploy it, with `make apply ENV=dev` for example.
",
};

pub(crate) static DISABLED_RULE: Lint = Lint {
    id: "disabled-rule",
    severity: Severity::Error,
    summary: "a rule or a schedule that is disabled, and should not be",
    explanation: "\
A disabled rule matches nothing. Usually somebody disabled it by hand, to stop a job for a while. Events that came
meanwhile were not delivered, and are in no dead-letter queue.

```text
differs[disabled-rule]: rule shop-bill-event-dev: is disabled, and starts nothing
  expected  ENABLED
  found     DISABLED
```

`terraform apply` enables it. A trigger that is to stay off says `enabled: false` in the spec.
",
};

pub(crate) static ENABLED_RULE: Lint = Lint {
    id: "enabled-rule",
    severity: Severity::Error,
    summary: "a rule or a schedule that is enabled, and should not be",
    explanation: "\
The trigger says `enabled: false`, and its rule starts the job all the same: somebody enabled it by hand, or the change
of the spec is not applied yet.

```text
differs[enabled-rule]: rule shop-bill-event-dev: is enabled, which the spec does not want
  expected  DISABLED
  found     ENABLED
```

`terraform apply` disables it.

A rule in the state `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS` also receives the read-only calls of AWS's API, which a
rule that is only enabled does not.
",
};

pub(crate) static OTHER_PATTERN: Lint = Lint {
    id: "other-pattern",
    severity: Severity::Error,
    summary: "a rule that matches other events than the spec says",
    explanation: "\
The rule's event pattern is not the one of its trigger, so the job is started by too many events, too few or others.
Patterns are compared as JSON: spaces and the order of keys do not matter.

```text
differs[other-pattern]: rule shop-bill-event-dev: matches other events
  expected  {\"detail-type\":[\"OrderPlaced\"],\"source\":[\"shop\"]}
  found     {\"source\":[\"shop\"]}
```

`terraform apply` writes the spec's pattern. If the one that was found is right, write it into the spec.
",
};

pub(crate) static OTHER_SCHEDULE: Lint = Lint {
    id: "other-schedule",
    severity: Severity::Error,
    summary: "a rule or a schedule that runs at other times than the spec says",
    explanation: "\
The expression, the time zone or the flexible window is not the one of the trigger.

```text
differs[other-schedule]: rule shop-report-scheduled-dev: runs at other times
  expected  rate(1 hour)
  found     rate(2 hours)
```

`terraform apply` writes the spec's schedule. If the one that was found is right, write it into the spec.
",
};

pub(crate) static UNKNOWN_RULE: Lint = Lint {
    id: "unknown-rule",
    severity: Severity::Warning,
    summary: "a rule or a schedule with the pipeline's name that the spec does not know",
    explanation: "\
Its name begins with the pipeline's and ends in the environment, and no trigger has it. Somebody made it by hand, or it
was left behind when Terraform's state was lost. It still starts what its targets name, so a job may run twice for one
event.

```text
differs[unknown-rule]: rule shop-old-event-dev: is on the bus orders-dev, and the spec does not know it
  found     {\"source\":[\"shop\"]}
```

Remove its targets, and then the rule. A pipeline whose name begins with this one's and a hyphen (`shop` and
`shop-returns`) has rules that look the same: leave those alone.
",
};
