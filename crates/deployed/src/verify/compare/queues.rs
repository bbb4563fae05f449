//! Queues of failures: there, allowed to be sent to, and empty.

use super::Comparison;
use crate::aws::Reading;
use crate::aws::deployed;
use crate::verify::expected::{Keeps, Queue};
use crate::verify::finding::Finding;
use crate::verify::lints;
use crate::verify::policy::{self, Request};

impl Comparison<'_> {
    pub(super) fn queue(&mut self, queue: &Queue) {
        let resource = format!("queue {}", queue.name);
        match self.deployed.queues.get(&queue.name) {
            None => {}
            Some(Reading::Absent) => {
                self.report(Finding::new(
                    &lints::MISSING_QUEUE,
                    &resource,
                    "is not there",
                ));
            }
            Some(Reading::Refused(why)) => self.report(Finding::unreadable(&resource, why)),
            Some(Reading::Found(found)) => {
                self.senders(&resource, queue, found);
                self.key(&resource, queue, found);
                self.messages(&resource, queue, found);
                if let Some(redrive) = &queue.redrive {
                    self.redrive(&resource, redrive, found);
                }
            }
        }
    }

    /// EventBridge may send to the queue for each of its rules: otherwise it drops what it sends.
    fn senders(&mut self, resource: &str, queue: &Queue, found: &deployed::Queue) {
        let mut refused = Vec::new();
        for index in &queue.senders {
            let rule = &self.expected.rules[*index];
            // EventBridge Scheduler sends through a role.
            let Some(bus) = rule.waits_for.bus() else {
                continue;
            };
            let source = self.rule_arn(bus, &rule.name, &found.arn);
            let request = Request {
                service: "events.amazonaws.com",
                action: "sqs:SendMessage",
                source: &source,
            };
            match policy::allows(found.policy.as_deref().unwrap_or("{}"), request) {
                Ok(true) => {}
                Ok(false) => refused.push(rule.name.clone()),
                Err(error) => {
                    let why = format!(
                        "sqs:GetQueueAttributes returns a policy that is not JSON: {error}"
                    );
                    self.report(Finding::unreadable(
                        &format!("policy of the {resource}"),
                        &why,
                    ));
                    return;
                }
            }
        }
        if !refused.is_empty() {
            self.report(
                Finding::new(
                    &lints::MISSING_QUEUE_POLICY,
                    resource,
                    "takes nothing from EventBridge: what it is sent is lost",
                )
                .expected(format!(
                    "a policy that allows events.amazonaws.com to sqs:SendMessage for {}",
                    refused.join(", ")
                ))
                .found(found.policy.as_deref().unwrap_or("no policy")),
            );
        }
    }

    /// A key that the spec does not name may keep every sender out.
    fn key(&mut self, resource: &str, queue: &Queue, found: &deployed::Queue) {
        if let (false, Some(key)) = (queue.has_key, &found.kms_key) {
            self.report(
                Finding::new(
                    &lints::OTHER_QUEUE_KEY,
                    resource,
                    "is encrypted with a key that the spec does not name",
                )
                .expected("the key of SQS")
                .found(key),
            );
        }
    }

    fn messages(&mut self, resource: &str, queue: &Queue, found: &deployed::Queue) {
        let (lint, what, then) = match queue.keeps {
            Keeps::DeadLetters => (
                &lints::DEAD_LETTERS,
                "events that could not be delivered",
                "the message attributes ERROR_CODE and RULE_ARN say why; mend that, send the events again, and remove them",
            ),
            Keeps::FailedRuns => (
                &lints::FAILED_RUNS,
                "runs that failed for good",
                "each message holds the event and what the function returned; mend that, send the events again, and remove them",
            ),
            Keeps::Unreadable => (
                &lints::DEAD_LETTERS,
                "events that the bus could not encrypt or decrypt",
                "the message attribute ERROR_CODE says why; mend the policy of the key, send the events again, and remove them",
            ),
            // It is meant to hold some.
            Keeps::Events | Keeps::Waiting => return,
        };
        match found.messages {
            Some(0) => {}
            Some(count) => self.report(
                Finding::new(lint, resource, format!("holds {what}"))
                    .expected("no messages")
                    .found(count.to_string())
                    .help(then),
            ),
            None => {
                let why = "sqs:GetQueueAttributes does not say how many there are";
                self.report(Finding::unreadable(
                    &format!("messages in the {resource}"),
                    why,
                ));
            }
        }
    }
}
