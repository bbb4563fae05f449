//! Passing over objects, arrays, strings and numbers, many bytes at a time.

use wide::{u8x16, u8x32};

/// Bytes of a block when looking for the end of a string, which is often short.
const WIDTH: usize = 16;

/// Bytes of a block when looking for the end of a number.
const NUMBER: usize = 32;

/// Bytes of a block when looking for the end of an object or an array.
const WIDE: usize = 64;

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
        let rest = text.get(state.at..).unwrap_or_default();
        let padded;
        let block = match rest.first_chunk::<WIDE>() {
            Some(block) => block,
            None if rest.is_empty() => return Err("the JSON text ends too early"),
            None => {
                padded = padded_with_spaces(rest);
                &padded
            }
        };
        let ended = match state.brackets(block) {
            Some(brackets) => state.follow(brackets)?,
            None => state.read(text)?,
        };
        if ended {
            return Ok(state.at);
        }
    }
}

fn padded_with_spaces(rest: &[u8]) -> [u8; WIDE] {
    let mut block = [b' '; WIDE];
    for (place, byte) in block.iter_mut().zip(rest) {
        *place = *byte;
    }
    block
}

/// The offset of the first byte from `at` on that means something in a string: a quote, a backslash or a
/// control character; the text's length if there is none.
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

/// A number without an exponent, as in `-12.50`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    /// The offset behind it.
    pub(crate) end: usize,
    /// The offset of its point, if it has one.
    pub(crate) point: Option<usize>,
}

/// The number at `at`, if it is written without an exponent and does not stand at the text's very end.
/// What this does not find can be a number as well.
pub(crate) fn decimal(text: &[u8], at: usize) -> Option<Decimal> {
    let bytes = text.get(at..)?.first_chunk::<NUMBER>()?;
    let above_zero = u8x32::new(*bytes) - u8x32::splat(b'0');
    let digits = above_zero
        .simd_eq(above_zero.min(u8x32::splat(9)))
        .to_bitmask();
    let run = |from: usize| {
        digits
            .checked_shr(u32::try_from(from).ok()?)
            .map(u32::trailing_ones)
    };
    let first = usize::from(bytes[0] == b'-');
    let whole = run(first)? as usize;
    if whole == 0 || whole > 1 && bytes[first] == b'0' {
        return None;
    }
    let mut end = first + whole;
    let mut point = None;
    if bytes.get(end) == Some(&b'.') {
        point = Some(at + end);
        let places = run(end + 1)? as usize;
        if places == 0 {
            return None;
        }
        end += 1 + places;
    }
    let ends = matches!(
        bytes.get(end)?,
        b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r'
    );
    ends.then_some(Decimal {
        end: at + end,
        point,
    })
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
    opening: u64,
    closing: u64,
}

impl State {
    /// Finds the brackets of a block; none if it has a backslash, behind which a quote is no quote.
    fn brackets(&mut self, block: &[u8; WIDE]) -> Option<Brackets> {
        let (halves, _) = block.as_chunks::<{ WIDE / 2 }>();
        let halves = [u8x32::new(halves[0]), u8x32::new(halves[1])];
        let places = |halves: [u8x32; 2], byte: u8| {
            let [low, high] = halves.map(|half| half.simd_eq(u8x32::splat(byte)).to_bitmask());
            u64::from(low) | u64::from(high) << (WIDE / 2)
        };
        if places(halves, b'\\') != 0 {
            return None;
        }
        let mut inside = places(halves, b'"');
        // Every byte from an opening quote on, up to the one before its closing quote.
        for shift in [1, 2, 4, 8, 16, 32] {
            inside ^= inside << shift;
        }
        if self.in_string {
            inside = !inside;
        }
        self.in_string = inside >> (WIDE - 1) == 1;
        // `{` and `[` differ in this bit, as do `}` and `]`.
        let folded = halves.map(|half| half | u8x32::splat(0x20));
        Some(Brackets {
            opening: places(folded, b'{') & !inside,
            closing: places(folded, b'}') & !inside,
        })
    }

    /// Follows the brackets of the next block, and says whether the container ends in it.
    fn follow(&mut self, brackets: Brackets) -> Result<bool, &'static str> {
        let opened = brackets.opening.count_ones() as usize;
        let closed = brackets.closing.count_ones() as usize;
        if closed < self.depth && self.depth + opened <= self.room {
            self.depth = self.depth + opened - closed;
            self.at += WIDE;
            return Ok(false);
        }
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
    fn decimals_end_where_they_end() {
        let padded = |text: &str| format!("[{text}                                 ");
        for (number, point) in [
            ("0", None),
            ("-7", None),
            ("120", None),
            ("0.5", Some(2)),
            ("-122.25", Some(5)),
        ] {
            for after in [",", "}", "]", " ", "\n"] {
                let found = decimal(padded(&format!("{number}{after}")).as_bytes(), 1);
                let end = 1 + number.len();
                assert_eq!(found, Some(Decimal { end, point }), "{number}{after}");
            }
        }
        let long = "1".repeat(40);
        for text in [
            "-", "01", "-01", "1.", ".5", "1e5", "1.5E5", "1.2.3", "1x", "1\"", "", &long,
        ] {
            assert_eq!(decimal(padded(text).as_bytes(), 1), None, "{text}");
        }
        assert_eq!(decimal(b"[1]", 1), None);
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
