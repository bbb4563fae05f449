//! Dashboards of the pipeline: its alarms, and a row of charts for each job.

use std::collections::BTreeSet;

use hcl::expr::{BinaryOp, BinaryOperator, Expression, Operation};
use pipeline::resources::{JobResources, Metric, Name, Resources, label};

use super::hcl::{
    Body, attribute, builder, call, call_with_all, list, list_for, list_for_each, object,
    reference, resource, row, string, word,
};
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

    /// Writes the dashboard, and the charts in it as a list: of each job, the charts in its row.
    pub(super) fn body(&self) -> Body {
        let Self { name, suffix, jobs } = self;
        let label = label(&format!("pipeline{suffix}"));
        let charts_of_jobs = format!("{label}_charts");
        let alarms = alarm_widgets(jobs);
        let rows = reference(["local", &charts_of_jobs]);
        let widgets = all_widgets(alarms, rows);
        let body = object([("widgets", widgets)]);
        let dashboard = resource("aws_cloudwatch_dashboard", &label)
            .add_attribute(attribute("dashboard_name", name_in_environment(name)))
            .add_attribute(attribute("dashboard_body", call("jsonencode", [body])));
        let charts = list(jobs.iter().map(|job| list(charts(job))));
        let charts = builder("locals").add_attribute(attribute(&charts_of_jobs, charts));
        Body::builder()
            .add_block(dashboard.build())
            .add_block(charts.build())
            .build()
    }
}

/// Writes all widgets: those of alarms, and below them a row of charts for each job.
fn all_widgets(alarms: Vec<Vec<Expression>>, rows: Expression) -> Expression {
    let above = u32::try_from(alarms.len()).unwrap_or(u32::MAX);
    let alarms = (0u32..).step_by(HEIGHT as usize).zip(alarms);
    let alarms = alarms.map(|(y, alarms)| {
        let properties = object([
            ("title", string("Alarms")),
            ("alarms", call("flatten", [list(alarms)])),
        ]);
        widget(
            "alarm",
            [0.into(), Expression::from(y)],
            WIDTH.into(),
            properties,
        )
    });
    let operation = |a: Expression, operator, b: Expression| {
        Expression::from(Operation::Binary(BinaryOp::new(a, operator, b)))
    };
    let times = |a, b| operation(a, BinaryOperator::Mul, b);
    // It is rounded down, so that a row is never wider than the dashboard.
    let count = call("length", [word("charts")]);
    let width = || {
        call(
            "floor",
            [operation(WIDTH.into(), BinaryOperator::Div, count.clone())],
        )
    };
    let y = times(word("row"), HEIGHT.into());
    let y = operation((above * HEIGHT).into(), BinaryOperator::Plus, y);
    // From the ARN of the bus: the data source of the region has other fields in version 6 of the provider.
    let arn = call("split", [string(":"), bus::arn()]);
    let region = call("element", [arn, 3.into()]);
    let common = row(object([("region", region), ("period", 300.into())]));
    let properties = call("merge", [word("chart"), common]);
    let chart = widget(
        "metric",
        [times(word("column"), width()), y],
        width(),
        properties,
    );
    let of_job = list_for_each(["column", "chart"], word("charts"), chart);
    let charts = list_for_each(["row", "charts"], rows, of_job);
    call("flatten", [list(alarms.chain([charts]))])
}

