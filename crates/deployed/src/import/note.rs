//! What cannot be carried over as it is, and what the first plan changes.

use serde::Serialize;

use crate::verify::Finding;

/// What a person has to know of an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// What it means.
    pub kind: Kind,
    /// What it is about: a resource on AWS, or a place in a template.
    pub place: String,
    /// What happens to it.
    pub message: String,
    /// What to do about it, where something can be done.
    pub help: Option<String>,
}

/// What a note means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It is not in the spec.
    LeftOut,
    /// The first plan, or the apply, changes it.
    Changes,
    /// It stays as it is, and is good to know.
    Remark,
}

impl Kind {
    /// The word in front of such notes.
    pub fn heading(self) -> &'static str {
        match self {
            Self::LeftOut => "left out",
            Self::Changes => "changes",
            Self::Remark => "remark",
        }
    }
}

impl Note {
    pub(super) fn new(kind: Kind, place: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            kind,
            place: place.into(),
            message: message.into(),
            help: None,
        }
    }

    pub(super) fn left_out(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Kind::LeftOut, place, message)
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }

    /// A difference between what is there and what the spec of the import comes to.
    pub(super) fn of(finding: Finding) -> Self {
        let is = |text: Option<String>| text.unwrap_or_else(|| "nothing".to_owned());
        let (message, help) = match finding.id {
            "unreadable" => (
                format!("{}: {}", finding.message, is(finding.found)),
                Some(finding.help),
            ),
            "foreign-target" if finding.expected.is_none() => (
                format!("stays beside the pipeline's own: {}", is(finding.found)),
                Some(finding.help),
            ),
            "missing-permission" => (format!("{}: a permission is made", finding.message), None),
            "missing-queue-policy" => ("its policy is made".to_owned(), None),
            "missing-function" => (
                "is not there".to_owned(),
                Some("the plan fails until it is: make it, or leave the job out".to_owned()),
            ),
            id if id.starts_with("missing-") => ("is made".to_owned(), None),
            id => {
                let (found, expected) = (is(finding.found), is(finding.expected));
                (format!("{}: {found} becomes {expected}", what(id)), None)
            }
        };
        Self {
            kind: Kind::Changes,
            place: finding.resource,
            message,
            help,
        }
    }
}

/// What a finding is about.
fn what(id: &str) -> &'static str {
    match id {
        "other-dead-letter-queue" => "the dead-letter queue",
        "other-execution" => "what becomes of runs that fail",
        "other-input" => "the input",
        "other-pattern" => "the pattern",
        "other-retries" => "the retries",
        "other-schedule" => "the schedule",
        "foreign-target" => "what is invoked",
        _ => "the state",
    }
}
