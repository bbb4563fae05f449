//! Alarms, and the topic that they notify.

use hcl::Expression;
use hcl::expr::{BinaryOp, BinaryOperator, Operation, Traversal};
use hcl::structure::{Block, BlockBuilder};
use pipeline::resources::{
    ALARM_KINDS, Alarm, AlarmKind, AlarmTopic, Dimension, JOB, JobResources, Limit, Name,
    Resources, Watch, label,
};

use super::hcl::{
    Body, Part, attribute, builder, call, conditional, equal, for_each, index, list, list_for,
    object, only_if, reference, resource, row, string, template, word,
};
use super::policy::{from_account, policy};
use super::{name_in_environment, platform, values};

/// The kind of the resources.
const KIND: &str = "aws_cloudwatch_metric_alarm";

/// The label of the alarm on events that the bus could not read.
const OF_BUS: &str = "bus_unreadable";

/// Writes the alarms of a job: a table of them, and one resource that makes them all.
pub(super) fn blocks(job: &JobResources<'_>) -> Vec<Block> {
    let watches = job.watches();
    if watches.is_empty() {
        return Vec::new();
    }
    let label = label_of_job(job);
    let rows = watches.iter().map(|watch| (&watch.kind, row_of(watch)));
    let table = builder("locals").add_attribute(attribute(&label, object(rows)));
    vec![table.build(), all(job, &watches, &label).build()]
}

/// Returns the label of the resource that makes the alarms of a job.
fn label_of_job(job: &JobResources<'_>) -> String {
    format!("{}_alarms", job.label)
}

/// Writes what makes an alarm different from those of its kind, or all of it if it has none.
fn row_of(watch: &Watch<'_>) -> Expression {
    let mut own = Vec::new();
    if let Some(description) = watch.own_description() {
        own.push(("description", string(description)));
    }
    if watch.is_of_own_metric() {
        let (namespace, names) = watch.metrics();
        own.extend([
            ("namespace", string(namespace)),
            ("metrics", list(names.iter().copied().map(string))),
            ("statistic", string(watch.statistic())),
        ]);
    }
    let of_each = watch.dimensions().into_iter();
    let of_each = of_each.map(|of| row(object(dimensions(&of))));
    own.extend([
        ("threshold", threshold(&watch.limit).1),
        ("of", list(of_each)),
    ]);
    match watch.of_kind {
        None => object(own),
        Some(kind) => {
            let common = reference(["local", "alarm_kinds", &label(kind.name)]);
            call("merge", [common, own_of(own)])
        }
    }
}

/// Writes what an alarm has of its own: on one line, if that is little.
fn own_of(own: Vec<(&str, Expression)>) -> Expression {
    let is_little = own.len() == 2 && own.iter().all(|(_, value)| !is_long_list(value));
    let own = object(own);
    if is_little { row(own) } else { own }
}

fn is_long_list(value: &Expression) -> bool {
    matches!(value, Expression::Array(items) if items.len() > 1)
}

/// Writes what the alarms of each kind have in common, if a job has one.
fn kinds(resources: &Resources<'_>) -> Expression {
    let mut missing: Vec<&AlarmKind> = ALARM_KINDS.to_vec();
    for job in &resources.jobs {
        for watch in job.watches() {
            missing.retain(|kind| watch.of_kind != Some(*kind));
        }
        // A job with an alarm of each kind is all that has to be looked at.
        if missing.is_empty() {
            break;
        }
    }
    let pipeline = resources.jobs.first().map(|job| job.job.pipeline);
    let pipeline = pipeline.map_or("", |pipeline| &pipeline.name.value);
    let kinds = ALARM_KINDS.iter().filter(|kind| !missing.contains(kind));
    object(kinds.map(|kind| {
        let AlarmKind {
            name,
            description: _,
            namespace,
            metrics,
            statistic,
        } = kind;
        let common = [
            ("description", string(kind.description_in(pipeline))),
            ("namespace", string(namespace.unwrap_or(pipeline))),
            ("metrics", list(metrics.iter().copied().map(string))),
            ("statistic", string(*statistic)),
        ];
        (label(name), object(common))
    }))
}

/// Returns how a metric is compared, and with what.
fn threshold(limit: &Limit) -> (&'static str, Expression) {
    match limit {
        Limit::Above(most) => ("GreaterThanThreshold", (*most).into()),
        Limit::ShareOfTimeout { percent, timeout } => {
            // The metric is in milliseconds: seconds × 1000 × percent ÷ 100 is seconds × percent × 10.
            let least = values::seconds(timeout, percent * 10);
            ("GreaterThanOrEqualToThreshold", least)
        }
    }
}

