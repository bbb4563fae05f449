//! Keys of what a bus keeps: a kind, and what names one of its kind.

use std::fmt;

/// A key: a JSON array of texts, the kind first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(String);

impl Key {
    pub(crate) fn new(parts: &[&str]) -> Self {
        Self(serde_json::Value::from(parts).to_string())
    }

    /// Reads a key as it is written.
    pub(super) fn parse(text: &str) -> Option<Self> {
        serde_json::from_str::<Vec<String>>(text).ok()?;
        Some(Self(text.to_owned()))
    }

    /// Returns the parts.
    pub(crate) fn parts(&self) -> Vec<String> {
        // It is made of texts, or was read as such.
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    /// Returns what every key begins with that has these parts and more.
    pub(super) fn prefix(&self) -> String {
        match self.0.strip_suffix(']') {
            Some("[") => "[".to_owned(),
            open => format!("{},", open.unwrap_or(&self.0)),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_no_line_break_and_no_tab_whatever_its_parts_are() {
        let parts = ["tags", "a\tb\nc\"]", ""];
        let key = Key::new(&parts);
        assert!(!key.to_string().contains(['\t', '\n']), "{key}");
        assert_eq!(Key::parse(&key.to_string()), Some(key.clone()));
        assert_eq!(key.parts(), parts);
        assert!(key.to_string().starts_with(&Key::new(&["tags"]).prefix()));
        assert!(
            !Key::new(&["tagset", "a"])
                .to_string()
                .starts_with(&Key::new(&["tags"]).prefix())
        );
        assert_eq!(Key::new(&[]).prefix(), "[");
    }
}
