//! Reads what is deployed under the names that are expected.

use crate::aws::Aws;
use crate::aws::deployed::Deployed;

use super::expected::Expected;

/// Everything that a comparison needs.
///
/// # Errors
/// A service that cannot be reached, or credentials that it does not know.
pub(super) async fn read_deployed(aws: &Aws, expected: &Expected) -> anyhow::Result<Deployed> {
    let is_expected = |name: &str| expected.rules.iter().any(|rule| rule.name == name);
    let mut rules = Vec::new();
    for bus in &expected.buses {
        let found = aws.rules(bus, &expected.prefix, is_expected).await?;
        rules.push((bus.clone(), found));
    }
    let schedules = aws.schedules(&expected.prefix, is_expected).await?;
    let functions = expected.functions.iter();
    let functions = functions
        .map(|function| (function.name.clone(), function.alias.clone()))
        .collect();
    let buffered = expected.functions.iter();
    let buffered = buffered.filter(|function| function.mapping.is_some());
    let buffered = buffered
        .map(|function| (function.name.clone(), function.alias.clone()))
        .collect();
    let queues = expected.queues.iter();
    let queues = queues.map(|queue| queue.name.clone()).collect();
    Ok(Deployed {
        rules,
        schedules,
        functions: aws.functions(functions).await?.into_iter().collect(),
        mappings: aws.mappings(buffered).await?.into_iter().collect(),
        queues: aws.queues(queues).await?.into_iter().collect(),
    })
}
