//! Environment variables that Lambda refuses or that the generator sets itself.

use indexmap::IndexMap;

use crate::diagnostic::{Diagnostic, Lint, Severity::Error};
use crate::model::{Function, Pipeline};
use crate::platform::{LOG_EVENTS, LogEvents};
use crate::span::Span;
use crate::suggestion::Suggestion;
use crate::values::Text;

pub(crate) static INVALID_ENVIRONMENT: Lint = Lint {
    id: "invalid-environment",
    severity: Error,
    summary: "environment variables that Lambda refuses",
    explanation: "\
A name has letters, digits and underscores, at least two, a letter first. Lambda keeps some names for
itself, such as `AWS_REGION` and `LAMBDA_TASK_ROOT`; other names that start with `AWS_` are for you to set:
`AWS_RETRY_MODE`, `AWS_MAX_ATTEMPTS`. All names and values together take at most 4 KB. `EVENT_BUS_NAME`,
`FAILURE_QUEUE_URL` and `PIPELINE_ENVIRONMENT` are set for every function, and `LOG_EVENTS` for one with `log_events`: a second
value for them would be lost.

```yaml
function: { package: a, environment: { AWS_REGION: eu-central-1 } }   # Lambda sets it
```
",
};

/// [`Environment`](https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html): all names and values.
const MAX_BYTES: usize = 4_096;

/// The environment variables that the generator sets for every function.
pub const VARIABLES_SET: [&str; 3] = [
    "EVENT_BUS_NAME",
    "FAILURE_QUEUE_URL",
    "PIPELINE_ENVIRONMENT",
];

/// The environment variables that Lambda keeps for itself: "Reserved environment variables" on the
/// [same page](https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime).
pub const VARIABLES_RESERVED: [&str; 18] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
];

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    check_names(texts(&pipeline.local_environment), found);
    for job in pipeline.jobs.values() {
        if let Some(function) = job.work.function() {
            check_function(function, job.name_span, found);
        }
    }
}

fn check_names<'p>(names: impl Iterator<Item = (&'p String, Span)>, found: &mut Vec<Diagnostic>) {
    for (name, at) in names {
        if let Some((why, help)) = refusal(name) {
            let message = format!("`{name}` cannot be the name of an environment variable: {why}");
            let diagnostic = Diagnostic::new(&INVALID_ENVIRONMENT, at, message);
            let diagnostic = diagnostic.with_key_suggestion(at, help);
            found.push(if VARIABLES_SET.contains(&name.as_str()) {
                diagnostic.or_remove(at)
            } else {
                diagnostic
            });
        }
    }
}

fn check_function(function: &Function, at: Span, found: &mut Vec<Diagnostic>) {
    let environment = &function.environment;
    check_names(texts(environment), found);
    let secrets = function.secrets.iter();
    check_names(secrets.map(|(name, secret)| (name, secret.span)), found);
    for (name, value) in &function.secrets {
        if let Some(variable) = environment.get(name) {
            let message = format!("`{name}` is both a variable and a secret");
            let diagnostic = Diagnostic::new(&INVALID_ENVIRONMENT, value.span, message)
                .or_remove(value.span)
                .or_remove(variable.span)
                .with_help("keep one of them, or give them two names");
            found.push(diagnostic);
        }
    }
    if function
        .platform
        .log_events
        .and_then(LogEvents::variable)
        .is_some()
        && let Some(variable) = environment.get(LOG_EVENTS)
    {
        let message = format!("`{LOG_EVENTS}` is set by `log_events`");
        let diagnostic = Diagnostic::new(&INVALID_ENVIRONMENT, variable.span, message)
            .or_remove(variable.span)
            .with_help("keep one of them");
        found.push(diagnostic);
    }
    // Secrets do not count: their ARNs are known only to Terraform.
    let bytes: usize = environment
        .iter()
        .map(|(name, value)| name.len() + value.value.len())
        .sum();
    if bytes > MAX_BYTES {
        let message =
            format!("the environment takes {bytes} bytes, and Lambda gives it {MAX_BYTES}");
        let diagnostic = Diagnostic::new(&INVALID_ENVIRONMENT, at, message)
            .with_help("keep large settings in SSM Parameter Store or S3, and pass their names");
        found.push(diagnostic);
    }
}

/// The names of variables, each with its place.
fn texts(environment: &IndexMap<String, Text>) -> impl Iterator<Item = (&String, Span)> {
    environment.iter().map(|(name, text)| (name, text.span))
}

fn refusal(name: &str) -> Option<(&'static str, Suggestion)> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if VARIABLES_SET.contains(&name) {
        return Some(("it is set for every function", "remove it".into()));
    }
    if VARIABLES_RESERVED.contains(&name) {
        // `_HANDLER` must not become `APP__HANDLER`.
        let own = name.trim_start_matches('_');
        let meant = Suggestion::write(&format!("APP_{own}"));
        return Some(("Lambda keeps it for itself", meant));
    }
    // Lambda's own rule for a name: `[a-zA-Z]([a-zA-Z0-9_])+`.
    if name.len() < 2
        || !name.starts_with(|c: char| c.is_ascii_alphabetic())
        || !name.chars().all(word)
    {
        let help = "use letters, digits and underscores, at least two, a letter first";
        return Some(("Lambda does not accept it", help.into()));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_another_key_sets_is_refused() {
        let ids = |log_events: &str| {
            let spec = format!(
                "pipeline: p\nsource: s\nevents: {{ e: {{ detail_type: E, external: true, detail: {{}} }} }}\n\
                 jobs: {{ j: {{ function: {{ package: a, log_events: {log_events}, environment: {{ LOG_EVENTS: all }} }}, \
                 triggers: [{{ event: e }}] }} }}\n"
            );
            let found = crate::parse(&spec, &crate::Surroundings::default()).diagnostics;
            found.into_iter().map(|it| it.lint.id).collect::<Vec<_>>()
        };
        assert!(ids("keys").contains(&INVALID_ENVIRONMENT.id));
        assert!(!ids("all").contains(&INVALID_ENVIRONMENT.id));
    }

    #[test]
    fn reserved_and_malformed_names_are_refused() {
        let malformed = ["EVENT_BUS_NAME", "_X", "1A", "A", "A-B", ""];
        for name in VARIABLES_RESERVED.iter().chain(&malformed) {
            assert!(refusal(name).is_some(), "{name}");
        }
        let help = refusal("_HANDLER").map(|(_, help)| help.help);
        assert_eq!(help.as_deref(), Some("write `APP_HANDLER`"));
        for name in [
            "DATABASE_URL",
            "a1",
            "AWSOME",
            // AWS's own guides tell users to set these.
            "AWS_NODEJS_CONNECTION_REUSE_ENABLED",
            "AWS_LAMBDA_EXEC_WRAPPER",
            "AWS_RETRY_MODE",
            "AWS_MAX_ATTEMPTS",
            "LAMBDA_STAGE",
        ] {
            assert!(refusal(name).is_none(), "{name}");
        }
    }
}
