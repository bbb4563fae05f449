//! Entries of an `allow` that allow nothing.

mod allowance;
mod silence;

pub use allowance::Allowance;
pub(super) use allowance::{allowance, known_ids};
pub(super) use silence::silence;

use crate::diagnostic::{
    Diagnostic, Lint,
    Severity::{Error, Warning},
    did_you_mean, nearest_all,
};
use crate::model::Pipeline;
use crate::suggestion::Suggestion;
use silence::allows;

pub(crate) static INVALID_ALLOW: Lint = Lint {
    id: "invalid-allow",
    severity: Error,
    summary: "an `allow` of a finding that nobody may allow",
    explanation: "\
`allow` keeps findings on purpose, in the whole spec, in an event, in a job or in a trigger. Each entry is the id of a kind of
finding and the reason why it stays. A job's entry silences the findings whose place is in that job.

An error cannot be allowed if AWS, Terraform or the spec itself contradicts what is written: the pipeline would not
work. Warnings and notes can be, and the few errors that are a judgement of this tool.

```yaml
jobs:
  bill:
    function: { existing: \"arn:aws:lambda:eu-central-1:123456789012:function:bill\" }
    triggers: [{ event: order.placed }]
    allow: { shared-funtcion: The tax function serves every environment }   # did you mean `shared-function`?
```
",
};

pub(crate) static UNUSED_ALLOW: Lint = Lint {
    id: "unused-allow",
    severity: Warning,
    summary: "an `allow` that silences nothing",
    explanation: "\
The finding that an `allow` was written for is gone, or it is in another part of the spec. The entry is not needed, and
would hide the next finding of that kind. A finding counts for a job only if its place, the line that it shows, is in
that job: what is found in `events:` or `defaults:` is silenced by the `allow` at the top.

Nothing is said while the spec has errors, or of findings that this check did not look for, such as `unknown-package`
where there is no Cargo workspace.

```yaml
allow: { wide-pattern: The audit sees all events }   # remove it: no pattern is wide any more
```
",
};

pub(super) fn check(lints: &[&'static Lint], pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    for allow in allows(pipeline) {
        let (id, span) = (&allow.id.value, allow.id.span);
        let wrong = match allowance(lints, id) {
            Allowance::Allowed => None,
            Allowance::Refused(why) => Some((format!("`{id}` cannot be allowed"), why.into())),
            Allowance::Unknown => Some((format!("there is no finding `{id}`"), known(lints, id))),
        };
        if let Some((message, help)) = wrong {
            let finding = Diagnostic::new(&INVALID_ALLOW, span, message);
            found.push(finding.with_suggestion(span, help));
        }
        if allow.reason.value.trim().is_empty() {
            let message = format!("`{id}` is allowed without a reason");
            let help = "write why the finding stays, for those who read the spec later";
            let finding = Diagnostic::new(&INVALID_ALLOW, allow.reason.span, message);
            found.push(finding.with_help(help));
        }
    }
}

