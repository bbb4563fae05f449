//! Rules: there, enabled, and waiting for what the spec says.

use serde_json::Value;

use super::{Comparison, state};
use crate::aws::Reading;
use crate::aws::deployed;
use crate::verify::expected::{Rule, RuleSource};
use crate::verify::finding::Finding;
use crate::verify::lints;

impl Comparison<'_> {
    pub(super) fn rule(&mut self, rule: &Rule) {
        let Some(bus) = rule.waits_for.bus() else {
            self.schedule(rule);
            return;
        };
        let resource = format!("rule {}", rule.name);
        let deployed = self.deployed;
        let on_bus = deployed.rules.iter().find(|(name, _)| name == bus);
        // What cannot be read of a bus is said once for all of its rules.
        let Some(Reading::Found(found)) = on_bus.map(|(_, rules)| rules) else {
            return;
        };
        let Some(found) = found.iter().find(|found| found.name == rule.name) else {
            self.report(
                Finding::new(&lints::MISSING_RULE, &resource, "is not there")
                    .expected(format!("a rule on the bus {bus}")),
            );
            return;
        };
        self.state(&resource, rule.enabled, found.enabled);
        if rule.enabled && found.enabled && found.sees_all_calls {
            self.report(
                Finding::new(
                    &lints::ENABLED_RULE,
                    &resource,
                    "is enabled for read-only calls of AWS's API, too",
                )
                .expected(state(true))
                .found("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"),
            );
        }
        if let Some(role) = &found.role {
            self.report(
                Finding::new(
                    &lints::OTHER_TARGET_SETTINGS,
                    &resource,
                    "has a role of its own",
                )
                .expected("none")
                .found(role),
            );
        }
        self.waits_for(&resource, &rule.waits_for, found);
        self.targets(rule, found);
    }

    /// Compares whether a rule or a schedule is enabled.
    pub(super) fn state(&mut self, resource: &str, expected: bool, found: bool) {
        if expected == found {
            return;
        }
        let (lint, message) = if expected {
            (&lints::DISABLED_RULE, "is disabled, and starts nothing")
        } else {
            (
                &lints::ENABLED_RULE,
                "is enabled, which the spec does not want",
            )
        };
        self.report(
            Finding::new(lint, resource, message)
                .expected(state(expected))
                .found(state(found)),
        );
    }

    fn waits_for(&mut self, resource: &str, expected: &RuleSource, found: &deployed::Rule) {
        let was_found = || match (&found.pattern, &found.schedule) {
            (Some(pattern), Some(schedule)) => format!("{pattern} and {schedule}"),
            (Some(one), None) | (None, Some(one)) => one.clone(),
            (None, None) => "nothing".to_owned(),
        };
        let finding = match expected {
            RuleSource::Pattern { pattern, .. } => {
                let same = found.schedule.is_none()
                    && found
                        .pattern
                        .as_ref()
                        .is_some_and(|text| is_json(text, pattern));
                if same {
                    return;
                }
                Finding::new(&lints::OTHER_PATTERN, resource, "matches other events")
                    .expected(pattern.to_string())
            }
            RuleSource::Schedule(expression) | RuleSource::Scheduler { expression, .. } => {
                if found.pattern.is_none() && found.schedule.as_ref() == Some(expression) {
                    return;
                }
                Finding::new(&lints::OTHER_SCHEDULE, resource, "runs at other times")
                    .expected(expression)
            }
        };
        self.report(finding.found(was_found()));
    }

    /// Rules with the pipeline's prefix and the environment at their end.
    pub(super) fn unknown_rules(&mut self) {
        let (expected, deployed) = (self.expected, self.deployed);
        for (bus, rules) in &deployed.rules {
            for found in rules.found().into_iter().flatten() {
                // AWS does not know of specs: a name is all that tells whose a rule is.
                let known = expected
                    .rules
                    .iter()
                    .any(|rule| rule.waits_for.bus() == Some(bus) && rule.name == found.name);
                if known || !expected.is_ours(&found.name) {
                    continue;
                }
                let waits_for = found.pattern.as_ref().or(found.schedule.as_ref());
                self.report(
                    Finding::new(
                        &lints::UNKNOWN_RULE,
                        &format!("rule {}", found.name),
                        format!("is on the bus {bus}, and the spec does not know it"),
                    )
                    .found(waits_for.cloned().unwrap_or_default())
                    .help("remove it with its targets, unless another pipeline's name begins with this one's"),
                );
            }
        }
    }
}

/// Whether a text is a JSON value, whatever its spaces and the order of its keys.
pub(super) fn is_json(text: &str, expected: &Value) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|found| found == *expected)
}
