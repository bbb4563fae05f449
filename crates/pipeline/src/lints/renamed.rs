//! Jobs and triggers that had another name before.

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, Lint, Severity::Error, Severity::Note};
use crate::model::Pipeline;
use crate::resources::{JobRef, rules_of_trigger};
use crate::span::{Span, Spanned};

pub(crate) static INVALID_RENAME: Lint = Lint {
    id: "invalid-rename",
    severity: Error,
    summary: "a `renamed_from` that cannot be an earlier name of the job or trigger",
    explanation: "\
`renamed_from` names what a job or trigger was called before, so that Terraform moves what it has instead of
replacing it, and so that names on AWS stay. The name must be free: while another job or trigger has it, or
had it too, nobody can tell which of the two owns the queues, functions and rules on AWS.

```yaml
triggers:
  - event: user.signup
    id: signup
    renamed_from: event
  - event: user.deleted   # has the id `event` unless it is given another: write `id: deleted`
```

If it was renamed several times, list the names, the oldest first: `renamed_from: [event, joined]`.
",
};

pub(crate) static KEPT_NAME: Lint = Lint {
    id: "kept-name",
    severity: Note,
    summary: "a renamed job or trigger keeps its name on AWS",
    explanation: "\
AWS cannot rename a rule, a function, a queue or a role: under another name each is removed and made anew.
Events would be lost in between, and with the queues the messages in them. So what is renamed with
`renamed_from` keeps its first name on AWS, and nothing is replaced: the plan moves addresses in Terraform's
state, and changes descriptions. There is nothing to mend.

`renamed_from` stays in the spec for as long as the old names are to stay on AWS. To have new names there as
well, see `codegen explain replaced-rule`.
",
};

/// How many names a job or trigger may have had.
pub const RENAMES_MAX: usize = 10;

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    let jobs = pipeline.jobs.iter();
    let jobs = jobs.map(|(name, job)| (name.as_str(), job.name_span, &job.renamed_from));
    check_names("job", &jobs.collect::<Vec<_>>(), found);
    for job in pipeline.jobs.values() {
        let triggers = job.triggers.iter();
        let triggers = triggers.map(|trigger| {
            let id = &trigger.id;
            (id.value.as_str(), id.span, &trigger.renamed_from)
        });
        check_names("trigger", &triggers.collect::<Vec<_>>(), found);
    }
    // Which names stay is known only if they are valid.
    if !found.iter().any(Diagnostic::is_error) {
        for job in pipeline.job_refs() {
            report_kept_names(job, found);
        }
    }
}

/// A thing's name, its place, and the names that it had.
type Named<'p> = (&'p str, Span, &'p Vec<Spanned<String>>);

/// Reports a name that more than one thing has or had.
fn check_names(what: &str, things: &[Named<'_>], found: &mut Vec<Diagnostic>) {
    // Nothing was renamed: names that are equal now are a `name-collision`.
    if things.iter().all(|(_, _, before)| before.is_empty()) {
        return;
    }
    let mut taken: HashMap<&str, Span> = things
        .iter()
        .map(|(name, span, _)| (*name, *span))
        .collect();
    for (name, _, before) in things {
        if let Some(first_too_many) = before.get(RENAMES_MAX) {
            let message = format!("`{name}` had more than {RENAMES_MAX} names");
            let help = "leave out those that no environment has any more, but not the first";
            let span = first_too_many.span;
            found.push(Diagnostic::new(&INVALID_RENAME, span, message).with_help(help));
        }
        for old in before.iter().take(RENAMES_MAX) {
            // The old name takes its place at once, so two things renamed from one name are found too.
            let Some(other) = taken.insert(&old.value, old.span) else {
                continue;
            };
            let message = if old.value == *name {
                format!("the {what} `{name}` cannot be renamed from itself")
            } else {
                format!(
                    "`{name}` cannot be renamed from `{}`, a name that is taken",
                    old.value
                )
            };
            let diagnostic = Diagnostic::new(&INVALID_RENAME, old.span, message)
                .with_related(other, "taken here")
                .with_help(format!("write the name that no other {what} has or had"));
            found.push(diagnostic);
        }
    }
}

/// Reports which names stay on AWS.
fn report_kept_names(job: JobRef<'_>, found: &mut Vec<Diagnostic>) {
    if let Some(first) = job.job.renamed_from.first() {
        let message = format!(
            "`{}` keeps the names that begin with `{}` on AWS",
            job.name,
            job.prefix()
        );
        let note = "AWS cannot rename a function, queue, role or rule: a new name means a new one";
        found.push(Diagnostic::new(&KEPT_NAME, first.span, message).with_note(note));
    }
    let renamed = job.job.triggers.iter();
    // A trigger's own name wins.
    let renamed = renamed.filter(|trigger| trigger.name.is_none());
    for trigger in renamed.filter(|trigger| !trigger.renamed_from.is_empty()) {
        let rules = rules_of_trigger(job, trigger);
        if let Some(rule) = rules.first() {
            let message = format!(
                "the {} of `{}` keeps the name `{}` on AWS",
                rule.kind_name(),
                trigger.id.value,
                rule.name.base()
            );
            let span = trigger.renamed_from[0].span;
            let note = "AWS cannot rename it: a new name means a new one, and events would be lost in between";
            found.push(Diagnostic::new(&KEPT_NAME, span, message).with_note(note));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::resources::rules;
    use crate::testing::{PREFIX, ids_of, pipeline};

    fn with_jobs(jobs: &str) -> Vec<&'static str> {
        ids_of(&format!("{PREFIX}jobs: {{ {jobs} }}\n"))
    }

    #[test]
    fn a_renamed_job_and_trigger_keep_their_first_names_on_aws() {
        let pipeline = pipeline(
            "jobs: { c: { renamed_from: [a, b], function: { package: j }, triggers: [ { event: e, id: y, renamed_from: x } ] } }",
        );
        let rule = rules(&pipeline).next().unwrap();
        assert_eq!((rule.name.base(), rule.label.as_str()), ("p-a-x", "c_y"));
        assert_eq!(
            (rule.key.as_str(), rule.targets[0].id.value.as_str()),
            ("c-y", "a")
        );
    }

    #[test]
    fn a_name_that_is_taken_is_refused() {
        let job = |name: &str, from: &str| {
            format!(
                "{name}: {{ renamed_from: {from}, function: {{ package: j }}, triggers: [ {{ event: e }} ] }}"
            )
        };
        assert_eq!(with_jobs(&job("j", "i")), ["kept-name"]);
        for jobs in [
            job("j", "j"),
            job("j", "[h, h]"),
            format!("{}, {}", job("j", "i"), job("k", "i")),
            format!(
                "{}, i: {{ function: {{ package: j }}, triggers: [ {{ event: e, id: x }} ] }}",
                job("j", "i")
            ),
            job("j", "[a, b, c, d, e, f, g, h, i, k, l]"),
        ] {
            let found = with_jobs(&jobs);
            assert!(found.contains(&"invalid-rename"), "{jobs}: {found:?}");
        }
    }

    #[test]
    fn a_new_trigger_may_not_take_the_old_id() {
        let triggers = |id: &str| {
            format!(
                "j: {{ function: {{ package: j }}, triggers: [ {{ event: e, id: new, renamed_from: event }}, {{ event: e, id: {id} }} ] }}"
            )
        };
        assert_eq!(
            with_jobs(&triggers("other")),
            ["kept-name", "double-trigger"]
        );
        assert!(with_jobs(&triggers("event")).contains(&"invalid-rename"));
    }
}
