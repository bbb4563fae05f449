//! Every kind of finding about a change.

use pipeline::{Lint, Severity};

/// Every kind of finding about a change, sorted by id.
pub static LINTS: &[&Lint] = &[
    &BROKEN_CONSUMER,
    &BROKEN_PRODUCER,
    &DELETED_ARCHIVE,
    &DELETED_LOG,
    &DELETED_MESSAGES,
    &DELIVERY_GAP,
    &DESTROYED_ITSELF,
    &DOUBLE_DELIVERY,
    &NAMED_ELSEWHERE,
    &REPLACED_PIPELINE,
];

/// What reads an event as it was cannot read it as it is.
pub(crate) static BROKEN_CONSUMER: Lint = Lint {
    id: "broken-consumer",
    severity: Severity::Error,
    summary: "a change of an event that breaks those who read it",
    explanation: "\
Whoever reads the event with the types of before cannot read it as it is: a field is gone or may be missing, has another
type, or an enum has a new value. Or the event comes with another source, detail type or name, and no rule for the old one
matches it. Jobs of this pipeline get new types with the spec, but not in the moment in which the first new event is
emitted; others on the bus get nothing.

Fields that are added break nobody who reads: they are passed over. For all else let a second event stand beside the
first, emit both, and remove the first one when nobody reads it any more:

```yaml
events:
  order.placed: { detail_type: OrderPlaced, detail: { total: integer } }
  order.placed.v2: { detail_type: OrderPlaced.v2, detail: { total: { amount: integer, currency: string } } }
```

If nobody else reads the event, and its jobs may fail until they are deployed, say so:

```yaml
events:
  order.placed:
    detail_type: OrderPlaced
    detail: { total: number }   # was `integer`
    allow: { broken-consumer: Its one reader is deployed first }
removed:
  order.seen: { allow: { broken-consumer: Nobody has ever read it } }
```

`codegen diff` and `codegen check --against REV` find it.
",
};

/// An event as it was cannot be read any more.
pub(crate) static BROKEN_PRODUCER: Lint = Lint {
    id: "broken-producer",
    severity: Severity::Error,
    summary: "a change of an event that breaks those who write it as before",
    explanation: "\
An event as it was cannot be read with the types of now: a field has to be there that was not, or was optional, has another
type, or an enum has lost a value. That concerns producers that are not deployed at the same moment, or are not in this
spec, and every event of before that is still to come: retries, messages in queues, dead letters that somebody sends again,
the replay of an archive. A function that cannot read an event puts it into its failure queue.

Make new fields optional, or let a second event stand beside the first until nobody writes the first one:

```yaml
events:
  order.placed:
    detail_type: OrderPlaced
    detail: { order_id: string, channel: string? }   # without `?` it would break who writes no channel
```

If no event of before can come any more, say so:

```yaml
events:
  order.placed:
    detail_type: OrderPlaced
    detail: { order_id: string, channel: string }
    allow: { broken-producer: The queues are empty and nobody replays }
```

`codegen diff` and `codegen check --against REV` find it.
",
};

/// An archive goes, with its events.
pub(crate) static DELETED_ARCHIVE: Lint = Lint {
    id: "deleted-archive",
    severity: Severity::Error,
    summary: "a change that deletes an archive with the events in it",
    explanation: "\
An archive belongs to one bus and has one name. If the spec has no `archive` any more, another bus, or another name of the
pipeline, Terraform deletes the archive, and nobody can replay its events again.

An archive that leaves the spec may stay on AWS: Terraform forgets it, and it goes on keeping events until somebody
deletes it. Or say that its events may go:

```yaml
removed:
  archive: { keep: [archive] }
  # or: archive: { allow: { deleted-archive: Nobody has replayed an event for a year } }
```

`codegen check --against REV` finds it in the specs, `codegen check --plan FILE` in Terraform's plan. Once the change is
applied everywhere, the entry may be erased.
",
};

/// A log group goes, with its lines.
pub(crate) static DELETED_LOG: Lint = Lint {
    id: "deleted-log",
    severity: Severity::Error,
    summary: "a change that deletes a log group with the lines in it",
    explanation: "\
The log group of a function goes with the function, and that of a job that delivers to a log group with the job. A log
group of another name, or of another class, is another one, and the old one is deleted.

```yaml
removed:
  old-bill: { keep: [log_group] }   # it stays on AWS, and its retention ends the lines
```

`keep_log: true` of a function keeps its log group from the first apply on, whatever leaves the spec later.
",
};

