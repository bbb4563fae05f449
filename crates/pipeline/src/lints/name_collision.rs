//! Two things that would get one name.

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, Lint, Severity::Error};
use crate::model::Pipeline;
use crate::resources::{
    Bus, JobResources, Kept, Name, Named, Permission, Receiver, names_of_pipeline,
};
use crate::span::Span;

pub(crate) static NAME_COLLISION: Lint = Lint {
    id: "name-collision",
    severity: Error,
    summary: "two things that would get one name",
    explanation: "\
Names on AWS are made of the pipeline's, the job's and the trigger's name. Two rules with one name
overwrite each other, and nothing says so: EventBridge takes the second as a change of the first. A trigger
is called `scheduled`, `event` or `pattern` after its kind unless it has an `id`, so a second trigger
of one kind needs one.

```yaml
triggers:
  - event: user.signup
  - event: user.updated   # add `id: updated`
```

Names that `name` and `names` give are compared too, each as it is in one environment. Names of roles are one
whatever the case of their letters.
",
};

/// Names on AWS and Terraform labels, with where they come from.
type Taken = HashMap<(&'static str, String), Span>;

/// The kind of the Terraform labels of rules and permissions.
const LABEL: &str = "Terraform label";

pub(super) fn check(
    pipeline: &Pipeline,
    jobs: &[JobResources<'_>],
    environment: &str,
    found: &mut Vec<Diagnostic>,
) {
    let mut taken = Taken::new();
    for rule in jobs.iter().flat_map(|job| &job.rules) {
        let span = rule.trigger.id.span;
        if take_name(&mut taken, ("rule", &rule.name), environment, span, found)
            && take(&mut taken, LABEL, &rule.label, span, found)
        {
            for target in &rule.targets {
                take(&mut taken, "target label", &target.label, span, found);
            }
        }
    }
    for (what, name) in names_of_pipeline(pipeline) {
        let span = pipeline.name.span;
        take_name(&mut taken, (what, &name), environment, span, found);
    }
    let mut labels = Taken::new();
    if let Some(queue) = Bus::new(pipeline).unreadable() {
        let span = pipeline.name.span;
        take(&mut labels, "queue", &queue.label, span, found);
    }
    for resources in jobs {
        let span = resources.spec().name_span;
        let mut are_free = true;
        for Named { what, name, .. } in resources.names() {
            match what {
                // They were taken above, with the places of their triggers.
                "rule" | "schedule" => {}
                // It follows the function's name, which is reported already.
                "log group" if !are_free => {}
                _ => are_free &= take_name(&mut taken, (what, name), environment, span, found),
            }
        }
        // Made names are as different as the labels. Of those that the spec gives, nobody knows.
        if are_free {
            for queue in resources.queues() {
                take(&mut labels, "queue", &queue.label, span, found);
            }
            for role in resources.roles() {
                take(&mut labels, "role", &role.label, span, found);
            }
        }
        take_statements(&mut taken, resources, environment, found);
    }
}

/// Takes the ids of the statements in the policy of a job's function. Two jobs may have one existing function.
fn take_statements(
    taken: &mut Taken,
    job: &JobResources<'_>,
    environment: &str,
    found: &mut Vec<Diagnostic>,
) {
    let function = match &job.receiver {
        Receiver::Existing(existing) => existing.qualified(),
        _ => job.name().to_owned(),
    };
    let key = |name: &Name| {
        let id = name.in_environment(environment);
        ("statement", format!("{id} of {function}"))
    };
    let is_kept = |permission: &&Permission<'_>| permission.name.kept().is_some();
    let (kept, made): (Vec<_>, Vec<_>) = job.permissions.iter().partition(is_kept);
    for permission in made {
        taken.insert(key(&permission.name), job.spec().name_span);
    }
    for permission in kept {
        let Some(Kept { text, .. }) = permission.name.kept() else {
            continue;
        };
        if let Some(first) = taken.insert(key(&permission.name), text.span) {
            let id = permission.name.in_environment(environment);
            found.push(twice("statement", &id, text.span, first));
        }
    }
}

/// Takes a name, as it is in this environment; false, with a finding, if something has it already.
fn take_name(
    taken: &mut Taken,
    (what, name): (&'static str, &Name),
    environment: &str,
    span: Span,
    found: &mut Vec<Diagnostic>,
) -> bool {
    let here = name.in_environment(environment);
    // Roles alone are one whatever the case of their letters:
    // [`CreateRole`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html).
    let key = match what {
        "role" => here.to_ascii_lowercase(),
        _ => here.clone(),
    };
    let Some(Kept { text, .. }) = name.kept() else {
        let first = taken.insert((what, key), span);
        return is_free(what, name.base(), span, first, found);
    };
    let Some(first) = taken.insert((what, key), text.span) else {
        return true;
    };
    found.push(twice(what, &here, text.span, first));
    false
}

/// Reports a name that the spec gives, and something else has already.
fn twice(what: &str, name: &str, span: Span, first: Span) -> Diagnostic {
    let message = format!("two {what}s would be called `{name}`");
    Diagnostic::new(&NAME_COLLISION, span, message)
        .with_related(first, "the other one")
        .with_help("give one of the two another name")
}

/// Takes a name; false, with a finding, if something has it already.
fn take(
    taken: &mut Taken,
    what: &'static str,
    name: &str,
    span: Span,
    found: &mut Vec<Diagnostic>,
) -> bool {
    let first = taken.insert((what, name.to_owned()), span);
    is_free(what, name, span, first, found)
}

/// Reports a name that `first` has already.
fn is_free(
    what: &str,
    name: &str,
    span: Span,
    first: Option<Span>,
    found: &mut Vec<Diagnostic>,
) -> bool {
    let Some(first) = first else {
        return true;
    };
    let message = format!("two {what}s would be called `{name}`");
    let diagnostic = Diagnostic::new(&NAME_COLLISION, span, message)
        .with_related(first, "the other one")
        .with_help("give the trigger an `id` of its own, or rename a job");
    found.push(diagnostic);
    false
}

#[cfg(test)]
mod tests {
    use crate::testing::ids_of;

    fn with_jobs(jobs: &str) -> Vec<&'static str> {
        ids_of(&format!(
            "pipeline: p\nsource: s\nevents: {{ e: {{ detail_type: E, external: true }} }}\njobs: {jobs}\n"
        ))
    }

    #[test]
    fn a_second_trigger_of_a_kind_needs_an_id() {
        let jobs = |id: &str| {
            format!(
                "{{ j: {{ function: {{ package: j }}, triggers: [ {{ event: e }}, {{ event: e{id} }} ] }} }}"
            )
        };
        assert_eq!(with_jobs(&jobs("")), ["name-collision"]);
        assert_eq!(with_jobs(&jobs(", id: again")), ["double-trigger"]);
    }

    #[test]
    fn names_that_fall_together_across_jobs_are_found() {
        let jobs = "{ a-b: { function: { package: j }, triggers: [ { event: e, id: c } ] }, a: { function: { package: j }, triggers: [ { event: e, id: b-c } ] } }";
        assert_eq!(with_jobs(jobs), ["name-collision"]);
    }

    #[test]
    fn a_role_and_the_function_of_another_job_may_not_fall_together() {
        let jobs = "
  a: { function: { package: a }, triggers: [ { schedule: rate(1 hour), timezone: UTC } ] }
  a-scheduler: { function: { package: b }, triggers: [ { event: e } ] }";
        assert_eq!(with_jobs(jobs), ["name-collision"]);
    }

    #[test]
    fn a_shard_and_the_trigger_of_another_job_may_not_fall_together() {
        let jobs = "
  a: { function: { package: a }, triggers: [ { schedule: rate(1 hour), shards: 2 } ] }
  a-scheduled: { function: { package: b }, triggers: [ { event: e, id: a-0 } ] }";
        assert_eq!(with_jobs(jobs), ["name-collision"]);
    }

    #[test]
    fn names_that_triggers_give_are_compared_with_each_other_and_with_made_ones() {
        let jobs = |a: &str, b: &str| {
            format!(
                "{{ a: {{ function: {{ package: a }}, triggers: [ {{ event: e, name: '{a}' }} ] }}, b: {{ function: {{ package: b }}, triggers: [ {{ event: e{b} }} ] }} }}"
            )
        };
        let given = |a: &str, b: &str| with_jobs(&jobs(a, &format!(", name: '{b}'")));
        assert_eq!(
            given("x-${environment}", "x-${environment}"),
            ["name-collision"]
        );
        // On this machine the environment is `local`.
        assert_eq!(given("x-${environment}", "${environment}-x"), [""; 0]);
        assert_eq!(
            given("${environment}-local", "local-${environment}"),
            ["name-collision"]
        );
        assert_eq!(
            with_jobs(&jobs("p-b-event-${environment}", "")),
            ["name-collision"]
        );
        assert_eq!(with_jobs(&jobs("p-a-event-${environment}", "")), [""; 0]);
    }

    #[test]
    fn names_that_jobs_give_are_compared_each_with_those_of_its_kind() {
        let jobs = |a: &str, b: &str| {
            with_jobs(&format!(
                "{{ a: {{ {a}, triggers: [ {{ event: e }} ] }}, b: {{ {b}, triggers: [ {{ event: e }} ] }} }}"
            ))
        };
        let functions = |a: &str, b: &str| {
            let function =
                |name: &str, keys: &str| format!("function: {{ package: {name} }}, {keys}");
            jobs(&function("a", a), &function("b", b))
        };
        let name = "name: 'x-${environment}'";
        // One finding, though the log groups would have one name too.
        assert_eq!(functions(name, name), ["name-collision"]);
        assert_eq!(
            functions("name: 'p-b-${environment}'", "description: d"),
            ["name-collision"]
        );
        assert_eq!(functions(name, "name: 'y-${environment}'"), [""; 0]);
        assert_eq!(
            functions(
                "names: { log_group: '/aws/lambda/x-${environment}' }",
                "name: 'x-${environment}'"
            ),
            ["name-collision"]
        );
        // Roles alone are one in capitals and small letters.
        let names =
            |key: &str, name: &str| format!("names: {{ {key}: '{name}-${{environment}}' }}");
        assert_eq!(
            functions(&names("role", "X"), &names("role", "x")),
            ["name-collision"]
        );
        let queue = "dead_letter_queue";
        assert_eq!(functions(&names(queue, "X"), &names(queue, "x")), [""; 0]);
        assert_eq!(
            functions(&names(queue, "x"), &names("failure_queue", "x")),
            ["name-collision"]
        );
        // A function and a role may have one name.
        assert_eq!(functions(name, &names("role", "x")), [""; 0]);
    }

    #[test]
    fn names_that_jobs_give_leave_labels_as_different_as_before() {
        let name = |key: &str| format!("{key}: 'x-${{environment}}'");
        let jobs = format!(
            "{{ a: {{ function: {{ package: a }}, names: {{ {} }}, triggers: [ {{ event: e }} ] }}, a-dlq: {{ deliver_to: queue, triggers: [ {{ event: e }} ] }} }}",
            name("dead_letter_queue")
        );
        assert_eq!(with_jobs(&jobs), ["name-collision"]);
    }

    #[test]
    fn the_ids_of_statements_are_compared_in_each_policy() {
        let jobs = |a: &str, b: &str| {
            let trigger = "triggers: [ { event: e, names: { statement: Allow } } ]";
            let found = with_jobs(&format!(
                "{{ a: {{ function: {{ {a} }}, {trigger} }}, b: {{ function: {{ {b} }}, {trigger} }} }}"
            ));
            found.contains(&"name-collision")
        };
        let theirs = "existing: 'm-${environment}'";
        assert!(jobs(theirs, theirs));
        assert!(!jobs(theirs, "existing: 'n-${environment}'"));
        assert!(!jobs("package: a", "package: b"));
        let one = "{ a: { function: { package: a }, triggers: [ { event: e, names: { statement: 'p-a-t-${environment}' } }, { event: e, where: { n: [1] }, id: t } ] } }";
        assert!(with_jobs(one).contains(&"name-collision"));
    }
}
