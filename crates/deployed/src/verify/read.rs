//! Reads what is deployed under the names that are expected.

use std::collections::BTreeMap;

use crate::aws::Aws;
use crate::aws::deployed::{Deployed, asked_for};

use super::expected::{Expected, Rule};

/// Everything that a comparison needs.
///
/// # Errors
/// A service that cannot be reached, or credentials that it does not know.
pub(super) async fn read_deployed(aws: &Aws, expected: &Expected) -> anyhow::Result<Deployed> {
    let is_expected = |name: &str| expected.rules.iter().any(|rule| rule.name == name);
    let mut rules = Vec::new();
    for bus in &expected.buses {
        let prefix = prefix_on(expected, Some(bus));
        let found = aws.rules(bus, prefix, is_expected).await?;
        rules.push((bus.clone(), found));
    }
    let schedules = aws
        .schedules(prefix_on(expected, None), is_expected)
        .await?;
    let functions = expected.functions.iter();
    let functions = functions
        .map(|function| (function.name.clone(), function.alias.clone()))
        .collect();
    let functions: BTreeMap<_, _> = aws.functions(functions).await?.into_iter().collect();
    let buffered = expected.functions.iter();
    let buffered = buffered.filter(|function| function.mapping.is_some());
    let buffered = buffered.map(|function| {
        // By its ARN: a stand-in may know mappings only by the text that they were made with.
        let found = functions.get(&asked_for(&function.name, function.alias.as_deref()));
        let arn = found.and_then(|found| found.arn.found());
        let arn = arn.filter(|arn| !arn.is_empty()).unwrap_or(&function.name);
        (function.name.clone(), arn.clone(), function.alias.clone())
    });
    let buffered = buffered.collect();
    let queues = expected.queues.iter();
    let queues = queues.map(|queue| queue.name.clone()).collect();
    Ok(Deployed {
        rules,
        schedules,
        functions,
        mappings: aws.mappings(buffered).await?.into_iter().collect(),
        queues: aws.queues(queues).await?.into_iter().collect(),
    })
}

/// What the names of all expected rules on a bus, or of all schedules, begin with. Where the spec gives a rule another name,
/// everything has to be listed.
pub(super) fn prefix_on<'e>(expected: &'e Expected, bus: Option<&str>) -> &'e str {
    let on_bus = |rule: &&Rule| rule.waits_for.bus() == bus;
    let mut rules = expected.rules.iter().filter(on_bus);
    if rules.all(|rule| rule.name.starts_with(&expected.prefix)) {
        &expected.prefix
    } else {
        ""
    }
}