/// Help for an id that no finding has.
fn known(lints: &[&'static Lint], id: &str) -> Suggestion {
    match nearest_all(id, known_ids(lints)).as_slice() {
        [] => {
            "write the id that a finding shows in brackets: `codegen explain` lists them all".into()
        }
        near => did_you_mean(near),
    }
}

#[cfg(test)]
mod tests {
    use super::known_ids;
    use crate::lints::{Allowance, LINTS, allowance, allowed_ids};
    use crate::testing::{PREFIX, ids_of};
    use crate::{Severity, Surroundings, lint, parse};

    const WIDE: &str = "{ account: ['1'] }";

    fn with(top: &str, job: &str, trigger: &str) -> String {
        format!(
            "{PREFIX}{top}\njobs:\n  j:\n    function: {{ package: j }}\n    triggers:\n      - pattern: {WIDE}\n        {trigger}\n    {job}\n"
        )
    }

    #[test]
    fn a_finding_is_silenced_by_an_allow_around_its_place() {
        let allow = "allow: { wide-pattern: It audits }";
        assert_eq!(ids_of(&with("", "", "")), ["wide-pattern"]);
        assert_eq!(ids_of(&with(allow, "", "")), [""; 0]);
        assert_eq!(ids_of(&with("", allow, "")), [""; 0]);
        assert_eq!(ids_of(&with("", "", allow)), [""; 0]);
        // Each of them holds, so none is unused.
        assert_eq!(ids_of(&with(allow, allow, allow)), [""; 0]);
    }

    #[test]
    fn an_allow_elsewhere_silences_nothing_and_is_unused() {
        let other = "  k:\n    function: { package: k }\n    triggers: [{ event: e }]\n    allow: { wide-pattern: w }\n";
        let found = ids_of(&format!("{}{other}", with("", "", "")));
        assert_eq!(found, ["wide-pattern", "unused-allow"]);
    }

    #[test]
    fn a_trigger_by_alias_has_the_place_of_its_anchor() {
        let spec = format!(
            "{PREFIX}jobs:\n  j:\n    function: {{ package: j }}\n    triggers: &t [{{ pattern: {WIDE} }}]\n  k:\n    function: {{ package: k }}\n    triggers: *t\n    allow: {{ wide-pattern: w }}\n"
        );
        assert_eq!(ids_of(&spec), ["unconsumed-event"; 0]);
    }

    #[test]
    fn nothing_is_unused_while_there_are_errors_or_the_check_did_not_run() {
        let unknown =
            "allow: { unknown-package: It is built elsewhere, idle-schedule: Until spring }";
        assert_eq!(
            ids_of(&with(unknown, "", "allow: { wide-pattern: w }")),
            [""; 0]
        );
        let around = Surroundings {
            packages: Some(vec!["j".to_owned()]),
            now: None,
            ..Surroundings::default()
        };
        let found = parse(&with(unknown, "", "allow: { wide-pattern: w }"), &around);
        let ids: Vec<_> = found
            .diagnostics
            .iter()
            .map(|found| found.lint.id)
            .collect();
        assert_eq!(ids, ["unused-allow"]);
        let wrong = with("allow: { schedule-race: r }", "emits: [nothing]", "");
        assert_eq!(ids_of(&wrong), ["wide-pattern", "unknown-event"]);
    }

    #[test]
    fn what_nobody_may_allow_is_refused() {
        for (allow, message, help) in [
            (
                "wide-patern: w",
                "there is no finding `wide-patern`",
                "did you mean `wide-pattern`?",
            ),
            (
                "zzz: w",
                "there is no finding `zzz`",
                "write the id that a finding shows in brackets: `codegen explain` lists them all",
            ),
            (
                "invalid-pattern: w",
                "`invalid-pattern` cannot be allowed",
                "it is an error that has to be mended",
            ),
            (
                "unused-allow: w",
                "`unused-allow` cannot be allowed",
                "remove the entry that it is about",
            ),
            (
                "schedule-race: ' '",
                "`schedule-race` is allowed without a reason",
                "write why the finding stays, for those who read the spec later",
            ),
        ] {
            let spec = with(&format!("allow: {{ {allow}, wide-pattern: w }}"), "", "");
            let found = parse(&spec, &Surroundings::default()).diagnostics;
            let [one] = found.as_slice() else {
                panic!("{found:?}");
            };
            assert_eq!(one.lint.id, "invalid-allow");
            assert_eq!((&*one.message, one.help.as_deref()), (message, Some(help)));
        }
    }

    #[test]
    fn an_error_of_judgement_may_be_allowed_and_the_spec_is_whole() {
        let spec = "pipeline: p\nsource: s\nbus: own\njobs: { j: { function: { package: j }, triggers: [{ pattern: { source: [aws.s3] }, allow: { aws-events-on-custom-bus: The default bus forwards them } }] } }\n";
        let parsed = parse(spec, &Surroundings::default());
        assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
        assert_eq!(parsed.diagnostics, []);
    }

    #[test]
    fn only_judgements_among_errors_may_be_allowed() {
        let errors: Vec<&str> = allowed_ids()
            .into_iter()
            .filter(|id| lint(id).is_some_and(|lint| lint.severity == Severity::Error))
            .collect();
        assert_eq!(
            errors,
            [
                "aws-events-on-custom-bus",
                "unmatched-pattern",
                "unreadable-input"
            ]
        );
        let refused = known_ids(LINTS).into_iter().filter(|id| {
            let is_error = lint(id).is_some_and(|lint| lint.severity == Severity::Error);
            !is_error && matches!(allowance(id), Allowance::Refused(_))
        });
        let refused: Vec<&str> = refused.collect();
        assert_eq!(
            refused,
            [
                "foreign-file",
                "replaced-rule",
                "stale-file",
                "unused-allow"
            ]
        );
    }
}
