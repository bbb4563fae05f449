//! Durations, and the ranges that AWS sets for numbers.

use super::reader::{Range, Reader};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::lints::{INVALID_DURATION, OUT_OF_RANGE};
use crate::suggestion::Suggestion;
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
/// Messages of a batch: [`BatchSize`](https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html).
pub const BUFFER_BATCH: Range = number("a buffer's batch", 1, 10_000);
/// How long a batch waits for more: `MaximumBatchingWindowInSeconds` on the same page.
pub const BUFFER_WINDOW: Range = duration("a buffer's window", 0, 300);
/// Batches at a time: [`MaximumConcurrency`](https://docs.aws.amazon.com/lambda/latest/api/API_ScalingConfig.html).
pub const BUFFER_CONCURRENCY: Range = number("a buffer's concurrency", 2, 1_000);
/// Receives of a message: [`maxReceiveCount`](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html).
pub const BUFFER_RECEIVES: Range = number("a message's receives", 1, 1_000);
/// Tasks that an event starts: `TaskCount` of
/// [`EcsParameters`](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EcsParameters.html), and `count` of
/// [`RunTask`](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html).
pub const TASK_COUNT: Range = number("the number of tasks", 1, 10);
/// How often a job of AWS Batch is tried:
/// [`BatchRetryStrategy`](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_BatchRetryStrategy.html).
pub const BATCH_ATTEMPTS: Range = number("a job's attempts", 1, 10);
/// Children of a job of AWS Batch:
/// [`BatchArrayProperties`](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_BatchArrayProperties.html).
pub const BATCH_ARRAY: Range = number("a job's children", 2, 10_000);
/// How long a message may wait in a buffer, in minutes. A queue keeps it for 14 days.
pub const WAITING_MINUTES: Range = number("a wait in minutes", 0, 20_160);
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

/// Events of a day. The bound is this tool's: 50,000 in a second.
pub const EVENTS_PER_DAY: Range = number("an event's volume in a day", 0, 4_294_967_295);
/// Deliveries of a day to a job, with the same bound.
pub const DELIVERIES_PER_DAY: Range = number("a job's deliveries in a day", 0, 4_294_967_295);
/// How long a run usually takes: no longer than the longest timeout.
pub const RUN_MS: Range = number("the length of a run in milliseconds", 1, 900_000);
/// Calls of an API in a second. The bound is the
/// [quota](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html) of an account, which AWS raises if asked.
pub const API_RATE: Range = number("an API's calls in a second", 1, 300);

pub(crate) const fn number(what: &'static str, least: u32, most: u32) -> Range {
    Range {
        lint: &OUT_OF_RANGE,
        what,
        least,
        most,
        show: |n| n.to_string(),
    }
}

pub(crate) const fn duration(what: &'static str, least: u32, most: u32) -> Range {
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
    pub fn duration(&mut self, node: &Node, range: &Range) -> Option<u32> {
        let text = match &node.kind {
            Kind::Scalar { text, .. } if !node.is_null() => text,
            _ => {
                self.wrong_type(node, "expected a duration such as `30s`");
                return None;
            }
        };
        match parse_duration(text) {
            Ok(seconds) => range.check(self, seconds, &format!("`{text}`"), node.span),
            Err(help) => {
                let message = format!("`{text}` is not a duration");
                let diagnostic = Diagnostic::new(&INVALID_DURATION, node.span, message)
                    .with_note(
                        "a duration is a whole number and a unit: `30s`, `5m`, `24h` or `1d`",
                    )
                    .with_suggestion(node.span, help);
                self.report(diagnostic);
                None
            }
        }
    }
}

/// Seconds, or what to write instead.
pub(super) fn parse_duration(text: &str) -> Result<i64, Suggestion> {
    let digits_end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(digits_end);
    let exact = DURATION_UNITS
        .iter()
        .find(|(name, _)| unit.len() == 1 && unit.starts_with(*name));
    if let (Ok(count), Some((_, seconds))) = (digits.parse::<i64>(), exact) {
        return count
            .checked_mul(*seconds)
            .ok_or_else(|| "write a shorter one".into());
    }
    Err(match (digits, unit) {
        (digits, "") if !digits.is_empty() => {
            let units = ["s", "m", "h"].map(|unit| format!("{digits}{unit}"));
            let help = format!(
                "name the unit: `{}`, `{}` or `{}`",
                units[0], units[1], units[2]
            );
            Suggestion::one_of(help, units)
        }
        _ => match meant_duration(text) {
            Some(meant) => did_you_mean(&[&meant]),
            None => "write for example `5m`".into(),
        },
    })
}

/// Words for units, in seconds. Each may have an `s` behind it.
const UNIT_WORDS: [(&str, f64); 12] = [
    ("d", 86_400.0),
    ("day", 86_400.0),
    ("h", 3_600.0),
    ("hour", 3_600.0),
    ("hr", 3_600.0),
    ("m", 60.0),
    ("min", 60.0),
    ("minute", 60.0),
    ("ms", 0.001),
    ("s", 1.0),
    ("sec", 1.0),
    ("second", 1.0),
];
const WEEK: f64 = 604_800.0;

/// Reads a duration as other languages write it, such as `1.5 hours`, `1h30m` or `PT30S`, and writes it as a spec does.
fn meant_duration(text: &str) -> Option<String> {
    let lower = text.trim().to_lowercase();
    let mut rest = lower.strip_prefix("pt").unwrap_or(&lower);
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let count: f64 = rest[..end].parse().ok()?;
        let behind = rest[end..].trim_start();
        let end = behind
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(behind.len());
        let word = &behind[..end];
        // `ms` itself comes first: it is not the plural of `m`.
        let plain = |word: &str| UNIT_WORDS.iter().find(|(name, _)| *name == word);
        let unit = plain(word).or_else(|| plain(word.strip_suffix('s')?));
        let seconds_each = match (unit, word) {
            (Some((_, seconds)), _) => *seconds,
            (None, "w" | "week" | "weeks") => WEEK,
            _ => return None,
        };
        seconds += count * seconds_each;
        rest = behind[end..].trim_start();
    }
    // A part of a second cannot be written.
    let is_whole = seconds >= 1.0 && seconds.fract() == 0.0 && seconds < f64::from(u32::MAX);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is whole and within the range"
    )]
    is_whole.then(|| show_duration(seconds as u32))
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
            ("60000ms", Err("did you mean `1m`?")),
            ("500ms", Err("write for example `5m`")),
            ("30 seconds", Err("did you mean `30s`?")),
            ("30sec", Err("did you mean `30s`?")),
            ("30 s", Err("did you mean `30s`?")),
            ("1h30m", Err("did you mean `90m`?")),
            ("1.5m", Err("did you mean `90s`?")),
            ("0.5h", Err("did you mean `30m`?")),
            ("PT30S", Err("did you mean `30s`?")),
            ("2 weeks", Err("did you mean `14d`?")),
            ("1:30", Err("write for example `5m`")),
            ("one minute", Err("write for example `5m`")),
            ("soon", Err("write for example `5m`")),
            ("-5m", Err("write for example `5m`")),
            ("", Err("write for example `5m`")),
            ("9223372036854775807d", Err("write a shorter one")),
        ] {
            assert_eq!(
                parse_duration(text).map_err(|said| said.help),
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
