//! Rust as text: lines, indented by the blocks that they lie in, and the texts of a spec in them.

/// The text of a file so far.
#[derive(Debug, Default)]
pub(super) struct Source {
    text: String,
    depth: usize,
}

impl Source {
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Adds a line of code, in parts.
    pub(super) fn line(&mut self, parts: &[&str]) {
        self.text.extend(std::iter::repeat_n("    ", self.depth));
        self.text.extend(parts.iter().copied());
        self.text.push('\n');
    }

    /// Adds a line that opens a block, brace or bracket included.
    pub(super) fn open(&mut self, parts: &[&str]) {
        self.line(parts);
        self.depth += 1;
    }

    /// Closes a block.
    pub(super) fn close(&mut self, end: &str) {
        self.depth -= 1;
        self.line(&[end]);
    }

    /// Adds a line of documentation.
    ///
    /// It has to begin with words of our own: a description at its start could be a heading, a list, or a
    /// code block, which Rust would then compile and run as a test.
    pub(super) fn doc(&mut self, text: &str) {
        self.line(&["///", &line(text)]);
    }
}

/// A text as a string literal.
pub(super) fn literal(text: &str) -> String {
    // `Debug` escapes quotes, backslashes and control characters as Rust reads them.
    format!("{text:?}")
}

/// Text on one line of a comment. Line breaks become spaces; characters that a comment may not hold, or that a
/// reader would not see, are left out.
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

/// Returns whether a character has no shape: some of these change the direction of the text after them.
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