/// Lists the ARNs of each widget of alarms, those of a job together if they fit into one.
fn alarm_widgets(jobs: &[JobResources<'_>]) -> Vec<Vec<Expression>> {
    let mut widgets: Vec<Vec<Expression>> = Vec::new();
    let mut room = 0;
    for job in jobs {
        let count = job.watches().len();
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

fn widget(
    kind: &str,
    [x, y]: [Expression; 2],
    width: Expression,
    properties: Expression,
) -> Expression {
    object([
        ("type", string(kind)),
        ("x", x),
        ("y", y),
        ("width", width),
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
        charts.push(chart(name, "deliveries", &deliveries, None));
    }
    let mut failures = Vec::new();
    if let Some(queue) = &job.dead_letters {
        failures.push((Metric::queue_depth(queue), "Maximum"));
    }
    if let Some(function) = job.receiver.function() {
        let of_function = |metric| Metric::of_function(&function.label, metric);
        let runs = ["Invocations", "Errors", "Throttles"];
        let runs = runs.map(|metric| (of_function(metric), "Sum"));
        charts.push(chart(name, "runs", &runs, None));
        if let Some(buffer) = &function.buffer {
            let waiting = [(Metric::queue_depth(&buffer.queue), "Maximum")];
            charts.push(chart(name, "waiting events", &waiting, None));
            let age = [(Metric::queue_age(&buffer.queue), "Maximum")];
            charts.push(chart(name, "oldest event in s", &age, None));
        }
        let durations = ["p50", "p99", "Maximum"];
        let durations = durations.map(|stat| (of_function("Duration"), stat));
        let timeout = values::seconds(&function.settings.timeout_seconds, 1_000);
        charts.push(chart(name, "duration in ms", &durations, Some(timeout)));
        failures.push((Metric::queue_depth(&function.failed_runs), "Maximum"));
        for event in job.spec().emitted() {
            failures.push((Metric::emit_failures(job.job, event), "Sum"));
        }
    }
    if !failures.is_empty() {
        charts.push(chart(name, "failures", &failures, None));
    }
    charts
}

/// Makes a chart of metrics, with a line at the `limit`.
fn chart(
    job: &str,
    what: &str,
    metrics: &[(Metric, &'static str)],
    limit: Option<Expression>,
) -> Expression {
    let mut properties = vec![
        ("title", string(format!("{job}: {what}"))),
        ("metrics", lines(metrics)),
    ];
    if let Some(limit) = limit {
        let line = row(object([("label", string("timeout")), ("value", limit)]));
        let annotations = object([("horizontal", list([line]))]);
        properties.push(("annotations", annotations));
    }
    object(properties)
}

/// Writes the metrics of a chart: one line for those of one thing that differ in their names alone, or in their statistics.
fn lines(metrics: &[(Metric, &'static str)]) -> Expression {
    let of_one_thing = metrics
        .chunk_by(|(a, _), (b, _)| a.namespace == b.namespace && a.dimensions == b.dimensions);
    let mut groups = Vec::new();
    let mut has_several = false;
    for of_one_thing in of_one_thing {
        let names: BTreeSet<_> = of_one_thing
            .iter()
            .map(|(metric, _)| &metric.name)
            .collect();
        let statistics: BTreeSet<_> = of_one_thing
            .iter()
            .map(|(_, statistic)| statistic)
            .collect();
        match (of_one_thing, names.len(), statistics.len()) {
            ([(metric, statistic), _, ..], _, 1) => {
                let names = of_one_thing.iter().map(|(metric, _)| string(&metric.name));
                let each = line(metric, word("name"), string(*statistic));
                groups.push(list_for("name", list(names), each));
                has_several = true;
            }
            ([(metric, _), _, ..], 1, _) => {
                let statistics = of_one_thing.iter().map(|(_, statistic)| string(*statistic));
                let each = line(metric, string(&metric.name), word("stat"));
                groups.push(list_for("stat", list(statistics), each));
                has_several = true;
            }
            (apart, ..) => {
                let lines = apart.iter().map(|(metric, statistic)| {
                    line(metric, string(&metric.name), string(*statistic))
                });
                groups.push(list(lines));
            }
        }
    }
    if !has_several {
        return list(
            metrics
                .iter()
                .map(|(metric, statistic)| line(metric, string(&metric.name), string(*statistic))),
        );
    }
    match groups.len() {
        1 => groups.remove(0),
        _ => call_with_all("concat", groups),
    }
}

/// Writes a metric as a dashboard's text has it: namespace, name, dimensions, statistic.
fn line(metric: &Metric, name: Expression, statistic: Expression) -> Expression {
    let mut parts = vec![string(&metric.namespace), name];
    for (name, value) in alarm::dimensions(&metric.dimensions) {
        parts.extend([string(name), value]);
    }
    parts.push(object([("stat", statistic)]));
    row(list(parts))
}