/// Writes the resource that makes all alarms of a job.
fn all(job: &JobResources<'_>, watches: &[Watch<'_>], label: &str) -> BlockBuilder {
    let prefix = job.job.prefix();
    let some_are_own = watches.iter().any(Watch::is_of_own_metric);
    let name = kind_behind(&prefix, some_are_own, &reference(["each", "key"]));
    let environment = [
        Part::Text("-"),
        Part::Value(reference(["var", "environment"])),
    ];
    let name = template(name.into_iter().chain(environment));
    let of_this_job = [of_row("description"), string(JOB), string(job.name())];
    let description = call("replace", of_this_job);
    let body = resource(KIND, label)
        .add_attribute(attribute("for_each", with_metrics(label)))
        .add_attribute(attribute("alarm_name", name));
    let body = common(
        body,
        [
            ("alarm_description", description),
            ("comparison_operator", comparison(watches)),
            ("threshold", of_row("threshold")),
        ],
    );
    let period = job.spec().alarms.period_seconds;
    watched(watches, period, body)
}

/// Returns a name's parts: what it begins with, and the kind of alarm that a variable holds.
fn kind_behind<'t>(before: &'t str, some_are_own: bool, kind: &Expression) -> Vec<Part<'t>> {
    let kind = || kind.clone();
    let hyphen = if some_are_own {
        // A metric of the job's own brings its dot.
        let is_own = call("startswith", [kind(), string(".")]);
        Part::Value(conditional(is_own, string(""), string("-")))
    } else {
        Part::Text("-")
    };
    vec![Part::Text(before), hyphen, Part::Value(kind())]
}

/// Writes the table, with each metric of everything that an alarm watches.
fn with_metrics(label: &str) -> Expression {
    let alarm = |field| reference(["alarm", field]);
    let metric = [("name", word("name")), ("dimensions", word("dimensions"))];
    let of_each = list_for("name", alarm("metrics"), row(object(metric)));
    let all = call("flatten", [list_for("dimensions", alarm("of"), of_each)]);
    let row_with_all = call("merge", [word("alarm"), row(object([("metrics", all)]))]);
    for_each(
        ["kind", "alarm"],
        reference(["local", label]),
        word("kind"),
        row_with_all,
    )
}

/// Refers to a column of the table, in the row of this alarm.
fn of_row(column: &str) -> Expression {
    reference(["each", "value", column])
}