/// Queues go, with their messages.
pub(crate) static DELETED_MESSAGES: Lint = Lint {
    id: "deleted-messages",
    severity: Severity::Error,
    summary: "a change that deletes a queue with the messages in it",
    explanation: "\
A queue goes with the job that it belongs to, and under another name it is another queue. With it go the messages in
it: dead letters that nobody has looked at, failed runs that were to be run again, events that their reader has not
read. AWS keeps its name blocked for 60 seconds.

Empty the queue first, keep it on AWS, or say that it is empty:

```yaml
removed:
  old-bill: { keep: [dead_letter_queue, failure_queue] }
  # or: old-bill: { allow: { deleted-messages: Both queues are empty } }
jobs:
  mail:                          # was called `send`: with this line it keeps its queues
    renamed_from: send
```

A kept queue is nobody's any more: Terraform forgets it, and its messages end after 14 days.
",
};

/// For a while no rule delivers.
pub(crate) static DELIVERY_GAP: Lint = Lint {
    id: "delivery-gap",
    severity: Severity::Error,
    summary: "a change during which events reach no target for a while",
    explanation: "\
What Terraform replaces it destroys and creates, and it changes other things in between. For the time that the finding
names, no rule that is there has a target that works. What arrives then is lost, or becomes a dead letter at once if the
permission alone is missing. The times were measured: with Terraform and a stand-in for AWS, whose API was asked several
times a second during each apply.

A module that creates targets before it destroys the old ones has no such gap for most changes; but of what leaves the
configuration Terraform does what its state says. So apply a module that was generated anew first, without the change,
and the change in a second apply. Other changes take more steps, which `codegen generate --step N --from REV` writes one
by one: another bus, or a job under a new name that keeps none of the old ones.

If events may be lost for that time, say why:

```yaml
jobs:
  bill:
    deliver_to: queue   # it was a function
    allow: { delivery-gap: The shop is closed at night, and we apply then }
```
",
};

/// A thing is made under its own name, and then destroyed.
pub(crate) static DESTROYED_ITSELF: Lint = Lint {
    id: "destroyed-itself",
    severity: Severity::Error,
    summary: "a plan that destroys what it has just made, as both have one name",
    explanation: "\
The plan replaces a rule, a target, a queue or a topic under its own name, and creates before it destroys. AWS answers
the creation with the thing that is there. Then Terraform destroys that one: nothing is left, and the apply ends well. The
next plan creates it again.

It comes from `-replace`, `terraform taint`, or an apply that was interrupted. Leave it out of the plan (`terraform
untaint`), or delete the thing by hand and apply then, when it may be missing.

`codegen check --plan FILE` finds it.
",
};

/// Two rules deliver the same events for a while.
pub(crate) static DOUBLE_DELIVERY: Lint = Lint {
    id: "double-delivery",
    severity: Severity::Error,
    summary: "a change during which events are delivered twice for a while",
    explanation: "\
The new rule is there before the old one goes, so no event is lost; those of the time that the finding names start the
job twice. EventBridge delivers at least once anyway, so a job has to bear that. If it does, say so:

```yaml
jobs:
  remind:
    triggers:
      - schedule: cron(0 8 * * ? *)
        timezone: Europe/Berlin   # it had none, and was a rule
        allow: { double-delivery: Two reminders in the minute of the apply do no harm }
```
",
};

/// Something that others may name goes.
pub(crate) static NAMED_ELSEWHERE: Lint = Lint {
    id: "named-elsewhere",
    severity: Severity::Error,
    summary: "a change that removes or replaces what others may name",
    explanation: "\
A function, a role, a topic or a bus goes, or another one takes its place. What others have with it goes too, and nothing
in this spec knows of it: statements for a function that somebody added, policies of buckets and keys that let its role
in, subscriptions to a topic, rules of others on a bus.

A policy that named a deleted role names an id of nobody, even if the role is made again under its name
([IAM](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html)): write such policies
anew after the apply.

```yaml
removed:
  old-bill: { allow: { named-elsewhere: Nobody calls it beside its rules } }
```
",
};

/// The whole pipeline has another name.
pub(crate) static REPLACED_PIPELINE: Lint = Lint {
    id: "replaced-pipeline",
    severity: Severity::Error,
    summary: "a pipeline whose new name replaces all that it has on AWS",
    explanation: "\
The pipeline's name is the first part of every name on AWS. Under another one every rule, function, role, queue, log group
and alarm is another one: the old ones are destroyed with all messages, lines and events in them, and no rule has a
target that works while that goes on.

Name the pipeline as before. If the name has to change, let a second spec with the new name stand beside the first: deploy
it, let the emitters and readers move, and remove the first one when its queues are empty.

```yaml
pipeline: store   # was `shop`
allow: { replaced-pipeline: Nothing of it is in use yet }
```
",
};

#[cfg(test)]
mod tests {
    use pipeline::{Allowance, allowance};

    use super::*;

    #[test]
    fn the_list_is_sorted_and_each_may_be_allowed() {
        assert!(LINTS.is_sorted_by_key(|lint| lint.id));
        for lint in LINTS {
            assert_eq!(allowance(lint.id), Allowance::Allowed, "{}", lint.id);
            assert!(lint.explanation.ends_with('\n'), "{}", lint.id);
        }
    }
}
