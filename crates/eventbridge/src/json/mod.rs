//! A JSON reader that keeps what matching needs and value trees lose: the byte offset of every
//! node, every duplicate key, and the text of every number.

pub(crate) mod exact;
pub(crate) mod skip;

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::ops::Range;

use crate::limits::NESTING_MAX;

/// Text that is not JSON (RFC 8259), or nested deeper than EventBridge takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    message: &'static str,
    offset: usize,
}

impl JsonError {
    /// Where it went wrong, in bytes from the start of the text; at most the text's length.
    pub fn offset(&self) -> usize {
        self.offset
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl std::error::Error for JsonError {}

/// Levels of an event: those of its detail, and the envelope around it.
const DEPTH_MAX: usize = NESTING_MAX + 1;

/// A text as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\0'..='\u{1f}' => {
                let _infallible = write!(quoted, "\\u{:04x}", u32::from(letter));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    String,
    Number,
    True,
    False,
    Null,
}

/// A number as it is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NumberText<'a> {
    pub(crate) text: &'a str,
    /// Where its decimal point is, if it is known to have one and no exponent.
    pub(crate) point: Option<usize>,
}

/// Reads one value after another, as the caller asks. Each method that reads a value wants the
/// reader to stand on a value of that kind, as `peek` said.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    key: Range<usize>,
}

