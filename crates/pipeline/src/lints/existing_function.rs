//! Functions that exist already, and how they are named.

use eventbridge::arn::{Arn, FunctionName};

use crate::diagnostic::{Diagnostic, Lint, Severity::Error, Severity::Warning};
use crate::model::{Pipeline, Work};
use crate::values::Text;

pub(crate) static INVALID_FUNCTION: Lint = Lint {
    id: "invalid-function",
    severity: Error,
    summary: "an `existing` function that is neither a name nor an ARN",
    explanation: "\
`existing` takes a function's name, or its ARN without a version or an alias: the permission for EventBridge
to invoke it is given to the function itself.

```yaml
function: { existing: \"arn:aws:lambda:eu-central-1:123456789012:function:mail:live\" }   # leave out `:live`
```
",
};

pub(crate) static SHARED_FUNCTION: Lint = Lint {
    id: "shared-function",
    severity: Warning,
    summary: "every environment would start one and the same function",
    explanation: "\
An ARN names one function in one account and region, and the spec is the same in every environment: an event
in `dev` then starts the function of `prod`. In another account its permission cannot be set from here, and
EventBridge is refused. A name means the function of that name in the account and region that Terraform
deploys to.

```yaml
function: { existing: \"arn:aws:lambda:eu-central-1:123456789012:function:mail\" }   # write `existing: mail`
```
",
};

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    for job in pipeline.jobs.values() {
        if let Work::Existing(existing) = &job.work {
            found.extend(check_function(&existing.function));
        }
    }
}

fn check_function(function: &Text) -> Option<Diagnostic> {
    let text = function.value.as_str();
    // A name may not hold a colon, so this decides which of the two is meant.
    if !text.starts_with("arn:") {
        if is_name(text) {
            return None;
        }
        let message = format!("`{text}` is not the name of a function");
        let diagnostic = Diagnostic::new(&INVALID_FUNCTION, function.span, message)
            .with_note("a name has up to 64 letters, digits, hyphens and underscores")
            .with_help("write the function's name, or its ARN");
        return Some(diagnostic);
    }
    // A qualifier is taken apart first: the message can then name it.
    let arn = Arn::parse(text).ok();
    let named = arn.and_then(|arn| {
        let FunctionName { name, qualifier } = arn.function()?;
        Some((arn, name, qualifier))
    });
    match named {
        Some((arn, name, None)) if is_place(arn) && is_name(name) => {
            // An ARN that is put together of values may be another in each environment.
            if function.parts.is_some() {
                return None;
            }
            let (region, account) = (arn.region(), arn.account());
            let message = "every environment would start this one function";
            let diagnostic = Diagnostic::new(&SHARED_FUNCTION, function.span, message)
                .with_note(format!("the ARN is of the account {account} in {region}; in another one its permission cannot be set"))
                .with_help(format!("write `existing: {name}`"));
            Some(diagnostic)
        }
        Some((_, _, Some(qualifier))) => {
            let message = format!("the ARN names the version or alias `{qualifier}`");
            let diagnostic = Diagnostic::new(&INVALID_FUNCTION, function.span, message)
                .with_help(format!("leave out `:{qualifier}`"));
            Some(diagnostic)
        }
        _ => {
            let message = format!("`{text}` is not the ARN of a function");
            let diagnostic = Diagnostic::new(&INVALID_FUNCTION, function.span, message).with_help(
                "write `arn:aws:lambda:<region>:<account>:function:<name>`, or the name alone",
            );
            Some(diagnostic)
        }
    }
}

/// [`FunctionName`](https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html).
fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !name.is_empty() && name.len() <= 64 && name.chars().all(allowed)
}

/// Whether an ARN says in which region and account something is.
fn is_place(arn: Arn<'_>) -> bool {
    let account = arn.account();
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    is_account && !arn.region().is_empty()
}

#[cfg(test)]
mod tests {
    use crate::testing::{PREFIX, ids_of};

    #[test]
    fn names_and_arns() {
        for (function, ids) in [
            ("mail", &[] as &[&str]),
            (
                "'arn:aws:lambda:eu-central-1:123456789012:function:mail'",
                &["shared-function"],
            ),
            (
                "'arn:aws:lambda:eu-central-1:123456789012:function:mail:live'",
                &["invalid-function"],
            ),
            (
                "'arn:aws:sqs:eu-central-1:123456789012:mail'",
                &["invalid-function"],
            ),
            (
                "'arn:aws:lambda:eu-central-1:12:function:mail'",
                &["invalid-function"],
            ),
            ("no mail", &["invalid-function"]),
        ] {
            let spec = format!(
                "{PREFIX}jobs: {{ j: {{ function: {{ existing: {function} }}, triggers: [ {{ event: e }} ] }} }}\n"
            );
            assert_eq!(ids_of(&spec), ids, "{function}");
        }
    }
}
