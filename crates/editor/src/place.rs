//! What stands at a place of a spec, found by lines, indentation and brackets: the text may be broken, as it is whenever
//! somebody types.
//!
//! A bracket or a quote that nobody closes ends where a line is not indented more than the key that it belongs to. So a
//! mistake does not reach beyond the part of the text that it is in.

mod block;
mod flow;
mod scalar;

use pipeline::Span;

/// A step from a collection to one of its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// To the value of a key.
    Key(String),
    /// To an element of a list, by its position.
    Item(usize),
}

/// What may stand at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A key of a mapping.
    Key,
    /// A value.
    Value,
    /// A value, or the first key of a mapping, or the dash of a list: nothing is there yet that tells.
    Either,
}

/// What stands at a place, and where in the spec it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The way from the root: to the mapping of a key, and to the value itself otherwise.
    pub path: Vec<Step>,
    /// What stands there.
    pub role: Role,
    /// The word at the place, without its quotes; empty if there is none.
    pub word: Span,
    /// The other keys of the mapping that a key is in.
    pub keys: Vec<String>,
    /// The quotation mark around the word.
    pub quote: Option<char>,
    /// Whether brackets are around it.
    pub in_flow: bool,
    /// Whether a colon follows, so that the word is a key for certain.
    pub has_colon: bool,
    /// The event that the trigger around the place waits for.
    pub event: Option<String>,
    /// The column where the line begins that holds the place, in bytes.
    pub indent: usize,
}

impl Place {
    /// Finds what stands at a byte of a text; nothing in a comment, or between two values.
    pub fn at(text: &str, offset: usize) -> Option<Self> {
        Scan::new(text, offset).find()
    }

    /// The keys on the way from the root, without positions in lists: `*` stands for each.
    pub fn keys_on_path(&self) -> Vec<&str> {
        let steps = self.path.iter();
        steps
            .map(|step| match step {
                Step::Key(key) => key.as_str(),
                Step::Item(_) => "*",
            })
            .collect()
    }
}

/// A collection that is open where the scan stands.
#[derive(Debug)]
struct Frame {
    /// The column of its keys or dashes, if it is written in lines.
    indent: usize,
    shape: Shape,
}

#[derive(Debug)]
enum Shape {
    Mapping {
        /// Its place in `Scan::mappings`.
        id: usize,
        /// The key whose value is read.
        key: Option<String>,
        /// Whether that value stands in the line of the key.
        is_filled: bool,
        /// The value of its key `event`.
        event: Option<String>,
    },
    Sequence {
        item: usize,
    },
}

/// A mapping whose other keys a place needs.
#[derive(Debug)]
struct Wanted {
    place: Place,
    /// The mapping, if the place is one of its keys.
    mapping: Option<usize>,
    /// How many of the keys found so far do not count: the word itself.
    own: Option<usize>,
}

/// A walk over the lines of a text.
struct Scan<'t> {
    text: &'t str,
    cursor: usize,
    stack: Vec<Frame>,
    /// The keys of all mappings so far.
    mappings: Vec<Vec<String>>,
    /// The column of the line that is read.
    indent: usize,
    found: Option<Wanted>,
    /// Whether the cursor stands where nothing can be.
    is_nowhere: bool,
}

impl<'t> Scan<'t> {
    fn new(text: &'t str, offset: usize) -> Self {
        let mut cursor = offset.min(text.len());
        while !text.is_char_boundary(cursor) {
            cursor -= 1;
        }
        Self {
            text,
            cursor,
            stack: Vec::new(),
            mappings: Vec::new(),
            indent: 0,
            found: None,
            is_nowhere: false,
        }
    }

    fn find(mut self) -> Option<Place> {
        let mut start = 0;
        while start <= self.text.len() && !self.is_over() {
            start = self.line(start);
        }
        let found = self.found?;
        let mut place = found.place;
        if let Some(id) = found.mapping {
            let keys = self.mappings[id].iter().enumerate();
            let others = keys.filter(|(at, _)| Some(*at) != found.own);
            place.keys = others.map(|(_, key)| key.clone()).collect();
        }
        Some(place)
    }

