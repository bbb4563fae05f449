//! Reading a YAML tree into values while collecting every mistake on the way.
//!
//! A reader never stops at a mistake: it notes it and returns `None`. The caller goes on with a
//! default, so that one run finds them all.

use std::sync::Arc;

use indexmap::IndexMap;
use indexmap::map::Entry;

use super::mistakes;
use super::scope::Scope;
use crate::diagnostic::{Diagnostic, Lint, one_of, suggest};
use crate::lints::{
    DUPLICATE_KEY, INVALID_VALUE, LITERAL_INTERPOLATION, MISPLACED_VALUE, MISSING_KEY, UNKNOWN_KEY,
    WRONG_TYPE,
};
use crate::model::Used;
use crate::span::{Span, Spanned};
use crate::suggestion::Suggestion;
use crate::values::Setting;
use crate::yaml::{Kind, Node};

/// Collects findings while the spec is read.
#[derive(Debug, Default)]
pub struct Reader {
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The values that texts may name.
    pub(crate) scope: Scope,
    /// What the files say that `uses` names; `None` if nobody looked.
    pub(crate) used: Option<Arc<Used>>,
}

/// A mapping while it is read: the keys that it has, and those that were asked for.
#[derive(Debug)]
pub struct Fields<'n> {
    what: &'static str,
    at: Span,
    entries: IndexMap<&'n str, (Span, &'n Node)>,
    known: Vec<&'static str>,
    missing: Vec<&'static str>,
}

impl Reader {
    pub(crate) fn new(setting: Setting, used: Option<Arc<Used>>) -> Self {
        Self {
            diagnostics: Vec::new(),
            scope: Scope::new(setting),
            used,
        }
    }

