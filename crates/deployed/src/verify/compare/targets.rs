//! Compares the targets of a rule and their inputs.

use eventbridge::arn::Arn;

use super::Comparison;
use super::rules::is_json;
use crate::aws::Reading;
use crate::aws::deployed::{self, Input, Starts};
use crate::verify::expected::{Reaches, Rule, Target, Way};
use crate::verify::finding::Finding;
use crate::verify::lints;

impl Comparison<'_> {
    pub(super) fn targets(&mut self, rule: &Rule, found: &deployed::Rule) {
        let found_targets: &[deployed::Target] = match &found.targets {
            Reading::Found(targets) => targets,
            // The rule itself is there: without targets, each expected one is missing.
            Reading::Absent => &[],
            Reading::Refused(why) => {
                let resource = format!("targets of the rule {}", rule.name);
                self.report(Finding::unreadable(&resource, why));
                return;
            }
        };
        for target in &rule.targets {
            let resource = resource(rule, &target.id);
            match found_targets.iter().find(|found| found.id == target.id) {
                Some(found) => self.target(&resource, rule, target, found),
                None => self.report(
                    Finding::new(&lints::MISSING_TARGET, &resource, "is not there")
                        .expected(rule.reaches.in_words()),
                ),
            }
        }
        // A rule may hold targets that Terraform never made, and EventBridge sends them each matching event too.
        for found in found_targets {
            if rule.targets.iter().all(|target| target.id != found.id) {
                self.report(foreign(rule, found));
            }
        }
    }

    /// Whether a target's ARN is that of what its rule should reach.
    pub(super) fn reached(&mut self, resource: &str, expected: &Reaches, arn: &str) {
        let is_it = match expected {
            Reaches::Function { name, alias } => {
                // Rules invoke the alias: its ARN is that of the function with the alias behind it.
                let unqualified = match alias {
                    Some(alias) => arn.strip_suffix(&format!(":{alias}")),
                    None => Some(arn),
                };
                unqualified.is_some_and(|arn| self.is_function(arn, name, alias.as_deref()))
            }
            Reaches::Made { service, end } => {
                Arn::parse(arn).is_ok_and(|arn| arn.service() == *service && arn.resource() == end)
            }
            Reaches::Api(name) => Arn::parse(arn).is_ok_and(|arn| {
                let end = arn.resource().strip_prefix("api-destination/");
                // AWS puts an id behind the name; a stand-in may not.
                let end = end.map(|end| end.split('/').next().unwrap_or(end));
                arn.service() == "events" && end == Some(name)
            }),
            Reaches::Arn(expected) => arn == expected,
            // The values of the environment's variables are not known here.
            Reaches::Said(_) => true,
        };
        if is_it {
            return;
        }
        let known = match expected {
            Reaches::Function { name, alias: None } => self.function_arn(name, None),
            _ => None,
        };
        let known = known.map_or_else(|| expected.in_words(), str::to_owned);
        self.report(
            Finding::new(&lints::FOREIGN_TARGET, resource, "invokes something else")
                .expected(known)
                .found(arn),
        );
    }

    /// Whether messages of a FIFO queue have the group that the spec says. One that is no FIFO queue has none.
    pub(super) fn message_group(&mut self, resource: &str, rule: &Rule, found: Option<&str>) {
        let expected = rule.way.group.as_deref();
        if expected != found {
            let none = "no message group";
            self.report(
                Finding::new(
                    &lints::OTHER_MESSAGE_GROUP,
                    resource,
                    "sends messages of another group",
                )
                .expected(expected.unwrap_or(none))
                .found(found.unwrap_or(none)),
            );
        }
    }

    fn way(&mut self, resource: &str, expected: &Way, found: &deployed::Target) {
        let Way {
            role,
            // `message_group` has compared it.
            group: _,
            partition_key,
            starts,
            settings,
        } = expected;
        if !is_started(starts.as_ref(), found.starts.as_ref()) {
            let words = |starts: &Option<Starts>| match starts {
                Some(starts) => starts.in_words(),
                None => "what the spec does not say".to_owned(),
            };
            self.report(
                Finding::new(
                    &lints::OTHER_TARGET_SETTINGS,
                    resource,
                    "starts something else",
                )
                .expected(words(starts))
                .found(words(&found.starts)),
            );
        }
        let found_role = found.role.as_deref();
        let named = found_role.and_then(|arn| Arn::parse(arn).ok()?.role_name());
        let differences = [
            // Where a policy lets EventBridge in, no role is looked for.
            (
                "takes on another role",
                role.as_deref(),
                role.as_ref().and(named.or(found_role)),
            ),
            (
                "has another partition key",
                partition_key.as_deref(),
                found.partition_key.as_deref(),
            ),
        ];
        let mut others = found.others.iter();
        if let Some(other) = others.find(|name| Some(**name) != *settings) {
            self.report(
                Finding::new(
                    &lints::OTHER_TARGET_SETTINGS,
                    resource,
                    "has settings that the spec does not say",
                )
                .expected(settings.unwrap_or("none"))
                .found(*other),
            );
        }
        for (message, expected, found) in differences {
            if expected != found {
                self.report(
                    Finding::new(&lints::OTHER_TARGET_SETTINGS, resource, message)
                        .expected(expected.unwrap_or("none"))
                        .found(found.unwrap_or("none")),
                );
            }
        }
    }

    fn target(&mut self, resource: &str, rule: &Rule, expected: &Target, found: &deployed::Target) {
        self.reached(resource, &rule.reaches, &found.arn);
        self.message_group(resource, rule, found.group.as_deref());
        if !is_input(&expected.input, &found.input) {
            self.report(
                Finding::new(&lints::OTHER_INPUT, resource, "sends something else")
                    .expected(in_words(&expected.input))
                    .found(in_words(&found.input)),
            );
        }
        self.way(resource, &rule.way, found);
        self.delivery(
            resource,
            (&rule.queue, rule.retry),
            (found.dead_letters.as_deref(), found.retry),
        );
    }
}

