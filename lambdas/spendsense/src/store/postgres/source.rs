//! Where the database is, and with which password a function gets in.

use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio::sync::Mutex;

use super::token::Signer;
use crate::store::Error;
use crate::store::secret::Secret;

/// The variable that says how a function gets in if the URL has no password: `iam`.
const AUTHENTICATION: &str = "DATABASE_AUTHENTICATION";

/// The roots that sign the certificates of RDS, for all regions.
const ROOTS: &[u8] = include_bytes!("../../../rds-roots.pem");

/// What names the database.
pub(super) enum Source {
    /// A URL, with its password.
    Url(Box<PgConnectOptions>),
    /// A URL without a password: each connection has a token of its own.
    Token(Box<PgConnectOptions>, Box<Signer>),
    /// A secret that holds the URL, and what it was when it was last read.
    Secret(Box<Secret>, Mutex<Option<String>>),
}

impl Source {
    pub(super) fn url(url: &str) -> Result<Self, Error> {
        let options = Box::new(options(url)?);
        match std::env::var(AUTHENTICATION).as_deref() {
            Err(_) | Ok("" | "password") => Ok(Self::Url(options)),
            Ok("iam") => Ok(Self::Token(options, Box::default())),
            Ok(other) => Err(Error::Url(format!(
                "{AUTHENTICATION} is `{other}`: write `iam` or `password`"
            ))),
        }
    }

    pub(super) fn secret(secret: Secret) -> Self {
        Self::Secret(Box::new(secret), Mutex::default())
    }

    /// The host and port, without user and password.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Url(options) | Self::Token(options, _) => {
                format!("{}:{}", options.get_host(), options.get_port())
            }
            Self::Secret(..) => "the database".to_owned(),
        }
    }

    /// What the options of a connection wait for.
    pub(super) fn waits_for(&self) -> String {
        match self {
            Self::Url(_) => "the database".to_owned(),
            Self::Token(..) => "credentials of AWS".to_owned(),
            Self::Secret(secret, _) => format!("the secret {}", secret.arn()),
        }
    }

    /// Returns the options of a new connection.
    pub(super) async fn options(&self) -> Result<PgConnectOptions, Error> {
        match self {
            Self::Url(options) => Ok(options.as_ref().clone()),
            Self::Token(options, signer) => {
                let token = signer.token(options).await?;
                Ok(options.as_ref().clone().password(&token))
            }
            Self::Secret(secret, url) => {
                let mut url = url.lock().await;
                if url.is_none() {
                    *url = Some(secret.url().await?);
                }
                options(url.as_deref().unwrap_or_default())
            }
        }
    }

    /// Whether another reading can give another password.
    pub(super) fn may_change(&self) -> bool {
        matches!(self, Self::Secret(..))
    }

    /// Returns the options of a new connection, read anew.
    pub(super) async fn options_again(&self) -> Result<PgConnectOptions, Error> {
        if let Self::Secret(_, url) = self {
            *url.lock().await = None;
        }
        self.options().await
    }
}

/// Reads the options of a connection. Unless the URL or `PGSSLMODE` says otherwise or the server is on this machine, it is
/// encrypted, and the server's certificate is verified against the roots of RDS and those of this machine: RDS Proxy has
/// certificates of the public ones.
fn options(url: &str) -> Result<PgConnectOptions, Error> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|error| Error::Url(format!("the database's URL cannot be read: {error}")))?;
    let is_here = ["localhost", "127.0.0.1", "::1"].contains(&options.get_host())
        || options.get_host().starts_with('/')
        || options.get_socket().is_some();
    let is_given = |key: &str, variable: &str| {
        url.contains(&format!("{key}=")) || std::env::var_os(variable).is_some()
    };
    let options = if is_here || is_given("sslmode", "PGSSLMODE") {
        options
    } else {
        options.ssl_mode(PgSslMode::VerifyFull)
    };
    let options = if is_given("sslrootcert", "PGSSLROOTCERT") {
        options
    } else {
        options.ssl_root_cert_from_pem(ROOTS.to_vec())
    };
    let name = std::env::var("AWS_LAMBDA_FUNCTION_NAME");
    Ok(options
        .application_name(name.as_deref().unwrap_or("spendsense"))
        // PgBouncer refuses a connection that names this setting.
        .extra_float_digits(None)
        .statement_cache_capacity(0))
}
