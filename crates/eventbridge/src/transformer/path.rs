//! Paths into an event: the subset of `JSONPath` that EventBridge reads.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use super::error::{TransformerError, TransformerErrorKind as Kind};
use crate::json::exact;
use crate::json::{self, JsonError, Reader};
use crate::limits::TEMPLATE_PATH_CHARACTERS_MAX;

/// The part of an event that a target receives: `InputPath`, in the same subset of `JSONPath` as the paths of an
/// [`InputTransformer`](super::InputTransformer).
///
/// ```
/// use eventbridge::transformer::InputPath;
///
/// let path: InputPath = "$.detail.items[0]".parse()?;
/// let event = r#"{"detail": {"items": [{"price": 1.10}]}}"#;
/// assert_eq!(path.apply(event)?.as_deref(), Some(r#"{"price":1.10}"#));
/// assert_eq!(path.apply(r#"{"detail": {}}"#)?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputPath {
    text: String,
    steps: Vec<PathStep>,
    /// Where each step stands in the text.
    spans: Vec<Range<usize>>,
}

/// One step of an [`InputPath`], from a value to what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathStep {
    /// `.name`: the value of a key.
    Key(String),
    /// `[0]`: one element of a list.
    Index(usize),
    /// `[*]` or `.*`: every element of a list, or every value of an object. The path then stands for a list.
    Every,
}

impl InputPath {
    /// Reads a path of at most 256 characters.
    ///
    /// # Errors
    /// A path that EventBridge would refuse.
    pub fn parse(path: &str) -> Result<Self, TransformerError> {
        if path.chars().count() > TEMPLATE_PATH_CHARACTERS_MAX {
            let message = format!("a path has at most {TEMPLATE_PATH_CHARACTERS_MAX} characters");
            return Err(TransformerError::new(Kind::PathTooLong, message));
        }
        let mut read = Self {
            text: path.to_owned(),
            steps: Vec::new(),
            spans: Vec::new(),
        };
        let mut at = usize::from(path.starts_with('$'));
        if at == 0 {
            return Err(invalid(path, 0));
        }
        while at < path.len() {
            let (step, span) = read_step(path, at)?;
            at = span.end;
            read.steps.push(step);
            read.spans.push(span);
        }
        Ok(read)
    }

    /// The path as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Lists the steps, each with its place in the text: a name without its point, an index with its brackets.
    pub fn steps(&self) -> impl Iterator<Item = (&PathStep, Range<usize>)> {
        self.steps.iter().zip(self.spans.iter().cloned())
    }

    /// The part of an event, as JSON without white space between its tokens; `None` if the event has no such part.
    ///
    /// # Errors
    /// The event is not JSON.
    pub fn apply(&self, event: &str) -> Result<Option<String>, TransformerError> {
        let event = super::read_event(event)?;
        Ok(self.find(event)?.map(|found| {
            let mut text = String::with_capacity(found.len());
            exact::push_minified(&found, &mut text);
            text
        }))
    }

    /// The part of an event as it is written.
    pub(super) fn find<'e>(
        &self,
        event: &'e str,
    ) -> Result<Option<Cow<'e, str>>, TransformerError> {
        let mut search = Search {
            json: event,
            found: Vec::new(),
            is_list: false,
        };
        let found = search.find(&mut Reader::of_event(event), &self.steps);
        found.map_err(|error| super::unreadable(&error))?;
        if search.is_list {
            return Ok(Some(format!("[{}]", search.found.join(",")).into()));
        }
        Ok(search.found.pop().map(Cow::Borrowed))
    }
}

impl FromStr for InputPath {
    type Err = TransformerError;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        Self::parse(path)
    }
}

impl fmt::Display for InputPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Reads the step that begins at a byte, with its place.
fn read_step(path: &str, at: usize) -> Result<(PathStep, Range<usize>), TransformerError> {
    let rest = &path[at..];
    if let Some(inside) = rest.strip_prefix('[') {
        let length = inside.find(']').ok_or_else(|| invalid(path, at))?;
        let step = match &inside[..length] {
            "*" => PathStep::Every,
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                PathStep::Index(digits.parse().map_err(|_| invalid(path, at + 1))?)
            }
            _ => return Err(invalid(path, at + 1)),
        };
        return Ok((step, at..at + length + 2));
    }
    let name = rest.strip_prefix('.').ok_or_else(|| invalid(path, at))?;
    let start = at + 1;
    let length = name.find(['.', '[']).unwrap_or(name.len());
    let span = start..start + length;
    let name = &name[..length];
    if name == "*" {
        return Ok((PathStep::Every, span));
    }
    // A slash is a letter of the name: `app/name` is one key.
    let allowed = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '/');
    let stray = name.char_indices().find(|(_, letter)| !allowed(*letter));
    match stray {
        Some((stray, _)) => Err(invalid(path, start + stray)),
        None if name.is_empty() => Err(invalid(path, at)),
        None => Ok((PathStep::Key(name.to_owned()), span)),
    }
}

/// An error at a byte of a path.
fn invalid(path: &str, at: usize) -> TransformerError {
    let message = format!("`{path}` is no path: write for example `$.detail.items[0].id`");
    let width = path[at..].chars().next().map_or(0, char::len_utf8);
    TransformerError::new(Kind::InvalidPath, message).at(at..at + width)
}

