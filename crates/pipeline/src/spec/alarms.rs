//! `alarms:`, of the whole pipeline and of a job.

use indexmap::IndexMap;

use super::quantity::{ALARM_COUNT, ALARM_PERIOD, DURATION_PERCENT, WAITING_MINUTES};
use super::reader::{Fields, Range, Reader};
use crate::alarms::{Alarms, JobAlarms, Topic};
use crate::diagnostic::Diagnostic;
use crate::lints::INVALID_VALUE;
use crate::span::Span;
use crate::suggestion::Suggestion;
use crate::yaml::{Kind, Node};

/// Where the topic of alarms comes from, by the words for it; the first is the default.
pub const TOPICS: [(&str, Topic); 2] = [("given", Topic::Given), ("made", Topic::Made)];

/// The longest name of a metric that a job counts itself. CloudWatch's
/// [`MetricName`](https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Metric.html) may be
/// longer, but the alarm's name holds this name as well as the pipeline's and the job's.
pub const METRIC_NAME_MAX: usize = 100;

/// Reads the `alarms:` of the whole pipeline. Returns its thresholds too: every job starts with them.
pub(super) fn read(reader: &mut Reader, node: &Node, at: Span) -> (Alarms, JobAlarms) {
    let mut alarms = Alarms::default();
    let mut of_jobs = JobAlarms::default();
    if is_off(node) {
        // `false` means that nothing is watched, and the dashboard is a part of that.
        alarms.dashboard = false;
        return (alarms, JobAlarms::none());
    }
    let Some(mut fields) = reader.fields("`alarms`", node, at) else {
        return (alarms, of_jobs);
    };
    if let Some(node) = fields.take("topic") {
        alarms.topic = reader.choice(node, &TOPICS).unwrap_or(alarms.topic);
    }
    if let Some(node) = fields.take("dashboard") {
        alarms.dashboard = reader.boolean(node).unwrap_or(alarms.dashboard);
    }
    read_thresholds(reader, &mut fields, &mut of_jobs);
    fields.finish(reader);
    (alarms, of_jobs)
}

/// Reads a job's `alarms:`; what it leaves out stays as in `base`.
pub(super) fn read_of_job(
    reader: &mut Reader,
    node: &Node,
    at: Span,
    base: &JobAlarms,
) -> JobAlarms {
    if is_off(node) {
        return JobAlarms::none();
    }
    let mut alarms = base.clone();
    if let Some(mut fields) = reader.fields("a job's `alarms`", node, at) {
        read_thresholds(reader, &mut fields, &mut alarms);
        fields.finish(reader);
    }
    alarms
}

fn is_off(node: &Node) -> bool {
    matches!(&node.kind, Kind::Scalar { text, plain: true } if text == "false")
}

fn read_thresholds(reader: &mut Reader, fields: &mut Fields<'_>, alarms: &mut JobAlarms) {
    if let Some(node) = fields.take("period") {
        alarms.period_seconds = read_period(reader, node).unwrap_or(alarms.period_seconds);
    }
    let mut read = |key, range: &Range, threshold: &mut Option<u32>| {
        if let Some(node) = fields.take(key) {
            *threshold = read_threshold(reader, node, range, *threshold);
        }
    };
    read(
        "failed_deliveries",
        &ALARM_COUNT,
        &mut alarms.failed_deliveries,
    );
    read("undelivered", &ALARM_COUNT, &mut alarms.undelivered);
    read("failed_runs", &ALARM_COUNT, &mut alarms.failed_runs);
    read("lost_runs", &ALARM_COUNT, &mut alarms.lost_runs);
    read("errors", &ALARM_COUNT, &mut alarms.errors);
    read("throttles", &ALARM_COUNT, &mut alarms.throttles);
    read(
        "duration_percent",
        &DURATION_PERCENT,
        &mut alarms.duration_percent,
    );
    read(
        "waiting_minutes",
        &WAITING_MINUTES,
        &mut alarms.waiting_minutes,
    );
    read("waiting_events", &ALARM_COUNT, &mut alarms.waiting_events);
    read("emit_failures", &ALARM_COUNT, &mut alarms.emit_failures);
    if let Some(node) = fields.take("metrics") {
        alarms.metrics = read_metrics(reader, node);
    }
}

