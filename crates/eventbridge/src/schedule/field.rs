//! One field of a cron expression that is a set of numbers: lists, ranges and steps.

use std::ops::{Range, RangeInclusive};

use super::error::{ScheduleError, ScheduleErrorKind};

/// The values that a field may hold.
pub(super) struct FieldKind {
    pub(super) name: &'static str,
    pub(super) values: RangeInclusive<u16>,
    /// Names of the values, from the first.
    pub(super) names: &'static [&'static str],
    /// Whether the first value comes after the last, so that a range may run over the end, as in `22-2`.
    comes_again: bool,
}

pub(super) static MINUTES: FieldKind = FieldKind {
    name: "minutes",
    values: 0..=59,
    names: &[],
    comes_again: true,
};
pub(super) static HOURS: FieldKind = FieldKind {
    name: "hours",
    values: 0..=23,
    names: &[],
    comes_again: true,
};
pub(super) static DAY_OF_MONTH: FieldKind = FieldKind {
    name: "day-of-month",
    values: 1..=31,
    names: &[],
    comes_again: true,
};
pub(super) static MONTH: FieldKind = FieldKind {
    name: "month",
    values: 1..=12,
    names: &[
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ],
    comes_again: true,
};
pub(super) static DAY_OF_WEEK: FieldKind = FieldKind {
    name: "day-of-week",
    values: 1..=7,
    names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
    comes_again: true,
};
pub(super) static YEAR: FieldKind = FieldKind {
    name: "year",
    values: 1970..=2199,
    names: &[],
    comes_again: false,
};

/// A field as it is written, and where.
#[derive(Clone, Debug)]
pub(super) struct Written<'a> {
    pub(super) text: &'a str,
    pub(super) start: usize,
}

impl<'a> Written<'a> {
    pub(super) fn span(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    pub(super) fn refuse(
        &self,
        kind: ScheduleErrorKind,
        message: impl Into<String>,
    ) -> ScheduleError {
        ScheduleError::new(kind, message, self.span())
    }

    /// The two sides of the first `separator`.
    fn split_once(&self, separator: char) -> Option<(Written<'a>, Written<'a>)> {
        let (before, after) = self.text.split_once(separator)?;
        let start = self.start + before.len() + separator.len_utf8();
        let before = Written {
            text: before,
            start: self.start,
        };
        Some((before, Written { text: after, start }))
    }
}

impl FieldKind {
    /// The values of a list such as `0,30`, `MON-FRI` or `0/15`: in order, each once.
    pub(super) fn set(&self, written: &Written<'_>) -> Result<Vec<u16>, ScheduleError> {
        let mut values = Vec::new();
        let mut rest = Some(written.clone());
        while let Some(item) = rest {
            let (item, after) = match item.split_once(',') {
                Some((item, after)) => (item, Some(after)),
                None => (item, None),
            };
            self.item(&item, &mut values)?;
            rest = after;
        }
        // Lists may be out of order and overlap, as in `30,0-45/15`.
        values.sort_unstable();
        values.dedup();
        Ok(values)
    }

    fn item(&self, item: &Written<'_>, values: &mut Vec<u16>) -> Result<(), ScheduleError> {
        let (base, step) = match item.split_once('/') {
            Some((base, step)) => (base, Some(self.step(&step)?)),
            None => (item.clone(), None),
        };
        let (from, to) = if base.text == "*" {
            (*self.values.start(), *self.values.end())
        } else if let Some((from, to)) = base.split_once('-') {
            let (from, to) = (self.value(&from)?, self.value(&to)?);
            if from > to && !self.comes_again {
                let message = format!(
                    "the range `{}` in {} runs backwards, and no {} comes again",
                    base.text, self.name, self.name
                );
                return Err(base.refuse(ScheduleErrorKind::BackwardYears, message));
            }
            (from, to)
        } else {
            let from = self.value(&base)?;
            // `5/15` goes on to the last value; `5` alone is one value.
            let last = *self.values.end();
            (from, if step.is_some() { last } else { from })
        };
        values.extend(self.range(from, to).step_by(usize::from(step.unwrap_or(1))));
        Ok(())
    }

    /// The values from one to another. If that one is smaller, they go on over the end of the field.
    ///
    /// AWS documents such a range by an example alone, `cron(0/30 20-2 ? * MON-FRI *)` (EventBridge user guide,
    /// "Setting a schedule pattern for scheduled rules"). Steps are counted from the start of the range.
    fn range(&self, from: u16, to: u16) -> impl Iterator<Item = u16> {
        let (first, last) = (*self.values.start(), *self.values.end());
        let size = last - first + 1;
        let steps = (to + size - from) % size;
        (0..=steps).map(move |step| first + (from - first + step) % size)
    }

    fn step(&self, written: &Written<'_>) -> Result<u16, ScheduleError> {
        let step = number(written.text).filter(|step| (1..=*self.values.end()).contains(step));
        step.ok_or_else(|| {
            let message = format!(
                "`{}` is no step in {}: write a number from 1 to {}",
                written.text,
                self.name,
                self.values.end()
            );
            written.refuse(ScheduleErrorKind::Step, message)
        })
    }

    /// One value, as a number or by name.
    pub(super) fn value(&self, written: &Written<'_>) -> Result<u16, ScheduleError> {
        let named = self
            .names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(written.text));
        let value = match named {
            Some(place) => u16::try_from(place)
                .ok()
                .map(|place| self.values.start() + place),
            None => number(written.text),
        };
        let value = value.filter(|value| self.values.contains(value));
        value.ok_or_else(|| written.refuse(ScheduleErrorKind::Value, self.wanted(written.text)))
    }

    fn wanted(&self, text: &str) -> String {
        let (first, last) = (self.values.start(), self.values.end());
        let names = match self.names {
            [first, .., last] => format!(" or {first} to {last}"),
            _ => String::new(),
        };
        match text {
            "" => format!("a value is missing in {}", self.name),
            "?" => format!(
                "`?` may only stand in day-of-month or day-of-week, not in {}",
                self.name
            ),
            _ => format!("`{text}` in {} is not {first} to {last}{names}", self.name),
        }
    }
}

pub(super) fn number(text: &str) -> Option<u16> {
    // `parse` alone would take `+5`.
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}