/// A walk along a path through JSON that has been checked.
struct Search<'e> {
    json: &'e str,
    found: Vec<&'e str>,
    /// Whether a step that takes every element had elements to take.
    is_list: bool,
}

impl<'e> Search<'e> {
    /// Reads one value, and keeps what the steps lead to.
    fn find(&mut self, reader: &mut Reader<'e>, steps: &[PathStep]) -> Result<(), JsonError> {
        let Some((step, rest)) = steps.split_first() else {
            let start = reader.offset();
            reader.skip_value()?;
            self.found.push(&self.json[start..reader.end()]);
            return Ok(());
        };
        match (reader.peek()?, step) {
            (json::Kind::Object, PathStep::Key(_) | PathStep::Every) => {
                self.find_in_object(reader, step, rest)
            }
            (json::Kind::Array, PathStep::Index(_) | PathStep::Every) => {
                self.find_in_array(reader, step, rest)
            }
            _ => reader.skip_value(),
        }
    }

    fn find_in_object(
        &mut self,
        reader: &mut Reader<'e>,
        step: &PathStep,
        rest: &[PathStep],
    ) -> Result<(), JsonError> {
        self.is_list |= *step == PathStep::Every;
        let before = self.found.len();
        reader.enter()?;
        let mut first = true;
        while reader.next_object_item(first)? {
            first = false;
            let start = reader.offset();
            reader.check_string()?;
            let key = &self.json[start..reader.end()];
            reader.colon()?;
            match step {
                PathStep::Key(name) if exact::says(key, name) => {
                    // The last of several equal keys counts, as in any tree of JSON.
                    self.found.truncate(before);
                    self.find(reader, rest)?;
                }
                PathStep::Every => self.find(reader, rest)?,
                _ => reader.skip_value()?,
            }
        }
        Ok(())
    }

    fn find_in_array(
        &mut self,
        reader: &mut Reader<'e>,
        step: &PathStep,
        rest: &[PathStep],
    ) -> Result<(), JsonError> {
        self.is_list |= *step == PathStep::Every;
        reader.enter()?;
        let mut index = 0;
        while reader.next_element(index == 0)? {
            match step {
                PathStep::Index(wanted) if *wanted != index => reader.skip_value()?,
                _ => self.find(reader, rest)?,
            }
            index += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"{"detail": {"a": 1, "app/name": "web", "l": [[1, 2], [3]], "i": [{"x": 1.10}, {}, {"x": "2"}],
        "d": 1, "d": {"e": 2}, "\u0064\u00e4": null, "o": {"p": {"x": 5}, "q": 6}}}"#;

    #[test]
    fn a_part_of_an_event_is_its_text() {
        for (path, expected) in [
            ("$.detail.a", Some("1")),
            ("$.detail.app/name", Some(r#""web""#)),
            ("$.detail.l", Some("[[1,2],[3]]")),
            ("$.detail.l[0][1]", Some("2")),
            ("$.detail.l[*][*]", Some("[1,2,3]")),
            ("$.detail.i[*].x", Some(r#"[1.10,"2"]"#)),
            ("$.detail.i[*].y", Some("[]")),
            ("$.detail.i[3]", None),
            ("$.detail.i.x", None),
            ("$.detail.d", Some(r#"{"e":2}"#)),
            ("$.detail.d.e", Some("2")),
            ("$.detail.dä", Some("null")),
            ("$.detail.o.*", Some(r#"[{"x":5},6]"#)),
            ("$.detail.a[*]", None),
            ("$.detail.none[*].x", None),
        ] {
            let path = InputPath::parse(path).unwrap();
            assert_eq!(path.apply(EVENT).unwrap().as_deref(), expected, "{path}");
        }
        let whole = InputPath::parse("$").unwrap().apply(" [ 1 ] ").unwrap();
        assert_eq!(whole.as_deref(), Some("[1]"));
    }

    #[test]
    fn what_is_no_path_is_refused_at_its_place() {
        for (path, place) in [
            ("", 0..0),
            ("detail", 0..1),
            ("$detail", 1..2),
            ("$.", 1..2),
            ("$..x", 1..2),
            ("$.x[", 3..4),
            ("$.x[a]", 4..5),
            ("$.x[-1]", 4..5),
            ("$.x[]", 4..5),
            ("$[?(@.x)]", 2..3),
            ("$['detail']", 2..3),
            ("$.a b", 3..4),
            ("$.äö!", 6..7),
        ] {
            let error = InputPath::parse(path).unwrap_err();
            assert_eq!(
                (error.kind(), error.span()),
                (Kind::InvalidPath, Some(place)),
                "{path}"
            );
        }
        let long = format!("$.{}", "x".repeat(255));
        assert_eq!(
            InputPath::parse(&long).unwrap_err().kind(),
            Kind::PathTooLong
        );
    }

    #[test]
    fn steps_know_their_places() {
        let path = InputPath::parse("$.detail.i[0].*").unwrap();
        let steps: Vec<_> = path.steps().map(|(_, span)| &path.as_str()[span]).collect();
        assert_eq!(steps, ["detail", "i", "[0]", "*"]);
    }
}
