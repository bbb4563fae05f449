//! What is deployed otherwise than the spec says.

use serde::Serialize;

use crate::session::Session;

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// What kind it is; it never changes.
    pub(crate) id: &'static str,
    /// What it is about: its kind and its name on AWS.
    pub(crate) resource: String,
    /// The difference in one line.
    pub(crate) message: String,
    /// What the spec says.
    pub(crate) expected: Option<String>,
    /// What is there.
    pub(crate) found: Option<String>,
    /// A way out.
    pub(crate) help: String,
}

/// What mends most of it.
pub(super) const APPLY: &str = "`terraform apply` makes it as the spec says";

impl Finding {
    /// A difference that `terraform apply` mends.
    pub(super) fn new(id: &'static str, resource: &str, message: impl Into<String>) -> Self {
        Self {
            id,
            resource: resource.to_owned(),
            message: message.into(),
            expected: None,
            found: None,
            help: APPLY.to_owned(),
        }
    }

    /// Something that could not be read, so that nobody knows how it is.
    pub(super) fn unreadable(resource: &str, why: &str) -> Self {
        Self::new("unreadable", resource, "could not be checked")
            .found(why)
            .help("allow the request that is named here, and verify again; an endpoint in the place of AWS may not know it")
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

    /// In one line.
    pub(crate) fn say_concisely(&self, session: &mut Session) -> anyhow::Result<()> {
        let Self {
            id,
            resource,
            message,
            ..
        } = self;
        session.say(format_args!("{resource}: {message} [{id}]"))
    }

    /// With what is expected, what is there, and a way out.
    pub(crate) fn say(&self, session: &mut Session) -> anyhow::Result<()> {
        const RED: &str = "\u{1b}[1;31m";
        const RESET: &str = "\u{1b}[0m";
        let Self {
            id,
            resource,
            message,
            ..
        } = self;
        session.say(format_args!(
            "{RED}differs{RESET}[{id}]: {resource}: {message}"
        ))?;
        if let Some(expected) = &self.expected {
            session.say(format_args!("  expected  {expected}"))?;
        }
        if let Some(found) = &self.found {
            session.say(format_args!("  found     {found}"))?;
        }
        session.say(format_args!("  help      {}\n", self.help))
    }
}
