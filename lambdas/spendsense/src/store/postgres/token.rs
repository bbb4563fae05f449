//! Passwords of IAM: a [token](https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Connecting.html)
//! is a signed request that is never sent. A server takes it as the password of a new connection for fifteen minutes.

use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::OnceCell;

use crate::store::{Error, aws};

/// The service for which RDS checks signatures.
const SERVICE: &str = "rds-db";

/// How long a token can begin a connection: the most that RDS takes.
const VALID: Duration = Duration::from_mins(15);

/// Makes tokens from the credentials of the function.
#[derive(Default)]
pub(super) struct Signer(OnceCell<SdkConfig>);

impl Signer {
    /// Returns a token for a connection with these options.
    pub(super) async fn token(&self, options: &PgConnectOptions) -> Result<String, Error> {
        let config = self.0.get_or_init(aws::config).await;
        let region = config.region().map(ToString::to_string);
        let region = region.ok_or_else(|| failed("no region of AWS is known: set AWS_REGION"))?;
        let provider = config
            .credentials_provider()
            .ok_or_else(|| failed("there are no credentials of AWS"))?;
        let credentials = provider.provide_credentials().await.map_err(failed)?;
        let (host, port) = (options.get_host(), options.get_port());
        let server = format!("{host}:{port}");
        signed(
            &server,
            options.get_username(),
            &region,
            credentials,
            SystemTime::now(),
        )
    }
}

fn failed(why: impl std::fmt::Display) -> Error {
    Error::Secret(format!("cannot make a token for the database: {why}"))
}

fn signed(
    server: &str,
    user: &str,
    region: &str,
    credentials: Credentials,
    now: SystemTime,
) -> Result<String, Error> {
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(VALID);
    let identity = credentials.into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(SERVICE)
        .time(now)
        .settings(settings)
        .build()
        .map_err(failed)?;
    let query = |pairs: &[(&str, &str)]| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs).finish().replace('+', "%20")
    };
    let asked = query(&[("Action", "connect"), ("DBUser", user)]);
    let url = format!("https://{server}/?{asked}");
    let request = SignableRequest::new("GET", url, std::iter::empty(), SignableBody::Bytes(&[]));
    let instructions = sign(request.map_err(failed)?, &params.into()).map_err(failed)?;
    let (instructions, _) = instructions.into_parts();
    let added: Vec<_> = instructions
        .params()
        .iter()
        .map(|(name, value)| (*name, value.as_ref()))
        .collect();
    Ok(format!("{server}/?{asked}&{}", query(&added)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What botocore's `generate_db_auth_token` gives for the same time and credentials, its parts in any order.
    const EXPECTED: &str = "db.cluster-x.eu-central-1.rds.amazonaws.com:5432/?Action=connect&DBUser=spend%20sense&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260101%2Feu-central-1%2Frds-db%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Security-Token=session%2Ftoken%2B%3D%3D&X-Amz-Signature=d8f2a8dbd9f8db5699d99b021bb9c9cefc83aff5a5b322e450817a9d3d5050c7";

    #[test]
    fn a_token_is_what_other_signers_make() {
        // 2026-01-01
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(490_896);
        let token = Some("session/token+==".to_owned());
        let credentials = Credentials::new("AKIDEXAMPLE", "secret/KEY", token, None, "test");
        let server = "db.cluster-x.eu-central-1.rds.amazonaws.com:5432";
        let signed = signed(server, "spend sense", "eu-central-1", credentials, now).unwrap();
        let parts = |token: &str| {
            let (server, query) = token.split_once("/?").unwrap();
            let mut parts: Vec<String> = query.split('&').map(str::to_owned).collect();
            parts.sort();
            (server.to_owned(), parts)
        };
        assert_eq!(parts(&signed), parts(EXPECTED));
    }
}
