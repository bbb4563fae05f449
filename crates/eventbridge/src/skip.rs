//! Passing over an object or an array, sixteen bytes at a time.

use wide::u8x16;

const WIDTH: usize = 16;

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
        while state.skip_block(text) {}
        if state.read_block(text)? {
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

impl State {
    /// Passes over sixteen bytes in which nothing has to be looked at one by one: they hold no backslash,
    /// and the container can neither end nor grow too deep in them.
    fn skip_block(&mut self, text: &[u8]) -> bool {
        let block = text
            .get(self.at..)
            .and_then(|rest| rest.first_chunk::<WIDTH>());
        let Some(block) = block else {
            return false;
        };
        let block = u8x16::new(*block);
        // `{` and `[` differ in this bit, as do `}` and `]`.
        let folded = block | u8x16::splat(0x20);
        if bits(block.simd_eq(u8x16::splat(b'\\'))) != 0 {
            return false;
        }
        let mut inside = bits(block.simd_eq(u8x16::splat(b'"')));
        // Every byte from an opening quote on, up to the one before its closing quote.
        for shift in [1, 2, 4, 8] {
            inside ^= inside << shift;
        }
        if self.in_string {
            inside = !inside;
        }
        let opened = (bits(folded.simd_eq(u8x16::splat(b'{'))) & !inside).count_ones() as usize;
        let closed = (bits(folded.simd_eq(u8x16::splat(b'}'))) & !inside).count_ones() as usize;
        if self.depth <= closed || self.depth + opened > self.room {
            return false;
        }
        self.depth = self.depth + opened - closed;
        self.in_string = inside >> (WIDTH - 1) == 1;
        self.at += WIDTH;
        true
    }

    /// Reads the next sixteen bytes one by one, and says whether the container ended among them.
    fn read_block(&mut self, text: &[u8]) -> Result<bool, &'static str> {
        let end = self.at + WIDTH;
        while self.at < end {
            let byte = *text.get(self.at).ok_or("the JSON text ends too early")?;
            self.at += 1;
            match byte {
                b'"' => self.in_string = !self.in_string,
                b'\\' => self.at += 1,
                _ if self.in_string => {}
                b'{' | b'[' if self.depth == self.room => {
                    return Err("nested deeper than 1,000 levels");
                }
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Ok(true);
                    }
                }
                _ => {}
            }
        }
        Ok(false)
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
