//! Functions that exist already, and how they are named.

use eventbridge::arn::Arn;

use crate::diagnostic::{Diagnostic, Lint, Severity::Error, Severity::Warning};
use crate::model::{Existing, Pipeline, Work};
use crate::suggestion::Suggestion;

pub(crate) static INVALID_FUNCTION: Lint = Lint {
    id: "invalid-function",
    severity: Error,
    summary: "an `existing` function that is neither a name nor an ARN",
    explanation: "\
`existing` takes a function's name or its ARN. A version or an alias may follow, and the rules then invoke that one:
without it they invoke the newest code.

```yaml
function: { existing: \"mail: live\" }   # write `mail:live`
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
            found.extend(check_function(existing));
        }
    }
}

fn check_function(existing: &Existing) -> Option<Diagnostic> {
    let (text, span) = (existing.function.value.as_str(), existing.function.span);
    let qualifier = existing.qualifier.as_ref().map(|text| &text.value);
    if !text.starts_with("arn:") {
        if is_name(text) {
            return check_qualifier(existing);
        }
        let message = format!("`{text}` is not the name of a function");
        let diagnostic = Diagnostic::new(&INVALID_FUNCTION, span, message)
            .with_note("a name has up to 64 letters, digits, hyphens and underscores")
            .with_help("write the function's name, or its ARN");
        return Some(diagnostic);
    }
    let arn = Arn::parse(text).ok();
    // One that the spec writes has been taken apart: this one is in a value, where Terraform cannot take it apart.
    let hidden = arn
        .and_then(|arn| arn.function())
        .and_then(|function| function.qualifier);
    if let Some(hidden) = hidden {
        let message = format!("the version or alias `{hidden}` stands in a value");
        let diagnostic = Diagnostic::new(&INVALID_FUNCTION, span, message)
            .with_note("rules would invoke the newest code instead")
            .with_help(format!(
                "leave it out of the value, and write it in the spec: `${{…}}:{hidden}`"
            ));
        return Some(diagnostic);
    }
    let named = arn.and_then(|arn| Some((arn, arn.function()?.name)));
    let Some((arn, name)) = named.filter(|(arn, name)| is_place(*arn) && is_name(name)) else {
        let message = format!("`{text}` is not the ARN of a function");
        let help = "write `arn:aws:lambda:<region>:<account>:function:<name>`, or the name alone";
        return Some(Diagnostic::new(&INVALID_FUNCTION, span, message).with_help(help));
    };
    let mistake = check_qualifier(existing);
    if mistake.is_some() {
        return mistake;
    }
    // An ARN that is put together of values may be another in each environment.
    if existing.function.parts.is_some() {
        return None;
    }
    let (region, account) = (arn.region(), arn.account());
    let message = "every environment would start this one function";
    let short = qualifier.map_or(name.to_owned(), |qualifier| format!("{name}:{qualifier}"));
    let diagnostic = Diagnostic::new(&SHARED_FUNCTION, span, message)
        .with_note(format!("the ARN is of the account {account} in {region}; in another one its permission cannot be set"))
        .with_suggestion(
            span,
            Suggestion::one_of(format!("write `existing: {short}`"), [short]),
        );
    Some(diagnostic)
}

/// Finds a version or alias that a permission cannot name: `Qualifier` of
/// [`AddPermission`](https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html).
fn check_qualifier(existing: &Existing) -> Option<Diagnostic> {
    let qualifier = &existing.qualifier.as_ref()?.value;
    let span = existing.function.span;
    let function = &existing.function.value;
    if qualifier == "$LATEST" {
        let message = "a permission cannot name `$LATEST`";
        let help =
            format!("write `{function}`: without a version or an alias the newest code is invoked");
        // What a value says is not written into the spec.
        let meant = Some(function).filter(|_| existing.function.parts.is_none());
        let help = Suggestion::one_of(help, meant);
        return Some(Diagnostic::new(&INVALID_FUNCTION, span, message).with_suggestion(span, help));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !qualifier.is_empty() && qualifier.len() <= 128 && qualifier.chars().all(allowed) {
        return None;
    }
    let message = format!("`{qualifier}` is not a version or an alias");
    let diagnostic = Diagnostic::new(&INVALID_FUNCTION, span, message)
        .with_note("a version is a number, and an alias has up to 128 letters, digits, hyphens and underscores")
        .with_help(format!("write `{function}:<alias>`, or `{function}` for its newest code"));
    Some(diagnostic)
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
                &["shared-function"],
            ),
            ("mail:live", &[]),
            ("mail:7", &[]),
            ("'mail:$LATEST'", &["invalid-function"]),
            ("'mail:'", &["invalid-function"]),
            ("'mail:a:b'", &["invalid-function"]),
            (
                "'arn:aws:lambda:eu-central-1:123456789012:function:mail:a b'",
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