impl<'a> Reader<'a> {
    /// Reads a text of at most 1,000 levels.
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            // The level of the envelope that it would lie in.
            depth: 1,
            key: 0..0,
        }
    }

    /// Reads an event: an envelope around a detail, which is one level more.
    pub(crate) fn of_event(text: &'a str) -> Self {
        Self {
            depth: 0,
            ..Self::new(text)
        }
    }

    /// The offset of the next byte that is not white space.
    pub(crate) fn offset(&mut self) -> usize {
        self.skip_white_space();
        self.at
    }

    /// The offset just after what was read last.
    pub(crate) fn end(&self) -> usize {
        self.at
    }

    pub(crate) fn peek(&mut self) -> Result<Kind, JsonError> {
        self.skip_white_space();
        match self.byte() {
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'"') => Ok(Kind::String),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b't') => Ok(Kind::True),
            Some(b'f') => Ok(Kind::False),
            Some(b'n') => Ok(Kind::Null),
            Some(_) => Err(self.error("expected a JSON value")),
            None => Err(self.error("the JSON text ends too early")),
        }
    }

    /// Enters an object or an array.
    pub(crate) fn enter(&mut self) -> Result<(), JsonError> {
        if self.depth == DEPTH_MAX {
            return Err(self.error("nested deeper than 1,000 levels"));
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    /// The next key of the object that was entered, or none at its end. `first` is true for the
    /// first call in an object.
    pub(crate) fn next_key(&mut self, first: bool) -> Result<Option<Cow<'a, str>>, JsonError> {
        if !self.next_object_item(first)? {
            return Ok(None);
        }
        let start = self.at;
        let key = self.string()?;
        self.key = start..self.at;
        self.colon()?;
        Ok(Some(key))
    }

    /// Whether the object that was entered has another key, on which the reader then stands.
    pub(crate) fn next_object_item(&mut self, first: bool) -> Result<bool, JsonError> {
        if !self.next_item(first, b'}')? {
            return Ok(false);
        }
        match self.byte() {
            Some(b'"') => Ok(true),
            _ => Err(self.error("expected a key in double quotes")),
        }
    }

    /// Reads the colon after a key.
    pub(crate) fn colon(&mut self) -> Result<(), JsonError> {
        self.skip_white_space();
        if self.byte() != Some(b':') {
            return Err(self.error("expected `:` after a key"));
        }
        self.at += 1;
        Ok(())
    }

    /// What follows the opening quote of the key on which the reader stands.
    pub(crate) fn key_bytes(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at + 1..).unwrap_or_default()
    }

    /// Passes over a key of so many bytes between its quotes, without escapes.
    pub(crate) fn skip_key(&mut self, bytes: usize) {
        self.at += bytes + 2;
    }

    /// Passes over the key on which the reader stands, if it has no escapes, and says whether it has not.
    pub(crate) fn skip_plain_key(&mut self) -> Result<bool, JsonError> {
        let start = self.at;
        let has_escapes = self.skip_string()?;
        if has_escapes {
            self.at = start;
        }
        Ok(!has_escapes)
    }

    /// The place of the key that was read last, with its quotes.
    pub(crate) fn key_span(&self) -> Range<usize> {
        self.key.clone()
    }

    /// Whether the array that was entered has another element.
    pub(crate) fn next_element(&mut self, first: bool) -> Result<bool, JsonError> {
        self.next_item(first, b']')
    }

    fn next_item(&mut self, first: bool, close: u8) -> Result<bool, JsonError> {
        self.skip_white_space();
        match self.byte() {
            Some(byte) if byte == close => {
                self.at += 1;
                self.depth -= 1;
                return Ok(false);
            }
            Some(b',') if !first => {
                self.at += 1;
                self.skip_white_space();
            }
            Some(_) if first => {}
            Some(_) => return Err(self.error("expected `,` or the closing bracket")),
            None => return Err(self.error("the JSON text ends too early")),
        }
        Ok(true)
    }

    pub(crate) fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.at += 1;
        let start = self.at;
        loop {
            match self.byte() {
                Some(b'"') => {
                    let text = &self.text[start..self.at];
                    self.at += 1;
                    return Ok(Cow::Borrowed(text));
                }
                Some(b'\\') => return self.escaped_string(start).map(Cow::Owned),
                Some(0..=0x1f) => return Err(self.error("a control character in a string")),
                Some(_) => self.at += 1,
                None => return Err(self.error("a string without its closing quote")),
            }
        }
    }

    /// Reads a string as [`string`](Self::string) does, and puts it into `room` if it has escapes: nothing
    /// is allocated once `room` is large enough.
    pub(crate) fn string_in<'s>(&mut self, room: &'s mut String) -> Result<&'s str, JsonError>
    where
        'a: 's,
    {
        let start = self.at + 1;
        let has_escapes = self.skip_string()?;
        if !has_escapes {
            return Ok(&self.text[start..self.at - 1]);
        }
        self.at = start;
        room.clear();
        self.unescape_into(room, start)?;
        Ok(room)
    }

    /// Passes over one value without looking further into it than its brackets and quotes.
    pub(crate) fn skip_value(&mut self) -> Result<(), JsonError> {
        match self.peek()? {
            Kind::String => self.skip_string().map(drop),
            Kind::Object | Kind::Array => {
                let room = DEPTH_MAX - self.depth;
                match skip::container(self.text.as_bytes(), self.at, room) {
                    Ok(end) => self.at = end,
                    Err(message) => {
                        // The place within the container is not known.
                        self.at = self.text.len();
                        return Err(self.error(message));
                    }
                }
                Ok(())
            }
            _ => {
                self.skip_scalar();
                Ok(())
            }
        }
    }

    /// Passes over the rest of a number or a literal.
    fn skip_scalar(&mut self) {
        while matches!(
            self.byte(),
            Some(b'0'..=b'9' | b'a'..=b'z' | b'.' | b'+' | b'-' | b'E')
        ) {
            self.at += 1;
        }
    }

    /// Passes over a string with its quotes, and says whether it has escapes.
    fn skip_string(&mut self) -> Result<bool, JsonError> {
        let mut has_escapes = false;
        self.at += 1;
        loop {
            self.at = skip::plain(self.text.as_bytes(), self.at);
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(has_escapes);
                }
                Some(b'\\') => {
                    has_escapes = true;
                    // The byte behind the backslash cannot end the string, whatever it is.
                    self.at += 2;
                }
                Some(_) => return Err(self.error("a control character in a string")),
                None => return Err(self.error("a string without its closing quote")),
            }
        }
    }

    fn escaped_string(&mut self, start: usize) -> Result<String, JsonError> {
        let mut text = String::new();
        self.unescape_into(&mut text, start)?;
        Ok(text)
    }

    /// Adds a string to `text`, from `plain` on: the reader has read no escape since.
    fn unescape_into(&mut self, text: &mut String, mut plain: usize) -> Result<(), JsonError> {
        loop {
            match self.byte() {
                Some(b'"') => {
                    text.push_str(&self.text[plain..self.at]);
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    text.push_str(&self.text[plain..self.at]);
                    text.push(self.escape()?);
                    plain = self.at;
                }
                Some(0..=0x1f) => return Err(self.error("a control character in a string")),
                Some(_) => self.at += 1,
                None => return Err(self.error("a string without its closing quote")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        self.at += 1;
        let escaped = match self.byte() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.error("an unknown escape in a string")),
        };
        self.at += 1;
        Ok(escaped)
    }

    /// `\u` and four hexadecimal digits, twice if the first is half of a surrogate pair. The
    /// reader stands on the `u`. A half without its other half reads as `?`: JavaScript writes such
    /// text, and the service's matcher, which is Java, compares it so.
    fn unicode_escape(&mut self) -> Result<char, JsonError> {
        const ALONE: char = '?';
        let high = self.hex_unit()?;
        if !(0xd800..0xdc00).contains(&high) {
            return Ok(char::from_u32(high).unwrap_or(ALONE));
        }
        if !self.text[self.at..].starts_with("\\u") {
            return Ok(ALONE);
        }
        let next = self.at;
        self.at += 1;
        let low = self.hex_unit()?;
        if !(0xdc00..0xe000).contains(&low) {
            // What follows is read on its own: it can be the first half of a pair.
            self.at = next;
            return Ok(ALONE);
        }
        let point = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
        Ok(char::from_u32(point).unwrap_or(ALONE))
    }

    fn hex_unit(&mut self) -> Result<u32, JsonError> {
        let digits = self.text.as_bytes().get(self.at + 1..self.at + 5);
        let unit = digits
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .ok_or_else(|| self.error("`\\u` wants four hexadecimal digits"))?;
        self.at += 5;
        Ok(unit)
    }

    /// A number, as it is written.
    pub(crate) fn number(&mut self) -> Result<NumberText<'a>, JsonError> {
        let start = self.at;
        let Some(decimal) = skip::decimal(self.text.as_bytes(), start) else {
            let text = self.any_number()?;
            return Ok(NumberText { text, point: None });
        };
        self.at = decimal.end;
        Ok(NumberText {
            text: &self.text[start..decimal.end],
            point: decimal.point.map(|point| point - start),
        })
    }

    fn any_number(&mut self) -> Result<&'a str, JsonError> {
        let start = self.at;
        self.eat(b'-');
        // JSON has no leading zeros: after `0` only a point or an exponent may follow.
        if !self.eat(b'0') && self.digits() == 0 {
            return Err(self.error("expected a digit"));
        }
        if self.eat(b'.') && self.digits() == 0 {
            return Err(self.error("expected a digit after the decimal point"));
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _sign = self.eat(b'+') || self.eat(b'-');
            if self.digits() == 0 {
                return Err(self.error("expected a digit in the exponent"));
            }
        }
        if matches!(
            self.byte(),
            Some(b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'.')
        ) {
            return Err(self.error("expected the number to end"));
        }
        Ok(&self.text[start..self.at])
    }

    /// `true`, `false` or `null`.
    pub(crate) fn literal(&mut self, kind: Kind) -> Result<(), JsonError> {
        let word = match kind {
            Kind::True => "true",
            Kind::False => "false",
            _ => "null",
        };
        if !self.text[self.at..].starts_with(word) {
            return Err(self.error("expected a JSON value"));
        }
        self.at += word.len();
        Ok(())
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let eaten = self.byte() == Some(byte);
        self.at += usize::from(eaten);
        eaten
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.byte(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn skip_white_space(&mut self) {
        if self.byte().is_some_and(|byte| byte > b' ') {
            return;
        }
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn error(&self, message: &'static str) -> JsonError {
        JsonError {
            message,
            offset: self.at.min(self.text.len()),
        }
    }
}
