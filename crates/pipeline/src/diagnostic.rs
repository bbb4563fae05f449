//! What is wrong with a spec, as data. Rendering is the caller's.

use crate::span::Span;
use crate::suggestion::{Mend, Suggestion};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Must be mended: nothing is generated before that.
    Error,
    /// Probably a mistake; generation goes on.
    Warning,
    /// Nothing to mend: the generator does something that a reader of the spec may not expect.
    Note,
}

impl Severity {
    /// The word that people and programs read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One kind of finding, with what `codegen explain` says of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Lint {
    /// A stable kebab-case name of the bad thing.
    pub id: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// One line, understandable alone.
    pub summary: &'static str,
    /// Markdown: what it means, why it matters, an example that fails and how to mend it.
    pub explanation: &'static str,
}

/// One finding at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The kind.
    pub lint: &'static Lint,
    /// The headline: lower case, no full stop, names in backticks.
    pub message: String,
    /// The smallest piece of the spec that is wrong.
    pub span: Span,
    /// A label right at that place.
    pub label: Option<String>,
    /// Other places that belong to the finding, with what they are.
    pub related: Vec<(Span, String)>,
    /// Facts that explain it.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// Changes of the text, each of which mends it. With exactly one there is nothing to choose.
    pub fixes: Vec<Fix>,
    /// What mends it, until the edits are made.
    pub(crate) mends: Vec<Mend>,
    /// The place in another file, if it is not the spec that is wrong. The piece of the spec is then the nearest one.
    pub elsewhere: Option<Elsewhere>,
}

/// A change of the spec's text that makes a finding go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as a person would pick it from a list: "write `order.placed`".
    pub title: String,
    /// Pieces of the text to replace, which do not overlap.
    pub edits: Vec<Edit>,
}

/// A piece of the spec, and what stands there instead. An empty span inserts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub span: Span,
    /// The new text.
    pub text: String,
}

/// A piece of a line in another file than the spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The file's path, as the caller gave it.
    pub file: String,
    /// The number of the line, from 1.
    pub line: usize,
    /// The text of the line.
    pub text: String,
    /// The piece of the line that is wrong, in bytes.
    pub piece: std::ops::Range<usize>,
}

impl Diagnostic {
    /// A finding with a headline and a place; the rest is added with the `with_` methods.
    pub fn new(lint: &'static Lint, span: Span, message: impl Into<String>) -> Self {
        Self {
            lint,
            message: message.into(),
            span,
            label: None,
            related: Vec::new(),
            notes: Vec::new(),
            help: None,
            fixes: Vec::new(),
            mends: Vec::new(),
            elsewhere: None,
        }
    }

    /// Points at another file instead of the spec, if the place there is known.
    #[must_use]
    pub fn with_elsewhere(mut self, place: Option<&Elsewhere>) -> Self {
        self.elsewhere = place.cloned();
        self
    }

    /// Adds a label right at the place.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Points at another place.
    #[must_use]
    pub fn with_related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related.push((span, label.into()));
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds what the user should do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a change that mends it.
    #[must_use]
    pub fn with_fix(mut self, fix: Fix) -> Self {
        self.fixes.push(fix);
        self
    }

    /// Adds what the user should do, and the changes of the key or text at `place` that do it.
    #[must_use]
    pub(crate) fn with_suggestion(
        mut self,
        place: Span,
        suggestion: impl Into<Suggestion>,
    ) -> Self {
        let (help, mends) = suggestion.into().mends(place);
        self.mends.extend(mends);
        self.with_help(help)
    }

    /// Adds what the user should do, and the names of the key whose value is at `value`.
    #[must_use]
    pub(crate) fn with_key_suggestion(
        mut self,
        value: Span,
        suggestion: impl Into<Suggestion>,
    ) -> Self {
        let (help, mends) = suggestion.into().names_of_key(value);
        self.mends.extend(mends);
        self.with_help(help)
    }

    /// Adds a change that mends it.
    #[must_use]
    pub(crate) fn with_mend(mut self, mend: Mend) -> Self {
        self.mends.push(mend);
        self
    }

    /// Lets it be mended by removing a key, its value or an item of a list; with several, by one of them.
    #[must_use]
    pub(crate) fn or_remove(self, at: Span) -> Self {
        self.with_mend(Mend::Remove { at })
    }

    /// Whether it must be mended before anything is generated.
    pub fn is_error(&self) -> bool {
        self.lint.severity == Severity::Error
    }
}

/// Finds the names that the user probably meant by `written`: more than one if they are equally near.
pub(crate) fn nearest_all<'c>(
    written: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Vec<&'c str> {
    let mut nearest = Vec::new();
    let mut best = 0;
    for (candidate, alike) in near(written, candidates) {
        if alike > best {
            nearest.clear();
            best = alike;
        }
        if alike == best {
            nearest.push(candidate);
        }
    }
    nearest
}

/// Likeness in percent from which one name is taken as a misspelling of the other.
const ALIKE: usize = 60;

