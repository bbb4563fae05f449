//! Two things that would get one name.

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, Lint, Severity::Error};
use crate::model::Pipeline;
use crate::resources::{JobResources, Kept, Rule, rules};
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

Names that triggers give with `name` are compared too, each as it is in one environment.
",
};

/// Names on AWS and Terraform labels, with where they come from.
type Taken = HashMap<(&'static str, String), Span>;

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    let mut taken = Taken::new();
    for rule in rules(pipeline) {
        let span = rule.trigger.id.span;
        if take_rule(&mut taken, &rule, found)
            && take(&mut taken, "Terraform label", &rule.label, span, found)
        {
            for target in &rule.targets {
                take(&mut taken, "target label", &target.label, span, found);
            }
        }
    }
    for job in pipeline.job_refs() {
        for named in JobResources::without_alarms(job).names() {
            let what = match named.what {
                // They were taken above, with the places of their triggers.
                "rule" | "schedule" => continue,
                // A function's role has the function's name.
                "function" => "role",
                what => what,
            };
            let span = job.job.name_span;
            take(&mut taken, what, named.name.base(), span, found);
        }
    }
}

/// Takes the name of a rule: as it is written, and what a name that the spec gives is in this setting.
fn take_rule(taken: &mut Taken, rule: &Rule<'_>, found: &mut Vec<Diagnostic>) -> bool {
    let written = rule.name.as_written();
    let Some(Kept { text, suffix }) = rule.name.kept() else {
        let first = taken.insert(("rule", written), rule.trigger.id.span);
        return is_free("rule", rule.name.base(), rule.trigger.id.span, first, found);
    };
    // Two names that are written in two ways may be one name here.
    let here = format!("{}{suffix}", text.value);
    let is_same = here == written;
    let first = taken.insert(("rule", written), text.span);
    let again = (!is_same).then(|| taken.insert(("rule", here.clone()), text.span));
    let Some(first) = first.or(again.flatten()) else {
        return true;
    };
    let message = format!("two rules would be called `{here}`");
    let diagnostic = Diagnostic::new(&NAME_COLLISION, text.span, message)
        .with_related(first, "the other one")
        .with_help("give one of the two another `name`");
    found.push(diagnostic);
    false
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
}
