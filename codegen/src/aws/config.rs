//! How AWS is reached.

use aws_config::{BehaviorVersion, Region, SdkConfig};

/// The configuration of every client: as the AWS SDKs find it, unless an endpoint or a region is named.
pub(crate) async fn config(endpoint_url: Option<&str>, region: Option<&str>) -> SdkConfig {
    let tls = aws_smithy_http_client::tls::Provider::Rustls(
        aws_smithy_http_client::tls::rustls_provider::CryptoMode::Ring,
    );
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(tls)
        .build_https();
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http);
    if let Some(region) = region {
        loader = loader.region(Region::new(region.to_owned()));
    }
    if let Some(url) = endpoint_url {
        loader = loader.endpoint_url(url);
    }
    loader.load().await
}
