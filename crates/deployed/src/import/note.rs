//! What cannot be carried over as it is, and what the first plan changes.

use pipeline::Lint;
use serde::Serialize;

use crate::verify::Finding;
use crate::verify::lints::{
    FOREIGN_TARGET, MISSING_BUS, MISSING_FUNCTION, MISSING_PERMISSION, MISSING_QUEUE,
    MISSING_QUEUE_POLICY, MISSING_RULE, MISSING_TARGET, OTHER_DEAD_LETTER_QUEUE, OTHER_EXECUTION,
    OTHER_INPUT, OTHER_MESSAGE_GROUP, OTHER_PATTERN, OTHER_RETRIES, OTHER_SCHEDULE,
    OTHER_TARGET_SETTINGS, UNREADABLE,
};

/// What a person has to know of an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The finding that it comes from, as `codegen explain` knows it; nothing if it comes from none.
    pub id: Option<&'static str>,
    /// The meaning of the note.
    pub kind: Kind,
    /// What it is about: a resource on AWS, or a place in a template.
    pub place: String,
    /// What happens to it.
    pub message: String,
    /// Advice, if something can be done about it.
    pub help: Option<String>,
}

/// What a note means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It is made beside what is there, and both run.
    Twice,
    /// A target receives something else from the first apply on.
    OtherInput,
    /// It is not in the spec.
    LeftOut,
    /// The first plan, or the apply, changes it.
    Changes,
    /// The first apply makes it.
    Added,
    /// It stays as it is, and is good to know.
    Remark,
}

impl Kind {
    /// The word in front of such notes.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Twice => "runs twice",
            Self::OtherInput => "other input",
            Self::LeftOut => "left out",
            Self::Changes => "changes",
            Self::Added => "added",
            Self::Remark => "remark",
        }
    }
}

impl Note {
    pub(super) fn new(kind: Kind, place: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            id: None,
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

    /// A difference between what is there and what the imported spec describes.
    pub(super) fn from_finding(finding: Finding) -> Self {
        let is = |lint: &Lint| finding.lint == lint;
        let said = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
        let (found, expected) = (said(&finding.found), said(&finding.expected));
        let mut help = None;
        let kind = if is(&OTHER_INPUT) {
            Kind::OtherInput
        } else {
            Kind::Changes
        };
        let message = if is(&UNREADABLE) {
            help = Some(finding.help);
            format!("{}: {found}", finding.message)
        } else if is(&FOREIGN_TARGET) && finding.expected.is_none() {
            help = Some(finding.help);
            format!("stays beside the pipeline's own: {found}")
        } else if is(&MISSING_FUNCTION) {
            help = Some("the plan fails until it is: make it, or leave the job out".to_owned());
            "is not there".to_owned()
        } else {
            format!("{}: {found} becomes {expected}", changed_part(finding.lint))
        };
        Self {
            id: Some(finding.lint.id),
            kind,
            place: finding.resource,
            message,
            help,
        }
    }
}

/// What is missing, and made by the first apply.
pub(super) static MADE: [&Lint; 6] = [
    &MISSING_BUS,
    &MISSING_PERMISSION,
    &MISSING_QUEUE,
    &MISSING_QUEUE_POLICY,
    &MISSING_RULE,
    &MISSING_TARGET,
];

/// The part of a resource that differs.
fn changed_part(lint: &Lint) -> &'static str {
    let parts: [(&Lint, &str); 9] = [
        (&FOREIGN_TARGET, "what is invoked"),
        (&OTHER_DEAD_LETTER_QUEUE, "the dead-letter queue"),
        (&OTHER_EXECUTION, "what becomes of runs that fail"),
        (&OTHER_INPUT, "the input"),
        (&OTHER_MESSAGE_GROUP, "the message group"),
        (&OTHER_PATTERN, "the pattern"),
        (&OTHER_RETRIES, "the retries"),
        (&OTHER_SCHEDULE, "the schedule"),
        (&OTHER_TARGET_SETTINGS, "what it is reached with"),
    ];
    let found = parts.into_iter().find(|(of, _)| *of == lint);
    found.map_or("the state", |(_, part)| part)
}
