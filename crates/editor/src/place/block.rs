//! Collections that are written in lines: keys below each other, and dashes.

use super::scalar::{self, end_of_line};
use super::{Frame, Role, Scan, Shape, span};

impl Scan<'_> {
    /// Reads a line, and what begins in it. Returns where the next line begins.
    pub(super) fn line(&mut self, start: usize) -> usize {
        let end = end_of_line(self.text, start);
        let line = &self.text[start..end];
        let column = line.len() - line.trim_start_matches([' ', '\t']).len();
        let first = start + column;
        self.indent = column;
        if first == end {
            if self.is_in(start, end) {
                self.blank_line(self.cursor - start);
            }
            return self.after_line(end);
        }
        if self.text[first..].starts_with('#') {
            if self.is_in(first, end) && self.cursor > first {
                self.is_nowhere = true;
            } else if self.is_in(start, first) {
                self.blank_line(self.cursor - start);
            }
            return self.after_line(end);
        }
        if start <= self.cursor && self.cursor < first {
            self.is_nowhere = true;
        }
        let is_marker = column == 0 && ["---", "..."].contains(&line.trim_end());
        if is_marker {
            return self.after_line(end);
        }
        let next = self.entry(first, end, column);
        if self.found.is_none() && self.is_in(start, next.saturating_sub(1).max(end)) {
            // The cursor was passed without being anywhere.
            self.is_nowhere = true;
        }
        next
    }

    /// Where the line after one begins that ends at a byte; one past the text after the last.
    pub(super) fn after_line(&self, end: usize) -> usize {
        let rest = self.text.get(end..).unwrap_or_default();
        end + if rest.starts_with("\r\n") { 2 } else { 1 }
    }

    /// Closes the collections that end before a line with this column.
    pub(super) fn close_beyond(&mut self, column: usize) {
        while self.stack.last().is_some_and(|top| top.indent > column) {
            self.stack.pop();
        }
    }

    /// Goes to the mapping whose keys are in a column, and opens it if there is none.
    fn mapping_at(&mut self, column: usize) {
        self.close_beyond(column);
        let is_list = |top: &Frame| matches!(top.shape, Shape::Sequence { .. });
        if self
            .stack
            .last()
            .is_some_and(|top| top.indent == column && is_list(top))
        {
            self.stack.pop();
        }
        if self.stack.last().is_none_or(|top| top.indent != column) {
            self.open_mapping(column);
        }
    }

    /// Goes to the next element of the list whose dashes are in a column.
    fn item_at(&mut self, column: usize) {
        self.close_beyond(column);
        match self.stack.last_mut() {
            Some(Frame {
                indent,
                shape: Shape::Sequence { item },
            }) if *indent == column => *item += 1,
            _ => self.stack.push(Frame {
                indent: column,
                shape: Shape::Sequence { item: 0 },
            }),
        }
    }

    /// An empty line with the cursor in a column.
    fn blank_line(&mut self, column: usize) {
        self.indent = column;
        self.close_beyond(column);
        let word = span(self.cursor, self.cursor);
        self.unfinished(column, word);
    }

    /// A word without a colon, or none yet, that begins a line in a column.
    fn unfinished(&mut self, column: usize, word: pipeline::Span) {
        match self.stack.last() {
            None => {
                self.open_mapping(column);
                self.found_key(word, false);
            }
            Some(top) if top.indent == column => {
                if matches!(top.shape, Shape::Mapping { .. }) {
                    self.found_key(word, false);
                    return;
                }
                // Beside dashes: a key after the list, if the list has the column of its key; or the next dash.
                let list = self.stack.pop();
                let is_beside = self.stack.last().is_some_and(|top| top.indent == column);
                if is_beside {
                    self.found_key(word, false);
                } else {
                    self.found_value(Role::Either, word);
                    self.stack.extend(list);
                }
            }
            Some(Frame {
                shape: Shape::Mapping {
                    is_filled: true, ..
                },
                ..
            }) => self.is_nowhere = true,
            Some(_) => {
                let path = self.path();
                // What follows in this column are the other keys.
                let id = self.open_mapping(column);
                self.note(Role::Either, path, word, Some(id), None);
            }
        }
    }

    /// Reads what begins in a line: dashes, then a key with its value, or a value. Returns where the next line begins.
    fn entry(&mut self, first: usize, end: usize, column: usize) -> usize {
        let (mut at, mut column) = (first, column);
        while let Some(blank) = after_dash(&self.text[at..end]) {
            self.item_at(column);
            let next = at + 1 + blank;
            let is_empty = next == end || self.text[next..].starts_with('#');
            if self.cursor > at && (self.cursor < next || (is_empty && self.cursor == next)) {
                let word = span(self.cursor, self.cursor);
                let path = self.path();
                if is_empty {
                    // Keys on the lines below are those of the same element.
                    let id = self.open_mapping(column + 2);
                    self.note(Role::Either, path, word, Some(id), None);
                } else {
                    self.is_nowhere = true;
                }
            }
            if is_empty {
                return self.after_line(end);
            }
            column += 1 + blank;
            at = next;
        }
        let content = scalar::after_properties(self.text, at, end);
        let Some(key) = scalar::key(self.text, content, end) else {
            return self.value_alone(content, end, column);
        };
        self.mapping_at(column);
        self.enter_key(&key.text);
        if self.is_in(key.span.range().start, key.span.range().end) {
            self.found_key(key.span, true);
        }
        self.value(key.colon + 1, end, column)
    }

    /// Reads a value that stands in lines of its own: an element of a list, a value below its key, or an unfinished key.
    fn value_alone(&mut self, at: usize, end: usize, column: usize) -> usize {
        self.close_beyond(column);
        match self.text[at..].chars().next() {
            // In a line of its own the bracket is a value only deeper than its key.
            Some('{' | '[') => self.flow(at, column.checked_sub(1)),
            Some('"' | '\'') => {
                let quoted = scalar::quoted(self.text, at, column.checked_sub(1));
                if self.is_in(quoted.span.range().start, quoted.span.range().end) {
                    self.found_value(Role::Either, quoted.span);
                }
                self.after_line(end_of_line(self.text, quoted.end))
            }
            _ => {
                let stop = scalar::plain_end(self.text, at, end);
                if self.is_in(at, stop) {
                    self.unfinished(column, span(at, stop));
                } else if self.cursor > stop && self.cursor <= end {
                    self.is_nowhere = true;
                }
                self.after_line(end)
            }
        }
    }

    /// Reads the value behind a key, from its colon on.
    fn value(&mut self, colon: usize, end: usize, column: usize) -> usize {
        let blank = scalar::blanks(&self.text[colon..end]);
        let at = scalar::after_properties(self.text, colon + blank, end);
        let is_empty = at >= end || (blank > 0 && self.text[at..].starts_with('#'));
        if self.cursor >= colon && self.cursor < at || (is_empty && self.cursor == at.min(end)) {
            let is_first = self.cursor <= colon + blank;
            if is_first && is_empty {
                self.found_value(Role::Value, span(self.cursor, self.cursor));
            } else {
                self.is_nowhere = true;
            }
        }
        if is_empty {
            return self.after_line(end);
        }
        if let Some(Frame {
            shape: Shape::Mapping { is_filled, .. },
            ..
        }) = self.stack.last_mut()
        {
            *is_filled = true;
        }
        match self.text[at..].chars().next() {
            Some('{' | '[') => self.flow(at, Some(column)),
            Some('"' | '\'') => {
                let quoted = scalar::quoted(self.text, at, Some(column));
                if self.is_in(quoted.span.range().start, quoted.span.range().end) {
                    self.found_value(Role::Value, quoted.span);
                }
                self.pass_value(quoted.span);
                self.after_line(end_of_line(self.text, quoted.end))
            }
            Some('|' | '>') => self.block_scalar(end, column),
            _ => {
                let stop = scalar::plain_end(self.text, at, end);
                self.pass_value(span(at, stop));
                if self.is_in(at, stop) {
                    self.found_value(Role::Value, span(at, stop));
                } else if self.cursor > stop && self.cursor <= end {
                    self.is_nowhere = true;
                }
                self.after_line(end)
            }
        }
    }

    /// Passes over the lines of a text behind `|` or `>`.
    fn block_scalar(&mut self, end: usize, column: usize) -> usize {
        let mut next = self.after_line(end);
        let mut last = next;
        while next < self.text.len() {
            let end = end_of_line(self.text, next);
            let line = &self.text[next..end];
            let indent = scalar::blanks(line);
            if !line.trim().is_empty() && indent <= column {
                break;
            }
            if self.is_in(next, end) && indent > column {
                let start = next + indent.min(line.len());
                if self.cursor >= start {
                    self.found_value(Role::Value, span(start, end));
                }
            }
            next = self.after_line(end);
            if !line.trim().is_empty() {
                last = next;
            }
        }
        last
    }
}

/// The blanks after a dash that begins an element; nothing if there is no such dash.
fn after_dash(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('-')?;
    let blank = scalar::blanks(rest);
    (blank > 0 || rest.is_empty()).then_some(blank)
}
