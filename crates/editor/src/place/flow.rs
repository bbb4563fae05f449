//! Collections in brackets.

use super::scalar::{self, end_of_line, goes_on};
use super::{Frame, Role, Scan, Shape, span};

/// What a mapping in brackets waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Key,
    Colon,
    Value,
    Comma,
}

/// A piece of the text in brackets.
enum Token {
    Open(char),
    Close(char),
    Comma,
    Colon,
    /// A text: where it is, without its quotes.
    Text(pipeline::Span),
    Comment,
}

impl Scan<'_> {
    /// Reads a collection in brackets, and returns where the next line begins. Lines that are not indented more than
    /// `column` end it, whether it is closed or not.
    pub(super) fn flow(&mut self, start: usize, column: Option<usize>) -> usize {
        let outside = self.stack.len();
        let mut states: Vec<State> = Vec::new();
        let mut at = start;
        loop {
            let gap = at;
            while let Some(c) = self.text[at..].chars().next().filter(|c| c.is_whitespace()) {
                if c == '\n' && !goes_on(&self.text[at + 1..], column) {
                    let is_here = self.is_on_empty_line(gap, at, column);
                    self.in_gap(&states, gap, if is_here { self.cursor } else { at });
                    let next = if is_here { self.cursor } else { at };
                    return self.leave(outside, next);
                }
                at += c.len_utf8();
            }
            self.in_gap(&states, gap, at);
            if at >= self.text.len() {
                return self.leave(outside, at);
            }
            let (token, end) = self.token(at, column);
            self.accept(&token, at, &mut states);
            at = end;
            if states.is_empty() {
                return self.leave(outside, at);
            }
        }
    }

    /// Whether the cursor is on an empty line at the end of an unclosed bracket, and still in it by its column.
    fn is_on_empty_line(&self, gap: usize, at: usize, column: Option<usize>) -> bool {
        if self.cursor <= at || self.cursor < gap {
            return false;
        }
        let between = &self.text[at..self.cursor];
        let indent = between.rsplit('\n').next().map_or(0, str::len);
        between.trim().is_empty() && column.is_none_or(|column| indent > column)
    }

    /// Closes what is open, and returns where the next line begins.
    fn leave(&mut self, outside: usize, at: usize) -> usize {
        if let Some(found) = &mut self.found {
            found.place.in_flow |= outside < self.stack.len();
        }
        // The keys of a mapping count as long as it is open. What has been read of this one is all.
        self.stack.truncate(outside);
        let end = end_of_line(self.text, at);
        if self.found.is_none() && self.cursor >= at && self.cursor <= end && self.cursor > at {
            self.is_nowhere = true;
        }
        self.after_line(end)
    }

    /// The cursor between two tokens.
    fn in_gap(&mut self, states: &[State], start: usize, end: usize) {
        if self.found.is_some() || !self.is_in(start, end) || states.is_empty() {
            return;
        }
        let word = span(self.cursor, self.cursor);
        match states.last() {
            Some(State::Key) => self.found_key(word, false),
            Some(State::Value) => self.found_value(Role::Value, word),
            _ => return,
        }
        self.mark_flow();
    }

    fn mark_flow(&mut self) {
        if let Some(found) = &mut self.found {
            found.place.in_flow = true;
        }
    }

    /// Takes a token.
    fn accept(&mut self, token: &Token, at: usize, states: &mut Vec<State>) {
        match token {
            Token::Open(bracket) => {
                if *bracket == '{' {
                    self.open_mapping(0);
                    states.push(State::Key);
                } else {
                    let shape = Shape::Sequence { item: 0 };
                    self.stack.push(Frame { indent: 0, shape });
                    states.push(State::Value);
                }
            }
            Token::Close(bracket) => self.close(*bracket, states),
            Token::Comma => match self.stack.last_mut().map(|top| &mut top.shape) {
                Some(Shape::Mapping { key, .. }) => {
                    *key = None;
                    set(states, State::Key);
                }
                Some(Shape::Sequence { item }) => {
                    *item += 1;
                    set(states, State::Value);
                }
                None => {}
            },
            Token::Colon => set(states, State::Value),
            Token::Text(word) => {
                let is_here =
                    self.found.is_none() && self.is_in(word.range().start, word.range().end);
                if states.last() == Some(&State::Key) {
                    let text = self.text[word.range()].to_owned();
                    self.enter_key(&text);
                    if is_here {
                        self.found_key(*word, true);
                        let has_colon = self.has_colon(word.range().end);
                        if let Some(found) = &mut self.found {
                            found.place.has_colon = has_colon;
                        }
                    }
                    set(states, State::Colon);
                } else {
                    if is_here {
                        self.found_value(Role::Value, *word);
                    }
                    self.pass_value(*word);
                    set(states, State::Comma);
                }
                if is_here {
                    self.mark_flow();
                }
            }
            Token::Comment => {
                let end = end_of_line(self.text, at);
                self.is_nowhere |= self.found.is_none() && self.cursor > at && self.cursor <= end;
            }
        }
    }

    /// Closes the innermost collection with this bracket. A bracket that fits none closes nothing.
    fn close(&mut self, bracket: char, states: &mut Vec<State>) {
        let fits = |frame: &Frame| {
            let is_mapping = matches!(frame.shape, Shape::Mapping { .. });
            is_mapping == (bracket == '}')
        };
        let inside = self.stack.len() - states.len();
        let Some(place) = self.stack[inside..].iter().rposition(fits) else {
            return;
        };
        self.stack.truncate(inside + place);
        states.truncate(place);
        set(states, State::Comma);
    }

    fn has_colon(&self, end: usize) -> bool {
        let rest = &self.text[end..];
        let rest = rest.trim_start_matches(['"', '\'']);
        rest.trim_start_matches([' ', '\t']).starts_with(':')
    }

    /// Reads a token that begins at a byte, and returns it with its end.
    fn token(&self, at: usize, column: Option<usize>) -> (Token, usize) {
        let rest = &self.text[at..];
        let first = rest.chars().next().unwrap_or(' ');
        let one = at + first.len_utf8();
        match first {
            '{' | '[' => (Token::Open(first), one),
            '}' | ']' => (Token::Close(first), one),
            ',' => (Token::Comma, one),
            ':' => (Token::Colon, one),
            '#' => (Token::Comment, end_of_line(self.text, at)),
            '"' | '\'' => {
                let quoted = scalar::quoted(self.text, at, column);
                (Token::Text(quoted.span), quoted.end.max(one))
            }
            '&' | '!' => {
                let is_over = |c: char| c.is_whitespace() || ",[]{}".contains(c);
                let length = rest.find(is_over).unwrap_or(rest.len());
                let end = at + length;
                // An anchor is no value: it stands in front of one.
                let blank = scalar::blanks(&self.text[end..]);
                if blank == 0 {
                    return (Token::Text(span(at, end)), end);
                }
                self.token_or_end(end + blank, column)
            }
            _ => {
                let end = plain(self.text, at).max(one);
                (Token::Text(span(at, end)), end)
            }
        }
    }

    fn token_or_end(&self, at: usize, column: Option<usize>) -> (Token, usize) {
        match self.text[at..].chars().next() {
            Some(c) if !c.is_whitespace() => self.token(at, column),
            _ => (Token::Comment, at),
        }
    }
}

