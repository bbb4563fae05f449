//! Passing over objects, arrays and strings, many bytes at a time.

use wide::{u8x16, u8x32};

/// Bytes of a block when looking for the end of a string, which is often short.
const WIDTH: usize = 16;

/// Bytes of a block when looking for the end of an object or an array.
const WIDE: usize = 32;

/// The offset behind the object or array that begins at `at`. Only brackets, quotes and backslashes are
/// looked at.
///
/// # Errors
/// When the text ends too early, or more than `room` levels are nested.
pub(crate) fn container(text: &[u8], at: usize, room: usize) -> Result<usize, &'static str> {
    let mut state = State {
        at,
        depth: 0,
        in_string: false,
        room,
    };
    loop {
        let block = text
            .get(state.at..)
            .and_then(|rest| rest.first_chunk::<WIDE>());
        let ended = match block.and_then(|block| state.brackets(block)) {
            Some(brackets) => state.follow(brackets)?,
            None => state.read(text)?,
        };
        if ended {
            return Ok(state.at);
        }
    }
}

/// The offset of the first byte from `at` on that means something in a string: a quote, a backslash or a
/// control character; the text's length where there is none.
pub(crate) fn plain(text: &[u8], mut at: usize) -> usize {
    while let Some(block) = text.get(at..).and_then(|rest| rest.first_chunk::<WIDTH>()) {
        let block = u8x16::new(*block);
        let control = block.simd_eq(block.min(u8x16::splat(0x1f)));
        let quote = block.simd_eq(u8x16::splat(b'"'));
        let special = bits(control | quote | block.simd_eq(u8x16::splat(b'\\')));
        if special != 0 {
            return at + special.trailing_zeros() as usize;
        }
        at += WIDTH;
    }
    let special = |byte: &u8| matches!(byte, 0..=0x1f | b'"' | b'\\');
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().position(special).unwrap_or(rest.len())
}

struct State {
    at: usize,
    depth: usize,
    in_string: bool,
    room: usize,
}

/// The brackets of a block that stand outside of strings, one bit for each byte.
#[derive(Clone, Copy)]
struct Brackets {
    opening: u32,
    closing: u32,
}

impl State {
    /// Finds the brackets of a block; none if it has a backslash, behind which a quote is no quote.
    fn brackets(&mut self, block: &[u8; WIDE]) -> Option<Brackets> {
        let block = u8x32::new(*block);
        if block.simd_eq(u8x32::splat(b'\\')).to_bitmask() != 0 {
            return None;
        }
        let mut inside = block.simd_eq(u8x32::splat(b'"')).to_bitmask();
        // Every byte from an opening quote on, up to the one before its closing quote.
        for shift in [1, 2, 4, 8, 16] {
            inside ^= inside << shift;
        }
        if self.in_string {
            inside = !inside;
        }
        self.in_string = inside >> (WIDE - 1) == 1;
        // `{` and `[` differ in this bit, as do `}` and `]`.
        let folded = block | u8x32::splat(0x20);
        Some(Brackets {
            opening: folded.simd_eq(u8x32::splat(b'{')).to_bitmask() & !inside,
            closing: folded.simd_eq(u8x32::splat(b'}')).to_bitmask() & !inside,
        })
    }

    /// Follows the brackets of the next block, and says whether the container ends in it.
    fn follow(&mut self, brackets: Brackets) -> Result<bool, &'static str> {
        let mut left = brackets.opening | brackets.closing;
        while left != 0 {
            let lowest = left & left.wrapping_neg();
            if brackets.opening & lowest != 0 {
                self.open()?;
            } else if self.close() {
                self.at += lowest.trailing_zeros() as usize + 1;
                return Ok(true);
            }
            left ^= lowest;
        }
        self.at += WIDE;
        Ok(false)
    }

    /// Reads the bytes of the next block one by one, and says whether the container ends among them.
    fn read(&mut self, text: &[u8]) -> Result<bool, &'static str> {
        let end = self.at + WIDE;
        while self.at < end {
            let byte = *text.get(self.at).ok_or("the JSON text ends too early")?;
            self.at += 1;
            match byte {
                b'"' => self.in_string = !self.in_string,
                b'\\' => self.at += 1,
                _ if self.in_string => {}
                b'{' | b'[' => self.open()?,
                b'}' | b']' if self.close() => return Ok(true),
                _ => {}
            }
        }
        Ok(false)
    }

    fn open(&mut self) -> Result<(), &'static str> {
        if self.depth == self.room {
            return Err("nested deeper than 1,000 levels");
        }
        self.depth += 1;
        Ok(())
    }

    /// Whether that was the container's own bracket.
    fn close(&mut self) -> bool {
        self.depth -= 1;
        self.depth == 0
    }
}

/// One bit for each byte of a comparison.
#[expect(clippy::cast_possible_truncation, reason = "there are sixteen")]
fn bits(compared: u8x16) -> u16 {
    compared.to_bitmask() as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_found_wherever_it_lies() {
        for padding in 0..40 {
            for inner in [
                "",
                "[1,{}]",
                r#""]}""#,
                r#""\\\"]""#,
                r#""a","b""#,
                r#"{"k":"v"},[[]]"#,
            ] {
                let text = format!("[{}{inner}] , 1", " ".repeat(padding));
                let end = text.len() - " , 1".len();
                assert_eq!(container(text.as_bytes(), 0, 10), Ok(end), "{text}");
            }
        }
    }

    #[test]
    fn the_first_special_byte_is_found_wherever_it_lies() {
        for length in 0..40 {
            for special in ["\"", "\\", "\n", "\0", "\u{1f}", ""] {
                let text = format!("{}{special}", "é ~".repeat(length));
                assert_eq!(plain(text.as_bytes(), 0), 4 * length, "{text:?}");
            }
        }
    }

    #[test]
    fn what_does_not_end_or_nests_too_deep_is_an_error() {
        for text in ["[", "[\"]", "[\"\\", "{{{{{{{{{{{{{{{{{{{{{{{{"] {
            assert!(container(text.as_bytes(), 0, 20).is_err(), "{text}");
        }
        let deep = "[".repeat(21) + &"]".repeat(21);
        assert!(container(deep.as_bytes(), 0, 20).is_err());
        assert_eq!(container(deep.as_bytes(), 1, 20), Ok(41));
    }
}
