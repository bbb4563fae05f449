//! Texts of the spec in documentation.

use proc_macro2::TokenStream;
use quote::quote;

/// A line of documentation.
///
/// It has to begin with words of our own: a description at its start could be a heading, a list, or a
/// code block, which Rust would then compile and run as a test.
pub(super) fn doc(text: &str) -> TokenStream {
    let line = line(text);
    quote!(#[doc = #line])
}

/// Text on one line of a comment: line breaks become spaces, and characters that a comment may not hold,
/// or that a reader would not see, go.
pub(super) fn line(text: &str) -> String {
    let visible: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !is_invisible(*c))
        .collect();
    let words: Vec<_> = visible.split_whitespace().collect();
    format!(" {}", words.join(" "))
}

/// A name in documentation, as code.
pub(super) fn code(name: &str) -> String {
    format!("`{}`", name.replace('`', "'"))
}

/// `: description`, or a full stop.
pub(super) fn described(description: Option<&String>) -> String {
    description.map_or_else(|| ".".to_owned(), |text| format!(": {text}"))
}

/// Marks without a shape, some of which change the direction of what follows.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_takes_one_line() {
        assert_eq!(line("  a\r\n\n\tb\0c\u{202e}d "), " a b cd");
        assert_eq!(line(""), " ");
    }
}
