//! The metrics of a job, in CloudWatch's
//! [embedded metric format](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html):
//! a log line that CloudWatch also counts.
//!
//! The environment is a dimension, because an account and region may hold several, each with alarms of its own.

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

/// The log line that counts one event which could not be emitted.
pub(crate) fn emit_failure(origin: &Origin, event: &str, now: Timestamp) -> Value {
    let dimensions = ["environment", "event", "job"];
    let mut line = line(origin, "ERROR", &dimensions, EMIT_FAILURES, 1, now);
    // CloudWatch reads the value of a dimension from the member of that name.
    line["event"] = event.into();
    line
}

/// The log line that counts what a job itself counts.
pub(crate) fn count(origin: &Origin, metric: &str, number: u64, now: Timestamp) -> Value {
    line(origin, "INFO", &["environment", "job"], metric, number, now)
}

/// A metric's line.
///
/// Lambda reads `level` and `timestamp`: it takes a line without them for one of level INFO, and drops it if the
/// function's lowest level is higher.
fn line(
    origin: &Origin,
    level: &str,
    dimensions: &[&str],
    metric: &str,
    number: u64,
    now: Timestamp,
) -> Value {
    json!({
        "_aws": {
            // CloudWatch wants milliseconds since 1970; Lambda reads the text in `timestamp`.
            "Timestamp": now.as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": origin.pipeline,
                "Dimensions": [dimensions],
                "Metrics": [{ "Name": metric, "Unit": "Count" }],
            }],
        },
        "level": level,
        "timestamp": now,
        "environment": origin.environment,
        "job": origin.job,
        metric: number,
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
    fn lambda_reads_the_level_and_the_time_of_the_line() {
        let line = emit_failure(&origin(), "e", "2026-01-01T01:00:00Z".parse().unwrap());
        assert_eq!(line["level"], "ERROR");
        assert_eq!(line["timestamp"], "2026-01-01T01:00:00Z");
    }
}
