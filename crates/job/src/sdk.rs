//! What the clients of AWS have in common.

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

/// Reads the environment: credentials and region as on Lambda, `AWS_ENDPOINT_URL` and the rest as in any SDK.
pub(crate) async fn config() -> SdkConfig {
    let tls = Provider::Rustls(CryptoMode::Ring);
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(Builder::new().tls_provider(tls).build_https())
        .load()
        .await
}
