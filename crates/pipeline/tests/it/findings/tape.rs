//! Choices that a case is made of.

use serde_json::{Value, json};

/// Numbers from which everything of a case is drawn: with smaller numbers the case is simpler, so that proptest can
/// shrink it.
pub(super) struct Tape {
    draws: Vec<u32>,
    at: usize,
}

impl Tape {
    pub(super) fn new(draws: Vec<u32>) -> Self {
        Self { draws, at: 0 }
    }

    /// A number below another, 0 at the end of the tape.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let draw = self.draws.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::try_from(draw).unwrap() % end
    }

    /// Whether one of `of` cases, the rare one, is drawn.
    pub(super) fn rarely(&mut self, of: usize) -> bool {
        self.below(of) == of - 1
    }

    pub(super) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

pub(super) const STRINGS: [&str; 16] = [
    "a",
    "ab",
    "abc",
    "b",
    "A",
    "AB",
    "",
    "ß",
    "SS",
    "10.0.0.1",
    "010.0.0.1",
    "::1",
    "1",
    "true",
    "a*",
    "2026-01-01",
];

pub(super) const TIMESTAMPS: [&str; 4] = [
    "2026-01-01T00:00:00Z",
    "2025-12-31T23:59:59.5Z",
    "2026-01-01T00:00:00+02:00",
    "2026-01-01 00:00Z",
];

pub(super) const DATES: [&str; 4] = ["2026-01-01", "2025-12-31", "20260101", "-000001-01-01"];

pub(super) fn whole(tape: &mut Tape) -> Value {
    match tape.below(8) {
        6 => json!(1_000_000_000_000_000_000_i64),
        7 => [json!(i64::MAX), json!(9_007_199_254_740_993_i64)][tape.below(2)].clone(),
        small => json!(i64::try_from(small).unwrap() - 1),
    }
}

pub(super) fn number(tape: &mut Tape) -> Value {
    match tape.below(4) {
        0 | 1 => whole(tape),
        2 => json!([1.5, 1.0, 0.1, 2.5][tape.below(4)]),
        _ => json!([1e18, -0.0, 1e300, 9.3e18][tape.below(4)]),
    }
}

/// A value that is no object and no list.
pub(super) fn scalar(tape: &mut Tape) -> Value {
    match tape.below(5) {
        0 | 1 => json!(tape.pick(&STRINGS)),
        2 => number(tape),
        3 => json!(tape.below(2) == 0),
        _ => Value::Null,
    }
}
