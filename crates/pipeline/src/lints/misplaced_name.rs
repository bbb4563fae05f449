//! Names for what a job does not have.

use crate::diagnostic::{Diagnostic, Lint, Severity::Error};
use crate::model::{DeliverTo, Delivery, JobNames, Pipeline, TriggerNames, Work};
use crate::resources::{JobRef, JobResources, Receiver, Rule};
use crate::values::Text;

pub(crate) static MISPLACED_NAME: Lint = Lint {
    id: "misplaced-name",
    severity: Error,
    summary: "a `name` for something that the job does not make",
    explanation: "\
`name` and `names` keep the names of what the pipeline makes. What exists already, such as a function or a bus, has its
name, and the spec says it elsewhere. A job without a function of its own has no log group and no queue of failed runs,
and only a function, an API and what exists already, but for a function, need a role. A rule has a statement only if it invokes a
function itself, and a schedule of EventBridge Scheduler has neither a statement nor a target with an id.

Remove the key, or name what the job has.

```yaml
jobs:
  mail:
    function: { existing: acme-mail }
    name: acme-mail   # remove it
```
",
};

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    for job in pipeline.job_refs() {
        let is_named = |rule: &crate::model::Trigger| {
            let TriggerNames { statement, target } = &rule.names;
            statement.is_some() || target.is_some()
        };
        check_job(job, found);
        if job.job.triggers.iter().any(is_named) {
            let resources = JobResources::apart(job);
            for rule in &resources.rules {
                check_rule(&resources, rule, found);
            }
        }
    }
}

fn check_job(job: JobRef<'_>, found: &mut Vec<Diagnostic>) {
    let JobNames {
        own,
        role,
        log_group,
        dead_letter_queue,
        failure_queue,
    } = &job.job.names;
    if let Some(name) = own
        && let Some((message, help)) = has_its_name(&job.job.work)
    {
        found.push(misplaced(name, message, help));
    }
    let to = match &job.job.work {
        Work::Function(_) => None,
        Work::Existing(_) => Some("a function that exists already"),
        Work::DeliverTo(delivery) => Some(delivery.to.value.name()),
    };
    if let (Some(name), Some(to)) = (role, to)
        && !needs_role(&job.job.work)
    {
        let message = format!("`{}` has no role: {}", job.name, why_no_role(to));
        found.push(misplaced(name, message, "remove `role`"));
    }
    if let (Some(name), Some(_)) = (log_group, to) {
        let message = format!(
            "`{}` has no function of its own, and so no log group of one",
            job.name
        );
        let help = match &job.job.work {
            Work::DeliverTo(Delivery { to, .. }) if to.value == DeliverTo::LogGroup => {
                "write `name`, which is the name of the log group that the events go to"
            }
            _ => "remove `log_group`",
        };
        found.push(misplaced(name, message, help));
    }
    if let (Some(name), Some(_)) = (failure_queue, to) {
        let message = format!(
            "`{}` has no function of its own, and so no queue of failed runs",
            job.name
        );
        let help =
            "remove `failure_queue`; `dead_letter_queue` is the queue of what is not delivered";
        found.push(misplaced(name, message, help));
    }
    if let Some(name) = dead_letter_queue
        && job.job.triggers.is_empty()
    {
        let message = format!(
            "`{}` has no triggers, and so no dead-letter queue",
            job.name
        );
        found.push(misplaced(name, message, "remove `dead_letter_queue`"));
    }
}

/// What has its name already, and what to write.
fn has_its_name(work: &Work) -> Option<(String, &'static str)> {
    match work {
        Work::Function(_) => None,
        Work::Existing(existing) => Some((
            format!(
                "the function `{}` exists already, and has its name",
                existing.function.as_written()
            ),
            "remove `name`: `existing` says the name",
        )),
        Work::DeliverTo(delivery) if delivery.to.value.is_made() => None,
        Work::DeliverTo(delivery) => Some((
            format!(
                "the {} exists already, and has its name",
                delivery.to.value.name()
            ),
            "remove `name`: `existing` or the Terraform variable `destinations` says what it is; `role` in `names` is the name of the role that the job makes",
        )),
    }
}

/// Whether the job makes a role under its own name.
fn needs_role(work: &Work) -> bool {
    match work {
        Work::Function(_) => true,
        Work::Existing(_) => false,
        Work::DeliverTo(delivery) => delivery.to.value.needs_role(),
    }
}

fn why_no_role(to: &str) -> String {
    match to {
        "a function that exists already" => format!("{to} has its owner's"),
        to => format!("the policy of the {to} lets EventBridge in"),
    }
}

