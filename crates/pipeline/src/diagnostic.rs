//! What is wrong with a spec, as data. Rendering is the caller's.

use crate::span::Span;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing is generated while one stands.
    Error,
    /// Probably a mistake; generation goes on.
    Warning,
    /// Nothing to mend: what the generator makes of the spec, where a reader would not expect it.
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
    /// Its kind.
    pub lint: &'static Lint,
    /// The headline: lower case, no full stop, names in backticks.
    pub message: String,
    /// The smallest piece of the spec that is wrong.
    pub span: Span,
    /// What to say right at that place.
    pub label: Option<String>,
    /// Other places that belong to the finding, with what they are.
    pub related: Vec<(Span, String)>,
    /// Facts that explain it.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
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
        }
    }

    /// Says something right at the place.
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

    /// Says what to do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether nothing may be generated while it stands.
    pub fn is_error(&self) -> bool {
        self.lint.severity == Severity::Error
    }
}

/// The name among `candidates` that `written` was probably meant to be.
pub(crate) fn nearest<'c>(
    written: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    near(written, candidates)
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(candidate, _)| candidate)
}

/// The names that `written` may have been meant to be, each with how alike it is, up to 1.
pub(crate) fn near<'c>(
    written: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> impl Iterator<Item = (&'c str, f64)> {
    let written = written.to_lowercase();
    let alike = move |candidate: &'c str| {
        let candidate_lower = candidate.to_lowercase();
        let alike = strsim::normalized_damerau_levenshtein(&written, &candidate_lower);
        (candidate, alike)
    };
    let candidates = candidates.into_iter().map(alike);
    candidates.filter(|(_, alike)| *alike >= 0.6)
}

/// Help for a name that is not one of `candidates`: the near one, or a list of them all.
pub(crate) fn suggest(written: &str, candidates: &[&str]) -> String {
    match nearest(written, candidates.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if candidates.is_empty() => "there is none to choose from".to_owned(),
        None => format!("expected {}", one_of(candidates)),
    }
}

/// `` `a`, `b` or `c` ``, and a count where there are more than twelve.
pub(crate) fn one_of(names: &[&str]) -> String {
    const MOST: usize = 12;
    let quoted: Vec<String> = names.iter().take(MOST).map(|n| format!("`{n}`")).collect();
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
        assert_eq!(nearest("Trigers", ["triggers", "emits"]), Some("triggers"));
        assert_eq!(nearest("zzz", ["triggers", "emits"]), None);
    }

    #[test]
    fn names_are_listed_as_a_person_would() {
        assert_eq!(one_of(&["a"]), "`a`");
        assert_eq!(one_of(&["a", "b", "c"]), "`a`, `b` or `c`");
    }
}
