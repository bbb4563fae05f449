//! Tests on one string: the same for a value that must match and for one that must not.

use std::fmt::Write as _;

use memchr::memmem;

/// A test that a string passes or fails.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TextTest {
    Prefix(String),
    Suffix(String),
    PrefixIgnoringCase(CaseFolded),
    SuffixIgnoringCase(CaseFolded),
    EqualsIgnoringCase(CaseFolded),
    Wildcard(Wildcard),
    Exactly(String),
}

impl TextTest {
    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Prefix(wanted) => text.starts_with(wanted.as_str()),
            Self::Suffix(wanted) => text.ends_with(wanted.as_str()),
            Self::PrefixIgnoringCase(wanted) => wanted.is_prefix_of(text),
            Self::SuffixIgnoringCase(wanted) => wanted.is_suffix_of(text),
            Self::EqualsIgnoringCase(wanted) => wanted.equals(text),
            Self::Wildcard(wanted) => wanted.matches(text.as_bytes()),
            Self::Exactly(wanted) => text == wanted,
        }
    }

    /// The test in words, as in "a string that …".
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Prefix(wanted) => format!("starts with {wanted:?}"),
            Self::Suffix(wanted) => format!("ends with {wanted:?}"),
            Self::PrefixIgnoringCase(wanted) => {
                format!("starts with {:?} in any case", wanted.text)
            }
            Self::SuffixIgnoringCase(wanted) => format!("ends with {:?} in any case", wanted.text),
            Self::EqualsIgnoringCase(wanted) => format!("is {:?} in any case", wanted.text),
            Self::Wildcard(wanted) => format!("fits \"{}\"", wanted.text()),
            Self::Exactly(wanted) => format!("is {wanted:?}"),
        }
    }
}

/// A string whose letters may stand in lower or upper case. Each UTF-16 unit accepts its own full
/// lower or upper mapping: `ß` accepts `ß` and `SS`, and neither `ss` nor `ẞ`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CaseFolded {
    text: String,
    letters: Vec<[String; 2]>,
}

impl CaseFolded {
    pub(crate) fn new(text: &str) -> Self {
        let letters = text.chars().map(forms).collect();
        Self {
            text: text.to_owned(),
            letters,
        }
    }

    /// The text, if it has only letters without a case or with the two of ASCII.
    pub(crate) fn ascii(&self) -> Option<&str> {
        self.text.is_ascii().then_some(self.text.as_str())
    }

    /// The forms of each letter.
    pub(crate) fn letters(&self) -> &[[String; 2]] {
        &self.letters
    }

    fn equals(&self, text: &str) -> bool {
        if self.text.is_ascii() {
            return text.eq_ignore_ascii_case(&self.text);
        }
        self.ends_in(text).contains(&text.len())
    }

    fn is_prefix_of(&self, text: &str) -> bool {
        if self.text.is_ascii() {
            let start = text.as_bytes().get(..self.text.len());
            return start.is_some_and(|start| start.eq_ignore_ascii_case(self.text.as_bytes()));
        }
        !self.ends_in(text).is_empty()
    }

    /// Where a reading of the letters that starts at the text's start can end, in bytes.
    fn ends_in(&self, text: &str) -> Vec<usize> {
        // The two forms of a letter may differ in length, as those of `ß` do: there can be several ends.
        follow(self.letters.iter(), 0, |at, form| {
            text[at..].starts_with(form).then(|| at + form.len())
        })
    }

    fn is_suffix_of(&self, text: &str) -> bool {
        if self.text.is_ascii() {
            let start = text.len().checked_sub(self.text.len());
            let end = start.and_then(|start| text.as_bytes().get(start..));
            return end.is_some_and(|end| end.eq_ignore_ascii_case(self.text.as_bytes()));
        }
        let starts = follow(self.letters.iter().rev(), text.len(), |at, form| {
            text[..at].ends_with(form).then(|| at - form.len())
        });
        !starts.is_empty()
    }
}

/// The places that are reached after all letters, each in one of its forms.
fn follow<'l>(
    letters: impl Iterator<Item = &'l [String; 2]>,
    from: usize,
    step: impl Fn(usize, &str) -> Option<usize>,
) -> Vec<usize> {
    let mut places = vec![from];
    for forms in letters {
        let mut next: Vec<usize> = Vec::new();
        for place in places {
            next.extend(forms.iter().filter_map(|form| step(place, form)));
        }
        next.sort_unstable();
        next.dedup();
        places = next;
    }
    places
}

