//! The size of a role's policy.

use serde_json::{Map, Value, json};

use crate::diagnostic::{Diagnostic, Lint, Severity::Error};
use crate::model::Function;
use crate::resources::JobRef;
use crate::rights::Statement;

pub(crate) static LARGE_POLICY: Lint = Lint {
    id: "large-policy",
    severity: Error,
    summary: "a role's policy of more characters than IAM takes",
    explanation: "\
The policy in a role has at most 10,240 characters without white space, and the quota cannot be raised: with more,
`apply` fails. Put what several functions may do into a managed policy, and name it in `policies`; or let a wildcard
stand for several resources.

What every function may do is counted with the shortest names that it can have, so an error is certain. The
policy of an environment with longer names may be refused a little earlier.
",
};

/// [IAM quotas](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length):
/// all inline policies of a role together. "IAM does not count white space".
const POLICY_MAX: usize = 10_240;

/// The characters of what every function may do: to write its log, and to send its failed runs, both with short ARNs.
const OF_EVERY_FUNCTION: usize = 300;

pub(super) fn check(job: JobRef<'_>, function: &Function, found: &mut Vec<Diagnostic>) {
    let statements = &function.rights.permissions;
    let Some(first) = statements.first() else {
        return;
    };
    let emitted = job.job.emitted().into_iter();
    let emitted: usize = emitted.map(str::len).sum();
    let own: usize = statements.iter().map(characters).sum();
    let all = OF_EVERY_FUNCTION + emitted + own;
    if all > POLICY_MAX {
        let message = format!(
            "the policy of `{}` has at least {all} characters, and IAM takes {POLICY_MAX}",
            job.name
        );
        let place = first
            .actions
            .first()
            .map_or(first.span, |action| action.span);
        let diagnostic = Diagnostic::new(&LARGE_POLICY, place, message);
        found.push(
            diagnostic
                .with_help("move some of it to a managed policy, and name that in `policies`"),
        );
    }
}

/// Counts the characters of a statement in the policy, with the comma behind it.
fn characters(statement: &Statement) -> usize {
    let Statement {
        span: _,
        actions,
        resources,
        conditions,
    } = statement;
    let actions: Value = actions.iter().map(|text| text.value.as_str()).collect();
    let resources: Value = resources.iter().map(|text| text.value.as_str()).collect();
    let mut document = json!({
        "Effect": "Allow",
        "Action": actions,
        "Resource": resources,
    });
    if !conditions.is_empty() {
        let operators = conditions.iter().map(|(operator, keys)| {
            let keys = keys.value.iter();
            let keys: Map<String, Value> = keys
                .map(|(key, values)| {
                    let values = values.value.iter().map(|text| text.value.as_str());
                    (key.clone(), values.collect())
                })
                .collect();
            (operator.clone(), Value::Object(keys))
        });
        document["Condition"] = Value::Object(operators.collect());
    }
    let text = document.to_string();
    text.chars().filter(|c| !c.is_whitespace()).count() + 1
}

#[cfg(test)]
mod tests {
    use crate::testing::{PREFIX, ids_of};

    #[test]
    fn a_policy_is_refused_from_the_first_character_too_many() {
        let with = |length: usize| {
            let resource = format!("arn:aws:s3:::{}", "a".repeat(length));
            ids_of(&format!(
                "{PREFIX}jobs: {{ j: {{ function: {{ package: j, permissions: [{{ actions: ['s3:GetObject'], resources: ['{resource}'] }}] }}, triggers: [ {{ event: e }} ] }} }}\n"
            ))
        };
        // `{"Action":["s3:GetObject"],"Effect":"Allow","Resource":["arn:aws:s3:::"]},` has 74 characters.
        assert_eq!(with(10_240 - 300 - 74), [""; 0]);
        assert_eq!(with(10_240 - 300 - 73), ["large-policy"]);
    }
}
