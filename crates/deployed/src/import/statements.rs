//! Which statement of a function's policy lets a rule in: it stays, under its id.

use std::collections::BTreeMap;

use pipeline::Pipeline;
use pipeline::resources;
use serde_json::Value;

use super::blocks::is_statement;
use super::draft::{Draft, Origin};
use super::found::Found;
use crate::aws::deployed::{Deployed, Function};
use crate::verify::Expected;

/// Writes into a draft the ids of the statements that let its rules in.
pub(super) fn keep_statements(
    draft: &mut Draft,
    found: &Found,
    deployed: &Deployed,
    pipeline: &Pipeline,
    expected: &Expected,
) {
    // The job and the trigger of each rule, by its label.
    let rules: BTreeMap<String, (&str, &str)> = resources::rules(pipeline)
        .map(|rule| {
            let place = (rule.job.name, rule.trigger.id.value.as_str());
            (rule.label, place)
        })
        .collect();
    for function in &expected.functions {
        let Some(policy) = deployed.functions.get(&function.asked_for()) else {
            continue;
        };
        for permission in &function.permissions {
            let Some((job, id)) = rules.get(&permission.label) else {
                continue;
            };
            let mut jobs = draft.jobs.iter_mut();
            let job = jobs.find(|found| found.name == *job);
            let triggers = job.into_iter().flat_map(|job| &mut job.triggers);
            let mut triggers = triggers.filter(|trigger| trigger.id == *id);
            let Some(trigger) = triggers.next() else {
                continue;
            };
            let [Origin::Rule { bus, name }] = trigger.origins.as_slice() else {
                continue;
            };
            let mut rules = found.rules.iter().map(|rule| &rule.item);
            let rule = rules.find(|rule| rule.bus == *bus && rule.name == *name);
            let statement = rule.and_then(|rule| statement_of(policy, &rule.arn));
            trigger.statement = statement
                .filter(|id| !is_statement(id, &permission.name))
                .filter(|_| trigger.is_adopted);
        }
    }
}

/// The id of the statement that lets in a rule alone, as the provider writes one: of any other it would make another
/// one instead.
fn statement_of(function: &Function, rule: &str) -> Option<String> {
    let policy: Value = serde_json::from_str(function.policy.found()?).ok()?;
    let statements = policy["Statement"].as_array()?;
    let is_it = |statement: &&Value| {
        let condition = statement["Condition"].as_object();
        let of_rule = condition.is_some_and(|condition| {
            let source = condition.get("ArnLike").and_then(Value::as_object);
            let source = source.filter(|keys| keys.len() == 1);
            condition.len() == 1
                && source.is_some_and(|keys| {
                    keys.iter().all(|(key, value)| {
                        key.eq_ignore_ascii_case("aws:SourceArn") && value == rule
                    })
                })
        });
        statement["Effect"] == "Allow"
            && statement["Principal"]["Service"] == "events.amazonaws.com"
            && statement["Action"] == "lambda:InvokeFunction"
            && of_rule
    };
    let statement = statements.iter().find(is_it)?;
    Some(statement["Sid"].as_str()?.to_owned())
}
