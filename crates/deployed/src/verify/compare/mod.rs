//! Expected × found → findings. Pure: the caller gives what was read.

mod buffers;
mod functions;
mod nothing;
mod queues;
mod rules;
mod schedules;
mod targets;
#[cfg(test)]
pub(super) mod tests;

use eventbridge::arn::Arn;

use crate::aws::Reading;
use crate::aws::deployed::{Deployed, Retry, Rule, asked_for};

use super::expected::Expected;
use super::finding::Finding;
use super::lints;

/// Every difference, or the one that nothing is there: rules in the order of the spec, then functions, queues, and what the spec does not know.
pub(crate) fn compare(expected: &Expected, deployed: &Deployed) -> Vec<Finding> {
    let mut comparison = Comparison {
        expected,
        deployed,
        findings: Vec::new(),
    };
    if comparison.nothing_is_there() {
        return comparison.findings;
    }
    comparison.buses();
    for rule in &expected.rules {
        comparison.rule(rule);
    }
    for function in &expected.functions {
        comparison.function(function);
    }
    for queue in &expected.queues {
        comparison.queue(queue);
    }
    comparison.unknown_rules();
    comparison.unknown_schedules();
    comparison.findings
}

struct Comparison<'c> {
    expected: &'c Expected,
    deployed: &'c Deployed,
    findings: Vec<Finding>,
}

impl Comparison<'_> {
    fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// A bus that is not there, or cannot be read, once for all of its rules.
    fn buses(&mut self) {
        for (bus, rules) in &self.deployed.rules {
            let resource = format!("bus {bus}");
            let finding = match rules {
                Reading::Found(_) => continue,
                Reading::Absent => Finding::new(&lints::MISSING_BUS, &resource, "is not there"),
                Reading::Refused(why) => {
                    Finding::unreadable(&format!("rules of the {resource}"), why)
                }
            };
            self.report(finding);
        }
        if let Reading::Refused(why) = &self.deployed.schedules {
            self.report(Finding::unreadable(
                "schedules of EventBridge Scheduler",
                why,
            ));
        }
    }

    /// A rule as it was found; nothing also if its bus could not be read.
    fn found_rule(&self, bus: &str, name: &str) -> Option<&Rule> {
        let (_, rules) = self.deployed.rules.iter().find(|(found, _)| found == bus)?;
        rules.found()?.iter().find(|rule| rule.name == name)
    }

    /// A function's ARN without the alias, if it is known.
    fn function_arn(&self, name: &str, alias: Option<&str>) -> Option<&str> {
        let functions = &self.deployed.functions;
        let arn = functions.get(&asked_for(name, alias))?.arn.found()?;
        (!arn.is_empty()).then_some(arn)
    }

    /// Whether an ARN without an alias is a function's; by its name if the function cannot be read.
    fn is_function(&self, arn: &str, name: &str, alias: Option<&str>) -> bool {
        if let Some(expected) = self.function_arn(name, alias) {
            return arn == expected;
        }
        let found = Arn::parse(arn).ok().and_then(|arn| arn.function());
        arn == name || found.is_some_and(|it| it.name == name && it.qualifier.is_none())
    }

    /// Whether an ARN is a queue's; by its name if the queue cannot be read.
    fn is_queue(&self, arn: &str, name: &str) -> bool {
        if name.starts_with("arn:") {
            return arn == name;
        }
        match self.deployed.queues.get(name).and_then(Reading::found) {
            Some(queue) if !queue.arn.is_empty() => arn == queue.arn,
            _ => Arn::parse(arn).ok().and_then(|arn| arn.queue_name()) == Some(name),
        }
    }

    /// A rule's ARN: as it was found, and otherwise as it is beside a function or a queue of the same account and region.
    fn rule_arn(&self, bus: &str, name: &str, near: &str) -> String {
        if let Some(rule) = self.found_rule(bus, name)
            && !rule.arn.is_empty()
        {
            return rule.arn.clone();
        }
        let resource = match bus {
            super::expected::DEFAULT_BUS => format!("rule/{name}"),
            bus => format!("rule/{bus}/{name}"),
        };
        match Arn::parse(near) {
            Ok(near) => near.beside("events", &resource),
            // The account and the region are not known.
            Err(_) => resource,
        }
    }

    /// Compares the delivery of a target or a schedule.
    fn delivery(&mut self, resource: &str, expected: (&str, Retry), found: (Option<&str>, Retry)) {
        let (queue, retry) = expected;
        match found.0 {
            Some(arn) if self.is_queue(arn, queue) => {}
            // The spec says that there is none.
            None if queue.is_empty() => {}
            arn => self.report(
                Finding::new(
                    &lints::OTHER_DEAD_LETTER_QUEUE,
                    resource,
                    match arn {
                        Some(_) => "keeps what could not be delivered in another queue",
                        None => "loses what could not be delivered: it has no dead-letter queue",
                    },
                )
                .expected(if queue.is_empty() { "none" } else { queue })
                .found(arn.unwrap_or("none")),
            ),
        }
        if found.1 != retry {
            let words = |retry: Retry| {
                format!(
                    "{} attempts within {} s",
                    retry.max_attempts, retry.max_age_seconds
                )
            };
            self.report(
                Finding::new(
                    &lints::OTHER_RETRIES,
                    resource,
                    "is delivered with other retries",
                )
                .expected(words(retry))
                .found(words(found.1)),
            );
        }
    }
}

/// The word of EventBridge for a rule's state.
fn state(enabled: bool) -> &'static str {
    if enabled { "ENABLED" } else { "DISABLED" }
}
