//! The metrics of a job, in CloudWatch's
//! [embedded metric format](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html):
//! a log line that CloudWatch also counts.
//!
//! The environment is a dimension, because an account and region may hold several, each with alarms of its own.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

/// Events of a job that could not be emitted.
pub(crate) const EMIT_FAILURES: &str = "EmitFailures";

/// The variable that names the environment; Terraform sets it.
pub(crate) const ENVIRONMENT_VARIABLE: &str = "PIPELINE_ENVIRONMENT";

/// The pipeline, environment and job of a metric.
pub(crate) struct Origin {
    pipeline: &'static str,
    environment: String,
    job: &'static str,
}

impl Origin {
    /// The origin of a job's metrics, in the environment that the process's variables name. CloudWatch refuses a
    /// dimension without a value, so without the variable it is `none`.
    pub(crate) fn from_env(pipeline: &'static str, job: &'static str) -> Self {
        let environment = std::env::var(ENVIRONMENT_VARIABLE).ok();
        Self {
            pipeline,
            environment: environment
                .filter(|environment| !environment.is_empty())
                .unwrap_or_else(|| "none".to_owned()),
            job,
        }
    }
}

/// A value of a metric.
///
/// Its dimensions are `environment` and `job`, and those that [`dimension`](Self::dimension) adds. CloudWatch counts every
/// combination of values as a metric of its own, and bills it: no ids of users as dimensions.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    name: Cow<'static, str>,
    value: f64,
    unit: Unit,
    dimensions: BTreeMap<Cow<'static, str>, String>,
}

impl Metric {
    /// A value without a unit.
    pub fn new(name: impl Into<Cow<'static, str>>, value: f64) -> Self {
        Self {
            name: name.into(),
            value,
            unit: Unit::None,
            dimensions: BTreeMap::new(),
        }
    }

    /// Says the unit.
    #[must_use]
    pub fn unit(self, unit: Unit) -> Self {
        Self { unit, ..self }
    }

    /// Adds a dimension.
    #[must_use]
    pub fn dimension(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<String>,
    ) -> Self {
        self.dimensions.insert(name.into(), value.into());
        self
    }

    /// Returns what CloudWatch would refuse, and drop without a word:
    /// [the format's rules](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
    fn fault(&self) -> Option<String> {
        if !self.value.is_finite() {
            return Some(format!("{} is not a number", self.value));
        }
        let own = ["environment", "job", "level", "timestamp", "_aws"];
        for name in self.dimensions.keys() {
            if own.contains(&&**name) || *name == self.name {
                return Some(format!("the dimension `{name}` would be there twice"));
            }
            if name.starts_with(':') || is_unfit(name, 250) {
                return Some(format!("`{name}` cannot be the name of a dimension"));
            }
        }
        if own.contains(&&*self.name) || is_unfit(&self.name, 1024) {
            return Some(format!("`{}` cannot be the name of a metric", self.name));
        }
        // Two of thirty are ours.
        if self.dimensions.len() > 28 {
            return Some("more than 28 dimensions".to_owned());
        }
        let mut values = self.dimensions.iter();
        let (name, _) = values.find(|(_, value)| is_unfit(value, 1024))?;
        Some(format!(
            "the dimension `{name}` has a value that cannot be one"
        ))
    }
}

/// Returns whether a text cannot be a name or value of a dimension: it is empty, too long, or has other letters than ASCII.
fn is_unfit(text: &str, longest: usize) -> bool {
    text.trim().is_empty()
        || text.len() > longest
        || text.chars().any(|c| !(' '..='~').contains(&c))
}

/// The unit of a metric, as [CloudWatch](https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html)
/// has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "their names are CloudWatch's words")]
pub enum Unit {
    None,
    Count,
    Seconds,
    Milliseconds,
    Microseconds,
    Bytes,
    Kilobytes,
    Megabytes,
    Percent,
}

impl Unit {
    fn word(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Count => "Count",
            Self::Seconds => "Seconds",
            Self::Milliseconds => "Milliseconds",
            Self::Microseconds => "Microseconds",
            Self::Bytes => "Bytes",
            Self::Kilobytes => "Kilobytes",
            Self::Megabytes => "Megabytes",
            Self::Percent => "Percent",
        }
    }
}

/// The log lines with the values that a run measured: one for each metric, with up to a hundred values.
///
/// # Errors
///
/// One of them says what CloudWatch would refuse, beside the lines of the others.
pub(crate) fn measured(
    origin: &Origin,
    measured: Vec<Metric>,
    now: Timestamp,
) -> Vec<Result<Value, String>> {
    let mut lines = Vec::new();
    let mut same: Vec<(Metric, Vec<f64>)> = Vec::new();
    for metric in measured {
        if let Some(fault) = metric.fault() {
            lines.push(Err(format!(
                "metric `{}` not written: {fault}",
                metric.name
            )));
            continue;
        }
        let is_same = |(other, values): &&mut (Metric, Vec<f64>)| {
            // CloudWatch takes a hundred values of a metric in a line.
            (&other.name, other.unit, &other.dimensions)
                == (&metric.name, metric.unit, &metric.dimensions)
                && values.len() < 100
        };
        if let Some((_, values)) = same.iter_mut().find(is_same) {
            values.push(metric.value);
        } else {
            let value = metric.value;
            same.push((metric, vec![value]));
        }
    }
    let written = same.into_iter().map(|(metric, values)| {
        let mut dimensions = vec!["environment", "job"];
        dimensions.extend(metric.dimensions.keys().map(|name| &**name));
        let unit = metric.unit.word();
        let values = match values.as_slice() {
            [one] => (*one).into(),
            _ => values.into(),
        };
        let mut line = line(
            origin,
            "INFO",
            &dimensions,
            (&metric.name, unit),
            &values,
            now,
        );
        for (name, value) in &metric.dimensions {
            line[&**name] = value.as_str().into();
        }
        Ok(line)
    });
    lines.extend(written);
    lines
}