/// Longer names are not compared, which takes the product of their lengths.
const LONGEST_COMPARED: usize = 200;

/// Finds the names that the user may have meant by `written`, each with its likeness in percent.
pub(crate) fn near<'c>(
    written: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> impl Iterator<Item = (&'c str, usize)> {
    // Case is the most common slip: it must cost no likeness.
    let written = written.to_lowercase();
    let length = written.chars().count();
    let alike = move |candidate: &'c str| {
        let lower = candidate.to_lowercase();
        let other = lower.chars().count();
        let longest = length.max(other).max(1);
        if longest > LONGEST_COMPARED {
            return None;
        }
        let likeness = |distance: usize| 100 - 100 * distance.min(longest) / longest;
        // The distance is never less than the difference in length. That one is free, so it comes first.
        if likeness(length.abs_diff(other)) < ALIKE {
            return None;
        }
        let alike = likeness(strsim::osa_distance(&written, &lower));
        (alike >= ALIKE).then_some((candidate, alike))
    };
    candidates.into_iter().filter_map(alike)
}

/// Words of other languages and of AWS, each with the words for it in a spec.
const SYNONYMS: [(&str, &str); 29] = [
    ("aarch64", "arm64"),
    ("amd64", "x86_64"),
    ("arm", "arm64"),
    ("bool", "boolean"),
    ("concurrency", "reserved_concurrency"),
    ("cron", "schedule"),
    ("datetime", "timestamp"),
    ("double", "number"),
    ("env", "environment"),
    ("events", "event"),
    ("filter", "where"),
    ("float", "number"),
    ("functions", "jobs"),
    ("int", "integer"),
    ("intel", "x86_64"),
    ("lambdas", "jobs"),
    ("long", "integer"),
    ("memory", "memory_mb"),
    ("memory_size", "memory_mb"),
    ("name", "pipeline"),
    ("rate", "schedule"),
    ("retention", "log_retention_days"),
    ("retries", "max_attempts"),
    ("storage", "ephemeral_storage_mb"),
    ("str", "string"),
    ("text", "string"),
    ("tz", "timezone"),
    ("uuid", "string"),
    ("x64", "x86_64"),
];

/// Finds the names that the user probably meant: by another word for them, or by the likeness of their letters.
pub(crate) fn meant<'c>(written: &str, candidates: &[&'c str]) -> Vec<&'c str> {
    let lower = written.to_lowercase();
    let mut synonyms = SYNONYMS.iter().filter(|(word, _)| *word == lower);
    let synonym = synonyms.find_map(|(_, word)| candidates.iter().find(|name| *name == word));
    match synonym {
        Some(name) => vec![name],
        None => nearest_all(written, candidates.iter().copied()),
    }
}

/// Help for a name that is not one of `candidates`: the near one, or a list of them all.
pub(crate) fn suggest(written: &str, candidates: &[&str]) -> Suggestion {
    match meant(written, candidates).as_slice() {
        [] if candidates.is_empty() => "there is none to choose from".into(),
        [] => format!("expected {}", one_of(candidates)).into(),
        near => did_you_mean(near),
    }
}

/// Asks whether one of some values is meant.
pub(crate) fn did_you_mean(near: &[&str]) -> Suggestion {
    let help = format!("did you mean {}?", one_of(near));
    Suggestion::one_of(help, near.iter().copied())
}

/// `` `a`, `b` or `c` ``, and a count if there are more than forty.
pub(crate) fn one_of(names: &[&str]) -> String {
    const MOST: usize = 40;
    let quoted: Vec<String> = names.iter().take(MOST).map(|n| format!("`{n}`")).collect();
    // A list of a thousand packages helps nobody.
    if names.len() > MOST {
        return format!("{} or {} others", quoted.join(", "), names.len() - MOST);
    }
    match quoted.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_found_whatever_its_case() {
        let names = ["triggers", "emits"];
        assert_eq!(nearest_all("Trigers", names), ["triggers"]);
        assert_eq!(nearest_all("zzz", names), [""; 0]);
    }

    #[test]
    fn names_that_are_equally_near_are_all_named() {
        let names = ["order.placed", "order.placer", "user.signup"];
        assert_eq!(
            suggest("order.placex", &names).help,
            "did you mean `order.placed` or `order.placer`?"
        );
        assert_eq!(
            suggest("order.place", &["order.placed", "order.plan"]).help,
            "did you mean `order.placed`?"
        );
    }

    #[test]
    fn a_word_of_another_language_leads_to_ours() {
        // By its letters `amd64` is nearer to `arm64`, which is the other one.
        let architectures = ["arm64", "x86_64"];
        assert_eq!(
            suggest("amd64", &architectures).help,
            "did you mean `x86_64`?"
        );
        assert_eq!(meant("str", &["number", "string"]), ["string"]);
        assert!(SYNONYMS.is_sorted());
    }

    #[test]
    fn names_are_listed_as_a_person_would() {
        assert_eq!(one_of(&["a"]), "`a`");
        assert_eq!(one_of(&["a", "b", "c"]), "`a`, `b` or `c`");
    }
}
