//! The account and the region that a configuration leads to.

use anyhow::bail;
use aws_sdk_eventbridge::Client;
use eventbridge::arn::Arn;

use crate::Config;
use crate::aws::sentence;

/// An account and a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The region.
    pub region: String,
    /// The id of the account.
    pub account: String,
}

/// Asks which account and region a configuration leads to. Every account has a default bus, whose ARN says both.
///
/// # Errors
/// A service that cannot be reached, or a refusal.
pub async fn place(config: &Config) -> anyhow::Result<Place> {
    let answer = Client::new(config.sdk()).describe_event_bus().send().await;
    let request = "events:DescribeEventBus, which says the account,";
    let bus = answer.map_err(|error| anyhow::anyhow!(sentence(request, &error)))?;
    let arn = bus.arn().unwrap_or_default();
    match Arn::parse(arn) {
        Ok(arn) => Ok(Place {
            region: arn.region().to_owned(),
            account: arn.account().to_owned(),
        }),
        Err(_) => bail!("events:DescribeEventBus returned `{arn}`, which is no ARN"),
    }
}
