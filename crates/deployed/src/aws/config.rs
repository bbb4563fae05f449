//! How AWS is reached.

use anyhow::ensure;
use aws_config::{BehaviorVersion, Region, SdkConfig};

/// The configuration of every client.
#[derive(Debug)]
pub struct Config {
    sdk: SdkConfig,
    shows_progress: bool,
}

impl Config {
    /// Loads the configuration as the AWS SDKs find it, unless an endpoint or a region is named. `shows_progress` counts
    /// on a terminal what has been read.
    ///
    /// # Errors
    /// No region: nothing can be asked without one.
    pub async fn load(
        endpoint_url: Option<&str>,
        region: Option<&str>,
        shows_progress: bool,
    ) -> anyhow::Result<Self> {
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
        let sdk = loader.load().await;
        ensure!(
            sdk.region().is_some(),
            "there is no AWS region: pass `--region`, or set AWS_REGION or the region of the profile"
        );
        Ok(Self {
            sdk,
            shows_progress,
        })
    }

    /// The endpoint that stands in for AWS, if there is one: named here, or by the environment.
    pub fn endpoint_url(&self) -> Option<&str> {
        self.sdk.endpoint_url()
    }

    /// The configuration as the SDKs take it.
    pub(crate) fn sdk(&self) -> &SdkConfig {
        &self.sdk
    }

    /// Whether what has been read is counted on a terminal.
    pub(crate) fn shows_progress(&self) -> bool {
        self.shows_progress
    }
}
