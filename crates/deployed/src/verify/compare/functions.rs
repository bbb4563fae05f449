//! Functions: there, permitted to be invoked, able to run, and with a place for what fails.

use super::Comparison;
use crate::aws::Reading;
use crate::aws::deployed;
use crate::verify::expected::{Failures, Function};
use crate::verify::finding::Finding;
use crate::verify::lints;
use crate::verify::policy::{self, Request};

impl Comparison<'_> {
    pub(super) fn function(&mut self, function: &Function) {
        let asked_for = function.asked_for();
        let resource = format!("function {asked_for}");
        let Some(found) = self.deployed.functions.get(&asked_for) else {
            return;
        };
        match &found.arn {
            Reading::Found(_) => {}
            Reading::Absent => {
                self.report(Finding::new(
                    &lints::MISSING_FUNCTION,
                    &resource,
                    "is not there",
                ));
                return;
            }
            Reading::Refused(why) => self.report(Finding::unreadable(&resource, why)),
        }
        self.permissions(&resource, function, found);
        // Concurrency is reserved for the whole function, never for an alias.
        self.concurrency(&format!("function {}", function.name), found);
        self.mapping(&resource, function);
        if let Some(failures) = &function.failures {
            self.failures(&resource, failures, &found.failures);
        }
    }

    /// EventBridge may invoke the function for each of its rules.
    fn permissions(&mut self, resource: &str, function: &Function, found: &deployed::Function) {
        let policy = match &found.policy {
            Reading::Found(policy) => policy.as_str(),
            // For a function without a policy Lambda returns an error instead of an empty one.
            Reading::Absent => "{}",
            Reading::Refused(why) => {
                let resource = format!("permissions of the {resource}");
                self.report(Finding::unreadable(&resource, why));
                return;
            }
        };
        // A rule that is not there yet has no ARN: it is in the account and region of the function.
        let near = found.arn.found().map_or("", String::as_str);
        let expected = self.expected;
        for rule in &expected.rules {
            let Some(bus) = rule.waits_for.bus() else {
                // EventBridge Scheduler invokes through a role.
                continue;
            };
            if !function.is_reached(&rule.reaches) {
                continue;
            }
            let source = self.rule_arn(bus, &rule.name, near);
            let request = Request {
                service: "events.amazonaws.com",
                action: "lambda:InvokeFunction",
                source: &source,
            };
            match policy::allows(policy, request) {
                Ok(true) => {}
                Ok(false) => self.report(
                    Finding::new(
                        &lints::MISSING_PERMISSION,
                        resource,
                        format!("may not be invoked for the rule {}", rule.name),
                    )
                    .expected(format!(
                        "a statement {} that allows {} to {} for {source}",
                        rule.name, request.service, request.action
                    )),
                ),
                Err(error) => {
                    let resource = format!("permissions of the {resource}");
                    let why =
                        format!("lambda:GetPolicy returns a policy that is not JSON: {error}");
                    self.report(Finding::unreadable(&resource, &why));
                    return;
                }
            }
        }
    }

    fn concurrency(&mut self, resource: &str, found: &deployed::Function) {
        match &found.concurrency {
            Reading::Found(Some(0)) => self.report(
                Finding::new(
                    &lints::NO_CONCURRENCY,
                    resource,
                    "never runs: its reserved concurrency is 0",
                )
                .expected("none reserved, or more than 0")
                .found("0")
                .help("`terraform apply`, or `aws lambda delete-function-concurrency`; events that came meanwhile are in the failure queue"),
            ),
            Reading::Found(_) | Reading::Absent => {}
            Reading::Refused(why) => {
                let resource = format!("concurrency of the {resource}");
                self.report(Finding::unreadable(&resource, why));
            }
        }
    }

    fn failures(
        &mut self,
        resource: &str,
        expected: &Failures,
        found: &Reading<deployed::Failures>,
    ) {
        let words = |attempts: u32, seconds: u32, queue: &str| {
            format!("{attempts} more attempts within {seconds} s, then to {queue}")
        };
        let wanted = words(
            expected.max_attempts,
            expected.max_age_seconds,
            &expected.queue,
        );
        let was_found = match found {
            Reading::Found(found) => {
                let destination = found.destination.as_deref();
                let is_queue = destination.is_some_and(|arn| self.is_queue(arn, &expected.queue));
                if is_queue
                    && found.max_attempts == expected.max_attempts
                    && found.max_age_seconds == expected.max_age_seconds
                {
                    return;
                }
                words(
                    found.max_attempts,
                    found.max_age_seconds,
                    destination.unwrap_or("nowhere"),
                )
            }
            Reading::Absent => "nothing is said, so they are lost".to_owned(),
            Reading::Refused(why) => {
                let resource = format!("failed runs of the {resource}");
                self.report(Finding::unreadable(&resource, why));
                return;
            }
        };
        self.report(
            Finding::new(
                &lints::OTHER_EXECUTION,
                resource,
                "treats runs that fail in another way",
            )
            .expected(wanted)
            .found(was_found),
        );
    }
}
