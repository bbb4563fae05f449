//! The rights that a spec gives to functions.

mod form;
mod size;

use std::collections::HashSet;

use crate::diagnostic::{
    Diagnostic, Lint,
    Severity::{Error, Warning},
};
use crate::model::{Function, Pipeline};
use crate::resources::{JobRef, JobResources};
use crate::rights::{Rights, Statement};
use crate::span::Span;
use crate::values::{Setting, Text};
pub(super) use size::LARGE_POLICY;

pub(crate) static INVALID_PERMISSION: Lint = Lint {
    id: "invalid-permission",
    severity: Error,
    summary: "a permission or a policy that IAM refuses",
    explanation: "\
An action is a service and a name, `s3:GetObject`, and the name may have the wildcards `*` and `?`. A resource is an
ARN, whose parts may have wildcards, all but the service; or it is `*`. A policy is the ARN of a managed policy. The
operators of `conditions` are those of IAM, such as `StringEquals`.

Whether a service has such an action nobody says here: AWS adds some every day, and IAM accepts unknown ones.

```yaml
function:
  package: bill
  permissions:
    - actions: [GetObject]                          # write `s3:GetObject`
      resources: [\"arn:aws:s3:::invoices/*\"]
```
",
};

pub(crate) static WIDE_PERMISSION: Lint = Lint {
    id: "wide-permission",
    severity: Warning,
    summary: "a permission for everything",
    explanation: "\
With `*` as an action, or all actions of a service, or `*` as a resource, whoever takes over the function can do much
more than the function needs. Name the actions and the resources. Some actions know no resource, such as
`ec2:DescribeInstances`: then `*` is right, and an `allow` says so.

```yaml
function:
  package: scan
  permissions: [{ actions: [\"s3:*\"], resources: [\"*\"] }]   # what does it read?
```
",
};

pub(crate) static NEEDLESS_PERMISSION: Lint = Lint {
    id: "needless-permission",
    severity: Warning,
    summary: "a permission that the role has anyway",
    explanation: "\
A function may write its log, send traces if they are on, and emit the events of `emits`, without a word in the spec. A
permission to put events on the pipeline's bus does more: it lets the function emit every event, also those that
the spec knows nothing of. List the events in `emits`.

```yaml
jobs:
  bill:
    function:
      package: bill
      permissions:
        - actions: [events:PutEvents]   # write `emits: [order.billed]`
          resources: [\"arn:aws:events:eu-central-1:123456789012:event-bus/default\"]
```
",
};

pub(crate) static MANY_POLICIES: Lint = Lint {
    id: "many-policies",
    severity: Warning,
    summary: "more policies than a role has by default",
    explanation: "\
A role has at most ten managed policies unless the account's quota was raised (Service Quotas, IAM, \"Managed policies
attached to an IAM role\"). Without that, `apply` fails. Policies that are attached elsewhere, by the module's
output `role_names`, count, too.
",
};

/// [IAM quotas](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html): managed policies of a role,
/// by default.
const POLICIES_MAX: usize = 10;