/// The log line that counts one event which could not be emitted.
pub(crate) fn emit_failure(origin: &Origin, event: &str, now: Timestamp) -> Value {
    let dimensions = ["environment", "event", "job"];
    let mut line = line(
        origin,
        "ERROR",
        &dimensions,
        (EMIT_FAILURES, "Count"),
        &1.into(),
        now,
    );
    // CloudWatch reads the value of a dimension from the member of that name.
    line["event"] = event.into();
    line
}

/// The log line that counts what a job itself counts.
pub(crate) fn count(origin: &Origin, metric: &str, number: u64, now: Timestamp) -> Value {
    let dimensions = ["environment", "job"];
    line(
        origin,
        "INFO",
        &dimensions,
        (metric, "Count"),
        &number.into(),
        now,
    )
}

/// A metric's line.
///
/// Lambda reads `level` and `timestamp`: it takes a line without them for one of level INFO, and drops it if the
/// function's lowest level is higher.
fn line(
    origin: &Origin,
    level: &str,
    dimensions: &[&str],
    (metric, unit): (&str, &str),
    value: &Value,
    now: Timestamp,
) -> Value {
    json!({
        "_aws": {
            // CloudWatch wants milliseconds since 1970; Lambda reads the text in `timestamp`.
            "Timestamp": now.as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": origin.pipeline,
                "Dimensions": [dimensions],
                "Metrics": [{ "Name": metric, "Unit": unit }],
            }],
        },
        "level": level,
        "timestamp": now,
        "environment": origin.environment,
        "job": origin.job,
        metric: value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        Origin {
            pipeline: "shop",
            environment: "dev".to_owned(),
            job: "bill",
        }
    }

    #[test]
    fn every_dimension_and_metric_that_is_declared_is_a_member() {
        let now = "2026-01-01T01:00:00.25Z".parse().unwrap();
        let line = emit_failure(&origin(), "order.billed", now);
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(line["_aws"]["Timestamp"], 1_767_229_200_250_u64);
        assert_eq!(directive["Namespace"], "shop");
        let dimensions = json!([["environment", "event", "job"]]);
        assert_eq!(directive["Dimensions"], dimensions);
        let values = ["environment", "event", "job"].map(|dimension| line[dimension].clone());
        assert_eq!(values, [json!("dev"), json!("order.billed"), json!("bill")]);
        let metric = directive["Metrics"][0]["Name"].as_str().unwrap();
        assert_eq!(line[metric], 1);
    }

    #[test]
    fn values_of_one_metric_share_a_line_and_other_dimensions_do_not() {
        let now = "2026-01-01T01:00:00Z".parse().unwrap();
        let answer = |bank: &str, value| {
            Metric::new("Answer", value)
                .unit(Unit::Milliseconds)
                .dimension("bank", bank)
        };
        let values = vec![answer("a", 1.5), answer("b", 2.0), answer("a", 3.0)];
        let lines: Vec<_> = measured(&origin(), values, now)
            .into_iter()
            .map(Result::unwrap)
            .collect();
        assert_eq!(lines.len(), 2);
        let directive = &lines[0]["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(
            directive["Dimensions"],
            json!([["environment", "job", "bank"]])
        );
        let metric = json!([{ "Name": "Answer", "Unit": "Milliseconds" }]);
        assert_eq!(directive["Metrics"], metric);
        assert_eq!(
            (&lines[0]["bank"], &lines[0]["Answer"]),
            (&json!("a"), &json!([1.5, 3.0]))
        );
        assert_eq!(
            (&lines[1]["bank"], &lines[1]["Answer"]),
            (&json!("b"), &json!(2.0))
        );
        let many = vec![answer("a", 1.0); 201];
        let lines = measured(&origin(), many, now);
        assert_eq!(lines.len(), 3, "a hundred values in a line");
    }

    #[test]
    fn what_cloudwatch_would_drop_is_said() {
        let plain = || Metric::new("Answer", 1.0);
        for (metric, expected) in [
            (Metric::new("Answer", f64::NAN), "NaN is not a number"),
            (Metric::new("", 1.0), "`` cannot be the name of a metric"),
            (
                Metric::new("job", 1.0),
                "`job` cannot be the name of a metric",
            ),
            (
                plain().dimension("job", "x"),
                "the dimension `job` would be there twice",
            ),
            (
                plain().dimension("Answer", "x"),
                "the dimension `Answer` would be there twice",
            ),
            (
                plain().dimension(":x", "x"),
                "`:x` cannot be the name of a dimension",
            ),
            (
                plain().dimension("bank", ""),
                "the dimension `bank` has a value that cannot be one",
            ),
        ] {
            let name = metric.name.clone();
            let lines = measured(&origin(), vec![metric], Timestamp::UNIX_EPOCH);
            let expected = format!("metric `{name}` not written: {expected}");
            assert_eq!(lines, [Err(expected)]);
        }
    }

    #[test]
    fn lambda_reads_the_level_and_the_time_of_the_line() {
        let line = emit_failure(&origin(), "e", "2026-01-01T01:00:00Z".parse().unwrap());
        assert_eq!(line["level"], "ERROR");
        assert_eq!(line["timestamp"], "2026-01-01T01:00:00Z");
    }
}
