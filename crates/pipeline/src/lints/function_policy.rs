//! The size of a function's resource policy.

use super::rights::LARGE_POLICY;
use crate::diagnostic::Diagnostic;
use crate::model::Work;
use crate::platform::ALIAS;
use crate::resources::{
    JobRef, JobResources, POLICY_BYTES_MAX, Permission, Permitted, Rule, RuleBus,
};
use crate::values::Setting;

pub(super) fn check(jobs: &[JobResources<'_>], setting: &Setting, found: &mut Vec<Diagnostic>) {
    for resources in jobs {
        let (job, rules) = (resources.job, &resources.rules);
        let bytes = policy_bytes(job, rules, &resources.permissions, setting);
        if bytes <= POLICY_BYTES_MAX {
            continue;
        }
        let kept = rules.iter().filter(|rule| rule.name.kept().is_some());
        let kept: Vec<_> = kept.filter(|rule| rule.bus().is_some()).collect();
        let message = format!(
            "the policy of the function of `{}` has {bytes} bytes, and Lambda takes {POLICY_BYTES_MAX}",
            job.name
        );
        let note = format!(
            "each of the {} rules with a `name` is a statement of its own",
            kept.len()
        );
        let help = "leave out `name` where nothing depends on it, or give the job a `buffer`";
        let diagnostic = Diagnostic::new(&LARGE_POLICY, job.job.name_span, message).with_note(note);
        found.push(diagnostic.with_help(help));
    }
}

/// Counts the bytes of a policy as Lambda writes it.
fn policy_bytes(
    job: JobRef<'_>,
    rules: &[Rule<'_>],
    permissions: &[Permission<'_>],
    setting: &Setting,
) -> usize {
    const FRAME: &str = r#"{"Version":"2012-10-17","Id":"default","Statement":[]}"#;
    let statements = permissions
        .iter()
        .map(|permission| statement(job, rules, permission, setting).len());
    // A comma stands between two.
    let commas = permissions.len().saturating_sub(1);
    FRAME.len() + statements.sum::<usize>() + commas
}

fn statement(
    job: JobRef<'_>,
    rules: &[Rule<'_>],
    permission: &Permission<'_>,
    setting: &Setting,
) -> String {
    let Permission {
        name,
        label: _,
        source,
    } = permission;
    let environment = &setting.environment;
    let (bus, rule) = match source {
        Permitted::Rules { bus, names } => (Some(*bus), names.in_environment(environment)),
        Permitted::Rule(label) => {
            let rule = rules.iter().find(|rule| rule.label == *label);
            let name = rule.map(|rule| rule.name.in_environment(environment));
            (rule.and_then(Rule::bus), name.unwrap_or_default())
        }
    };
    let bus = match bus {
        Some(RuleBus::Pipeline) => job.pipeline.bus.name_in(environment),
        Some(RuleBus::Existing(bus)) => bus.value.clone(),
        Some(RuleBus::Default) | None => "default".to_owned(),
    };
    // The ARN of a rule on the default bus does not name the bus.
    let bus = match bus.as_str() {
        "default" => String::new(),
        bus => format!("{bus}/"),
    };
    let mut id = name.in_environment(environment);
    if name.kept().is_none() {
        // Terraform puts a hyphen behind it, and a time and a counter in 26 digits.
        id.push_str(&"-".repeat(27));
    }
    let partition = match setting.region.split_once('-') {
        Some(("cn", _)) => "aws-cn",
        Some(("us", rest)) if rest.starts_with("gov-") => "aws-us-gov",
        _ => "aws",
    };
    let place = format!("{}:{}", setting.region, setting.account);
    let function = match &job.job.work {
        Work::Existing(existing) => existing.qualified(),
        Work::Function(function) if function.platform.versions => {
            format!(
                "{}:{ALIAS}",
                job.function_name().in_environment(environment)
            )
        }
        _ => job.function_name().in_environment(environment),
    };
    let function = if function.starts_with("arn:") {
        function
    } else {
        format!("arn:{partition}:lambda:{place}:function:{function}")
    };
    format!(
        r#"{{"Sid":"{id}","Effect":"Allow","Principal":{{"Service":"events.amazonaws.com"}},"Action":"lambda:InvokeFunction","Resource":"{function}","Condition":{{"ArnLike":{{"AWS:SourceArn":"arn:{partition}:events:{place}:rule/{bus}{rule}"}}}}}}"#
    )
}

#[cfg(test)]
mod tests {
    use crate::resources::JobResources;
    use crate::testing::{PREFIX, ids_of, pipeline};
    use crate::values::Setting;

    fn triggers(count: usize, named: bool) -> String {
        let triggers = (0..count).map(|id| {
            let name = if named {
                format!(", name: 'rule-{id:03}-${{environment}}'")
            } else {
                String::new()
            };
            format!("{{ schedule: rate(1 hour), id: t{id:03}{name} }}")
        });
        triggers.collect::<Vec<_>>().join(", ")
    }

    fn found(job: &str, count: usize, named: bool) -> Vec<&'static str> {
        let triggers = triggers(count, named);
        ids_of(&format!(
            "{PREFIX}jobs: {{ j: {{ function: {{ package: j }}{job}, triggers: [ {{ event: e }}, {triggers} ] }} }}\n"
        ))
    }

    #[test]
    fn rules_that_keep_their_names_may_be_too_many() {
        assert_eq!(found("", 50, true), [""; 0]);
        assert_eq!(found("", 50, false), [""; 0]);
        assert_eq!(found("", 90, false), ["folded-permissions"]);
        let large = found("", 90, true);
        assert_eq!(large, ["folded-permissions", "large-policy"]);
        assert_eq!(found(", buffer: { batch: 1 }", 90, true), [""; 0]);
    }

    #[test]
    fn the_policy_is_counted_letter_by_letter() {
        let read = pipeline(
            "jobs: { j: { function: { package: j }, triggers: [ { event: e, name: kept } ] } }",
        );
        let job = read.job_ref("j").unwrap();
        let resources = JobResources::apart(job);
        let (rules, permissions) = (&resources.rules, &resources.permissions);
        let setting = Setting::environment("dev");
        let written = super::statement(job, rules, &permissions[0], &setting);
        assert_eq!(
            written,
            r#"{"Sid":"p-j-event-dev---------------------------","Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:123456789012:function:p-j-dev","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:events:us-east-1:123456789012:rule/kept"}}}"#
        );
        let bytes = super::policy_bytes(job, rules, permissions, &setting);
        assert_eq!(bytes, written.len() + 54);
    }
}
