//! Calls of an API, which EventBridge makes for each event.

use indexmap::IndexMap;

use crate::span::Spanned;
use crate::values::Text;

/// An API that the module makes an API destination for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Api {
    /// Where it is called: `https://…`.
    pub url: Text,
    /// The HTTP method.
    pub method: &'static str,
    /// How EventBridge proves who it is.
    pub auth: Auth,
    /// The most calls in a second.
    pub rate: u32,
    /// What each call has beside the event.
    pub call: Call,
}

/// What each call has beside the event and what its connection adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Headers, by name.
    pub headers: IndexMap<String, Text>,
    /// Parameters of the query, by name.
    pub query: IndexMap<String, Text>,
    /// What the local bus calls instead: `http://…`.
    pub local: Option<String>,
}

/// How EventBridge proves to an API who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auth {
    /// The name, in the variable `secrets`, of the secret that has what nobody else should know.
    pub secret: Spanned<String>,
    /// What it sends.
    pub kind: AuthKind,
}

/// What EventBridge sends to prove who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthKind {
    /// A key in a header.
    ApiKey {
        /// The name of the header.
        header: String,
    },
    /// A user and a password.
    Basic,
    /// A token, which it gets with the credentials of a client.
    OAuth {
        /// Where it gets the token: `https://…`.
        endpoint: Text,
        /// The HTTP method of that call.
        method: &'static str,
        /// What that call says beside the credentials: in its body, or in its query if the method is `GET`.
        parameters: IndexMap<String, Text>,
    },
}

impl AuthKind {
    /// The word for it in EventBridge's API.
    pub fn on_aws(&self) -> &'static str {
        match self {
            Self::ApiKey { .. } => "API_KEY",
            Self::Basic => "BASIC",
            Self::OAuth { .. } => "OAUTH_CLIENT_CREDENTIALS",
        }
    }
}
