//! Schedules of EventBridge Scheduler.

use eventbridge::arn::Arn;
use eventbridge::schedule::Lifetime;

use super::Comparison;
use super::rules::is_json;
use super::targets::{in_words as in_words_of, is_input};
use crate::aws::Reading;
use crate::aws::deployed::{Input, ScheduleBody};
use crate::verify::expected::{Reaches, Rule, RuleSource};
use crate::verify::finding::Finding;
use crate::verify::lints;

impl Comparison<'_> {
    pub(super) fn schedule(&mut self, rule: &Rule) {
        let resource = format!("schedule {}", rule.name);
        let deployed = self.deployed;
        let found = match &deployed.schedules {
            Reading::Found(found) => found
                .iter()
                .find(|found| found.name == rule.name && rule.is_in_group(&found.group)),
            Reading::Absent => None,
            // It is said once for all of them.
            Reading::Refused(_) => return,
        };
        match found.map(|found| &found.body) {
            None | Some(Reading::Absent) => {
                self.report(Finding::new(
                    &lints::MISSING_RULE,
                    &resource,
                    "is not there",
                ));
            }
            Some(Reading::Refused(why)) => self.report(Finding::unreadable(&resource, why)),
            Some(Reading::Found(found)) => {
                self.state(&resource, rule.enabled, found.enabled);
                self.times(&resource, rule, found);
                self.invocation(&resource, rule, found);
            }
        }
    }

    fn times(&mut self, resource: &str, rule: &Rule, found: &ScheduleBody) {
        let RuleSource::Scheduler {
            expression,
            timezone,
            lifetime,
            window_minutes,
            ..
        } = &rule.waits_for
        else {
            return;
        };
        let expected = in_words(expression, timezone, *lifetime, *window_minutes);
        let found = in_words(
            &found.expression,
            &found.timezone,
            found.lifetime,
            found.window_minutes,
        );
        if expected != found {
            self.report(
                Finding::new(&lints::OTHER_SCHEDULE, resource, "runs at other times")
                    .expected(expected)
                    .found(found),
            );
        }
    }

    fn invocation(&mut self, resource: &str, rule: &Rule, found: &ScheduleBody) {
        self.reached(resource, &rule.reaches, &found.target);
        self.message_group(resource, rule, found.message_group.as_deref());
        // Scheduler has no variables for region and account: Terraform writes them into the input.
        let arn = match &rule.reaches {
            Reaches::Function { name, alias } => self.function_arn(name, alias.as_deref()),
            Reaches::Made { .. } | Reaches::Api(_) | Reaches::Arn(_) | Reaches::Said(_) => None,
        };
        let arn = arn.unwrap_or(&found.target).to_owned();
        let arn = Arn::parse(&arn).ok();
        let (region, account) = arn.map_or(("", ""), |arn| (arn.region(), arn.account()));
        for target in &rule.targets {
            let sent = found.input.as_deref().unwrap_or("nothing");
            let (is_same, expected) = if let Some(envelope) = &target.envelope {
                let mut envelope = envelope.clone();
                envelope["region"] = region.into();
                envelope["account"] = account.into();
                (is_json(sent, &envelope), envelope.to_string())
            } else {
                let sent = Input::Constant(sent.to_owned());
                (is_input(&target.input, &sent), in_words_of(&target.input))
            };
            if !is_same {
                self.report(
                    Finding::new(&lints::OTHER_INPUT, resource, "sends something else")
                        .expected(expected)
                        .found(sent),
                );
            }
        }
        if let RuleSource::Scheduler { role, .. } = &rule.waits_for
            && let Some(taken) = found.role.as_deref()
            && Arn::parse(taken).ok().and_then(|arn| arn.role_name()) != Some(role.name.as_str())
        {
            self.report(
                Finding::new(
                    &lints::OTHER_TARGET_SETTINGS,
                    resource,
                    "takes on another role",
                )
                .expected(&role.name)
                .found(taken),
            );
        }
        let others = found.others.iter().map(|name| (*name).to_owned());
        for other in found.kms_key.clone().into_iter().chain(others) {
            self.report(
                Finding::new(
                    &lints::OTHER_TARGET_SETTINGS,
                    resource,
                    "has a key or settings that the spec does not say",
                )
                .expected("none")
                .found(other),
            );
        }
        self.delivery(
            resource,
            (&rule.queue, rule.retry),
            (found.dead_letters.as_deref(), found.retry),
        );
    }

    /// Schedules with the pipeline's prefix and the environment at their end.
    pub(super) fn unknown_schedules(&mut self) {
        let (expected, deployed) = (self.expected, self.deployed);
        for found in deployed.schedules.found().into_iter().flatten() {
            let known = expected
                .rules
                .iter()
                .any(|rule| rule.waits_for.bus().is_none() && rule.name == found.name);
            if !known && expected.is_ours(&found.name) {
                self.report(
                    Finding::new(
                        &lints::UNKNOWN_RULE,
                        &format!("schedule {}", found.name),
                        "the spec does not know it",
                    )
                    .help("remove it, unless another pipeline's name begins with this one's"),
                );
            }
        }
    }
}

fn in_words(
    expression: &str,
    timezone: &str,
    lifetime: Lifetime,
    window_minutes: Option<u32>,
) -> String {
    let Lifetime { start, end } = lifetime;
    let start = start.map_or_else(String::new, |start| format!(", from {start}"));
    let end = end.map_or_else(String::new, |end| format!(", until {end}"));
    let window =
        window_minutes.map_or_else(String::new, |minutes| format!(", within {minutes} minutes"));
    format!("{expression} in {timezone}{start}{end}{window}")
}
