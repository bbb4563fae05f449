//! Dashboards of the pipeline: its alarms, and a row of charts for each job.

use hcl::Expression;
use hcl::structure::Block;
use pipeline::resources::{JobResources, Metric, Resources, label};

use super::hcl::{
    Body, Part, attribute, call, list, object, reference, resource, string, template,
};
use super::{alarm, bus, values};

/// The most jobs of one dashboard. CloudWatch takes 500 widgets and 2,500 metrics
/// ([quotas](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html)); so many
/// jobs have about 200 and 1,000.
const JOBS: usize = 50;
/// The most alarms of one widget.
const ALARMS: usize = 100;
/// The width of a dashboard in CloudWatch's columns.
const WIDTH: u32 = 24;
const HEIGHT: u32 = 6;

/// Writes the dashboards; nothing if the spec wants none.
pub(super) fn body(resources: &Resources<'_>) -> Option<Body> {
    let name = resources.dashboard.as_ref()?;
    let dashboards = resources.jobs.chunks(JOBS).enumerate();
    let dashboards = dashboards.map(|(index, jobs)| {
        let suffix = match index {
            0 => String::new(),
            index => format!("-{}", index + 1),
        };
        let name = template([
            Part::Text(&format!("{}{suffix}-", name.base())),
            Part::Value(reference(["var", "environment"])),
        ]);
        let body = object([("widgets", list(widgets(jobs)))]);
        resource(
            "aws_cloudwatch_dashboard",
            &label(&format!("pipeline{suffix}")),
        )
        .add_attribute(attribute("dashboard_name", name))
        .add_attribute(attribute("dashboard_body", call("jsonencode", [body])))
        .build()
    });
    let blocks: Vec<Block> = dashboards.collect();
    Some(Body::builder().add_blocks(blocks).build())
}

fn widgets(jobs: &[JobResources<'_>]) -> Vec<Expression> {
    let mut widgets = Vec::new();
    let mut row = 0;
    let alarms = jobs.iter().flat_map(|job| &job.alarms);
    let arns: Vec<Expression> = alarms.map(alarm::arn).collect();
    for arns in arns.chunks(ALARMS) {
        let properties = object([
            ("title", string("Alarms")),
            ("alarms", list(arns.iter().cloned())),
        ]);
        widgets.push(widget("alarm", [0, row], WIDTH, properties));
        row += HEIGHT;
    }
    for job in jobs {
        let charts = charts(job);
        // The division rounds down, so a row is never wider than the dashboard.
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

/// Makes the charts of a job, from its deliveries to its queues of failures.
fn charts(job: &JobResources<'_>) -> Vec<Expression> {
    let name = job.name();
    let mut charts = Vec::new();
    let mut deliveries = Vec::new();
    for rule in job.rules.iter().filter(|rule| rule.bus().is_some()) {
        for metric in ["Invocations", "FailedInvocations"] {
            deliveries.push((Metric::of_rule(job.job, rule, metric), "Sum"));
        }
    }
    if !deliveries.is_empty() {
        charts.push(chart(name, "deliveries", deliveries, None));
    }
    let mut failures = Vec::new();
    if let Some(queue) = &job.dead_letters {
        failures.push((Metric::queue_depth(queue), "Maximum"));
    }
    if let Some(function) = job.receiver.function() {
        let of_function = |metric| Metric::of_function(&function.label, metric);
        let runs = ["Invocations", "Errors", "Throttles"];
        let runs = runs.map(|metric| (of_function(metric), "Sum")).into();
        charts.push(chart(name, "runs", runs, None));
        if let Some(buffer) = &function.buffer {
            let waiting = vec![(Metric::queue_depth(&buffer.queue), "Maximum")];
            charts.push(chart(name, "waiting events", waiting, None));
            let age = vec![(Metric::queue_age(&buffer.queue), "Maximum")];
            charts.push(chart(name, "oldest event in s", age, None));
        }
        let durations = ["p50", "p99", "Maximum"];
        let durations = durations.map(|stat| (of_function("Duration"), stat)).into();
        let timeout = values::seconds(&function.settings.timeout_seconds, 1_000);
        charts.push(chart(name, "duration in ms", durations, Some(timeout)));
        failures.push((Metric::queue_depth(&function.failed_runs), "Maximum"));
        for event in job.spec().emitted() {
            failures.push((Metric::emit_failures(job.job, event), "Sum"));
        }
    }
    if !failures.is_empty() {
        charts.push(chart(name, "failures", failures, None));
    }
    charts
}

/// Makes a chart of metrics, with a line at the `limit`.
fn chart(
    job: &str,
    what: &str,
    metrics: Vec<(Metric, &'static str)>,
    limit: Option<Expression>,
) -> Expression {
    // From the ARN of the bus: the data source of the region has other fields in version 6 of the provider.
    let arn = call("split", [string(":"), bus::arn()]);
    let region = call("element", [arn, 3.into()]);
    let mut properties = vec![
        ("title", string(format!("{job}: {what}"))),
        ("region", region),
        ("period", 300.into()),
        ("metrics", list(metrics.into_iter().map(line))),
    ];
    if let Some(limit) = limit {
        let line = object([("label", string("timeout")), ("value", limit)]);
        let annotations = object([("horizontal", list([line]))]);
        properties.push(("annotations", annotations));
    }
    object(properties)
}

/// Writes a metric as a dashboard's text has it: namespace, name, dimensions, statistic.
fn line((metric, statistic): (Metric, &'static str)) -> Expression {
    let mut parts = vec![string(&metric.namespace), string(&metric.name)];
    for (name, value) in alarm::dimensions(&metric) {
        parts.extend([string(name), value]);
    }
    parts.push(object([("stat", string(statistic))]));
    list(parts)
}
