//! The EventBridge client of a function.

use aws_config::retry::RetryConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::config::Builder;

use crate::sdk;

/// Makes a client from the environment.
pub(super) async fn connect() -> Client {
    let config = Builder::from(&sdk::config().await)
        // The SDK does not retry: the emitter does, which knows the deadline and looks at each entry.
        .retry_config(RetryConfig::disabled());
    Client::from_conf(config.build())
}
