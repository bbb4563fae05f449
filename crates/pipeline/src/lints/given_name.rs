//! Names on AWS that the spec gives.

use crate::diagnostic::{
    Diagnostic, Lint,
    Severity::{Error, Warning},
};
use crate::model::Pipeline;
use crate::resources::{Kept, RULE_MAX, Rule, rules_of_trigger};

pub(crate) static INVALID_GIVEN_NAME: Lint = Lint {
    id: "invalid-given-name",
    severity: Error,
    summary: "a `name` that AWS would refuse",
    explanation: "\
A rule or a schedule may have up to 64 characters in its name: letters, digits, dots, hyphens and underscores. A trigger
with several rules needs two or three more for `-2` and so on. Each environment's own name is checked, and apply would
stop at one that AWS refuses.

```yaml
triggers: [{ event: user.signup, name: \"acme mail\" }]   # write `acme-mail-${environment}`
```
",
};

pub(crate) static SHARED_NAME: Lint = Lint {
    id: "shared-name",
    severity: Warning,
    summary: "a `name` that is the same in every environment",
    explanation: "\
A second environment in the same account and region would have a rule of the same name. AWS takes a rule that is made a
second time as a change of the first: the first environment would lose its events, and nothing says so.

Name `${environment}` in it, or a value that each environment sets. If there is one environment in each account, say so
with `allow`.

```yaml
triggers: [{ event: user.signup, name: acme-mail }]   # write `acme-mail-${environment}`
```
",
};

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    for job in pipeline.job_refs() {
        for trigger in &job.job.triggers {
            // The last one's name is the longest.
            let rule = rules_of_trigger(job, trigger).pop();
            if let Some((rule, kept)) = rule
                .as_ref()
                .and_then(|rule| Some((rule, rule.name.kept()?)))
            {
                check_name(rule, kept, found);
            }
        }
    }
}

fn check_name(rule: &Rule<'_>, kept: &Kept, found: &mut Vec<Diagnostic>) {
    let Kept { text, suffix } = kept;
    let what = rule.kind_name();
    let name = format!("{}{suffix}", text.value);
    // `Name` of [`PutRule`](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html) and of
    // [`CreateSchedule`](https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html).
    let is_accepted = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let length = name.chars().count();
    let refused = name.chars().find(|c| !is_accepted(*c));
    let mistake = match refused {
        Some(refused) => Some((
            format!("a {what} cannot have the name `{name}`, with {refused:?} in it"),
            "write letters, digits, dots, hyphens and underscores alone".to_owned(),
        )),
        None if text.value.is_empty() => Some((
            format!("a {what} cannot have an empty name"),
            "write the name that it has on AWS, or remove `name`".to_owned(),
        )),
        None if length > RULE_MAX => Some((
            format!(
                "the name `{name}` of a {what} is {length} characters long, and AWS accepts {RULE_MAX}"
            ),
            format!("shorten it by {}", length - RULE_MAX),
        )),
        None => None,
    };
    if let Some((message, help)) = mistake {
        found.push(Diagnostic::new(&INVALID_GIVEN_NAME, text.span, message).with_help(help));
        return;
    }
    if !text.tells_environments_apart() {
        let message = format!("the {what} is called `{name}` in every environment");
        let note =
            "a second environment in the same account and region would take it from the first";
        let diagnostic = Diagnostic::new(&SHARED_NAME, text.span, message)
            .with_note(note)
            .with_help("add `${environment}`, if the name need not stay as it is");
        found.push(diagnostic);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{PREFIX, ids_of};

    fn with_trigger(trigger: &str) -> Vec<&'static str> {
        ids_of(&format!(
            "{PREFIX}jobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ {trigger} }} ] }} }}\n"
        ))
    }

    #[test]
    fn a_name_has_the_characters_and_the_length_that_aws_accepts() {
        let named =
            |name: &str| with_trigger(&format!("event: e, name: '{name}-${{environment}}'"));
        assert!(named("Acme.Mail_2").is_empty());
        assert_eq!(named("acme mail"), ["invalid-given-name"]);
        // `-local` is behind it.
        assert!(named(&"a".repeat(58)).is_empty());
        assert_eq!(named(&"a".repeat(59)), ["invalid-given-name"]);
        // The second rule has `-2` behind it. A schedule has other findings too.
        let is_refused = |length: usize| {
            let name = "a".repeat(length);
            let trigger =
                format!("schedule: rate(1 hour), shards: 7, name: '{name}-${{environment}}'");
            with_trigger(&trigger).contains(&"invalid-given-name")
        };
        assert!(!is_refused(56));
        assert!(is_refused(57));
    }

    #[test]
    fn a_name_tells_environments_apart() {
        assert_eq!(with_trigger("event: e, name: acme"), ["shared-name"]);
        assert_eq!(
            with_trigger("event: e, name: 'acme-${region}'"),
            ["shared-name"]
        );
        assert!(
            with_trigger("event: e, name: acme, allow: { shared-name: one account each }")
                .is_empty()
        );
    }

    #[test]
    fn a_name_wins_over_an_earlier_id() {
        assert_eq!(
            with_trigger("event: e, id: b, renamed_from: a"),
            ["kept-name"]
        );
        let both = "event: e, id: b, renamed_from: a, name: 'acme-${environment}'";
        assert!(with_trigger(both).is_empty());
    }
}
