//! JSON that stays text: it is checked, cut and minified, and no value is ever read out of it. So keys keep their order
//! and their duplicates, numbers their digits, and strings their escapes.

use super::{JsonError, Kind, Reader, skip};

/// Checks that a text is one JSON value.
pub(crate) fn check(text: &str) -> Result<(), JsonError> {
    let mut reader = Reader::new(text);
    check_value(&mut reader)?;
    reader.finish()
}

/// Returns the event at the beginning of a text. The text after it is ignored, as it is in matching.
pub(crate) fn event(text: &str) -> Result<&str, JsonError> {
    let mut reader = Reader::of_event(text);
    let start = reader.offset();
    check_value(&mut reader)?;
    Ok(&text[start..reader.end()])
}

/// Reads one value, and looks at every token in it.
pub(crate) fn check_value(reader: &mut Reader<'_>) -> Result<(), JsonError> {
    let kind = reader.peek()?;
    match kind {
        Kind::Object => {
            reader.enter()?;
            let mut first = true;
            while reader.next_object_item(first)? {
                first = false;
                reader.check_string()?;
                reader.colon()?;
                check_value(reader)?;
            }
        }
        Kind::Array => {
            reader.enter()?;
            let mut first = true;
            while reader.next_element(first)? {
                first = false;
                check_value(reader)?;
            }
        }
        Kind::String => reader.check_string()?,
        Kind::Number => drop(reader.number()?),
        Kind::True | Kind::False | Kind::Null => reader.literal(kind)?,
    }
    Ok(())
}

/// Adds valid JSON without the white space between its tokens.
pub(crate) fn push_minified(json: &str, out: &mut String) {
    push_tokens(json, "\"", out);
}

/// Adds valid JSON as text: without the quotes around its strings and without the white space between its tokens.
pub(crate) fn push_unquoted(json: &str, out: &mut String) {
    push_tokens(json, "", out);
}

/// Adds the tokens of valid JSON, with something instead of the quotes around its strings.
fn push_tokens(json: &str, quote: &str, out: &mut String) {
    let mut rest = json;
    while let Some((between, string)) = rest.split_once('"') {
        out.extend(between.split_ascii_whitespace());
        let end = closing_quote(string);
        out.extend([quote, &string[..end], quote]);
        rest = string.get(end + 1..).unwrap_or_default();
    }
    out.extend(rest.split_ascii_whitespace());
}

/// The offset of the quote that ends a string, which has begun before `text`.
fn closing_quote(text: &str) -> usize {
    let mut at = 0;
    loop {
        at = skip::plain(text.as_bytes(), at);
        match text.as_bytes().get(at) {
            // The byte behind the backslash cannot end the string, whatever it is.
            Some(b'\\') => at += 2,
            Some(b'"') => return at,
            Some(_) => at += 1,
            None => return text.len(),
        }
    }
}

/// Whether a JSON string, as it is written, says `text`.
pub(crate) fn says(string: &str, text: &str) -> bool {
    let inner = string.strip_prefix('"').and_then(|s| s.strip_suffix('"'));
    match inner {
        Some(inner) if !inner.contains('\\') => inner == text,
        _ => Reader::new(string).string().is_ok_and(|said| said == text),
    }
}

/// The members of a valid JSON object as they are written: each key with its quotes, and its value. Nothing if it is
/// another value.
pub(crate) fn members(json: &str) -> Vec<(&str, &str)> {
    let mut members = Vec::new();
    let mut reader = Reader::of_event(json);
    if reader.peek() == Ok(Kind::Object) {
        // It has been checked, so reading it again does not fail.
        let _checked = read_members(json, &mut reader, &mut members);
    }
    members
}

fn read_members<'a>(
    json: &'a str,
    reader: &mut Reader<'a>,
    members: &mut Vec<(&'a str, &'a str)>,
) -> Result<(), JsonError> {
    reader.enter()?;
    while reader.next_object_item(members.is_empty())? {
        let start = reader.offset();
        reader.check_string()?;
        let key = &json[start..reader.end()];
        reader.colon()?;
        let start = reader.offset();
        reader.skip_value()?;
        members.push((key, &json[start..reader.end()]));
    }
    Ok(())
}

/// Reading of text that is kept as it is written.
impl Reader<'_> {
    /// Passes over a string and checks its escapes. Halves of surrogate pairs are fine: nobody decodes them here.
    pub(crate) fn check_string(&mut self) -> Result<(), JsonError> {
        self.at += 1;
        loop {
            self.at = skip::plain(self.text.as_bytes(), self.at);
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.check_escape()?,
                Some(_) => return Err(self.error("a control character in a string")),
                None => return Err(self.error("a string without its closing quote")),
            }
        }
    }

    fn check_escape(&mut self) -> Result<(), JsonError> {
        self.at += 1;
        match self.byte() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => drop(self.hex_unit()?),
            _ => return Err(self.error("an unknown escape in a string")),
        }
        Ok(())
    }

    /// Checks that nothing but white space is left.
    pub(crate) fn finish(&mut self) -> Result<(), JsonError> {
        self.skip_white_space();
        match self.byte() {
            Some(_) => Err(self.error("expected nothing after the JSON value")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minified(json: &str) -> Result<String, JsonError> {
        let mut text = String::new();
        push_minified(event(json)?, &mut text);
        Ok(text)
    }

    #[test]
    fn only_white_space_between_tokens_is_dropped() {
        for (json, expected) in [
            (" [ 1.10 , -0 , 1e400 ] ", "[1.10,-0,1e400]"),
            (
                r#"{ "b" : " x " , "a": 1, "a" :2 }"#,
                r#"{"b":" x ","a":1,"a":2}"#,
            ),
            (
                r#"[ "\ud83d", "\" ] \\" , "ä" ]"#,
                r#"["\ud83d","\" ] \\","ä"]"#,
            ),
            ("12345678901234567890123 ", "12345678901234567890123"),
            ("\n null\t", "null"),
        ] {
            assert_eq!(minified(json).as_deref(), Ok(expected), "{json}");
        }
    }

    #[test]
    fn text_that_is_no_json_is_refused_at_its_place() {
        for (text, place) in [
            ("", 0),
            ("[1,]", 3),
            ("{\"a\" 1}", 5),
            ("{a: 1}", 1),
            ("\"\\x\"", 2),
            ("\"\\ud8\"", 2),
            ("01", 1),
            ("tru", 0),
            ("1 2", 2),
            ("\"a\nb\"", 2),
        ] {
            let error = check(text).unwrap_err();
            assert_eq!(error.offset(), place, "{text}: {error}");
        }
    }

    #[test]
    fn a_thousand_levels_are_read_and_no_more() {
        let nested = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(check(&nested(1000)).is_ok());
        assert!(check(&nested(1001)).is_err());
    }

    #[test]
    fn a_key_is_known_however_it_is_written() {
        assert!(says(r#""detail""#, "detail"));
        assert!(says(r#""det\u0061il""#, "detail"));
        assert!(!says(r#""det\u0062il""#, "detail"));
        assert!(!says(r#""\ud83d""#, "detail"));
    }
}
