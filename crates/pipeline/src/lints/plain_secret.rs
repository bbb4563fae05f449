//! Secrets in a file that everybody reads.

use crate::diagnostic::{Diagnostic, Lint, Severity::Warning};
use crate::model::Pipeline;

pub(crate) static PLAIN_SECRET: Lint = Lint {
    id: "plain-secret",
    severity: Warning,
    summary: "a secret in plain `environment`",
    explanation: "\
What stands under `environment` is in git, in Terraform's state and on Lambda's console for everybody who may
look. Keep the secret in Secrets Manager or SSM Parameter Store, and give the function its ARN or name.

```yaml
function:
  package: compute-features
  environment: { DATABASE_PASSWORD: hunter2 }   # write `DATABASE_SECRET_ARN: arn:aws:secretsmanager:…`
```
",
};

/// Words of a name that mark its value as secret.
const SECRET: [&str; 9] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "TOKEN",
    "APIKEY",
    "CREDENTIAL",
    "CREDENTIALS",
    "PWD",
];

/// Last words of a name that say that the value is not the secret itself: they name its place or a property of it.
const ABOUT: [&str; 27] = [
    "ARN",
    "BUCKET",
    "COUNT",
    "ENABLED",
    "ENDPOINT",
    "EXPIRY",
    "FILE",
    "HEADER",
    "HOURS",
    "ID",
    "LENGTH",
    "LIMIT",
    "MINUTES",
    "NAME",
    "PARAM",
    "PARAMETER",
    "PATH",
    "POLICY",
    "PREFIX",
    "REGION",
    "SECONDS",
    "SIZE",
    "TTL",
    "TYPE",
    "URI",
    "URL",
    "VERSION",
];

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    for job in pipeline.jobs.values() {
        let function = job.work.function();
        for (name, value) in function.iter().flat_map(|function| &function.environment) {
            let Some(why) = why_secret(name, &value.value) else {
                continue;
            };
            let message = format!("`{name}` looks like a secret: {why}");
            let diagnostic = Diagnostic::new(&PLAIN_SECRET, value.span, message).with_help(
                "keep it in Secrets Manager or SSM Parameter Store, and pass its ARN or name",
            );
            found.push(diagnostic);
        }
    }
}

fn why_secret(name: &str, value: &str) -> Option<&'static str> {
    let tells_where = ["arn:", "/", "ssm:", "secretsmanager:"];
    // A value that points to a secret is no secret: an ARN, a path, a reference.
    let is_reference = tells_where.iter().any(|start| value.starts_with(start));
    let is_plain = value.is_empty() || matches!(value, "true" | "false");
    let words: Vec<String> = name.split('_').map(str::to_ascii_uppercase).collect();
    let last = words.last().map_or("", String::as_str);
    // `KEY` alone is too common: `SORT_KEY`, `PARTITION_KEY`.
    let key = words.windows(2).any(|pair| {
        pair[1] == "KEY" && matches!(pair[0].as_str(), "API" | "PRIVATE" | "ACCESS" | "SIGNING")
    });
    let is_secret = words.iter().any(|word| SECRET.contains(&word.as_str())) || key;
    if is_secret && !is_reference && !is_plain && !ABOUT.contains(&last) {
        return Some("its name says so");
    }
    // Every access key id of IAM has 20 characters; `AKIA` is a long-term one, `ASIA` a temporary one.
    if value.len() == 20 && (value.starts_with("AKIA") || value.starts_with("ASIA")) {
        return Some("it is an AWS access key");
    }
    if value.contains("-----BEGIN ") && value.contains("PRIVATE KEY-----") {
        return Some("it is a private key");
    }
    has_password(value).then_some("the URL holds a password")
}

/// Whether a value is `scheme://user:password@host`.
fn has_password(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // The last `@` ends the user: a password may hold one too.
    let user = authority.rsplit_once('@').map(|(user, _)| user);
    user.and_then(|user| user.split_once(':'))
        .is_some_and(|(_, password)| !password.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_name_and_by_value() {
        for (name, value) in [
            ("DATABASE_PASSWORD", "hunter2"),
            ("github_token", "ghp_x"),
            ("STRIPE_API_KEY", "sk_live"),
            ("X", "AKIAIOSFODNN7EXAMPLE"),
            ("DATABASE_URL", "postgres://app:hunter2@db:5432/app"),
            ("KEY", "-----BEGIN RSA PRIVATE KEY-----"),
        ] {
            assert!(why_secret(name, value).is_some(), "{name}");
        }
        for (name, value) in [
            (
                "DATABASE_SECRET_ARN",
                "arn:aws:secretsmanager:eu-central-1:1:secret:x",
            ),
            (
                "DATABASE_SECRET",
                "arn:aws:secretsmanager:eu-central-1:1:secret:x",
            ),
            ("TOKEN_PARAMETER", "/app/token"),
            ("DATABASE_URL", "postgres://app@db:5432/app"),
            ("MONKEY", "x"),
            ("PASSWORD", ""),
            ("TOKEN_TTL", "60"),
            ("TOKEN_URL", "https://auth.example.com/oauth/token"),
            ("PASSWORD_MIN_LENGTH", "12"),
            ("USE_TOKEN", "true"),
            ("A_PASSWORD", "ssm:/app/password"),
            ("PAGE_URL", "https://example.com/a:b@c"),
        ] {
            assert!(why_secret(name, value).is_none(), "{name}");
        }
    }
}