    /// Notes a mistake.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Opens a mapping. `what` names it in messages (`a job`); `at` is the key that holds it.
    pub fn fields<'n>(
        &mut self,
        what: &'static str,
        node: &'n Node,
        at: Span,
    ) -> Option<Fields<'n>> {
        let entries = self.entries(what, node)?;
        Some(Fields {
            what,
            at,
            entries,
            known: Vec::new(),
            missing: Vec::new(),
        })
    }

    /// Returns the entries of a mapping whose keys are the user's own, each with the place of its key.
    pub fn entries<'n>(
        &mut self,
        what: &str,
        node: &'n Node,
    ) -> Option<IndexMap<&'n str, (Span, &'n Node)>> {
        let mut entries = IndexMap::new();
        self.collect(what, node, &mut entries).then_some(entries)
    }

    fn collect<'n>(
        &mut self,
        what: &str,
        node: &'n Node,
        into: &mut IndexMap<&'n str, (Span, &'n Node)>,
    ) -> bool {
        let Kind::Mapping(pairs) = &node.kind else {
            let expected = format!("{what} is a mapping of keys to values");
            self.wrong_type_with(node, &expected, mistakes::mapping_help(what, node));
            return false;
        };
        // Merge keys come last: a key of the mapping itself wins, wherever `<<` stands.
        let mut merged = Vec::new();
        for (key, value) in pairs {
            let Kind::Scalar { text, plain } = &key.kind else {
                self.wrong_type(key, "a key is a string");
                continue;
            };
            if *plain && text == "<<" {
                merged.push(value);
                continue;
            }
            match into.entry(text.as_str()) {
                Entry::Vacant(free) => {
                    free.insert((key.span, value));
                }
                Entry::Occupied(taken) => {
                    let message = format!("the key `{text}` stands twice in {what}");
                    let diagnostic = Diagnostic::new(&DUPLICATE_KEY, key.span, message)
                        .with_related(taken.get().0, "first here")
                        .or_remove(key.span)
                        .or_remove(taken.get().0)
                        .with_help("keep one of the two");
                    self.report(diagnostic);
                }
            }
        }
        for value in merged {
            self.merge(what, value, into);
        }
        true
    }

    /// Adds the keys of a merged mapping (`<<: *base`), or of several, that are not there yet.
    fn merge<'n>(
        &mut self,
        what: &str,
        node: &'n Node,
        into: &mut IndexMap<&'n str, (Span, &'n Node)>,
    ) {
        let Kind::Sequence(several) = &node.kind else {
            let mut base = IndexMap::new();
            if !matches!(node.kind, Kind::Mapping(_)) {
                let help = "write an alias behind `<<:`, as in `<<: *defaults`";
                self.wrong_type_with(node, "`<<` merges a mapping", Some(help.into()));
            } else if self.collect(what, node, &mut base) {
                for (key, value) in base {
                    // Of several merged mappings the first one wins, as YAML says.
                    into.entry(key).or_insert(value);
                }
            }
            return;
        };
        for base in several {
            self.merge(what, base, into);
        }
    }

    /// Reads a list; a null is an empty one.
    pub fn list<'n>(&mut self, what: &str, node: &'n Node) -> &'n [std::sync::Arc<Node>] {
        match &node.kind {
            Kind::Sequence(items) => items,
            _ if node.is_null() => &[],
            _ => {
                let help = mistakes::list_help(what, node);
                self.wrong_type_with(node, &format!("{what} is a list"), Some(help));
                &[]
            }
        }
    }

    /// Reads a string, quoted or plain, that is the same in every environment.
    pub fn string(&mut self, node: &Node) -> Option<Spanned<String>> {
        let written = self.plain_text(node)?;
        self.refuse_values(&written);
        Some(written)
    }

    /// Reads a text for people, in which nothing is filled in.
    pub(crate) fn description(&mut self, node: &Node) -> Option<String> {
        let written = self.plain_text(node)?;
        if let Some(part) = interpolation(&written.value) {
            let message = format!("nothing fills in `{}`", &written.value[part.clone()]);
            self.report(
                Diagnostic::new(&LITERAL_INTERPOLATION, written.part(&part), message)
                    .with_note("a description is the same in every environment")
                    .with_help("leave it out: the text stays as it is written"),
            );
        }
        Some(written.value)
    }

    /// Reports a value in a text that takes none.
    pub(crate) fn refuse_values(&mut self, written: &Spanned<String>) {
        if let Some(part) = interpolation(&written.value) {
            let message = format!(
                "`{}` stands where no value can be",
                &written.value[part.clone()]
            );
            self.report(
                Diagnostic::new(&MISPLACED_VALUE, written.part(&part), message)
                    .with_note("this text is the same in every environment")
                    .with_help("write the text itself"),
            );
        }
    }

    /// Reads a string, quoted or plain, letter by letter: for names, whose own check refuses a value.
    pub fn plain_text(&mut self, node: &Node) -> Option<Spanned<String>> {
        match &node.kind {
            Kind::Scalar { text, .. } if !node.is_null() => {
                Some(Spanned::new(text.clone(), node.span))
            }
            _ => {
                let help = mistakes::string_help(node);
                self.wrong_type_with(node, "expected a string", help);
                None
            }
        }
    }

    /// Reads one name, or a list of names.
    pub(crate) fn names(&mut self, node: &Node) -> Vec<Spanned<String>> {
        match &node.kind {
            Kind::Sequence(items) => items
                .iter()
                .filter_map(|item| self.plain_text(item))
                .collect(),
            _ => self.plain_text(node).into_iter().collect(),
        }
    }

    /// Reads `true` or `false`. The `yes` and `on` of YAML 1.1 are refused.
    pub fn boolean(&mut self, node: &Node) -> Option<bool> {
        match &node.kind {
            Kind::Scalar { text, plain: true } if text == "true" => Some(true),
            Kind::Scalar { text, plain: true } if text == "false" => Some(false),
            _ => {
                let help = mistakes::boolean_help(node);
                self.wrong_type_with(node, "expected `true` or `false`", help);
                None
            }
        }
    }

    /// Reads a whole number in a range.
    pub fn integer(&mut self, node: &Node, range: &Range) -> Option<u32> {
        let number = match &node.kind {
            Kind::Scalar { text, plain: true } => text.parse::<i64>().ok(),
            _ => None,
        };
        let Some(number) = number else {
            let help = mistakes::number_help(node, range);
            self.wrong_type_with(node, "expected a whole number", help);
            return None;
        };
        range.check(self, number, &number.to_string(), node.span)
    }

    /// Reads one of several words.
    pub fn choice<T: Copy>(&mut self, node: &Node, choices: &[(&str, T)]) -> Option<T> {
        let written = self.string(node)?;
        let found = choices.iter().find(|(word, _)| *word == written.value);
        if found.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            let message = format!("`{}` is not {}", written.value, one_of(&words));
            let help = suggest(&written.value, &words);
            let diagnostic = Diagnostic::new(&INVALID_VALUE, node.span, message);
            self.report(diagnostic.with_suggestion(node.span, help));
        }
        found.map(|(_, value)| *value)
    }

    /// Reports a node of the wrong type.
    pub fn wrong_type(&mut self, node: &Node, expected: &str) {
        self.wrong_type_with(node, expected, None);
    }

    fn wrong_type_with(&mut self, node: &Node, expected: &str, help: Option<Suggestion>) {
        let message = format!("{expected}, and this is {}", node.describe());
        let diagnostic = Diagnostic::new(&WRONG_TYPE, node.span, message);
        // A help is one line, and a text may have several.
        let help = help.filter(|said| !said.help.contains('\n'));
        self.report(match help {
            Some(help) => diagnostic.with_suggestion(node.span, help),
            None => diagnostic,
        });
    }
}

/// The numbers that a key accepts.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    pub(crate) lint: &'static Lint,
    /// The thing that is bounded: `a function's timeout`.
    pub what: &'static str,
    /// The smallest number that is accepted; seconds if it is a duration.
    pub least: u32,
    /// The largest number that is accepted; seconds if it is a duration.
    pub most: u32,
    /// Writes a number as the spec would: `256`, or `5m` if it is a duration.
    pub show: fn(u32) -> String,
}

