//! Arguments of `redrive`.

use jiff::{SignedDuration, Span, SpanRelativeTo};

use super::event::field;
use super::{Place, Values, environment};

/// Arguments of `redrive`.
#[derive(Debug, clap::Args)]
pub(crate) struct Redrive {
    /// The jobs whose failures are sent again; all of them without a name
    #[arg(value_name = "JOB")]
    pub(crate) jobs: Vec<String>,

    /// The environment whose queues are read
    #[arg(long, value_name = "NAME", default_value = "dev", value_parser = environment)]
    pub(crate) environment: String,

    #[command(flatten)]
    pub(crate) values: Values,

    #[command(flatten)]
    pub(crate) place: Place,

    /// Say what would be sent, and send nothing
    ///
    /// SQS counts the look as a receive of each message.
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Only what has been in its queue for at least so long, such as `90s`, `30m`, `6h` or `2d`
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) older_than: Option<SignedDuration>,

    /// Only what has been in its queue for less than that
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) newer_than: Option<SignedDuration>,

    /// Only what failed with this text in its error, in capitals or not
    #[arg(long, value_name = "TEXT")]
    pub(crate) error: Option<String>,

    /// Only what is about this subject: the value of the field that `subject:` in the spec names
    #[arg(long, value_name = "VALUE")]
    pub(crate) subject: Option<String>,

    /// Send at most so many
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,

    /// The most messages a second
    #[arg(long, value_name = "N", default_value_t = 10.0, value_parser = rate)]
    pub(crate) rate: f64,

    /// Set a field of the event's detail on the way, such as `customer.id=c-1`; may be repeated
    ///
    /// The field's type in the spec says how the value is read. The rest of the event stays as it is.
    #[arg(long, value_name = "FIELD=VALUE", value_parser = field)]
    pub(crate) set: Vec<(String, String)>,
}

/// Reads a length of time; a day has 24 hours.
pub(super) fn time(text: &str) -> Result<SignedDuration, String> {
    let wrong = || "a time is written as `90s`, `30m`, `6h` or `2d`".to_owned();
    let span: Span = text.parse().map_err(|_| wrong())?;
    let days = SpanRelativeTo::days_are_24_hours();
    let time = span.to_duration(days).map_err(|_| wrong())?;
    if time.is_negative() {
        return Err(wrong());
    }
    Ok(time)
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.001..=10_000.0).contains(&rate) => Ok(rate),
        _ => Err("a rate is a number from 0.001 to 10,000".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_rates_are_read_or_refused() {
        for (text, seconds) in [("90s", 90), ("30m", 1_800), ("6h", 21_600), ("2d", 172_800)] {
            assert_eq!(time(text), Ok(SignedDuration::from_secs(seconds)), "{text}");
        }
        for text in ["", "5", "-1h", "1mo", "soon"] {
            assert!(time(text).is_err(), "{text}");
        }
        assert_eq!(rate("0.5"), Ok(0.5));
        for text in ["0", "-1", "NaN", "inf", "many"] {
            assert!(rate(text).is_err(), "{text}");
        }
    }
}