/// A letter beyond the basic plane is two UTF-16 units, which have no case.
fn forms(letter: char) -> [String; 2] {
    if letter.len_utf16() == 2 {
        return [letter.to_string(), letter.to_string()];
    }
    [
        letter.to_lowercase().collect(),
        letter.to_uppercase().collect(),
    ]
}

/// Text in which `*` stands for any run of bytes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wildcard {
    /// The texts between the stars, unescaped: one more than there are stars.
    parts: Vec<Vec<u8>>,
}

impl Wildcard {
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut parts = vec![Vec::new()];
        let mut bytes = text.bytes().peekable();
        while let Some(byte) = bytes.next() {
            match byte {
                // The service refuses two stars in a row.
                b'*' if bytes.peek() == Some(&b'*') => {
                    return Err("`**` in a `wildcard`: one `*` is any run of characters");
                }
                b'*' => parts.push(Vec::new()),
                b'\\' => match bytes.next() {
                    Some(escaped @ (b'*' | b'\\')) => push(&mut parts, escaped),
                    _ => return Err("in a `wildcard` a backslash escapes only `*` and `\\`"),
                },
                byte => push(&mut parts, byte),
            }
        }
        Ok(Self { parts })
    }

    /// The texts between the stars: one more than there are stars.
    pub(crate) fn parts(&self) -> &[Vec<u8>] {
        &self.parts
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (place, part) in self.parts.iter().enumerate() {
            if place > 0 {
                text.push('*');
            }
            let escaped = String::from_utf8_lossy(part).replace('\\', "\\\\");
            let _infallible = text.write_str(&escaped.replace('*', "\\*"));
        }
        text
    }

    /// Takes each part at its first place: between two stars no later place can do better.
    fn matches(&self, text: &[u8]) -> bool {
        let [first, middle @ .., last] = self.parts.as_slice() else {
            return self.parts.iter().all(|part| part == text);
        };
        let Some(mut rest) = text.strip_prefix(first.as_slice()) else {
            return false;
        };
        // The end is taken off first, so that a part in the middle cannot use its bytes.
        let Some(between) = rest.strip_suffix(last.as_slice()) else {
            return false;
        };
        rest = between;
        for part in middle.iter().filter(|part| !part.is_empty()) {
            match memmem::find(rest, part) {
                Some(place) => rest = &rest[place + part.len()..],
                None => return false,
            }
        }
        true
    }
}

fn push(parts: &mut [Vec<u8>], byte: u8) {
    if let Some(last) = parts.last_mut() {
        last.push(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn wildcard(pattern: &str, text: &str, matches: bool) {
        let parsed = Wildcard::parse(pattern).expect(pattern);
        assert_eq!(parsed.matches(text.as_bytes()), matches, "{pattern} {text}");
    }

    #[test]
    fn wildcards() {
        wildcard("", "", true);
        wildcard("", "a", false);
        wildcard("*", "", true);
        wildcard("a*a", "a", false);
        wildcard("a*a", "aa", true);
        wildcard("*/dir/*", "x/dir/y", true);
        wildcard("*a*b", "xaxaxb", true);
        wildcard("a\\*b", "a*b", true);
        wildcard("a\\*b", "axb", false);
        wildcard("\\\\*", "\\x", true);
    }

    #[test]
    fn broken_wildcards() {
        for text in ["**", "a***", "\\", "a\\b", "\\\\\\"] {
            assert!(Wildcard::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn case_is_ignored_letter_by_letter() {
        let equals = |wanted: &str, text: &str| {
            TextTest::EqualsIgnoringCase(CaseFolded::new(wanted)).matches(text)
        };
        assert!(equals("ß", "ß") && equals("ß", "SS") && !equals("ß", "ss"));
        assert!(equals("EiC", "eIc") && !equals("EiC", "eIcc"));
        assert!(equals("Σ", "σ") && !equals("Σ", "ς"));
        assert!(equals("😀", "😀"));
        let suffix = TextTest::SuffixIgnoringCase(CaseFolded::new("ß.PNG"));
        assert!(suffix.matches("straSS.png") && !suffix.matches("strass.png"));
    }
}
