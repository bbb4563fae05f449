//! A dashboard of the pipeline: its alarms, and a row for each job.

use hcl::Expression;
use hcl::structure::Block;
use pipeline::Pipeline;
use pipeline::model::{Code, Job};
use pipeline::wiring::{self, Source};

use super::alarm::{self, Metric};
use super::hcl::{Body, attribute, call, list, object, reference, resource, string};
use super::name_in_environment;

/// Jobs of one dashboard. CloudWatch takes 500 widgets and 2,500 metrics
/// ([quotas](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html)); these are
/// some 200 and 1,000.
const JOBS: usize = 50;
/// The most alarms of one widget.
const ALARMS: usize = 100;
/// A dashboard is 24 columns wide.
const WIDTH: u32 = 24;
const HEIGHT: u32 = 6;

/// The dashboards; nothing where none is wanted.
pub(super) fn body(pipeline: &Pipeline) -> Option<Body> {
    let jobs: Vec<(&String, &Job)> = pipeline.jobs.iter().collect();
    if !pipeline.alarms.dashboard || jobs.is_empty() {
        return None;
    }
    let dashboards = jobs.chunks(JOBS).enumerate().map(|(index, jobs)| {
        let suffix = match index {
            0 => String::new(),
            index => format!("-{}", index + 1),
        };
        let name = name_in_environment(&format!("{}{suffix}", pipeline.name.value));
        let label = format!("pipeline{}", wiring::label(&suffix));
        let body = object([("widgets", list(widgets(pipeline, jobs)))]);
        resource("aws_cloudwatch_dashboard", &label)
            .add_attribute(attribute("dashboard_name", name))
            .add_attribute(attribute("dashboard_body", call("jsonencode", [body])))
            .build()
    });
    let blocks: Vec<Block> = dashboards.collect();
    Some(Body::builder().add_blocks(blocks).build())
}

fn widgets(pipeline: &Pipeline, jobs: &[(&String, &Job)]) -> Vec<Expression> {
    let mut widgets = Vec::new();
    let mut row = 0;
    let arns: Vec<Expression> = jobs
        .iter()
        .flat_map(|(name, job)| {
            let label = wiring::label(name);
            let kinds = alarm::kinds(pipeline, name, job).into_iter();
            kinds.map(move |kind| alarm::arn(&label, &kind))
        })
        .collect();
    for arns in arns.chunks(ALARMS) {
        let properties = object([
            ("title", string("Alarms")),
            ("alarms", list(arns.iter().cloned())),
        ]);
        widgets.push(widget("alarm", [0, row], WIDTH, properties));
        row += HEIGHT;
    }
    for (name, job) in jobs {
        let charts = charts(pipeline, name, job);
        let width = WIDTH / u32::try_from(charts.len()).unwrap_or(1).max(1);
        for (column, chart) in (0..).step_by(width as usize).zip(charts) {
            widgets.push(widget("metric", [column, row], width, chart));
        }
        row += HEIGHT;
    }
    widgets
}

fn widget(kind: &str, [x, y]: [u32; 2], width: u32, properties: Expression) -> Expression {
    object([
        ("type", string(kind)),
        ("x", x.into()),
        ("y", y.into()),
        ("width", width.into()),
        ("height", HEIGHT.into()),
        ("properties", properties),
    ])
}

/// What there is to see of a job, from the delivery to the queues of what failed.
fn charts(pipeline: &Pipeline, name: &str, job: &Job) -> Vec<Expression> {
    let label = wiring::label(name);
    let mut charts = Vec::new();
    let rules = wiring::rules_of(pipeline, name, job);
    let mut deliveries = Vec::new();
    for rule in &rules {
        if !matches!(rule.source, Source::Scheduler(_)) {
            for metric in ["Invocations", "FailedInvocations"] {
                deliveries.push((alarm::of_rule(pipeline, rule, metric), "Sum"));
            }
        }
    }
    if !deliveries.is_empty() {
        charts.push(chart(name, "deliveries", deliveries, None));
    }
    let of_function = |metric| alarm::of_function(&label, metric);
    if job.has_own_function() {
        let runs = ["Invocations", "Errors", "Throttles"];
        let runs = runs.map(|metric| (of_function(metric), "Sum")).into();
        charts.push(chart(name, "runs", runs, None));
        let durations = ["p50", "p99", "Maximum"];
        let durations = durations.map(|stat| (of_function("Duration"), stat)).into();
        let timeout = job.function.timeout_seconds * 1_000;
        charts.push(chart(name, "duration in ms", durations, Some(timeout)));
    }
    let mut failures = Vec::new();
    if !rules.is_empty() {
        failures.push((alarm::queue_depth(&format!("{label}_dlq")), "Maximum"));
    }
    if let Code::Package(_) = job.function.code {
        let queue = format!("{label}_on_failure");
        failures.push((alarm::queue_depth(&queue), "Maximum"));
        for event in &job.emits {
            failures.push((alarm::emit_failures(pipeline, name, &event.value), "Sum"));
        }
    }
    if !failures.is_empty() {
        charts.push(chart(name, "failures", failures, None));
    }
    charts
}

/// A chart of metrics, with a line at the `limit`.
fn chart(
    job: &str,
    what: &str,
    metrics: Vec<(Metric, &'static str)>,
    limit: Option<u32>,
) -> Expression {
    // Avoids the data source of the region, whose fields differ between the provider's versions.
    let arn = call(
        "split",
        [string(":"), reference(["local", "event_bus_arn"])],
    );
    let region = call("element", [arn, 3.into()]);
    let mut properties = vec![
        ("title", string(format!("{job}: {what}"))),
        ("region", region),
        ("period", 300.into()),
        ("metrics", list(metrics.into_iter().map(line))),
    ];
    if let Some(limit) = limit {
        let line = object([("label", string("timeout")), ("value", limit.into())]);
        let annotations = object([("horizontal", list([line]))]);
        properties.push(("annotations", annotations));
    }
    object(properties)
}

/// A metric as a dashboard's text has it: namespace, name, dimensions, statistic.
fn line((metric, statistic): (Metric, &'static str)) -> Expression {
    let mut parts = vec![string(metric.namespace), string(metric.name)];
    for (name, value) in metric.dimensions {
        parts.extend([string(name), value]);
    }
    parts.push(object([("stat", string(statistic))]));
    list(parts)
}