fn check_rule(job: &JobResources<'_>, rule: &Rule<'_>, found: &mut Vec<Diagnostic>) {
    let TriggerNames { statement, target } = &rule.trigger.names;
    let is_schedule = rule.bus().is_none();
    // A trigger with several rules has one mistake.
    let report = |name: &Text, message: String, help, found: &mut Vec<Diagnostic>| {
        let is_known = found
            .iter()
            .any(|known| known.lint.id == MISPLACED_NAME.id && known.span == name.span);
        if !is_known {
            found.push(misplaced(name, message, help));
        }
    };
    if let Some(name) = statement
        && let Some(why) = why_no_statement(job, is_schedule)
    {
        let message = format!(
            "`{}` has no statement of a policy: {why}",
            rule.trigger.id.value
        );
        report(name, message, "remove `statement`", found);
    }
    if let Some(name) = target
        && is_schedule
    {
        let message = format!(
            "`{}` has no id of a target: it is a schedule of EventBridge Scheduler",
            rule.trigger.id.value
        );
        report(name, message, "remove `target`", found);
    }
}

fn why_no_statement(job: &JobResources<'_>, is_schedule: bool) -> Option<&'static str> {
    if is_schedule {
        return Some("EventBridge Scheduler invokes with a role");
    }
    match &job.receiver {
        Receiver::Function(function) if function.buffer.is_some() => {
            Some("its rule sends to the queue of the `buffer`, not to the function")
        }
        Receiver::Function(_) | Receiver::Existing(_) => None,
        _ => Some("its rule invokes no function"),
    }
}

fn misplaced(name: &Text, message: String, help: &'static str) -> Diagnostic {
    let diagnostic = Diagnostic::new(&MISPLACED_NAME, name.span, message).with_help(help);
    if help.starts_with("remove ") {
        return diagnostic.or_remove(name.span);
    }
    diagnostic
}

#[cfg(test)]
mod tests {
    use crate::testing::{PREFIX, ids_of};

    const NAME: &str = "'acme-${environment}'";

    fn check(job: &str, trigger: &str, is_misplaced: bool) {
        let found = ids_of(&format!(
            "{PREFIX}jobs: {{ j: {{ {job}, triggers: [ {{ {trigger} }} ] }} }}\n"
        ));
        let times = found.iter().filter(|id| **id == "misplaced-name").count();
        assert_eq!(
            times,
            usize::from(is_misplaced),
            "{job}, {trigger}: {found:?}"
        );
    }

    #[test]
    fn only_what_the_job_makes_can_have_a_name() {
        let function = "function: { package: j }";
        let existing = "function: { existing: 'm-${environment}' }";
        for (work, own, role, of_function) in [
            (function, true, true, true),
            (existing, false, false, false),
            ("deliver_to: queue", true, false, false),
            ("deliver_to: topic", true, false, false),
            ("deliver_to: log_group", true, false, false),
            ("deliver_to: state_machine", false, true, false),
            ("deliver_to: bus", false, true, false),
        ] {
            let name = match work {
                "deliver_to: log_group" => "'/aws/events/a-${environment}'",
                _ => NAME,
            };
            check(&format!("{work}, name: {name}"), "event: e", !own);
            let names = |key: &str| format!("{work}, names: {{ {key}: {NAME} }}");
            check(&names("role"), "event: e", !role);
            check(&names("log_group"), "event: e", !of_function);
            check(&names("failure_queue"), "event: e", !of_function);
            check(&names("dead_letter_queue"), "event: e", false);
            let is_function = work.starts_with("function");
            check(work, "event: e, names: { statement: a }", !is_function);
            check(work, "event: e, names: { target: a }", false);
        }
        let found = ids_of(&format!(
            "{PREFIX}jobs: {{ j: {{ {function}, names: {{ dead_letter_queue: {NAME} }} }} }}\n"
        ));
        assert!(found.contains(&"misplaced-name"), "{found:?}");
    }

    #[test]
    fn a_rule_behind_a_buffer_and_a_schedule_have_no_statement() {
        let function = "function: { package: j }";
        let buffered = "function: { package: j }, buffer: {}";
        check(buffered, "event: e, names: { statement: a }", true);
        check(buffered, "event: e, names: { target: a }", false);
        let schedule = "schedule: rate(1 hour), timezone: UTC, shards: 3";
        check(
            function,
            &format!("{schedule}, names: {{ statement: a }}"),
            true,
        );
        check(
            function,
            &format!("{schedule}, names: {{ target: a }}"),
            true,
        );
        let rule = "schedule: rate(1 hour), shards: 7, names: { statement: a, target: b }";
        check(function, rule, false);
    }
}