fn resource(rule: &Rule, target: &str) -> String {
    format!("target {target} of the rule {}", rule.name)
}

fn foreign(rule: &Rule, found: &deployed::Target) -> Finding {
    let bus = rule.waits_for.bus().unwrap_or_default();
    Finding::new(
        &lints::FOREIGN_TARGET,
        &resource(rule, &found.id),
        "is not the spec's",
    )
    .found(&found.arn)
    .help(format!(
        "Terraform does not see it, and cannot destroy the rule with it: `aws events remove-targets --event-bus-name {bus} --rule {} --ids {}`",
        rule.name, found.id
    ))
}

/// Whether two inputs are the same. White space around a template does not count.
pub(super) fn is_input(expected: &Input, found: &Input) -> bool {
    match (expected, found) {
        (
            Input::Transformer { paths, template },
            Input::Transformer {
                paths: found_paths,
                template: found_template,
            },
        ) => paths == found_paths && template.trim() == found_template.trim(),
        (Input::Constant(text), Input::Constant(found)) => {
            text == found || serde_json::from_str(text).is_ok_and(|json| is_json(found, &json))
        }
        (expected, found) => expected == found,
    }
}

pub(super) fn in_words(input: &Input) -> String {
    match input {
        Input::Event => "the event as it is".to_owned(),
        Input::Path(path) => format!("the part {path} of the event"),
        Input::Constant(text) => format!("the text {text}"),
        Input::Transformer { paths, template } => {
            let paths = paths
                .iter()
                .map(|(name, path)| format!("<{name}> = {path}"));
            let paths: Vec<String> = paths.collect();
            let template: Vec<&str> = template.split_whitespace().collect();
            format!("{} with {}", template.join(" "), paths.join(", "))
        }
    }
}

/// Whether the same is started. A spec names a definition by its name or its ARN.
fn is_started(expected: Option<&Starts>, found: Option<&Starts>) -> bool {
    let (Some(expected), Some(found)) = (expected, found) else {
        return expected.is_none() && found.is_none();
    };
    let (wanted, there) = (expected.definition(), found.definition());
    let arn = Arn::parse(there).ok();
    let name = arn.and_then(|arn| arn.resource().split_once('/'));
    let is_named = there == wanted || name.is_some_and(|(_, name)| name == wanted);
    is_named && found.defined_by(wanted) == *expected
}
