//! One thing that a spec says, as a text to compare.

use std::fmt::Display;

use pipeline::values::{Text, Valued};

/// One thing that a spec says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    /// The part that it belongs to, such as ``trigger `event` ``; nothing for the thing itself.
    pub(super) part: String,
    /// What it is about; unique in its part.
    pub(super) key: String,
    /// What is said; empty if the key says it all.
    pub(super) value: String,
    /// Whether it is told of a part that is new.
    pub(super) is_main: bool,
}

impl Fact {
    /// A fact that is told only if it changes.
    pub(super) fn new(part: &str, key: impl Into<String>, value: impl Display) -> Self {
        Self {
            part: part.to_owned(),
            key: key.into(),
            value: value.to_string(),
            is_main: false,
        }
    }

    /// A fact that is also told of what is new.
    pub(super) fn main(part: &str, key: impl Into<String>, value: impl Display) -> Self {
        Self {
            is_main: true,
            ..Self::new(part, key, value)
        }
    }
}

/// Writes a number or a switch as a spec does. A value is what decides, whatever it is on this machine.
pub(super) fn valued<T>(valued: &Valued<T>, show: impl Fn(&T) -> String) -> String {
    match &valued.from {
        Some(name) => format!("${{{name}}}"),
        None => show(&valued.value),
    }
}

/// Writes texts with commas between them.
pub(super) fn listed<T: Display>(texts: impl IntoIterator<Item = T>) -> String {
    let texts: Vec<String> = texts.into_iter().map(|text| text.to_string()).collect();
    texts.join(", ")
}

/// Writes texts as a spec does, with commas between them.
pub(super) fn texts<'t>(texts: impl IntoIterator<Item = &'t Text>) -> String {
    listed(texts.into_iter().map(Text::as_written))
}

/// Writes a switch.
pub(super) fn on_off(is_on: bool) -> &'static str {
    if is_on { "on" } else { "off" }
}
