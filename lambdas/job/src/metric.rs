//! The metrics of a job, in CloudWatch's
//! [embedded metric format](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html):
//! a log line that CloudWatch also counts.

use jiff::Timestamp;
use serde_json::{Value, json};

/// Events of a job that could not be emitted.
pub(crate) const EMIT_FAILURES: &str = "EmitFailures";

/// The log line that counts one event which could not be emitted.
pub(crate) fn emit_failure(pipeline: &str, job: &str, event: &str, now: Timestamp) -> Value {
    let mut line = line(pipeline, "ERROR", &["job", "event"], EMIT_FAILURES, 1, now);
    line["job"] = job.into();
    line["event"] = event.into();
    line
}

/// The log line that counts what a job itself counts.
pub(crate) fn count(pipeline: &str, job: &str, metric: &str, number: u64, now: Timestamp) -> Value {
    let mut line = line(pipeline, "INFO", &["job"], metric, number, now);
    line["job"] = job.into();
    line
}

/// `level` and `timestamp` are for Lambda: it takes a line without them as of level INFO, and would drop
/// it in a function whose least level is higher.
fn line(
    pipeline: &str,
    level: &str,
    dimensions: &[&str],
    metric: &str,
    number: u64,
    now: Timestamp,
) -> Value {
    json!({
        "_aws": {
            "Timestamp": now.as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": pipeline,
                "Dimensions": [dimensions],
                "Metrics": [{ "Name": metric, "Unit": "Count" }],
            }],
        },
        "level": level,
        "timestamp": now,
        metric: number,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dimension_and_metric_that_is_declared_is_a_member() {
        let now = "2026-01-01T01:00:00.25Z".parse().unwrap();
        let line = emit_failure("shop", "bill", "order.billed", now);
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(line["_aws"]["Timestamp"], 1_767_229_200_250_u64);
        assert_eq!(directive["Namespace"], "shop");
        assert_eq!(directive["Dimensions"], json!([["job", "event"]]));
        assert_eq!(
            (&line["job"], &line["event"]),
            (&json!("bill"), &json!("order.billed"))
        );
        let metric = directive["Metrics"][0]["Name"].as_str().unwrap();
        assert_eq!(line[metric], 1);
    }

    #[test]
    fn lambda_reads_the_level_and_the_time_of_the_line() {
        let line = emit_failure("p", "j", "e", "2026-01-01T01:00:00Z".parse().unwrap());
        assert_eq!(line["level"], "ERROR");
        assert_eq!(line["timestamp"], "2026-01-01T01:00:00Z");
    }
}
