//! How wide a text can be in a font that is not known yet.
//!
//! A picture is drawn on one machine and looked at on another. The widths here are those of `DejaVu Sans`,
//! the widest of the usual system fonts, so that a text fits its box in the others too.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation as _;

/// How a text is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Font {
    /// Names: 13 px, half bold.
    Name,
    /// Details: 12 px.
    Detail,
    /// Expressions: 12 px, every letter of one width.
    Code,
}

impl Font {
    fn size(self) -> f64 {
        match self {
            Self::Name => 13.0,
            Self::Detail | Self::Code => 12.0,
        }
    }

    /// The width of a character in thousandths of the font's size.
    fn thousandths(self, c: char) -> u32 {
        match (self, c) {
            (_, '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}') => 0,
            (_, '\u{1100}'..) if !matches!(c, '\u{2000}'..='\u{22ff}') => 1100,
            (Self::Code, _) => 620,
            (Self::Name, _) => regular(c) * 11 / 10 + 5,
            (Self::Detail, _) => regular(c),
        }
    }
}

fn regular(c: char) -> u32 {
    match c {
        'i' | 'j' | 'l' | '\'' => 285,
        ' ' | '.' | ',' | ':' | ';' | '|' | 'I' | 'J' => 340,
        'f' | 't' | 'r' | '/' | '\\' | '-' | '(' | ')' | '[' | ']' | '!' => 415,
        '"' | '*' | '_' | 'c' | 's' | 'z' | '?' => 550,
        'a'..='z' if !matches!(c, 'm' | 'w') => 635,
        '0'..='9' | '{' | '}' | '`' | '$' => 640,
        'A'..='Z' if !matches!(c, 'M' | 'W' | 'O' | 'Q' | 'N' | 'G' | 'H' | 'D') => 700,
        'A'..='Z' if !matches!(c, 'M' | 'W') => 790,
        'm' | 'w' | 'M' | 'W' | '%' | '@' | '…' | '—' => 1000,
        _ => 840,
    }
}

/// The width in pixels: at least what the text needs.
pub(crate) fn width(text: &str, font: Font) -> f64 {
    let thousandths: u32 = text.chars().map(|c| font.thousandths(c)).sum();
    f64::from(thousandths) * font.size() / 1000.0
}

/// Breaks a text between words into a number of lines of a width. A text that does not fit ends in an
/// ellipsis.
pub(crate) fn wrap(text: &str, font: Font, most: f64, lines: usize) -> Vec<String> {
    let mut done: Vec<String> = Vec::new();
    let mut line = String::new();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.peek() {
        let longer = match line.as_str() {
            "" => (*word).to_owned(),
            _ => format!("{line} {word}"),
        };
        if line.is_empty() || width(&longer, font) <= most {
            line = longer;
            words.next();
        } else if done.len() + 1 < lines {
            done.push(std::mem::take(&mut line));
        } else {
            let cut = format!("{line}…");
            line = if width(&cut, font) <= most {
                cut
            } else {
                longer + "…"
            };
            break;
        }
    }
    if !line.is_empty() {
        done.push(line);
    }
    let fits = |line: String| match fit(&line, font, most) {
        Cow::Borrowed(_) => line,
        Cow::Owned(shorter) => shorter,
    };
    done.into_iter().map(fits).collect()
}

/// Breaks a text in the same way, with the lines as even as they can be.
pub(crate) fn wrap_evenly(text: &str, font: Font, most: f64, lines: usize) -> Vec<String> {
    const STEP: f64 = 6.0;
    let mut best = wrap(text, font, most, lines);
    let mut narrower = most - STEP;
    while best.len() > 1 && narrower > most / 2.0 {
        let next = wrap(text, font, narrower, lines);
        // Too narrow: a word is lost, or a line more is needed.
        if next.join(" ") != best.join(" ") || next.len() != best.len() {
            break;
        }
        best = next;
        narrower -= STEP;
    }
    best
}

/// The text, or as much of it as fits with an ellipsis behind it.
pub(crate) fn fit(text: &str, font: Font, most: f64) -> Cow<'_, str> {
    if width(text, font) <= most {
        return Cow::Borrowed(text);
    }
    let room = most - width("…", font);
    let mut used = 0.0;
    // By graphemes: a cut inside one would leave half an emoji, or a letter without its accent.
    let kept = text.graphemes(true).take_while(|letter| {
        used += width(letter, font);
        used <= room
    });
    let kept: String = kept.collect();
    Cow::Owned(format!("{}…", kept.trim_end_matches([' ', '…', ',', '.'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        let text = "Behavioural features from a user's transactions";
        assert_eq!(
            wrap(text, Font::Detail, 200.0, 2),
            ["Behavioural features from a", "user's transactions"]
        );
        assert_eq!(
            wrap(text, Font::Detail, 200.0, 1),
            ["Behavioural features from a…"]
        );
        assert_eq!(wrap("a\n b", Font::Detail, 200.0, 2), ["a b"]);
        assert_eq!(wrap(" \n", Font::Detail, 200.0, 2), [""; 0]);
    }

    #[test]
    fn lines_are_as_even_as_they_can_be() {
        let text = "every 5 minutes from 08:00 to 17:55 UTC, Monday to Friday";
        assert_eq!(
            wrap(text, Font::Name, 210.0, 3),
            [
                "every 5 minutes from 08:00",
                "to 17:55 UTC, Monday to",
                "Friday"
            ]
        );
        assert_eq!(
            wrap_evenly(text, Font::Name, 210.0, 3),
            [
                "every 5 minutes from",
                "08:00 to 17:55 UTC,",
                "Monday to Friday"
            ]
        );
    }

    #[test]
    fn no_line_is_wider_than_allowed() {
        let texts = [
            "W".repeat(400),
            "ﷺ größe 漢字 ".repeat(20),
            "👩‍👩‍👧‍👦".repeat(40),
            "a b ".repeat(90),
        ];
        for text in texts {
            for font in [Font::Name, Font::Detail, Font::Code] {
                for lines in [1, 3] {
                    let found = wrap(&text, font, 100.0, lines);
                    assert!(found.len() <= lines);
                    assert!(
                        found.iter().all(|line| width(line, font) <= 100.0),
                        "{found:?}"
                    );
                    assert!(found.last().unwrap().ends_with('…'), "{found:?}");
                }
            }
        }
    }
}
