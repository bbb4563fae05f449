//! How EventBridge is permitted to invoke a job's function.

use std::collections::BTreeSet;

use crate::model::{Bus, Job, Pipeline};
use crate::names::{self, MAX_ENVIRONMENT};
use crate::platform::ALIAS;
use crate::wiring::{Rule, Source};

/// The most bytes of a function's resource policy:
/// [Lambda quotas](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
pub const POLICY_BYTES_MAX: usize = 20_480;

/// The permissions of a function's policy for its rules; schedules of EventBridge Scheduler need none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permissions {
    /// One for each rule, by the rule's ARN.
    ForEachRule,
    /// One for all rules of a bus, by a wildcard over the names of the job's rules: one for each would not
    /// fit into the policy.
    Folded,
}

/// Which permissions a job's function gets.
pub fn permissions(pipeline: &Pipeline, name: &str, job: &Job, rules: &[Rule<'_>]) -> Permissions {
    if policy_bytes(pipeline, name, job, rules) > POLICY_BYTES_MAX {
        return Permissions::Folded;
    }
    Permissions::ForEachRule
}

/// Which of a job's folded permissions is for a rule. One serves all rules of the default bus, whose ARNs do not name it.
pub fn folded_kind(pipeline: &Pipeline, source: &Source<'_>) -> &'static str {
    match (source, &pipeline.bus) {
        (Source::Schedule(_), Bus::Custom(_)) => "schedules",
        _ => "events",
    }
}

/// The folded permissions that a job's rules need; schedules of EventBridge Scheduler need none.
pub fn folded_kinds(pipeline: &Pipeline, rules: &[Rule<'_>]) -> BTreeSet<&'static str> {
    let on_bus = rules
        .iter()
        .filter(|rule| !matches!(rule.source, Source::Scheduler(_)));
    on_bus
        .map(|rule| folded_kind(pipeline, &rule.source))
        .collect()
}

/// The size of a policy with a permission for each rule, with the longest name of an environment, region and
/// partition.
pub(crate) fn policy_bytes(
    pipeline: &Pipeline,
    name: &str,
    job: &Job,
    rules: &[Rule<'_>],
) -> usize {
    const FRAME: usize = r#"{"Version":"2012-10-17","Id":"default","Statement":[]}"#.len();
    const STATEMENT: usize = r#"{"Sid":"","Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws-us-gov:lambda:ap-southeast-1:123456789012:function:","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws-us-gov:events:ap-southeast-1:123456789012:rule/"}}},"#.len();
    let environment = 1 + MAX_ENVIRONMENT;
    let function = match &job.function.code {
        crate::model::Code::Package(_) => {
            names::function(&pipeline.name.value, job.name_on_aws(name)).len()
        }
        crate::model::Code::Existing(function) => function.value.len(),
        crate::model::Code::Delivery(_) => return 0,
    };
    // The statements of an alias name it.
    let alias = if job.function.platform.versions {
        1 + ALIAS.len()
    } else {
        0
    };
    let of_rule = |rule: &Rule<'_>| {
        let bus = match (&rule.source, &pipeline.bus) {
            (Source::Scheduler(_), _) => return 0,
            (Source::Pattern(_), Bus::Custom(bus)) => bus.value.len() + environment + 1,
            _ => 0,
        };
        let names = 2 * rule.name.len() + function + 3 * environment;
        STATEMENT + bus + names + alias
    };
    FRAME + rules.iter().map(of_rule).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wiring::rules_of;

    fn with_triggers(triggers: usize) -> Permissions {
        let triggers: Vec<String> = (0..triggers)
            .map(|id| format!("{{ schedule: rate(1 hour), id: t{id} }}"))
            .collect();
        let pipeline = crate::testing::pipeline(&format!(
            "jobs: {{ j: {{ function: {{ package: j }}, triggers: [ {} ] }} }}",
            triggers.join(", ")
        ));
        let job = &pipeline.jobs["j"];
        permissions(&pipeline, "j", job, &rules_of(&pipeline, "j", job))
    }

    #[test]
    fn permissions_are_folded_where_they_would_not_fit() {
        assert_eq!(with_triggers(1), Permissions::ForEachRule);
        assert_eq!(with_triggers(55), Permissions::ForEachRule);
        assert_eq!(with_triggers(65), Permissions::Folded);
    }
}