/// Reads a number, or `false` for no alarm. Returns `base` if it can read neither.
fn read_threshold(
    reader: &mut Reader,
    node: &Node,
    range: &Range,
    base: Option<u32>,
) -> Option<u32> {
    match &node.kind {
        _ if is_off(node) => None,
        Kind::Scalar { text, plain: true } if text.parse::<i64>().is_ok() => {
            reader.integer(node, range).or(base)
        }
        _ => {
            reader.wrong_type(node, "expected a whole number, or `false` for no alarm");
            base
        }
    }
}

/// Reads a period, which is whole minutes on CloudWatch.
fn read_period(reader: &mut Reader, node: &Node) -> Option<u32> {
    let seconds = reader.duration(node, &ALARM_PERIOD)?;
    if seconds % 60 == 0 {
        return Some(seconds);
    }
    let message = format!("an alarm's period is a number of minutes, not {seconds} seconds");
    let meant = Suggestion::write(&format!("{}m", seconds.div_ceil(60)));
    let diagnostic = Diagnostic::new(&INVALID_VALUE, node.span, message);
    reader.report(diagnostic.with_suggestion(node.span, meant));
    None
}

fn read_metrics(reader: &mut Reader, node: &Node) -> IndexMap<String, u32> {
    let mut metrics = IndexMap::new();
    for (name, (span, node)) in reader.entries("`metrics`", node).unwrap_or_default() {
        let is_word = name.chars().all(|c| c.is_ascii_alphanumeric());
        let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic());
        if !is_word || !starts_well || name.len() > METRIC_NAME_MAX {
            let message = format!("`{name}` cannot be the name of a metric");
            let diagnostic = Diagnostic::new(&INVALID_VALUE, span, message)
                .with_note(format!(
                    "it has letters and digits, a letter first, at most {METRIC_NAME_MAX}"
                ))
                .with_help("write the name that the job counts under, as in `UserFailures`");
            reader.report(diagnostic);
            continue;
        }
        if let Some(threshold) = reader.integer(node, &ALARM_COUNT) {
            metrics.insert(name.to_owned(), threshold);
        }
    }
    metrics
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ids_of, pipeline};

    fn of_job(top: &str, job: &str) -> JobAlarms {
        let spec = format!(
            "alarms: {top}\njobs: {{ j: {{ function: {{ package: j }}, alarms: {job}, triggers: [ {{ event: e }} ] }} }}"
        );
        pipeline(&spec).jobs["j"].alarms.clone()
    }

    #[test]
    fn a_job_changes_what_it_names_and_keeps_the_rest() {
        let alarms = of_job(
            "{ errors: 3, throttles: false, period: 10m }",
            "{ errors: 5, metrics: { UserFailures: 2 } }",
        );
        assert_eq!((alarms.errors, alarms.throttles), (Some(5), None));
        assert_eq!((alarms.undelivered, alarms.period_seconds), (Some(0), 600));
        assert_eq!(alarms.metrics["UserFailures"], 2);
    }

    #[test]
    fn false_is_no_alarm_at_all() {
        assert_eq!(of_job("{}", "false"), JobAlarms::none());
        let without = pipeline(
            "alarms: false\njobs: { j: { function: { package: j }, triggers: [ { event: e } ] } }",
        );
        assert_eq!(without.jobs["j"].alarms, JobAlarms::none());
        assert!(!without.alarms.dashboard);
    }

    #[test]
    fn what_cloudwatch_would_refuse_is_found() {
        for (alarms, id) in [
            ("{ period: 90s }", "invalid-value"),
            ("{ period: 30s }", "out-of-range"),
            ("{ duration_percent: 101 }", "out-of-range"),
            ("{ metrics: { 'a b': 1 } }", "invalid-value"),
            ("{ errors: true }", "wrong-type"),
            ("{ topic: mine }", "invalid-value"),
            ("{ error: 1 }", "unknown-key"),
            ("true", "wrong-type"),
        ] {
            let spec = format!("pipeline: p\nsource: s\nalarms: {alarms}\n");
            assert_eq!(ids_of(&spec), [id], "{alarms}");
        }
    }
}
