//! Places of a text as an editor counts them: lines, and units within a line.

use lsp_types::{Position, Range};
use pipeline::Span;

/// The unit in which an editor counts within a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Bytes.
    Utf8,
    /// Two bytes each, as every editor can.
    #[default]
    Utf16,
}

/// A text with the beginnings of its lines.
#[derive(Clone, Debug)]
pub struct Lines {
    starts: Vec<usize>,
    unit: Unit,
}

impl Lines {
    /// Finds the lines of a text. A line ends with `\n`, `\r\n` or `\r`.
    pub fn new(text: &str, unit: Unit) -> Self {
        let bytes = text.as_bytes();
        let ends = (0..bytes.len()).filter(|at| match bytes[*at] {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        let starts = std::iter::once(0).chain(ends.map(|at| at + 1)).collect();
        Self { starts, unit }
    }

    /// The byte at a position. A position behind the end of a line is its end, as the protocol says.
    pub fn offset(&self, text: &str, position: Position) -> usize {
        let Some(start) = usize::try_from(position.line)
            .ok()
            .and_then(|line| self.starts.get(line))
        else {
            return text.len();
        };
        let line = self.line(text, *start);
        let wanted = usize::try_from(position.character).unwrap_or(usize::MAX);
        let mut units = 0;
        for (at, c) in line.char_indices() {
            if units >= wanted {
                return start + at;
            }
            units += self.width(c);
        }
        start + line.len()
    }

    /// The position of a byte.
    pub fn position(&self, text: &str, offset: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let start = self.starts[line];
        let before = self.line(text, start).char_indices();
        let before = before.take_while(|(at, _)| start + at < offset);
        let units: usize = before.map(|(_, c)| self.width(c)).sum();
        Position::new(number(line), number(units))
    }

    /// The range of a span.
    pub fn range(&self, text: &str, span: Span) -> Range {
        let (start, end) = (span.range().start, span.range().end);
        Range::new(self.position(text, start), self.position(text, end))
    }

    /// How many units a piece of a line has.
    pub fn units(&self, piece: &str) -> u32 {
        number(piece.chars().map(|c| self.width(c)).sum())
    }

    /// A line from its start, without its end.
    fn line<'t>(&self, text: &'t str, start: usize) -> &'t str {
        let next = self.starts.partition_point(|other| *other <= start);
        let end = self.starts.get(next).copied().unwrap_or(text.len());
        text.get(start..end)
            .unwrap_or_default()
            .trim_end_matches(['\n', '\r'])
    }

    fn width(&self, c: char) -> usize {
        match self.unit {
            Unit::Utf8 => c.len_utf8(),
            Unit::Utf16 => c.len_utf16(),
        }
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_a_text_comes_back_from_its_position() {
        let text = "a: ü\r\nb: 😀x\rc\n\n d";
        for unit in [Unit::Utf8, Unit::Utf16] {
            let lines = Lines::new(text, unit);
            let places = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            for at in places {
                // Between `\r` and `\n` is no place of its own.
                if text[..at].ends_with('\r') && text[at..].starts_with('\n') {
                    continue;
                }
                assert_eq!(
                    lines.offset(text, lines.position(text, at)),
                    at,
                    "{at} {unit:?}"
                );
            }
        }
    }

    #[test]
    fn the_unit_is_the_editors() {
        let text = "x\nb: 😀x";
        let x = text.len() - 1;
        let at = |unit| Lines::new(text, unit).position(text, x);
        assert_eq!(at(Unit::Utf16), Position::new(1, 5));
        assert_eq!(at(Unit::Utf8), Position::new(1, 7));
    }

    #[test]
    fn positions_beyond_a_line_and_in_the_middle_of_a_letter_are_taken() {
        let text = "ab\r\n😀\n";
        let lines = Lines::new(text, Unit::Utf16);
        assert_eq!(lines.offset(text, Position::new(0, 99)), 2);
        assert_eq!(lines.offset(text, Position::new(99, 0)), text.len());
        assert_eq!(lines.offset(text, Position::new(1, 1)), 8);
    }
}