/// Returns the comparison of every alarm of a job.
fn comparison(watches: &[Watch<'_>]) -> Expression {
    let operator = |watch: &Watch<'_>| threshold(&watch.limit).0;
    let first = watches.first().map_or("", operator);
    let others = watches.iter().filter(|watch| operator(watch) != first);
    others.fold(string(first), |rest, watch| {
        let is_it = equal(reference(["each", "key"]), string(&*watch.kind));
        conditional(is_it, string(operator(watch)), rest)
    })
}

/// Adds what all alarms have, around what they do not.
fn common(body: BlockBuilder, own: [(&str, Expression); 3]) -> BlockBuilder {
    let actions = || reference(["local", "alarm_actions"]);
    body.add_attributes(own.map(|(key, value)| attribute(key, value)))
        // Metrics of failures have no data as long as nothing fails.
        .add_attribute(attribute("treat_missing_data", string("notBreaching")))
        .add_attribute(attribute("alarm_actions", actions()))
        .add_attribute(attribute("ok_actions", actions()))
}

/// Adds what the alarms watch: one metric, or the sum of several. A metric without data counts as 0.
fn watched(watches: &[Watch<'_>], period: u32, body: BlockBuilder) -> BlockBuilder {
    let metrics = || of_row("metrics");
    let is_sum = || more_than_one(metrics());
    let has = |one: bool| watches.iter().any(|watch| watch.is_single() == one);
    // A job rarely has alarms of one form alone. Then nothing is left to choose.
    let choose = |one: Expression, sum: Expression| match (has(true), has(false)) {
        (true, true) => conditional(is_sum(), sum, one),
        (true, false) => one,
        (false, _) => sum,
    };
    let first = |field| {
        let metric = Traversal::builder(metrics()).index(0).attr(field);
        Expression::from(metric.build())
    };
    let only_one = [
        ("statistic", of_row("statistic")),
        ("period", period.into()),
        ("namespace", of_row("namespace")),
        ("metric_name", first("name")),
        ("dimensions", first("dimensions")),
    ];
    let mut body = body;
    // A sum of filled metrics always has data, so CloudWatch does not wait for late data. Three periods, of which
    // one is enough, also see what arrives after its own period.
    body = body.add_attribute(attribute("evaluation_periods", choose(1.into(), 3.into())));
    if has(false) {
        let enough = choose(Expression::Null, 1.into());
        body = body.add_attribute(attribute("datapoints_to_alarm", enough));
    }
    if has(true) {
        let only_one = only_one.map(|(key, one)| attribute(key, choose(one, Expression::Null)));
        body = body.add_attributes(only_one);
    }
    if has(false) {
        body = body.add_blocks(queries(has(true), period));
    }
    body
}

/// Writes the queries of alarms that watch a sum: the sum, and each of its metrics.
fn queries(some_are_single: bool, period: u32) -> [Block; 2] {
    let metrics = || of_row("metrics");
    let (sums, summed) = if some_are_single {
        let sums = conditional(
            more_than_one(metrics()),
            list([reference(["each", "key"])]),
            list([]),
        );
        // Not a conditional of two lists: Terraform wants both to have one type, and dimensions differ.
        let summed = only_if("metric", metrics(), more_than_one(metrics()));
        (sums, summed)
    } else {
        (list([reference(["each", "key"])]), metrics())
    };
    let sum = builder("content").add_attributes([
        attribute("id", string("sum")),
        attribute("expression", string("SUM(FILL(METRICS(), 0))")),
        attribute("label", reference(["metric_query", "value"])),
        // CloudWatch accepts an alarm only if exactly one query returns data.
        attribute("return_data", true),
    ]);
    let of_metric = |field| reference(["metric_query", "value", field]);
    let source = [
        ("namespace", of_row("namespace")),
        ("metric_name", of_metric("name")),
        ("dimensions", of_metric("dimensions")),
        ("period", period.into()),
        ("stat", of_row("statistic")),
    ];
    let number = BinaryOp::new(
        reference(["metric_query", "key"]),
        BinaryOperator::Plus,
        Expression::from(1),
    );
    let number = Expression::from(Operation::Binary(number));
    let metric = builder("content")
        .add_attribute(attribute(
            "id",
            template([Part::Text("m"), Part::Value(number)]),
        ))
        .add_block(super::hcl::block("metric", source));
    [(sums, sum), (summed, metric)].map(|(each, content)| {
        builder("dynamic")
            .add_label("metric_query")
            .add_attribute(attribute("for_each", each))
            .add_block(content.build())
            .build()
    })
}

fn more_than_one(metrics: Expression) -> Expression {
    let count = call("length", [metrics]);
    let more = BinaryOp::new(count, BinaryOperator::Greater, Expression::from(1));
    Expression::from(Operation::Binary(more))
}

/// Writes the alarm on events that the bus could not read.
fn of_bus(alarm: &Alarm) -> Block {
    let Alarm {
        key: _,
        name,
        kind: _,
        of_kind: _,
        description,
        limit,
        statistic,
        period_seconds,
        metrics,
    } = alarm;
    let (operator, threshold) = threshold(limit);
    let body =
        resource(KIND, OF_BUS).add_attribute(attribute("alarm_name", name_in_environment(name)));
    let own = [
        ("alarm_description", string(description)),
        ("comparison_operator", string(operator)),
        ("threshold", threshold),
    ];
    let mut body = common(body, own).add_attribute(attribute("evaluation_periods", 1));
    for metric in metrics {
        body = body
            .add_attribute(attribute("statistic", string(*statistic)))
            .add_attribute(attribute("period", *period_seconds))
            .add_attribute(attribute("namespace", string(&metric.namespace)))
            .add_attribute(attribute("metric_name", string(&metric.name)))
            .add_attribute(attribute(
                "dimensions",
                object(dimensions(&metric.dimensions)),
            ));
    }
    body.build()
}

/// Lists the dimensions of a metric, each name with its value.
pub(super) fn dimensions(
    of: &[(&'static str, Dimension)],
) -> impl Iterator<Item = (&'static str, Expression)> {
    of.iter().map(|(name, value)| {
        let value = match value {
            Dimension::Bus => super::bus::name(),
            Dimension::Rule(label) => reference(["aws_cloudwatch_event_rule", label, "name"]),
            Dimension::Function(label) => {
                reference(["aws_lambda_function", label, "function_name"])
            }
            Dimension::Queue(label) => reference(["aws_sqs_queue", label, "name"]),
            Dimension::Environment => reference(["var", "environment"]),
            Dimension::Text(text) => string(text),
            Dimension::Said(text) => values::text(text),
        };
        (*name, value)
    })
}

/// Writes the topic, or refers to the one that the caller gives; nothing if nothing is watched.
pub(super) fn shared(resources: &Resources<'_>) -> Option<Body> {
    let mut blocks = Vec::new();
    let actions = match resources.alarm_topic.as_ref()? {
        // `compact` drops null: without a topic the alarms have no actions.
        AlarmTopic::Given => call("compact", [list([reference(["var", "alarm_topic_arn"])])]),
        AlarmTopic::Made { name, kms_key } => {
            blocks.extend(topic(name, kms_key.as_deref()));
            list([topic_arn()])
        }
    };
    let locals = builder("locals")
        .add_attribute(attribute("alarm_actions", actions))
        .add_attribute(attribute("alarm_kinds", kinds(resources)));
    blocks.push(locals.build());
    blocks.extend(resources.bus_alarm.as_ref().map(of_bus));
    Some(Body::builder().add_blocks(blocks).build())
}

/// Refers to the ARN of the pipeline's own topic.
pub(super) fn topic_arn() -> Expression {
    reference(["aws_sns_topic", "alarms", "arn"])
}

/// Writes a topic that the alarms of this account may publish to. Unless the spec names a key, none encrypts it, as
/// CloudWatch cannot use the key that AWS manages for SNS. It carries only the texts of alarms.
fn topic(name: &Name, kms_key: Option<&str>) -> [Block; 2] {
    let arn = topic_arn;
    let publish = object([
        ("Sid", string("TellOfAlarms")),
        ("Effect", string("Allow")),
        (
            "Principal",
            object([("Service", string("cloudwatch.amazonaws.com"))]),
        ),
        ("Action", string("sns:Publish")),
        ("Resource", arn()),
        ("Condition", from_account(arn())),
    ]);
    let mut topic = resource("aws_sns_topic", "alarms")
        .add_attribute(attribute("name", name_in_environment(name)));
    if let Some(key) = kms_key {
        topic = topic.add_attribute(attribute("kms_master_key_id", platform::key_arn(key)));
    }
    let allowed = resource("aws_sns_topic_policy", "alarms")
        .add_attribute(attribute("arn", arn()))
        .add_attribute(attribute("policy", policy(vec![publish])));
    [topic.build(), allowed.build()]
}

/// Lists the ARNs of a job's alarms, in the order of their kinds.
pub(super) fn arns(job: &JobResources<'_>) -> Expression {
    let all = call("values", [reference([KIND, &label_of_job(job)])]);
    let each = Traversal::builder(all).full_splat().attr("arn");
    Expression::from(each.build())
}

/// Maps what the module calls the alarms of a job to their ARNs; nothing if it has none.
pub(super) fn arns_by_key(job: &JobResources<'_>) -> Option<Expression> {
    let watches = job.watches();
    watches.first()?;
    let some_are_own = watches.iter().any(Watch::is_of_own_metric);
    let key = template(kind_behind(job.name(), some_are_own, &word("kind")));
    let all = reference([KIND, &label_of_job(job)]);
    Some(for_each(
        ["kind", "alarm"],
        all,
        key,
        reference(["alarm", "arn"]),
    ))
}

/// Refers to the ARN of the alarm on the bus.
pub(super) fn arn_of_bus() -> Expression {
    reference([KIND, OF_BUS, "arn"])
}

/// Lists the steps from the addresses that a job's alarms had, each a resource of its own, to those of today. `names` are
/// all names of the job, the present one last.
pub(super) fn moves(job: &JobResources<'_>, names: &[&str]) -> Vec<[Expression; 2]> {
    let mut steps = Vec::new();
    let today = label_of_job(job);
    for watch in job.watches() {
        let labels = names.iter().map(|name| watch.former_label(name));
        let mut places: Vec<Expression> = labels.map(|label| reference([KIND, &label])).collect();
        places.push(index(reference([KIND, &today]), &watch.kind));
        steps.extend(
            places
                .windows(2)
                .map(|step| [step[0].clone(), step[1].clone()]),
        );
    }
    steps
}

/// The step of the alarm on the bus to its label of today.
pub(super) fn move_of_bus() -> [Expression; 2] {
    [
        reference([KIND, "bus__undelivered"]),
        reference([KIND, OF_BUS]),
    ]
}
