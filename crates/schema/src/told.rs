//! What docs/spec.md says of a value beside its description: JSON Schema has no words for it.

use super::Schema;

/// Words about a value that a person reads, and an editor does not.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    /// The kind of value, if JSON's types do not say it: `duration`.
    pub(super) kind: Option<&'static str>,
    /// The description without its range.
    pub(super) meaning: Option<String>,
    /// The range in the units of the spec: `1s to 15m`.
    pub(super) range: Option<String>,
    /// What the key makes on AWS. Every key of a spec has this.
    pub(super) on_aws: Option<OnAws>,
}

/// What a key makes on AWS.
#[derive(Clone, Copy, Debug)]
pub(super) enum OnAws {
    Makes(&'static str),
    /// Nothing, which the page says, too.
    Nothing,
}

impl Schema {
    /// Says what a key makes on AWS, or which setting of what it becomes.
    pub(super) fn on_aws(mut self, what: &'static str) -> Self {
        self.told.on_aws = Some(OnAws::Makes(what));
        self
    }

    /// Says that a key makes nothing on AWS.
    pub(super) fn not_on_aws(mut self) -> Self {
        self.told.on_aws = Some(OnAws::Nothing);
        self
    }

    /// Names the kind of a value, if JSON's types do not.
    pub(super) fn kind(mut self, kind: &'static str) -> Self {
        self.told.kind = Some(kind);
        self
    }

    /// Describes a value that has a range: an editor reads both in one sentence, the page has them apart.
    pub(super) fn describe_range(mut self, sentence: &str, range: String) -> Self {
        let description = format!("{sentence} {range}.");
        self.told.meaning = Some(sentence.to_owned());
        self.told.range = Some(range);
        self.describe(description)
    }
}
