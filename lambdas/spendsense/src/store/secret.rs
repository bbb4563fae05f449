//! The URL of the database, kept in AWS Secrets Manager.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::DisplayErrorContext;
use serde::Deserialize;

use super::{Error, aws};

/// The variable that holds the secret's ARN.
pub(super) const ARN: &str = "DATABASE_SECRET_ARN";

/// A secret: the URL itself, or the document that RDS keeps and rotates.
pub(super) struct Secret {
    client: Client,
    arn: String,
}

/// The [document of RDS](https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html).
#[derive(Deserialize)]
struct Credentials {
    username: String,
    password: String,
    host: String,
    #[serde(default = "default_port")]
    port: u16,
    dbname: String,
}

fn default_port() -> u16 {
    5432
}

impl Secret {
    /// Returns the secret that the environment names, if it names one.
    pub(super) async fn from_env() -> Option<Self> {
        let arn = std::env::var(ARN).ok().filter(|arn| !arn.is_empty())?;
        Some(Self {
            client: Client::new(&aws::config().await),
            arn,
        })
    }

    /// Returns the ARN.
    pub(super) fn arn(&self) -> &str {
        &self.arn
    }

    /// Reads the secret as it is now.
    pub(super) async fn url(&self) -> Result<String, Error> {
        let read = self
            .client
            .get_secret_value()
            .secret_id(&self.arn)
            .send()
            .await;
        let secret = read.map_err(|error| {
            let message = format!("the secret {}: {}", self.arn, DisplayErrorContext(&error));
            Error::Secret(message)
        })?;
        let text = secret.secret_string().unwrap_or_default();
        url(text).ok_or_else(|| {
            let message = format!(
                "the secret {} is neither a `postgres://` URL nor JSON with `username`, `password`, `host` and `dbname`",
                self.arn
            );
            Error::Secret(message)
        })
    }
}

fn url(text: &str) -> Option<String> {
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return Some(text.to_owned());
    }
    let of: Credentials = serde_json::from_str(text).ok()?;
    let encoded = |text: &str| {
        form_urlencoded::byte_serialize(text.as_bytes())
            .collect::<String>()
            .replace('+', "%20")
    };
    Some(format!(
        "postgres://{}:{}@{}:{}/{}",
        encoded(&of.username),
        encoded(&of.password),
        of.host,
        of.port,
        encoded(&of.dbname)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_a_url_or_what_rds_keeps() {
        let kept = r#"{"engine":"postgres","username":"a b","password":"p@/:%+","host":"db.example","dbname":"spend"}"#;
        for (text, expected) in [
            ("postgres://u@h/d", Some("postgres://u@h/d")),
            (
                kept,
                Some("postgres://a%20b:p%40%2F%3A%25%2B@db.example:5432/spend"),
            ),
            ("{}", None),
            ("", None),
        ] {
            assert_eq!(url(text).as_deref(), expected, "{text}");
        }
    }
}
