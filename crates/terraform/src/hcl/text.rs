//! Text inside HCL quotes.
//!
//! `${` and `%{` begin an expression in HCL, and hcl-rs 0.20 leaves some of them unescaped. So
//! every literal is escaped here, and only here.

use std::fmt::Write as _;

/// Appends `text` as the inside of an HCL string, so that Terraform reads exactly `text`.
///
/// HCL has no NUL; it becomes U+FFFD.
pub(super) fn escape_into(out: &mut String, text: &str) {
    // The common case first: most texts need no escape.
    if is_plain(text) {
        out.push_str(text);
        return;
    }
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0' => out.push('\u{fffd}'),
            // Only in front of `{`: HCL reads `$$` anywhere else as two characters.
            '$' | '%' if chars.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            c if c.is_control() || is_invisible(c) => {
                write!(out, "\\u{:04x}", u32::from(c)).expect("writing to a string does not fail");
            }
            c => out.push(c),
        }
    }
}

/// Returns the number of bytes that `text` has inside of an HCL string.
pub(super) fn escaped_len(text: &str) -> usize {
    if is_plain(text) {
        return text.len();
    }
    let mut out = String::with_capacity(text.len());
    escape_into(&mut out, text);
    out.len()
}

/// Whether a text needs no escape. Every byte is looked at, so that several are looked at in one step.
fn is_plain(text: &str) -> bool {
    let special = |byte: u8| {
        let is_printed = (b' '..=b'~').contains(&byte);
        let is_any = [b'"', b'\\', b'$', b'%'].map(|special| u8::from(byte == special));
        is_any
            .into_iter()
            .fold(u8::from(!is_printed), |any, is| any | is)
    };
    text.bytes().fold(0, |any, byte| any | special(byte)) == 0
}

/// Whether a character is invisible: it is kept, but written as `\uXXXX`, so that a reader sees it.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str) -> String {
        let mut out = String::new();
        escape_into(&mut out, text);
        out
    }

    #[test]
    fn nothing_begins_an_expression() {
        for (text, expected) in [
            ("${a}", "$${a}"),
            ("%{a}", "%%{a}"),
            ("$${a}", "$$${a}"),
            ("%${a}", "%$${a}"),
            ("$%{a}", "$%%{a}"),
            ("$ {a} 100%", "$ {a} 100%"),
        ] {
            assert_eq!(escaped(text), expected);
        }
    }

    #[test]
    fn what_would_end_or_change_the_string_is_escaped() {
        assert_eq!(escaped("a\"b\\c\nd\te\u{7}"), r#"a\"b\\c\nd\te\u0007"#);
        assert_eq!(escaped("größe ✓"), "größe ✓");
        assert_eq!(escaped("\u{202e}x"), "\\u202ex");
    }
}
