//! A difference between what is deployed and what the spec says.

use pipeline::Lint;
use serde::{Serialize, Serializer};

use super::lints::UNREADABLE;

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind it is.
    pub lint: &'static Lint,
    /// What it is about: its kind and its name on AWS.
    pub resource: String,
    /// The difference in one line.
    pub message: String,
    /// What the spec says.
    pub expected: Option<String>,
    /// What is there.
    pub found: Option<String>,
    /// A way out.
    pub help: String,
}

/// The help for whatever Terraform can mend.
pub(super) const APPLY: &str = "`terraform apply` makes it as the spec says";

impl Finding {
    /// A difference that `terraform apply` mends.
    pub(super) fn new(lint: &'static Lint, resource: &str, message: impl Into<String>) -> Self {
        Self {
            lint,
            resource: resource.to_owned(),
            message: message.into(),
            expected: None,
            found: None,
            help: APPLY.to_owned(),
        }
    }

    /// Something that could not be read, and so could not be compared.
    pub(super) fn unreadable(resource: &str, why: &str) -> Self {
        Self::new(&UNREADABLE, resource, "could not be checked")
            .found(why)
            .help("allow the request that is named here, and verify again; an endpoint that stands in for AWS may not know it")
    }

    pub(super) fn expected(self, expected: impl Into<String>) -> Self {
        Self {
            expected: Some(expected.into()),
            ..self
        }
    }

    pub(super) fn found(self, found: impl Into<String>) -> Self {
        Self {
            found: Some(found.into()),
            ..self
        }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: help.into(),
            ..self
        }
    }
}

/// The JSON form: the kind by its id and severity.
impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Json<'f> {
            id: &'f str,
            severity: &'f str,
            resource: &'f str,
            message: &'f str,
            expected: Option<&'f str>,
            found: Option<&'f str>,
            help: &'f str,
        }
        let Self {
            lint,
            resource,
            message,
            expected,
            found,
            help,
        } = self;
        let json = Json {
            id: lint.id,
            severity: lint.severity.as_str(),
            resource,
            message,
            expected: expected.as_deref(),
            found: found.as_deref(),
            help,
        };
        json.serialize(serializer)
    }
}
