//! Words of a spec that mean more than a text: events, jobs, schedules, durations, values, patterns.

use std::collections::BTreeMap;

use pipeline::Span;
use pipeline::syntax::{Document, Kind, Node};

use crate::fields::in_pattern;

/// What a word is, in the order in which [`LEGEND`] names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Token {
    /// The name of an event.
    Event,
    /// The name of a job.
    Job,
    /// A schedule expression.
    Schedule,
    /// A duration.
    Duration,
    /// A value that environments say.
    Value,
    /// An operator of a pattern.
    Operator,
    /// A field that a pattern tests.
    Field,
    /// The type of a field.
    Type,
}

/// The protocol's words for the tokens.
pub const LEGEND: [&str; 8] = [
    "event", "function", "regexp", "number", "variable", "operator", "property", "type",
];

/// The keys that take a duration.
const DURATIONS: [&str; 5] = ["timeout", "flexible_window", "window", "max_age", "period"];

/// The operators of event patterns.
pub(crate) const OPERATORS: [&str; 9] = [
    "prefix",
    "suffix",
    "equals-ignore-case",
    "wildcard",
    "exactly",
    "anything-but",
    "numeric",
    "exists",
    "cidr",
];

/// A word, whether it is declared there, and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Where it is; on one line.
    pub span: Span,
    /// What it is.
    pub token: Token,
    /// Whether it is declared there.
    pub is_declared: bool,
}

/// Lists the words of a text, in its order.
pub fn words(text: &str, document: &Document) -> Vec<Word> {
    let mut walk = Walk {
        text,
        path: Vec::new(),
        words: BTreeMap::new(),
    };
    walk.node(&document.root);
    walk.words.into_values().collect()
}

struct Walk<'d> {
    text: &'d str,
    path: Vec<&'d str>,
    words: BTreeMap<u32, Word>,
}

impl<'d> Walk<'d> {
    fn node(&mut self, node: &'d Node) {
        match &node.kind {
            Kind::Scalar { text, .. } => self.value(text, node.span),
            Kind::Sequence(items) => {
                for item in items {
                    // An alias stands for what is written elsewhere, and is met there.
                    if node.span.start <= item.span.start && item.span.end <= node.span.end {
                        self.path.push("*");
                        self.node(item);
                        self.path.pop();
                    }
                }
            }
            Kind::Mapping(entries) => {
                for (key, value) in entries {
                    let Kind::Scalar { text, .. } = &key.kind else {
                        continue;
                    };
                    self.key(text, key.span);
                    if key.span.end <= value.span.start && value.span.end <= node.span.end {
                        self.path.push(text);
                        self.node(value);
                        self.path.pop();
                    }
                }
            }
        }
    }

    fn add(&mut self, span: Span, token: Token, is_declared: bool) {
        // A token is on one line, and quotes are no part of it.
        let Some(written) = self.text.get(span.range()) else {
            return;
        };
        if written.is_empty() || written.contains(['\n', '\r']) {
            return;
        }
        let word = Word {
            span,
            token,
            is_declared,
        };
        self.words.insert(span.start, word);
    }

    fn key(&mut self, key: &str, span: Span) {
        match self.path.as_slice() {
            ["events"] => self.add(span, Token::Event, true),
            ["jobs"] => self.add(span, Token::Job, true),
            ["values"] => self.add(span, Token::Value, true),
            path if in_pattern(path).is_some() => {
                let is_in_leaf = path.last() == Some(&"*") || path.last() == Some(&"anything-but");
                let is_operator = key == "$or" || (is_in_leaf && OPERATORS.contains(&key));
                let token = if is_operator {
                    Token::Operator
                } else {
                    Token::Field
                };
                self.add(span, token, false);
            }
            _ => {}
        }
    }

    fn value(&mut self, value: &str, span: Span) {
        match self.path.as_slice() {
            [.., "triggers", "*", "event"] | [.., "emits", "*"] => {
                self.add(span, Token::Event, false);
            }
            [.., "triggers", "*", "schedule"] => self.add(span, Token::Schedule, false),
            ["events", _, "detail", ..] => self.add(span, Token::Type, false),
            [.., key] if DURATIONS.contains(key) && is_duration(value) => {
                self.add(span, Token::Duration, false);
            }
            _ => self.references(span),
        }
    }

    /// Every `${name}` of a text.
    fn references(&mut self, span: Span) {
        let Some(written) = self.text.get(span.range()) else {
            return;
        };
        for (at, _) in written.match_indices("${") {
            let is_escaped = written[..at].ends_with('$');
            let name = &written[at + 2..];
            let Some(end) = name.find('}').filter(|_| !is_escaped) else {
                continue;
            };
            let is_name = name[..end]
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_');
            if is_name && end > 0 {
                let offset = |at: usize| span.start + u32::try_from(at).unwrap_or(u32::MAX);
                let (start, end) = (offset(at), offset(at + 2 + end + 1));
                self.add(Span { start, end }, Token::Value, false);
            }
        }
    }
}

fn is_duration(text: &str) -> bool {
    let number = text.strip_suffix(['s', 'm', 'h', 'd']);
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart() {
        let text = r#"values: { bucket: { local: x } }
events: { e: { detail: { a: string } } }
jobs:
  j:
    function: { timeout: 30s, environment: { B: "é ${bucket} $${no} ${x" } }
    emits: [e]
    triggers:
      - event: e
        where: { a: [{ prefix: x }, { anything-but: { suffix: y } }] }
      - schedule: rate(1 day)
"#;
        let document = Document::read(text).unwrap();
        let words = words(text, &document);
        let words: Vec<String> = words
            .iter()
            .map(|word| {
                let mark = if word.is_declared { "!" } else { "" };
                format!("{} {:?}{mark}", &text[word.span.range()], word.token)
            })
            .collect();
        assert_eq!(
            words,
            [
                "bucket Value!",
                "e Event!",
                "string Type",
                "j Job!",
                "30s Duration",
                "${bucket} Value",
                "e Event",
                "e Event",
                "a Field",
                "prefix Operator",
                "anything-but Operator",
                "suffix Operator",
                "rate(1 day) Schedule",
            ]
        );
    }

    #[test]
    fn the_legend_and_the_operators_are_whole() {
        assert_eq!(LEGEND.len(), Token::Type as usize + 1);
        let guide = schema::Guide::default();
        let path = ["jobs", "j", "triggers"].map(schema::Step::Key);
        let rest = [
            schema::Step::Item,
            schema::Step::Key("where"),
            schema::Step::Key("x"),
            schema::Step::Item,
        ];
        let forms = guide.forms(&[&path[..], &rest[..]].concat());
        let keys = guide.keys(&forms, &[]);
        let mut keys: Vec<&str> = keys.iter().map(|key| key.name).collect();
        let mut known = OPERATORS.to_vec();
        keys.sort_unstable();
        known.sort_unstable();
        assert_eq!(keys, known);
    }
}
