//! Lines and columns of bytes.

/// Where lines begin in a text.
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Self { text, starts }
    }

    /// Line and column of a byte, both from 1, the column in characters.
    pub(super) fn place(&self, at: u32) -> (usize, usize) {
        let line = self.line_of(at);
        let before = self.starts[line]..(at as usize).min(self.text.len());
        let column = self.text.get(before).map_or(0, |text| text.chars().count());
        (line + 1, column + 1)
    }

    /// The lines from one byte to another: the number of the first from 1, the byte at which it begins, and their text.
    pub(super) fn around(&self, first: u32, last: u32) -> (usize, usize, &'t str) {
        let from = self.line_of(first);
        let (start, end) = (self.starts[from], self.end_of(self.line_of(last)));
        (
            from + 1,
            start,
            self.text.get(start..end).unwrap_or_default(),
        )
    }

    /// Returns the length of the line around a byte, in bytes.
    pub(super) fn length_at(&self, at: u32) -> usize {
        let line = self.line_of(at);
        self.end_of(line) - self.starts[line]
    }

    /// The line of a byte, from 0.
    fn line_of(&self, at: u32) -> usize {
        let at = (at as usize).min(self.text.len());
        // No underflow: the first line starts at 0.
        self.starts.partition_point(|start| *start <= at) - 1
    }

    fn end_of(&self, line: usize) -> usize {
        self.starts
            .get(line + 1)
            .copied()
            .unwrap_or(self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_from_one() {
        let lines = Lines::new("aé\nb\n");
        assert_eq!(lines.place(0), (1, 1));
        assert_eq!(lines.place(3), (1, 3));
        assert_eq!(lines.place(4), (2, 1));
        assert_eq!(lines.place(99), (3, 1));
    }

    #[test]
    fn only_the_lines_of_a_finding_are_taken() {
        let lines = Lines::new("one\ntwo\nthree\nfour");
        assert_eq!(lines.around(5, 9), (2, 4, "two\nthree\n"));
        assert_eq!(lines.around(14, 99), (4, 14, "four"));
        assert_eq!(lines.length_at(15), 4);
    }
}