fn set(states: &mut [State], state: State) {
    if let Some(last) = states.last_mut() {
        *last = state;
    }
}

/// The end of a plain text in brackets.
fn plain(text: &str, at: usize) -> usize {
    let line = &text[at..end_of_line(text, at)];
    let mut stop = 0;
    while let Some(c) = line[stop..].chars().next() {
        let rest = &line[stop..];
        let behind = &rest[c.len_utf8()..];
        let is_end = match c {
            ',' | '[' | ']' | '{' | '}' => true,
            ':' => behind.is_empty() || behind.starts_with([' ', '\t', ',', '[', ']', '{', '}']),
            ' ' | '\t' => behind.starts_with('#'),
            _ => false,
        };
        if is_end {
            break;
        }
        stop += in_brackets(rest).unwrap_or(c.len_utf8());
    }
    at + line[..stop].trim_end().len()
}

/// The length of what belongs to a text although it has signs of YAML: a value without quotes around it, and what stands
/// in the brackets of `cron(…)`.
fn in_brackets(rest: &str) -> Option<usize> {
    if let Some(name) = rest.strip_prefix("${") {
        let is_over = |c: char| !c.is_ascii_alphanumeric() && c != '_';
        let length = 2 + name.find(is_over).unwrap_or(name.len());
        return Some(length + usize::from(rest[length..].starts_with('}')));
    }
    if rest.starts_with('(') {
        let end = rest.find(')')?;
        let is_text = !rest[..end].contains(['{', '}', '[', ']', ':']);
        return is_text.then_some(end + 1);
    }
    None
}