impl Range {
    pub(crate) fn check(
        &self,
        reader: &mut Reader,
        number: i64,
        written: &str,
        span: Span,
    ) -> Option<u32> {
        // A negative number is no `u32`, so it is outside of every range too.
        let inside = u32::try_from(number)
            .ok()
            .filter(|n| (self.least..=self.most).contains(n));
        if inside.is_none() {
            let (least, most) = ((self.show)(self.least), (self.show)(self.most));
            let message = format!("{} must be {least} to {most}, not {written}", self.what);
            let near = if number < i64::from(self.least) {
                least
            } else {
                most
            };
            // What is no setting of AWS has another id.
            let whose = if self.lint.id == INVALID_VALUE.id {
                "is possible"
            } else {
                "AWS accepts"
            };
            let help = format!("`{near}` is the nearest that {whose}");
            // With nothing, or less, another thing is meant than the least of it.
            let meant = Some(near).filter(|_| number > 0);
            let meant = Suggestion::one_of(help, meant).without_quotes();
            reader.report(Diagnostic::new(self.lint, span, message).with_suggestion(span, meant));
        }
        inside
    }
}

impl<'n> Fields<'n> {
    /// Takes the value of a key that may be absent, with the place of the key.
    pub fn take_entry(&mut self, key: &'static str) -> Option<(Span, &'n Node)> {
        // Every key that is asked for is a known key: no list of keys can fall behind.
        self.known.push(key);
        self.entries.get(key).copied()
    }

    /// Returns the place of a key, if the mapping has it.
    pub fn place(&self, key: &str) -> Option<Span> {
        self.entries.get(key).map(|(place, _)| *place)
    }

    /// Takes a key away that is no key of this mapping: the caller says better than [`finish`](Self::finish) what is wrong.
    pub(crate) fn refuse(&mut self, key: &str) -> Option<Span> {
        self.entries.shift_remove(key).map(|(place, _)| place)
    }

    /// Takes the value of a key that may be absent.
    pub fn take(&mut self, key: &'static str) -> Option<&'n Node> {
        self.take_entry(key).map(|(_, value)| value)
    }

    /// Takes the value of a key that must be there; [`finish`](Self::finish) reports it if it is not.
    pub fn require(&mut self, key: &'static str) -> Option<&'n Node> {
        self.require_entry(key).map(|(_, value)| value)
    }

    /// Takes the value of a key that must be there, with the place of the key.
    pub fn require_entry(&mut self, key: &'static str) -> Option<(Span, &'n Node)> {
        let found = self.take_entry(key);
        if found.is_none() {
            self.missing.push(key);
        }
        found
    }

    /// Whether one of these keys is there, misspelt.
    pub fn has_misspelt(&self, keys: &[&str]) -> bool {
        self.entries
            .keys()
            .filter(|key| !self.known.contains(key))
            .any(|key| !mistakes::meant_keys(key, keys).is_empty())
    }

    /// Reports every key that nobody asked for, and every missing key that is not just misspelt.
    pub fn finish(mut self, reader: &mut Reader) {
        for (key, (span, _)) in &self.entries {
            if self.known.contains(key) {
                continue;
            }
            let meant = mistakes::meant_keys(key, &self.known);
            // A misspelt key is one mistake: do not report it as missing too.
            self.missing.retain(|missing| !meant.contains(missing));
            let message = format!("unknown key `{}` in {}", key.trim(), self.what);
            let help = mistakes::key_help(key, &self.known);
            // A key that is there already is no change that mends anything.
            let is_there = meant.iter().any(|meant| self.entries.contains_key(meant));
            let help = if is_there { help.help.into() } else { help };
            let diagnostic = Diagnostic::new(&UNKNOWN_KEY, *span, message);
            reader.report(diagnostic.with_suggestion(*span, help));
        }
        for key in self.missing {
            let message = format!("{} needs the key `{key}`", self.what);
            let help = format!("add `{key}:`");
            reader.report(Diagnostic::new(&MISSING_KEY, self.at, message).with_help(help));
        }
    }
}

/// Finds the first `${` with a letter behind it, up to its closing bracket.
fn interpolation(text: &str) -> Option<std::ops::Range<usize>> {
    let starts = text.match_indices("${").map(|(at, _)| at);
    let mut starts = starts.filter(|at| {
        let inside = &text[at + 2..];
        inside.starts_with(|c: char| c.is_ascii_alphabetic())
    });
    let start = starts.next()?;
    let end = text[start..]
        .find('}')
        .map_or(text.len(), |end| start + end + 1);
    Some(start..end)
}

#[cfg(test)]
mod tests {
    use super::interpolation;

    #[test]
    fn other_dollars_are_texts_like_any_other() {
        for text in [
            "$HOME", "${}", "${1}", "$ {a}", "100%{of}", "${{ x }}", "$${", "{a}",
        ] {
            assert_eq!(interpolation(text), None, "{text}");
        }
        assert_eq!(interpolation("a ${b c"), Some(2..7));
        assert_eq!(interpolation("${1} é${b}c"), Some(7..11));
    }
}
