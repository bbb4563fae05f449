//! What left a spec and is still on AWS: `removed:`.

use indexmap::IndexMap;

use crate::allow::Allow;
use crate::span::{Span, Spanned};

/// What left the spec, until that is applied everywhere.
#[derive(Clone, Debug, Default)]
pub struct Removed {
    /// The place of what has no entry: the key, or the one of `jobs` where it would stand.
    pub span: Span,
    /// The jobs that left, or have lost something, by name; the archive may have an entry of its own.
    pub entries: IndexMap<String, Removal>,
}

/// A job that left the spec, or that has lost something.
#[derive(Clone, Debug)]
pub struct Removal {
    /// The place of its name.
    pub name_span: Span,
    /// What stays on AWS.
    pub keep: Vec<Spanned<Keep>>,
    /// Findings about it that stay on purpose.
    pub allow: Vec<Allow>,
}

/// Something with data in it that stays on AWS, although the spec has it no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Keep {
    /// The pipeline's archive.
    Archive,
    /// The queue between a job's rules and its function.
    Buffer,
    /// The queue of dead letters.
    DeadLetterQueue,
    /// The queue of failed runs.
    FailureQueue,
    /// The log group of a function, or one that events were delivered to.
    LogGroup,
    /// The queue that events were delivered to.
    Queue,
}

impl Keep {
    /// The word for it in a spec.
    pub fn word(self) -> &'static str {
        let mut words = crate::spec::removed::KEEPS.iter();
        // The list has every one of them: a test holds that.
        words
            .find(|(_, keep)| *keep == self)
            .map_or("", |(word, _)| word)
    }
}

impl Removed {
    /// The place of a job that left.
    pub fn place_of_job(&self, name: &str) -> Span {
        let entry = self.entries.get(name);
        entry.map_or(self.span, |entry| entry.name_span)
    }

    /// The place of the archive, if that left: an entry that keeps it, or one with its name.
    pub fn place_of_archive(&self) -> Span {
        let mut entries = self.entries.values();
        let keeps = entries.find(|entry| entry.keeps(Keep::Archive));
        let named = || self.entries.get(ARCHIVE);
        keeps
            .or_else(named)
            .map_or(self.span, |entry| entry.name_span)
    }

    /// Whether something of a job, or the archive, stays on AWS.
    pub fn keeps(&self, job: &str, keep: Keep) -> bool {
        if keep == Keep::Archive {
            return self.entries.values().any(|entry| entry.keeps(keep));
        }
        self.entries.get(job).is_some_and(|entry| entry.keeps(keep))
    }
}

impl Removal {
    /// Whether something stays on AWS.
    pub fn keeps(&self, keep: Keep) -> bool {
        self.keep.iter().any(|kept| kept.value == keep)
    }
}

/// The entry of the archive, which has no name in a spec.
const ARCHIVE: &str = "archive";
