//! Tests on strings, as far as two of them can be compared.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::passes;

/// A test on a string.
#[derive(Clone, Debug)]
pub(super) struct TextTest<'t> {
    operator: &'t str,
    operand: &'t Value,
    /// Every string that passes starts with this, and ends with `tail`.
    head: Cow<'t, str>,
    tail: Cow<'t, str>,
    /// Whether `head` is the whole string.
    is_whole: bool,
    ignores_case: bool,
}

impl<'t> TextTest<'t> {
    pub(super) const OPERATORS: [&'static str; 5] = [
        "prefix",
        "suffix",
        "equals-ignore-case",
        "wildcard",
        "exactly",
    ];

    /// Reads a test; `None` if it is not valid.
    pub(super) fn parse(operator: &'t str, operand: &'t Value) -> Option<Self> {
        let nested = operand.get("equals-ignore-case");
        let text = nested.unwrap_or(operand).as_str()?;
        let read = |head: Cow<'t, str>, tail: Cow<'t, str>, is_whole| Self {
            operator,
            operand,
            head,
            tail,
            is_whole,
            ignores_case: nested.is_some() || operator == "equals-ignore-case",
        };
        Some(match operator {
            "prefix" => read(text.into(), "".into(), false),
            "suffix" => read("".into(), text.into(), false),
            "equals-ignore-case" | "exactly" => read(text.into(), text.into(), true),
            "wildcard" => {
                let (head, tail) = wildcard_ends(text);
                let is_whole = tail.is_none();
                let tail = tail.unwrap_or_else(|| head.clone());
                read(head.into(), tail.into(), is_whole)
            }
            _ => return None,
        })
    }

    /// The start of every string that passes, in some case.
    pub(super) fn head(&self) -> &str {
        &self.head
    }

    /// The one string that passes.
    pub(super) fn only_text(&self) -> Option<&str> {
        (self.is_whole && !self.ignores_case).then_some(&self.head)
    }

    /// Whether every string passes.
    pub(super) fn takes_all(&self) -> bool {
        match self.operator {
            "wildcard" => self.operand == "*",
            "prefix" | "suffix" => self.head.is_empty() && self.tail.is_empty(),
            _ => false,
        }
    }

    /// Whether a string may pass. A test that is not valid may let anything pass.
    pub(super) fn passes(&self, string: &str) -> bool {
        let tests = [json!({ self.operator: self.operand })];
        passes(&tests, &Value::from(string)).unwrap_or(true)
    }

    /// Whether no string passes both tests.
    pub(super) fn is_disjoint(&self, other: &Self) -> bool {
        if let Some(text) = self.only_text() {
            return !other.passes(text);
        }
        if let Some(text) = other.only_text() {
            return !self.passes(text);
        }
        let ignores_case = self.ignores_case || other.ignores_case;
        let texts = [&self.head, &self.tail, &other.head, &other.tail];
        // Letters beyond ASCII have forms of other lengths: `ß` and `SS`.
        if ignores_case && !texts.iter().all(|text| text.is_ascii()) {
            return false;
        }
        let [head, tail, other_head, other_tail] = texts.map(|text| {
            if ignores_case {
                text.to_ascii_lowercase()
            } else {
                text.to_string()
            }
        });
        let (whole, other_whole) = (self.is_whole, other.is_whole);
        let heads_agree = !whole && other_head.starts_with(&head)
            || !other_whole && head.starts_with(&other_head)
            || head == other_head;
        let tails_agree = !whole && other_tail.ends_with(&tail)
            || !other_whole && tail.ends_with(&other_tail)
            || tail == other_tail;
        !(heads_agree && tails_agree)
    }

    /// Whether it is known that every string that passes the other test passes this one.
    pub(super) fn covers(&self, other: &Self) -> bool {
        if let Some(text) = other.only_text() {
            return self.passes(text);
        }
        let is_same = self.operator == other.operator && self.operand == other.operand;
        is_same
            || self.takes_all()
            || match self.operator {
                "prefix" if !self.ignores_case => {
                    !other.ignores_case && other.head.starts_with(&*self.head)
                }
                "suffix" if !self.ignores_case => {
                    !other.ignores_case && other.tail.ends_with(&*self.tail)
                }
                "equals-ignore-case" => {
                    let is_ascii = self.head.is_ascii() && other.head.is_ascii();
                    is_ascii && other.is_whole && self.head.eq_ignore_ascii_case(&other.head)
                }
                _ => false,
            }
    }
}

/// The text before the first star, and the one behind the last; no end without a star.
fn wildcard_ends(text: &str) -> (String, Option<String>) {
    let mut parts = vec![String::new()];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let literal = match c {
            '*' => {
                parts.push(String::new());
                continue;
            }
            '\\' => chars.next().unwrap_or(c),
            c => c,
        };
        if let Some(part) = parts.last_mut() {
            part.push(literal);
        }
    }
    let tail = (parts.len() > 1).then(|| parts.pop().unwrap_or_default());
    (parts.swap_remove(0), tail)
}
