//! Days on which banks post.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// Returns the day so many days before another one.
pub(crate) fn before(day: Date, days: i64) -> Date {
    day.saturating_sub(days.days())
}

/// Returns the day on which wages come: for a weekend it is the Friday before.
pub(crate) fn pay_day(day: Date) -> Date {
    match day.weekday() {
        Weekday::Saturday => before(day, 1),
        Weekday::Sunday => before(day, 2),
        _ => day,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn weekends_move_pay_days_to_friday() {
        for (day, expected) in [
            (date(2026, 6, 26), date(2026, 6, 26)),
            (date(2026, 6, 27), date(2026, 6, 26)),
            (date(2026, 6, 28), date(2026, 6, 26)),
            (date(2026, 6, 29), date(2026, 6, 29)),
        ] {
            assert_eq!(pay_day(day), expected);
        }
    }
}
