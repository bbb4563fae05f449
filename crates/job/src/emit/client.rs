//! The EventBridge client of a function.

use aws_config::BehaviorVersion;
use aws_config::retry::RetryConfig;
use aws_sdk_eventbridge::Client;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

/// Makes a client from the environment: credentials and region as on Lambda, `AWS_ENDPOINT_URL` and the
/// rest as in any SDK.
pub(super) async fn connect() -> Client {
    let tls = Provider::Rustls(CryptoMode::Ring);
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(Builder::new().tls_provider(tls).build_https())
        // The SDK does not retry: the emitter does, which knows the deadline and looks at each entry.
        .retry_config(RetryConfig::disabled())
        .load()
        .await;
    Client::new(&config)
}
