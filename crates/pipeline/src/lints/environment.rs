//! Environment variables that Lambda refuses or that the generator sets itself.

use indexmap::IndexMap;

use crate::diagnostic::{Diagnostic, Lint, Severity::Error};
use crate::model::{Function, Pipeline};
use crate::span::{Span, Spanned};

pub(crate) static INVALID_ENVIRONMENT: Lint = Lint {
    id: "invalid-environment",
    severity: Error,
    summary: "environment variables that Lambda refuses",
    explanation: "\
A name has letters, digits and underscores, at least two, a letter first, and does not start with
`AWS_`, which is Lambda's own. All names and values together take at most 4 KB. `EVENT_BUS_NAME` and
`PIPELINE_ENVIRONMENT` are set for every function, and a second value for them would be lost.

```yaml
function: { package: a, environment: { AWS_REGION: eu-central-1 } }   # Lambda sets it
```
",
};

/// [`Environment`](https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html): all names and values.
const MAX_BYTES: usize = 4_096;

/// The environment variables that the generator sets for every function.
pub const VARIABLES_SET: [&str; 2] = ["EVENT_BUS_NAME", "PIPELINE_ENVIRONMENT"];

/// Prefixes of the environment variables that Lambda sets itself.
pub const VARIABLES_RESERVED: [&str; 2] = ["AWS_", "LAMBDA_"];

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    check_names(&pipeline.local_environment, found);
    for job in pipeline.jobs.values() {
        if let Some(function) = job.work.function() {
            check_function(function, job.name_span, found);
        }
    }
}

fn check_names(environment: &IndexMap<String, Spanned<String>>, found: &mut Vec<Diagnostic>) {
    for (name, value) in environment {
        if let Some((why, help)) = refusal(name) {
            let message = format!("`{name}` cannot be the name of an environment variable: {why}");
            found.push(Diagnostic::new(&INVALID_ENVIRONMENT, value.span, message).with_help(help));
        }
    }
}

fn check_function(function: &Function, at: Span, found: &mut Vec<Diagnostic>) {
    let environment = &function.environment;
    check_names(environment, found);
    check_names(&function.secrets, found);
    for (name, value) in &function.secrets {
        if environment.contains_key(name) {
            let message = format!("`{name}` is both a variable and a secret");
            let diagnostic = Diagnostic::new(&INVALID_ENVIRONMENT, value.span, message)
                .with_help("keep one of them, or give them two names");
            found.push(diagnostic);
        }
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

fn refusal(name: &str) -> Option<(&'static str, String)> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if VARIABLES_SET.contains(&name) {
        return Some(("it is set for every function", "remove it".to_owned()));
    }
    if VARIABLES_RESERVED
        .iter()
        .any(|prefix| name.starts_with(prefix))
    {
        return Some((
            "Lambda keeps the prefix for itself",
            format!("write `APP_{name}`"),
        ));
    }
    // Lambda's own rule for a name: `[a-zA-Z]([a-zA-Z0-9_])+`.
    if name.len() < 2
        || !name.starts_with(|c: char| c.is_ascii_alphabetic())
        || !name.chars().all(word)
    {
        let help = "use letters, digits and underscores, at least two, a letter first".to_owned();
        return Some(("Lambda does not accept it", help));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_and_malformed_names_are_refused() {
        for name in [
            "AWS_REGION",
            "LAMBDA_TASK_ROOT",
            "EVENT_BUS_NAME",
            "_X",
            "1A",
            "A",
            "A-B",
            "",
        ] {
            assert!(refusal(name).is_some(), "{name}");
        }
        for name in ["DATABASE_URL", "a1", "AWSOME"] {
            assert!(refusal(name).is_none(), "{name}");
        }
    }
}
