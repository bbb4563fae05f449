//! What a job delivers to that is there already.

use eventbridge::arn::Arn;

use crate::diagnostic::{Diagnostic, Lint, Severity::Warning};
use crate::model::{DeliverTo, ExistingTarget, Pipeline, TargetAddress, Work};

pub(crate) static SHARED_TARGET: Lint = Lint {
    id: "shared-target",
    severity: Warning,
    summary: "every environment would deliver to one and the same thing",
    explanation: "\
An ARN names one queue, topic, stream, bus or state machine in one account and region, and the spec is the same in every
environment: an event in `dev` then goes where those of `prod` go. A name means the one of that name in the account and
region that Terraform deploys to, and a value says which it is in each environment.

```yaml
deliver_to: { queue: { existing: \"arn:aws:sqs:eu-central-1:123456789012:orders\" } }   # write `existing: orders`
```

An `allow` says that it belongs to all environments on purpose: the audit of a whole company, for example.
",
};

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    for job in pipeline.jobs.values() {
        if let Work::DeliverTo(delivery) = &job.work
            && let DeliverTo::Existing(target) = &delivery.to.value
        {
            found.extend(check_target(target));
        }
    }
}

fn check_target(target: &ExistingTarget) -> Option<Diagnostic> {
    // An ARN that is put together of values may be another in each environment.
    let TargetAddress::Arn(text) = &target.address else {
        return None;
    };
    let arn = Arn::parse(&text.value)
        .ok()
        .filter(|_| text.parts.is_none())?;
    let (region, account) = (arn.region(), arn.account());
    let message = format!(
        "every environment would deliver to this one {}",
        target.kind.name()
    );
    let diagnostic = Diagnostic::new(&SHARED_TARGET, text.span, message)
        .with_note(format!("the ARN is of the account {account} in {region}"))
        .with_help(format!(
            "write `existing: {}` for the one of each account, put a value into the ARN, or allow it",
            target.name()?
        ));
    Some(diagnostic)
}

#[cfg(test)]
mod tests {
    use crate::testing::{PREFIX, ids_of};

    #[test]
    fn an_arn_without_values_is_one_thing_for_all() {
        let none: &[&str] = &[];
        let account = "eu-central-1:123456789012";
        for (to, ids) in [
            ("queue: { existing: q }".to_owned(), none),
            (
                format!("queue: {{ existing: 'arn:aws:sqs:{account}:q' }}"),
                &["shared-target"],
            ),
            (
                format!("queue: {{ existing: 'arn:aws:sqs:{account}:q.fifo', group: g }}"),
                &["shared-target"],
            ),
            (
                format!("topic: {{ existing: 'arn:aws:sns:{account}:t' }}"),
                &["shared-target"],
            ),
            (
                format!("stream: {{ existing: 'arn:aws:kinesis:{account}:stream/s' }}"),
                &["shared-target"],
            ),
            (
                format!("firehose: {{ existing: 'arn:aws:firehose:{account}:deliverystream/f' }}"),
                &["shared-target"],
            ),
            (
                format!("bus: {{ existing: 'arn:aws:events:{account}:event-bus/b' }}"),
                &["shared-target"],
            ),
            (
                format!("state_machine: {{ existing: 'arn:aws:states:{account}:stateMachine:m' }}"),
                &["shared-target"],
            ),
            (
                "queue: { existing: 'arn:aws:sqs:${region}:123456789012:q-${environment}' }"
                    .to_owned(),
                none,
            ),
        ] {
            let job = format!("deliver_to: {{ {to} }}, triggers: [ {{ event: e }} ]");
            let spec = format!("{PREFIX}jobs: {{ j: {{ {job} }} }}\n");
            assert_eq!(ids_of(&spec), ids, "{to}");
            let spec =
                format!("{PREFIX}jobs: {{ j: {{ {job}, allow: {{ shared-target: ours }} }} }}\n");
            let allowed: &[&str] = if ids.is_empty() {
                &["unused-allow"]
            } else {
                &[]
            };
            assert_eq!(ids_of(&spec), allowed, "{to}");
        }
    }
}
