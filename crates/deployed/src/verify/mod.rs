//! Comparing what is deployed with what the spec says. It reads, and changes nothing.

mod compare;
pub(crate) mod expected;
mod finding;
pub(crate) mod lints;
mod policy;
mod read;

use pipeline::Pipeline;
use serde::Serialize;

use crate::Config;
use crate::aws::Aws;
pub(crate) use compare::compare;
#[cfg(test)]
pub(crate) use compare::tests::perfect;
pub(crate) use expected::{DEFAULT_BUS, Named, RuleSource};
pub use expected::{Expected, expected};
pub use finding::Finding;
pub use lints::LINTS;

/// The outcome of a comparison.
#[derive(Debug)]
pub struct Verified {
    /// How much was looked at.
    pub checked: Checked,
    /// Every difference.
    pub findings: Vec<Finding>,
}

/// How much was looked at.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Checked {
    /// Rules, and schedules of EventBridge Scheduler.
    pub rules: usize,
    /// Their targets.
    pub targets: usize,
    /// Functions that they invoke.
    pub functions: usize,
    /// Queues of failures, and those that events are delivered to.
    pub queues: usize,
}

/// Compares what is deployed in an environment with the spec.
///
/// # Errors
/// A service that cannot be reached, or credentials that it does not know. A refusal of one request is a finding.
pub async fn verify(
    config: &Config,
    pipeline: &Pipeline,
    environment: &str,
) -> anyhow::Result<Verified> {
    let expected = expected(pipeline, environment);
    let aws = Aws::new(config);
    let deployed = read::read_deployed(&aws, &expected).await;
    aws.done();
    Ok(Verified {
        checked: checked(&expected),
        findings: compare(&expected, &deployed?),
    })
}

fn checked(expected: &Expected) -> Checked {
    Checked {
        rules: expected.rules.len(),
        targets: expected.rules.iter().map(|rule| rule.targets.len()).sum(),
        functions: expected.functions.len(),
        queues: expected.queues.len(),
    }
}