pub(super) fn check(
    pipeline: &Pipeline,
    jobs: &[JobResources<'_>],
    setting: &Setting,
    found: &mut Vec<Diagnostic>,
) {
    let environment = &setting.environment;
    // What stands in `defaults` is read for every job, and is one mistake. Equal findings are reported once.
    for job in pipeline.job_refs() {
        let Some(function) = job.job.work.function() else {
            continue;
        };
        form::check(&function.rights, found);
        check_width(&function.rights, found);
        check_need(job, function, environment, found);
        check_policies(&function.rights, found);
    }
    size::check(pipeline, jobs, setting, found);
}

fn check_width(rights: &Rights, found: &mut Vec<Diagnostic>) {
    for statement in &rights.permissions {
        let Statement {
            span: _,
            actions,
            resources,
            conditions: _,
        } = statement;
        let mut report = |span: Span, message: String, help: &str| {
            let diagnostic = Diagnostic::new(&WIDE_PERMISSION, span, message);
            found.push(diagnostic.with_help(help));
        };
        for action in actions {
            let what = match action.value.strip_suffix('*') {
                Some("") => "every action".to_owned(),
                Some(service) if service.ends_with(':') => {
                    format!("every action of `{}`", service.trim_end_matches(':'))
                }
                _ => continue,
            };
            let help = "name the actions that the function uses";
            report(action.span, format!("this allows {what}"), help);
        }
        for resource in resources.iter().filter(|resource| resource.value == "*") {
            let help = "name the ARNs, or say with `allow` that the actions know no resource";
            report(
                resource.span,
                "this allows it on every resource".to_owned(),
                help,
            );
        }
    }
}

fn check_need(
    job: JobRef<'_>,
    function: &Function,
    environment: &str,
    found: &mut Vec<Diagnostic>,
) {
    // The environment and, where the name ends in it, any.
    let is_named_for = |resource: &Text, named: &dyn Fn(&str) -> String| {
        let mut environments = [environment, "*"].into_iter();
        environments.any(|environment| names_resource(&resource.value, &named(environment)))
    };
    let log_group = job.log_group();
    let log_group =
        |environment: &str| format!("log-group:{}", log_group.in_environment(environment));
    let bus = |environment: &str| format!("event-bus/{}", job.pipeline.bus.name_in(environment));
    for statement in &function.rights.permissions {
        let is_on = |named: &dyn Fn(&str) -> String| {
            let mut resources = statement.resources.iter();
            resources.any(|resource| is_named_for(resource, named))
        };
        for action in &statement.actions {
            let name = action.value.to_ascii_lowercase();
            let (what, help) = match name.as_str() {
                "logs:createlogstream" | "logs:putlogevents" | "logs:createloggroup"
                    if is_on(&log_group) =>
                {
                    ("may write its log anyway", "remove it")
                }
                "xray:puttracesegments" | "xray:puttelemetryrecords" if function.tracing => {
                    ("may send traces anyway", "remove it")
                }
                "events:putevents" if is_on(&bus) => (
                    "may emit the events of `emits` anyway, and by this every other event",
                    "remove it, and list in `emits` what the job emits",
                ),
                _ => continue,
            };
            let message = format!("the function {what}");
            let diagnostic = Diagnostic::new(&NEEDLESS_PERMISSION, action.span, message);
            // What `emits` lists takes the place of the third.
            let diagnostic = match help {
                "remove it" => diagnostic.or_remove(action.span),
                _ => diagnostic,
            };
            found.push(diagnostic.with_help(help));
        }
    }
}

/// Whether the last part of an ARN is a resource, something in it, or any. A longer name may be somebody else's.
fn names_resource(arn: &str, resource: &str) -> bool {
    let named = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    let rest = named.strip_prefix(resource);
    named == "*" || rest.is_some_and(|rest| matches!(rest, "" | "*") || rest.starts_with(':'))
}

fn check_policies(rights: &Rights, found: &mut Vec<Diagnostic>) {
    let mut seen = HashSet::new();
    for policy in &rights.policies {
        if !seen.insert(policy.value.as_str()) {
            let message = "this policy is attached twice";
            let diagnostic = Diagnostic::new(&INVALID_PERMISSION, policy.span, message);
            let diagnostic = diagnostic.or_remove(policy.span);
            found.push(diagnostic.with_help("remove one of the two"));
        }
    }
    if let Some(eleventh) = rights.policies.get(POLICIES_MAX) {
        let count = rights.policies.len();
        let message = format!("{count} policies, and a role has {POLICIES_MAX} by default");
        let diagnostic = Diagnostic::new(&MANY_POLICIES, eleventh.span, message);
        found.push(
            diagnostic.with_help(
                "put some of them into `permissions`, or have the account's quota raised",
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{PREFIX, ids_of, pipeline};

    fn with(function: &str) -> Vec<&'static str> {
        ids_of(&format!(
            "{PREFIX}jobs: {{ j: {{ function: {{ package: j, {function} }}, triggers: [ {{ event: e }} ] }} }}\n"
        ))
    }

    fn allowing(action: &str, resource: &str) -> Vec<&'static str> {
        with(&format!(
            "permissions: [{{ actions: ['{action}'], resources: ['{resource}'] }}]"
        ))
    }

    #[test]
    fn what_is_narrow_passes() {
        for (action, resource) in [
            ("s3:GetObject", "arn:aws:s3:::invoices/*"),
            ("s3:Get*", "arn:aws:s3:::invoices-???/*"),
            ("S3:getobject", "arn:aws-cn:s3:::invoices"),
            ("execute-api:Invoke", "arn:*:execute-api:*:*:abc/*"),
            (
                "events:PutEvents",
                "arn:aws:events:eu-central-1:123456789012:event-bus/other",
            ),
            ("logs:PutLogEvents", "arn:aws:logs:*:*:log-group:/other:*"),
            (
                "dynamodb:Query",
                "arn:aws:dynamodb:${region}:${account}:table/t-${environment}",
            ),
        ] {
            assert_eq!(allowing(action, resource), [""; 0], "{action} {resource}");
        }
        assert_eq!(
            with(
                "policies: ['arn:aws:iam::aws:policy/service-role/X', 'arn:aws:iam::123456789012:policy/own']"
            ),
            [""; 0]
        );
    }

    #[test]
    fn what_allows_everything_is_pointed_out() {
        for (action, resource) in [
            ("*", "arn:aws:s3:::a"),
            ("s3:*", "arn:aws:s3:::a"),
            ("s3:GetObject", "*"),
        ] {
            assert_eq!(
                allowing(action, resource),
                ["wide-permission"],
                "{action} {resource}"
            );
        }
    }

    #[test]
    fn what_iam_refuses_is_an_error() {
        for (action, resource) in [
            ("GetObject", "arn:aws:s3:::a"),
            ("s3:", "arn:aws:s3:::a"),
            (":GetObject", "arn:aws:s3:::a"),
            ("s3:Get Object", "arn:aws:s3:::a"),
            ("s*:GetObject", "arn:aws:s3:::a"),
            ("s3:GetObject", "invoices"),
            ("s3:GetObject", "arn:aws:s3:::"),
            ("s3:GetObject", "arn:aws:s*:::a"),
            ("s3:GetObject", "arn:aws:s3::a"),
            ("s3:GetObject", "arn:amazon:s3:::a"),
            ("s3:GetObject", "arn:aws:s3:::größe-✓"),
        ] {
            assert_eq!(
                allowing(action, resource),
                ["invalid-permission"],
                "{action} {resource}"
            );
        }
        for function in [
            "permissions: [{ actions: [], resources: ['*'] }]",
            "policies: [AdministratorAccess]",
            "policies: ['arn:aws:iam::123456789012:role/r']",
            "policies: ['arn:aws:iam::aws:policy/A', 'arn:aws:iam::aws:policy/A']",
            "permissions: [{ actions: [s3:GetObject], resources: ['arn:aws:s3:::a'], conditions: { StringEqual: { 'aws:a': b } } }]",
            "permissions: [{ actions: [s3:GetObject], resources: ['arn:aws:s3:::a'], conditions: { StringEquals: {} } }]",
            "permissions: [{ actions: [s3:GetObject], resources: ['arn:aws:s3:::a'], conditions: { StringEquals: { 'aws:a': [] } } }]",
        ] {
            assert!(with(function).contains(&"invalid-permission"), "{function}");
        }
    }

    #[test]
    fn a_permission_that_lacks_something_is_one_mistake() {
        let got = "actions: [s3:GetObject], resources: ['arn:aws:s3:::a']";
        for (permission, id) in [
            ("{}", "invalid-permission"),
            ("{ actions: [], resources: [] }", "invalid-permission"),
            ("{ actions: , resources: }", "invalid-permission"),
            (
                "{ actions: [s3:GetObject], resources: }",
                "invalid-permission",
            ),
            ("{ actions: [s3:GetObject] }", "missing-key"),
            ("{ resources: ['arn:aws:s3:::a'] }", "missing-key"),
            (
                "{ actions: [[]], resources: ['arn:aws:s3:::a'] }",
                "wrong-type",
            ),
            (
                &format!("{{ {got}, conditions: {{ StringEquals: {{}} }} }}"),
                "invalid-permission",
            ),
            (
                &format!("{{ {got}, conditions: {{ StringEquals: a }} }}"),
                "wrong-type",
            ),
            (
                &format!("{{ {got}, conditions: {{ StringEquals: {{ 'aws:a': {{}} }} }} }}"),
                "wrong-type",
            ),
        ] {
            let found = with(&format!("permissions: [{permission}]"));
            assert_eq!(found, [id], "{permission}");
        }
    }

    #[test]
    fn operators_of_sets_and_of_absent_keys_are_known() {
        for operator in [
            "StringEquals",
            "ForAllValues:StringLike",
            "ForAnyValue:ArnLikeIfExists",
            "Null",
            "BoolIfExists",
        ] {
            let found = with(&format!(
                "permissions: [{{ actions: [s3:GetObject], resources: ['arn:aws:s3:::a'], conditions: {{ '{operator}': {{ 'aws:a': b }} }} }}]"
            ));
            assert_eq!(found, [""; 0], "{operator}");
        }
    }

    #[test]
    fn what_the_role_has_anyway_is_pointed_out() {
        for (action, resource) in [
            (
                "logs:PutLogEvents",
                "arn:aws:logs:*:*:log-group:/aws/lambda/p-j-*",
            ),
            ("xray:PutTraceSegments", "arn:aws:xray:*:*:group/a"),
            (
                "logs:CreateLogStream",
                "arn:aws:logs:*:*:log-group:/aws/lambda/p-j-${environment}:*",
            ),
            (
                "logs:CreateLogStream",
                "arn:aws:logs:*:*:log-group:/aws/lambda/p-j-${environment}*",
            ),
            ("events:PutEvents", "arn:aws:events:*:*:event-bus/default"),
        ] {
            assert_eq!(
                allowing(action, resource),
                ["needless-permission"],
                "{action} {resource}"
            );
        }
    }

    #[test]
    fn what_only_begins_like_ours_is_somebody_elses() {
        for (action, resource) in [
            (
                "logs:PutLogEvents",
                "arn:aws:logs:*:*:log-group:/aws/lambda/p-j-audit-${environment}:*",
            ),
            (
                "logs:PutLogEvents",
                "arn:aws:logs:*:*:log-group:/aws/lambda/p-j-*-audit",
            ),
            (
                "logs:PutLogEvents",
                "arn:aws:logs:*:*:log-group:/aws/lambda/p-jobs",
            ),
            (
                "events:PutEvents",
                "arn:aws:events:*:*:event-bus/default-audit",
            ),
        ] {
            let expected: [&str; 0] = [];
            assert_eq!(allowing(action, resource), expected, "{action} {resource}");
        }
        let on_bus = |bus: &str, named: &str| {
            ids_of(&format!(
                "{PREFIX}bus: {bus}\njobs: {{ j: {{ function: {{ package: j, permissions: [{{ actions: ['events:PutEvents'], resources: ['arn:aws:events:*:*:event-bus/{named}'] }}] }}, triggers: [ {{ event: e }} ] }} }}\n"
            ))
        };
        for named in ["own-${environment}", "own-*", "own-local"] {
            assert_eq!(on_bus("own", named), ["needless-permission"], "{named}");
        }
        for named in ["own", "own-audit-${environment}", "ownership-local"] {
            assert_eq!(on_bus("own", named), [""; 0], "{named}");
        }
        let existing = "{ existing: theirs }";
        assert_eq!(on_bus(existing, "theirs"), ["needless-permission"]);
        assert_eq!(on_bus(existing, "theirs-too"), [""; 0]);
    }

    #[test]
    fn eleven_policies_are_a_warning() {
        let policies = |count: usize| {
            let all: Vec<String> = (0..count)
                .map(|id| format!("'arn:aws:iam::aws:policy/P{id}'"))
                .collect();
            with(&format!("policies: [{}]", all.join(", ")))
        };
        assert_eq!(policies(10), [""; 0]);
        assert_eq!(policies(11), ["many-policies"]);
    }

    #[test]
    fn a_function_replaces_the_rights_of_the_defaults() {
        let read = pipeline(
            "defaults: { function: { permissions: [{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::a'] }], policies: ['arn:aws:iam::aws:policy/A'] } }\njobs: { j: { function: { package: j, permissions: [] }, triggers: [ { event: e } ] } }",
        );
        let rights = &read.jobs["j"].work.function().unwrap().rights;
        assert_eq!((rights.permissions.len(), rights.policies.len()), (0, 1));
    }

    #[test]
    fn a_function_that_exists_has_its_owners_rights() {
        let found = ids_of(&format!(
            "{PREFIX}jobs: {{ j: {{ function: {{ existing: j, policies: ['arn:aws:iam::aws:policy/A'] }}, triggers: [ {{ event: e }} ] }} }}\n"
        ));
        assert_eq!(found, ["conflicting-keys"]);
    }
}
