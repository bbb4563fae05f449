//! Settings that a backend of Terraform does not accept.

use crate::backend::{Backend, Setting};
use crate::diagnostic::{Diagnostic, Lint, Severity::Error};
use crate::model::Pipeline;
use crate::span::Span;

pub(crate) static INVALID_BACKEND: Lint = Lint {
    id: "invalid-backend",
    severity: Error,
    summary: "a setting that a Terraform backend does not accept",
    explanation: "\
Terraform looks for its state before it reads anything else. So a backend takes no variables and no
expressions: write the name itself. The workspace tells environments apart: the backend adds its name to the
key. Other differences come from environment variables: `TF_CLOUD_ORGANIZATION`, `TF_WORKSPACE`,
`AWS_REGION`.

```yaml
terraform:
  backend:
    s3:
      bucket: states-of-${var.environment}   # one bucket; the states in it have the workspace in their keys
      key: pipeline.tfstate
```

A workspace of Terraform Cloud has letters, digits, hyphens and underscores in its name, at most 90.
",
};

/// The longest name of a workspace on Terraform Cloud.
const WORKSPACE_MAX: usize = 90;

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    match &pipeline.backend {
        None => {}
        Some(Backend::Cloud(cloud)) => {
            let workspaces = &cloud.workspaces;
            if let Some(host) = &cloud.hostname {
                found.extend(check_text(&host.value, host.span, is_expression_not_host));
            }
            let single = [&cloud.organization, &workspaces.project];
            for text in single.into_iter().flatten().chain(&workspaces.tags) {
                found.extend(check_text(&text.value, text.span, is_expression));
            }
            if let Some(name) = &workspaces.name {
                let problem = check_text(&name.value, name.span, is_expression);
                found.extend(problem.or_else(|| check_workspace(&name.value, name.span)));
            }
        }
        Some(Backend::S3(settings)) => {
            for (_, setting) in settings {
                if let Setting::Text(text) = &setting.value {
                    found.extend(check_text(text, setting.span, is_expression));
                }
            }
        }
    }
}

fn check_text(text: &str, span: Span, is_expression: impl Fn(&str) -> bool) -> Option<Diagnostic> {
    // Terraform would fail at `init`, before it reads anything else.
    let is_template = text.contains("${") || text.contains("%{");
    let message = if text.is_empty() {
        "a setting of a backend cannot be empty".to_owned()
    } else if is_template || is_expression(text) {
        format!("`{text}` is an expression, and a backend takes none")
    } else if text.contains(char::is_control) {
        "a setting of a backend is one line".to_owned()
    } else {
        return None;
    };
    let help = "write the name itself; what differs between environments is the workspace";
    Some(Diagnostic::new(&INVALID_BACKEND, span, message).with_help(help))
}

/// Whether a text reads like a reference in Terraform. A file or a host may begin with the same words:
/// `terraform.tfstate`, `data.tfstate`, `local.acme.example`.
fn is_expression(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    match parts.as_slice() {
        [.., "tfstate"] => false,
        ["var" | "local", name, ..] => is_identifier(name),
        ["module", call, output, ..] => is_identifier(call) && is_identifier(output),
        _ => is_reference_anywhere(&parts),
    }
}

/// Decides as [`is_expression`] does, for a text that may be the name of a host, as `local.acme.example` is.
fn is_expression_not_host(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    match parts.as_slice() {
        ["var" | "local", name] => is_identifier(name),
        _ => is_reference_anywhere(&parts),
    }
}

/// Finds references that no name of a host or file looks like: the type of a data source has an underscore.
fn is_reference_anywhere(parts: &[&str]) -> bool {
    match parts {
        ["terraform", "workspace"] => true,
        ["data", source, _, ..] => is_identifier(source) && source.contains('_'),
        _ => false,
    }
}

/// Whether a text starts like an identifier of Terraform; an index or a call may follow.
fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.split(['[', '(']).next().is_some_and(|name| {
            name.chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        })
}

fn check_workspace(name: &str, span: Span) -> Option<Diagnostic> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.chars().all(is_allowed) && name.len() <= WORKSPACE_MAX {
        return None;
    }
    let message = format!("`{name}` cannot be the name of a workspace");
    let help = format!("a name has up to {WORKSPACE_MAX} letters, digits, hyphens and underscores");
    Some(Diagnostic::new(&INVALID_BACKEND, span, message).with_help(help))
}

#[cfg(test)]
mod tests {
    use crate::testing::{PREFIX, ids_of};

    fn with(terraform: &str) -> Vec<&'static str> {
        let jobs = "jobs: { j: { function: { package: j }, triggers: [ { event: e } ] } }";
        ids_of(&format!("{PREFIX}{jobs}\nterraform: {terraform}\n"))
    }

    #[test]
    fn names_are_taken_and_expressions_are_not() {
        for good in [
            "{}",
            "{ cloud: {} }",
            "{ cloud: { organization: acme, workspaces: { tags: [a, b], project: p } } }",
            "{ cloud: { organization: acme, workspaces: { name: shop-prod }, driven_by: vcs } }",
            "{ backend: { s3: { bucket: b, key: k, encrypt: true } } }",
            // Words of Terraform in usual names.
            "{ cloud: { hostname: terraform.acme.example } }",
            "{ cloud: { hostname: data.acme.example } }",
            "{ cloud: { hostname: module.acme.example } }",
            "{ cloud: { hostname: local.acme.example, organization: var } }",
            "{ backend: { s3: { bucket: b, key: terraform.tfstate } } }",
            "{ backend: { s3: { bucket: data.acme.example, key: data.tfstate } } }",
            "{ backend: { s3: { bucket: terraform.acme.example, key: local.tfstate } } }",
            "{ backend: { s3: { bucket: b, key: module.network } } }",
        ] {
            assert!(with(good).is_empty(), "{good}: {:?}", with(good));
        }
        for bad in [
            "{ cloud: { organization: '${var.org}' } }",
            "{ cloud: { organization: var.org } }",
            "{ cloud: { organization: 'local.names[0]' } }",
            "{ cloud: { organization: module.names.organization } }",
            "{ cloud: { organization: data.aws_ssm_parameter.organization.value } }",
            "{ cloud: { hostname: var.hostname } }",
            "{ cloud: { hostname: local.hostname } }",
            "{ cloud: { hostname: data.aws_ssm_parameter.host.value } }",
            "{ cloud: { hostname: terraform.workspace } }",
            "{ cloud: { workspaces: { name: terraform.workspace } } }",
            "{ cloud: { organization: '' } }",
            "{ cloud: { workspaces: { tags: ['%{ if true }x%{ endif }'] } } }",
            "{ cloud: { workspaces: { name: a/b } } }",
            "{ backend: { s3: { bucket: 'b-${terraform.workspace}', key: k } } }",
        ] {
            assert_eq!(with(bad), ["invalid-backend"], "{bad}");
        }
    }

    #[test]
    fn a_state_is_in_one_place_and_workspaces_are_found_in_one_way() {
        for bad in [
            "{ cloud: {}, backend: { s3: { bucket: b, key: k } } }",
            "{ cloud: { workspaces: { name: a, tags: [b] } } }",
        ] {
            assert_eq!(with(bad), ["conflicting-keys"], "{bad}");
        }
        assert_eq!(with("{ backend: { s3: { bucket: b } } }"), ["missing-key"]);
        assert_eq!(
            with("{ backend: { gcs: { bucket: b } } }"),
            ["missing-key", "unknown-key"]
        );
        assert_eq!(with("{ cloud: { driven_by: git } }"), ["invalid-value"]);
    }
}
