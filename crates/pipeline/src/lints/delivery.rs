//! Triggers and settings that only a function can have.

use crate::diagnostic::{Diagnostic, Lint, Severity::Error};
use crate::model::{DeliverTo, Job, Pipeline, TargetKind, TriggerKind, Work};
use crate::span::{Span, Spanned};

pub(crate) static UNDELIVERABLE: Lint = Lint {
    id: "undeliverable",
    severity: Error,
    summary: "a trigger or a setting that only a function can have",
    explanation: "\
A job with `deliver_to` has no function: its events go to a queue, a topic, a log group or an API, or to something
that is there already, such as a state machine or another bus. There is nothing to start by the clock, as a schedule has no event to deliver. A log group and a bus
get the event as it is, so there is no `input` for them.

```yaml
jobs:
  accounting:
    deliver_to: queue
    triggers:
      - schedule: rate(1 hour)   # write `- event: …` or `- pattern: …`
```
",
};

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    for job in pipeline.jobs.values() {
        if let Work::DeliverTo(delivery) = &job.work {
            check_triggers(&delivery.to, job, found);
        }
    }
}

fn check_triggers(to: &Spanned<DeliverTo>, job: &Job, found: &mut Vec<Diagnostic>) {
    let mut report = |span: Span, message: String, help: &str| {
        let diagnostic = Diagnostic::new(&UNDELIVERABLE, span, message)
            .with_related(to.span, "what it is delivered to")
            .with_help(help);
        found.push(diagnostic);
    };
    for trigger in &job.triggers {
        if let TriggerKind::Schedule(_) = trigger.kind {
            let message = format!(
                "a schedule has no event to deliver to {}",
                with_article(to.value.name())
            );
            let help = "write `- event: …` or `- pattern: …`, or give the job a `function`";
            report(trigger.span, message, help);
        }
        // A bus takes whole events only. A log group takes a template only in a form of its own.
        let takes_input = match &to.value {
            DeliverTo::LogGroup => false,
            DeliverTo::Existing(target) => target.kind != TargetKind::Bus,
            DeliverTo::Queue { .. } | DeliverTo::Topic | DeliverTo::Api(_) => true,
        };
        if let Some(input) = trigger.input.as_ref().filter(|_| !takes_input) {
            let message = format!("{} takes the event as it is", with_article(to.value.name()));
            report(input.span(), message, "remove `input`");
        }
    }
}

/// Puts the article in front of a word.
fn with_article(word: &str) -> String {
    let article = if word.starts_with(['A', 'a', 'E', 'e']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {word}")
}

#[cfg(test)]
mod tests {
    use crate::testing::{PREFIX, ids_of};

    fn with(job: &str) -> Vec<&'static str> {
        ids_of(&format!("{PREFIX}jobs: {{ j: {{ {job} }} }}\n"))
    }

    #[test]
    fn a_schedule_has_nothing_to_deliver() {
        let schedule = "triggers: [ { schedule: rate(1 hour) }, { event: e } ]";
        let found = with(&format!("deliver_to: queue, {schedule}"));
        assert_eq!(found, ["undeliverable"]);
    }

    #[test]
    fn a_bus_and_a_log_group_take_no_input() {
        let input = "triggers: [ { event: e, input: { template: '\"x\"' } } ]";
        for (to, ids) in [
            ("queue", &[] as &[&str]),
            ("topic", &[]),
            ("state_machine", &[]),
            ("bus", &["undeliverable"]),
            ("log_group", &["undeliverable"]),
        ] {
            let found = with(&format!("deliver_to: {to}, {input}"));
            assert_eq!(found, ids, "{to}");
        }
    }

    #[test]
    fn a_job_has_one_of_the_two() {
        let triggers = "triggers: [ { event: e } ]";
        let both = with(&format!(
            "function: {{ package: j }}, deliver_to: queue, {triggers}"
        ));
        assert_eq!(both, ["conflicting-keys"]);
        assert_eq!(with(triggers), ["missing-key"]);
        let neither = with(&format!("deliver_to: mail, {triggers}"));
        assert_eq!(neither, ["invalid-value"]);
    }
}
