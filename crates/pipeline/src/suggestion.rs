//! What to write instead of a value, for people and as changes.

use std::ops::Range;

use crate::span::{Span, Spanned};

/// What mends a finding. A finding with several of them leaves the choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mend {
    /// The key or text at a place has another value. `shown` is what changes of it, and a `plain` value, such as a
    /// number, has no quotes.
    Write {
        at: Span,
        shown: String,
        value: String,
        plain: bool,
    },
    /// The key at a place, or of the value there, has another name.
    Rename { at: Span, name: String },
    /// What stands on one line at a place is replaced, with YAML that is safe within brackets.
    Replace { at: Span, yaml: String },
    /// A key goes with its value, or an item of a list; `at` is the key, its value or the item.
    Remove { at: Span },
    /// The mapping that has a key, or the value of one, at `beside` gets another key, with YAML that is safe within brackets.
    Add {
        beside: Span,
        key: &'static str,
        yaml: String,
    },
}

/// Help for a value that is wrong, with the values that are probably meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Suggestion {
    /// What people read.
    pub(crate) help: String,
    meant: Vec<Meant>,
}

/// A value that may be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Meant {
    shown: String,
    value: String,
    style: Style,
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// A text, in quotes if it needs them.
    Text,
    /// A number or a switch.
    Plain,
    /// YAML, which stands within brackets as well.
    Yaml,
}

impl Suggestion {
    /// Help with the values one of which is meant.
    pub(crate) fn one_of(
        help: impl Into<String>,
        values: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let values = values.into_iter().map(Into::into);
        let meant = values.map(|value: String| Meant {
            shown: value.clone(),
            value,
            style: Style::Text,
        });
        Self {
            help: help.into(),
            meant: meant.collect(),
        }
    }

    /// Help to write one value: "write `name`".
    pub(crate) fn write(value: &str) -> Self {
        Self::one_of(format!("write `{value}`"), [value])
    }

    /// The same for numbers and switches, which have no quotes.
    pub(crate) fn without_quotes(self) -> Self {
        self.styled(Style::Plain)
    }

    /// Help with a piece of YAML that stands within brackets as well.
    pub(crate) fn yaml(help: impl Into<String>, yaml: Option<String>) -> Self {
        Self::one_of(help, yaml).styled(Style::Yaml)
    }

    fn styled(mut self, style: Style) -> Self {
        for meant in &mut self.meant {
            meant.style = style;
        }
        self
    }

    /// Puts other text around each value, as in `${…}`.
    pub(crate) fn map(mut self, change: impl Fn(&str) -> String) -> Self {
        for meant in &mut self.meant {
            meant.value = change(&meant.value);
            meant.shown = change(&meant.shown);
        }
        self
    }

    /// Lets the values be what a part of a text should be.
    pub(crate) fn within(mut self, text: &Spanned<String>, part: &Range<usize>) -> Self {
        let (Some(before), Some(after)) =
            (text.value.get(..part.start), text.value.get(part.end..))
        else {
            return self.help.into();
        };
        for meant in &mut self.meant {
            meant.value = format!("{before}{}{after}", meant.value);
        }
        self
    }

    /// The values as names of the key whose value is at a place.
    pub(crate) fn names_of_key(self, at: Span) -> (String, impl Iterator<Item = Mend>) {
        let names = self.meant.into_iter().map(move |meant| Mend::Rename {
            at,
            name: meant.value,
        });
        (self.help, names)
    }

    /// The changes of the key or text at a place.
    pub(crate) fn mends(self, at: Span) -> (String, impl Iterator<Item = Mend>) {
        let mends = self.meant.into_iter().map(move |meant| match meant.style {
            Style::Yaml => Mend::Replace {
                at,
                yaml: meant.value,
            },
            style => Mend::Write {
                at,
                shown: meant.shown,
                value: meant.value,
                plain: style == Style::Plain,
            },
        });
        (self.help, mends)
    }
}

impl From<String> for Suggestion {
    fn from(help: String) -> Self {
        Self {
            help,
            meant: Vec::new(),
        }
    }
}

impl From<&str> for Suggestion {
    fn from(help: &str) -> Self {
        help.to_owned().into()
    }
}
