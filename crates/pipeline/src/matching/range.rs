//! Ranges of `numeric`.

use serde_json::Value;

/// The two ends of a range of numbers, each with whether it is part of the range.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    lower: (f64, bool),
    upper: (f64, bool),
}

/// From here on not every whole number is a double.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The end of the 64-bit whole numbers.
const WHOLE_END: f64 = 9_223_372_036_854_775_808.0;

impl Range {
    /// Reads the operand of `numeric`: `["=", 1]`, `[">", 0, "<=", 5]`.
    pub(super) fn parse(operand: &Value) -> Option<Self> {
        let mut range = Self {
            lower: (f64::NEG_INFINITY, false),
            upper: (f64::INFINITY, false),
        };
        for comparison in operand.as_array()?.chunks(2) {
            let [name, number] = comparison else {
                return None;
            };
            let number = number.as_f64()?;
            match name.as_str()? {
                "=" => (range.lower, range.upper) = ((number, true), (number, true)),
                ">" => range.lower = (number, false),
                ">=" => range.lower = (number, true),
                "<" => range.upper = (number, false),
                "<=" => range.upper = (number, true),
                _ => return None,
            }
        }
        Some(range)
    }

    /// The numbers that lie in both ranges; `None` if there are none.
    pub(super) fn intersection(self, other: Self) -> Option<Self> {
        // Of two equal ends the open one is narrower.
        let lower =
            if self.lower.0 > other.lower.0 || self.lower.0 >= other.lower.0 && !self.lower.1 {
                self.lower
            } else {
                other.lower
            };
        let upper =
            if self.upper.0 < other.upper.0 || self.upper.0 <= other.upper.0 && !self.upper.1 {
                self.upper
            } else {
                other.upper
            };
        let is_point = lower.0 >= upper.0;
        let is_empty = lower.0 > upper.0 || is_point && !(lower.1 && upper.1);
        (!is_empty).then_some(Self { lower, upper })
    }

    /// Whether a 64-bit whole number may lie in the range.
    pub(super) fn has_whole_number(self) -> bool {
        let (lower, upper) = (self.lower, self.upper);
        let first = if lower.1 {
            lower.0.ceil()
        } else {
            lower.0.floor() + 1.0
        };
        let last = if upper.1 {
            upper.0.floor()
        } else {
            upper.0.ceil() - 1.0
        };
        if first.abs() < EXACT && last.abs() < EXACT {
            return first <= last;
        }
        lower.0 < WHOLE_END && upper.0 >= -WHOLE_END
    }
}
