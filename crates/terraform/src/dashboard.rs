//! Dashboards of the pipeline: its alarms, and a row of charts for each job.

use hcl::Expression;
use pipeline::resources::{JobResources, Metric, Name, Resources, label};

use super::hcl::{Body, attribute, call, list, object, resource, string};
use super::{alarm, bus, name_in_environment, values};

/// The most jobs of one dashboard. CloudWatch takes 500 widgets and 2,500 metrics
/// ([quotas](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html)); so many
/// jobs have about 200 and 1,000.
const JOBS: usize = 50;
/// The most alarms of one widget.
const ALARMS: usize = 100;
/// The width of a dashboard in CloudWatch's columns.
const WIDTH: u32 = 24;
const HEIGHT: u32 = 6;

/// A dashboard of some of the jobs.
pub(super) struct Dashboard<'r> {
    name: Name,
    /// What stands behind the file's name and the label of the second and later ones.
    suffix: String,
    jobs: &'r [JobResources<'r>],
}

/// Divides the jobs into dashboards; none if the spec wants none. Each is a file of its own.
pub(super) fn all<'r>(resources: &'r Resources<'r>) -> Vec<Dashboard<'r>> {
    let Some(name) = &resources.dashboard else {
        return Vec::new();
    };
    let dashboards = resources.jobs.chunks(JOBS).enumerate();
    let dashboards = dashboards.map(|(index, jobs)| {
        let (name, suffix) = match index {
            0 => (name.clone(), String::new()),
            index => {
                let number = (index + 1).to_string();
                (name.beside(&number), format!("-{number}"))
            }
        };
        Dashboard { name, suffix, jobs }
    });
    dashboards.collect()
}

impl Dashboard<'_> {
    /// Returns the name of the file, without its ending.
    pub(super) fn file(&self) -> String {
        format!("dashboard{}", self.suffix)
    }

    /// Writes the dashboard.
    pub(super) fn body(&self) -> Body {
        let Self { name, suffix, jobs } = self;
        let body = object([("widgets", list(widgets(jobs)))]);
        let label = label(&format!("pipeline{suffix}"));
        let dashboard = resource("aws_cloudwatch_dashboard", &label)
            .add_attribute(attribute("dashboard_name", name_in_environment(name)))
            .add_attribute(attribute("dashboard_body", call("jsonencode", [body])));
        Body::builder().add_block(dashboard.build()).build()
    }
}

fn widgets(jobs: &[JobResources<'_>]) -> Vec<Expression> {
    let mut widgets = Vec::new();
    let mut row = 0;
    for alarms in alarm_widgets(jobs) {
        let properties = object([
            ("title", string("Alarms")),
            ("alarms", call("flatten", [list(alarms)])),
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

/// Lists the ARNs of each widget of alarms, those of a job together if they fit into one.
fn alarm_widgets(jobs: &[JobResources<'_>]) -> Vec<Vec<Expression>> {
    let mut widgets: Vec<Vec<Expression>> = Vec::new();
    let mut room = 0;
    for job in jobs {
        let count = job.alarms().len();
        for from in (0..count).step_by(ALARMS) {
            let to = count.min(from + ALARMS);
            let arns = alarm::arns(job);
            let arns = match count {
                ..=ALARMS => arns,
                _ => call("slice", [arns, from.into(), to.into()]),
            };
            match widgets.last_mut() {
                Some(widget) if room >= to - from => widget.push(arns),
                _ => {
                    widgets.push(vec![arns]);
                    room = ALARMS;
                }
            }
            room -= to - from;
        }
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
        let line = super::hcl::row(object([("label", string("timeout")), ("value", limit)]));
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
    super::hcl::row(list(parts))
}
