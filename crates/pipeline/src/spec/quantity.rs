//! Durations, and the ranges that AWS sets for numbers.

use super::reader::{Range, Reader};
use crate::diagnostic::Diagnostic;
use crate::lints::{INVALID_DURATION, OUT_OF_RANGE};
use crate::yaml::{Kind, Node};

/// Units of a duration, in seconds.
pub const DURATION_UNITS: [(char, i64); 4] = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400)];

/// How long a run may take: [`Timeout`](https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html).
pub const TIMEOUT: Range = duration("a function's timeout", 1, 900);
/// Memory in MB: `MemorySize` on the same page.
pub const MEMORY_MB: Range = number("a function's memory in MB", 128, 10_240);
/// Retries of a delivery: [`RetryPolicy`](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RetryPolicy.html).
pub const DELIVERY_ATTEMPTS: Range = number("a delivery's retries", 0, 185);
/// When a delivery is given up: the same page.
pub const DELIVERY_AGE: Range = duration("an event's age in a delivery", 60, 86_400);
/// Retries of a run: [asynchronous invocation](https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html).
pub const EXECUTION_ATTEMPTS: Range = number("an execution's retries", 0, 2);
/// When a run is given up: the same page.
pub const EXECUTION_AGE: Range = duration("an event's age in an execution", 60, 21_600);
/// [`FlexibleTimeWindow`](https://docs.aws.amazon.com/scheduler/latest/APIReference/API_FlexibleTimeWindow.html).
pub const FLEXIBLE_WINDOW: Range = duration("a flexible window", 60, 86_400);
/// Parts of a run. The bound is this tool's: five targets a rule make a hundred shards twenty rules.
pub const SHARDS: Range = number("the number of shards", 1, 100);
/// Thresholds of alarms that count. The bound is this tool's: an alarm beyond it watches nothing.
pub const ALARM_COUNT: Range = number("an alarm's threshold", 0, 1_000_000);
/// Over how long an alarm looks: the longest period of one that looks at one period, a day.
pub const ALARM_PERIOD: Range = duration("an alarm's period", 60, 86_400);
/// How near its timeout a run alarms.
pub const DURATION_PERCENT: Range = number("a share of the timeout in percent", 1, 100);
/// How long an archive keeps events; 0 is for ever. The bound is this tool's: a hundred years.
pub const ARCHIVE_DAYS: Range = number("an archive's days", 0, 36_500);
/// Runs at one time. The bounds are this tool's: with none the job would lose its events, and an account's own
/// quota is lower than the other.
pub const RESERVED_CONCURRENCY: Range = number("a function's reserved concurrency", 1, 100_000);
/// `EphemeralStorage` in MB: [CreateFunction](https://docs.aws.amazon.com/lambda/latest/api/API_EphemeralStorage.html).
pub const EPHEMERAL_STORAGE_MB: Range = number("a function's ephemeral storage in MB", 512, 10_240);

const fn number(what: &'static str, least: u32, most: u32) -> Range {
    Range {
        lint: &OUT_OF_RANGE,
        what,
        least,
        most,
        show: |n| n.to_string(),
    }
}

const fn duration(what: &'static str, least: u32, most: u32) -> Range {
    Range {
        lint: &OUT_OF_RANGE,
        what,
        least,
        most,
        show: show_duration,
    }
}

/// Seconds as the spec writes them, in the largest unit that is exact.
pub fn show_duration(seconds: u32) -> String {
    let seconds = i64::from(seconds);
    let fitting = DURATION_UNITS
        .iter()
        .rev()
        .find(|(_, unit)| seconds % unit == 0);
    let (name, unit) = fitting.copied().unwrap_or(('s', 1));
    format!("{}{name}", seconds / unit)
}

impl Reader {
    /// A duration such as `30s`, in seconds.
    pub(super) fn duration(&mut self, node: &Node, range: &Range) -> Option<u32> {
        let Kind::Scalar { text, .. } = &node.kind else {
            self.wrong_type(node, "expected a duration such as `30s`");
            return None;
        };
        match parse_duration(text) {
            Ok(seconds) => range.check(self, seconds, &format!("`{text}`"), node.span),
            Err(help) => {
                let message = format!("`{text}` is not a duration");
                let diagnostic = Diagnostic::new(&INVALID_DURATION, node.span, message)
                    .with_note(
                        "a duration is a whole number and a unit: `30s`, `5m`, `24h` or `1d`",
                    )
                    .with_help(help);
                self.report(diagnostic);
                None
            }
        }
    }
}

/// Seconds, or what to write instead.
fn parse_duration(text: &str) -> Result<i64, String> {
    let digits_end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(digits_end);
    let Ok(count) = digits.parse::<i64>() else {
        return Err("write for example `5m`".to_owned());
    };
    let unit = unit.trim();
    let exact = DURATION_UNITS
        .iter()
        .find(|(name, _)| unit.len() == 1 && unit.starts_with(*name));
    // `5 m` is refused too, so that a duration has one spelling.
    if let (Some((_, seconds)), false) = (exact, text.contains(' ')) {
        return count
            .checked_mul(*seconds)
            .ok_or_else(|| "write a shorter one".to_owned());
    }
    let meant = unit.chars().next().map(|c| c.to_ascii_lowercase());
    let near = DURATION_UNITS.iter().find(|(name, _)| Some(*name) == meant);
    match (unit, near) {
        ("", _) => Err(format!(
            "name the unit: `{count}s`, `{count}m` or `{count}h`"
        )),
        // AWS counts none of these in milliseconds: `ms` is most likely a slip.
        ("ms", _) | (_, None) => Err(format!("did you mean `{count}s`?")),
        (_, Some((name, _))) => Err(format!("did you mean `{count}{name}`?")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_whole_number_and_a_unit() {
        for (text, expected) in [
            ("30s", Ok(30)),
            ("5m", Ok(300)),
            ("24h", Ok(86_400)),
            ("1d", Ok(86_400)),
            ("5 minutes", Err("did you mean `5m`?")),
            ("5min", Err("did you mean `5m`?")),
            ("5M", Err("did you mean `5m`?")),
            ("90", Err("name the unit: `90s`, `90m` or `90h`")),
            ("5ms", Err("did you mean `5s`?")),
            ("soon", Err("write for example `5m`")),
            ("-5m", Err("write for example `5m`")),
            ("", Err("write for example `5m`")),
            ("9223372036854775807d", Err("write a shorter one")),
        ] {
            assert_eq!(
                parse_duration(text),
                expected.map_err(str::to_owned),
                "{text}"
            );
        }
    }

    #[test]
    fn seconds_are_shown_in_the_largest_exact_unit() {
        assert_eq!(show_duration(90), "90s");
        assert_eq!(show_duration(900), "15m");
        assert_eq!(show_duration(86_400), "1d");
    }
}
