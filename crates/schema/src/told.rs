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
    /// Whether a value that environments say may stand in it.
    pub(super) takes: Takes,
    /// What the key makes on AWS. Every key of a spec has this.
    pub(super) on_aws: Option<OnAws>,
}

/// Whether a value that environments say may stand somewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Takes {
    /// Nowhere.
    #[default]
    None,
    /// One value instead of what is written.
    Instead,
    /// Any number of values in a text.
    Inside,
}

/// A value by its name, as a regular expression.
pub(super) const REFERENCE: &str = r"\$\{[a-z][a-z0-9_]*\}";

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

    /// Lets a value that environments say stand instead.
    pub(super) fn or_value(mut self) -> Self {
        let reference = || format!("^{REFERENCE}$");
        if !self.choices.is_empty() {
            let choices = std::mem::take(&mut self.choices);
            let named = Self::string().matching(reference());
            self.any_of = vec![Self::choice(choices), named.kind("value")];
        } else if let Some(own) = self.pattern.take() {
            let own = own.trim_start_matches('^').trim_end_matches('$').to_owned();
            self.pattern = Some(format!("^({own}|{REFERENCE})$"));
        } else {
            // A pattern holds for strings alone: numbers and switches have their own keywords.
            self.types.push(super::node::Type::String);
            self.pattern = Some(reference());
        }
        self.told.takes = Takes::Instead;
        self
    }

    /// Says that a text may name values.
    pub(super) fn with_values(mut self) -> Self {
        self.told.takes = Takes::Inside;
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
