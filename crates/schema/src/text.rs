//! Texts and names.

use pipeline::language::Charset;

use super::Schema;
use super::node::Type;

/// Any text. YAML takes `2026` for a number and `true` for a boolean; the spec takes both for text.
pub(super) fn text() -> Schema {
    Schema::of([Type::String, Type::Number, Type::Boolean])
}

/// A name with the characters that it may have.
pub(super) fn name(charset: &Charset) -> Schema {
    Schema::string().matching(expression(charset))
}

/// A sentence, and the characters of the names that it is about.
pub(super) fn with_charset(sentence: &str, charset: &Charset) -> String {
    format!("{sentence} A name has {}.", charset.words)
}

/// A letter, then letters, digits and marks, and hyphens between them.
fn expression(charset: &Charset) -> String {
    let letters = if charset.capitals { "A-Za-z" } else { "a-z" };
    let marks: String = charset.marks.iter().collect();
    let word = format!("[{letters}0-9{marks}]");
    format!("^[{letters}]{word}*(-{word}+)*$")
}
