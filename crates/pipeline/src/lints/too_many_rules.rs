//! More rules than a bus has by default.

use indexmap::IndexMap;

use crate::diagnostic::{Diagnostic, Lint, Severity::Warning};
use crate::model::{Bus, Pipeline};
use crate::resources::{DEFAULT_BUS, JobResources, RuleBus};

pub(crate) static TOO_MANY_RULES: Lint = Lint {
    id: "too-many-rules",
    severity: Warning,
    summary: "more rules than a bus has by default",
    explanation: "\
An event bus has 300 rules unless the account's quota was raised (Service Quotas, Amazon EventBridge,
\"Rules\"), and every trigger is one; other pipelines on the same bus have theirs. Beyond it `apply` fails
with `LimitExceededException`. Schedules of EventBridge Scheduler, such as those with a `timezone`, are
no rules.
",
};

/// [Quotas](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html).
const QUOTA: usize = 300;

pub(super) fn check(pipeline: &Pipeline, jobs: &[JobResources<'_>], found: &mut Vec<Diagnostic>) {
    // The quota is for one bus. Rules of schedules are on the default bus, even if the pipeline has another.
    let own = match &pipeline.bus {
        Bus::Custom(name) => name.value.as_str(),
        Bus::Existing(name) => name.value.as_str(),
        Bus::Default => DEFAULT_BUS,
    };
    let mut counts: IndexMap<&str, usize> = IndexMap::new();
    for rule in jobs.iter().flat_map(|job| &job.rules) {
        let bus = match rule.bus() {
            None => continue,
            Some(RuleBus::Pipeline) => own,
            Some(RuleBus::Default) => DEFAULT_BUS,
            Some(RuleBus::Existing(name)) => name.value.as_str(),
        };
        *counts.entry(bus).or_default() += 1;
    }
    for (bus, rules) in counts {
        if rules > QUOTA {
            let message = format!("{rules} rules on the bus `{bus}`, which has {QUOTA} by default");
            let diagnostic = Diagnostic::new(&TOO_MANY_RULES, pipeline.name.span, message)
                .with_help("have the quota raised before `apply`, or split the pipeline over several buses");
            found.push(diagnostic);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{PREFIX, ids_of};

    fn with_rules(rules: usize) -> Vec<&'static str> {
        let jobs: Vec<String> = (0..rules)
            .map(|job| {
                format!("j{job}: {{ function: {{ package: j }}, triggers: [ {{ event: e }} ] }}")
            })
            .collect();
        ids_of(&format!("{PREFIX}jobs: {{ {} }}\n", jobs.join(", ")))
    }

    #[test]
    fn the_quota_is_named() {
        assert!(with_rules(300).is_empty());
        assert_eq!(with_rules(301), ["too-many-rules"]);
    }
}