    /// Whether the rest of the text tells nothing more: the mapping of the place has ended.
    fn is_over(&self) -> bool {
        if self.is_nowhere {
            return true;
        }
        let Some(found) = &self.found else {
            return false;
        };
        let is_open = |id: usize| {
            self.stack
                .iter()
                .any(|frame| matches!(frame.shape, Shape::Mapping { id: open, .. } if open == id))
        };
        !found.mapping.is_some_and(is_open)
    }

    /// The way to the value that is read.
    fn path(&self) -> Vec<Step> {
        let steps = self.stack.iter().filter_map(|frame| match &frame.shape {
            Shape::Mapping { key, .. } => key.clone().map(Step::Key),
            Shape::Sequence { item } => Some(Step::Item(*item)),
        });
        steps.collect()
    }

    /// Whether the cursor is in a piece of the text or at one of its ends.
    fn is_in(&self, start: usize, end: usize) -> bool {
        start <= self.cursor && self.cursor <= end
    }

    fn open_mapping(&mut self, indent: usize) -> usize {
        let id = self.mappings.len();
        self.mappings.push(Vec::new());
        self.stack.push(Frame {
            indent,
            shape: Shape::Mapping {
                id,
                key: None,
                is_filled: false,
                event: None,
            },
        });
        id
    }

    /// Goes to a key of the innermost mapping.
    fn enter_key(&mut self, text: &str) {
        if let Some(Frame {
            shape: Shape::Mapping {
                id, key, is_filled, ..
            },
            ..
        }) = self.stack.last_mut()
        {
            *key = Some(text.to_owned());
            *is_filled = false;
            self.mappings[*id].push(text.to_owned());
        }
    }

    /// Goes over the value of a key.
    fn pass_value(&mut self, word: Span) {
        if let Some(Frame {
            shape: Shape::Mapping { key, event, .. },
            ..
        }) = self.stack.last_mut()
            && key.as_deref() == Some("event")
        {
            *event = Some(self.text[word.range()].to_owned());
        }
    }

    /// The event of the innermost mapping that has one.
    fn event(&self) -> Option<String> {
        let mut frames = self.stack.iter().rev();
        frames.find_map(|frame| match &frame.shape {
            Shape::Mapping { event, .. } => event.clone(),
            Shape::Sequence { .. } => None,
        })
    }

    /// Notes a key at the cursor: of the innermost mapping, whose current key it is if it was entered.
    fn found_key(&mut self, word: Span, is_entered: bool) {
        let Some(Frame {
            shape: Shape::Mapping { id, key, .. },
            ..
        }) = self.stack.last()
        else {
            return;
        };
        let (id, has_key) = (*id, key.is_some());
        let mut path = self.path();
        if has_key {
            path.pop();
        }
        let own = is_entered.then(|| self.mappings[id].len() - 1);
        self.note(Role::Key, path, word, Some(id), own);
    }

    /// Notes a value at the cursor.
    fn found_value(&mut self, role: Role, word: Span) {
        let path = self.path();
        self.note(role, path, word, None, None);
    }

    /// The part of a word that is on the line of the cursor: a quote that nobody closed reaches far.
    fn on_its_line(&self, word: Span) -> Span {
        let (start, end) = (word.range().start, word.range().end);
        let before = &self.text[start..self.cursor];
        let line = before.rfind(['\n', '\r']);
        let start = line.map_or(start, |at| start + at + 1);
        span(start, end.min(scalar::end_of_line(self.text, self.cursor)))
    }

    fn note(
        &mut self,
        role: Role,
        path: Vec<Step>,
        word: Span,
        mapping: Option<usize>,
        own: Option<usize>,
    ) {
        if self.found.is_some() {
            return;
        }
        let word = self.on_its_line(word);
        let before = self.text[..word.range().start].chars().next_back();
        let quote = before.filter(|c| matches!(c, '"' | '\''));
        self.found = Some(Wanted {
            place: Place {
                path,
                role,
                word,
                keys: Vec::new(),
                quote,
                in_flow: false,
                has_colon: own.is_some(),
                event: self.event(),
                indent: self.indent,
            },
            mapping,
            own,
        });
    }
}

/// A piece of the text.
fn span(start: usize, end: usize) -> Span {
    // A spec is bounded far below 4 GB, and what is beyond is no place of it.
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span {
        start: offset(start),
        end: offset(end),
    }
}

#[cfg(test)]
mod tests;
