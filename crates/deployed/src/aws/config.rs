//! How AWS is reached.

use aws_config::{BehaviorVersion, Region, SdkConfig};

/// The configuration of every client.
#[derive(Debug)]
pub struct Config(SdkConfig);

impl Config {
    /// Loads the configuration as the AWS SDKs find it, unless an endpoint or a region is named.
    pub async fn load(endpoint_url: Option<&str>, region: Option<&str>) -> Self {
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
        Self(loader.load().await)
    }

    /// The endpoint that stands in for AWS, if there is one: named here, or by the environment.
    pub fn endpoint_url(&self) -> Option<&str> {
        self.0.endpoint_url()
    }

    /// The configuration as the SDKs take it.
    pub(crate) fn sdk(&self) -> &SdkConfig {
        &self.0
    }
}
