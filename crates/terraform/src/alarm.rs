//! The alarms of a job, and whom they tell.
//!
//! An alarm for each thing that a person would do something else about, not for each metric: the three
//! metrics that EventBridge keeps of a rule's failures are added up over the job's rules, as all of them
//! are looked into at the same queue. EventBridge Scheduler counts by group of schedules and not by
//! schedule, so what it cannot deliver is seen in the queue alone.

use hcl::Expression;
use hcl::structure::{Block, BlockBuilder};
use pipeline::Pipeline;
use pipeline::alarms::Topic;
use pipeline::model::{Bus, Job};
use pipeline::names;
use pipeline::wiring::{self, Rule, Source};

use super::hcl::{Body, attribute, block, call, list, object, reference, resource, string};
use super::name_in_environment;
use super::role::{from_account, policy};

/// The most metrics of one alarm:
/// [metric math](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html).
const METRICS_PER_ALARM: usize = 10;

/// What EventBridge counts of a rule that could not deliver; only when there is something to count.
const RULE_FAILURES: [&str; 3] = [
    "FailedInvocations",
    "InvocationsFailedToBeSentToDlq",
    "InvocationsSentToDlq",
];

/// A metric, with the values of its dimensions.
pub(super) struct Metric {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) dimensions: Vec<(&'static str, Expression)>,
}

/// When an alarm goes off.
enum Limit {
    Above(u32),
    AtLeast(u32),
}

/// An alarm of a job, before it is written.
struct Alarm {
    /// The last part of its name and of its label.
    kind: String,
    description: String,
    limit: Limit,
    statistic: &'static str,
    metrics: Vec<Metric>,
}

/// The alarms of one job.
pub(super) fn blocks(
    pipeline: &Pipeline,
    name: &str,
    label: &str,
    job: &Job,
    rules: &[Rule<'_>],
) -> Vec<Block> {
    let period = job.alarms.period_seconds;
    let on_aws = names::function(&pipeline.name.value, job.name_on_aws(name));
    let alarms = of_job(pipeline, name, label, job, rules).into_iter();
    alarms
        .map(|alarm| alarm.block(&on_aws, label, period))
        .collect()
}

/// The last parts of the names of a job's alarms.
pub(super) fn kinds(pipeline: &Pipeline, name: &str, job: &Job) -> Vec<String> {
    let label = wiring::label(name);
    let rules = wiring::rules_of(pipeline, name, job);
    let alarms = of_job(pipeline, name, &label, job, &rules).into_iter();
    alarms.map(|alarm| alarm.kind).collect()
}

fn of_job(
    pipeline: &Pipeline,
    name: &str,
    label: &str,
    job: &Job,
    rules: &[Rule<'_>],
) -> Vec<Alarm> {
    let mut alarms = of_deliveries(pipeline, name, label, job, rules);
    if job.has_own_function() {
        alarms.extend(of_runs(name, label, job));
        alarms.extend(of_own_metrics(pipeline, name, job));
    }
    alarms
}

/// The Terraform label of an alarm. A metric's own name stands behind two underscores, which no job's label has.
pub(super) fn label_of(label: &str, kind: &str) -> String {
    match kind.strip_prefix('.') {
        Some(metric) => format!("{label}__{metric}"),
        None => format!("{label}_{}", kind.replace('-', "_")),
    }
}

/// The name of an alarm behind its job's. A metric's own name stands behind a dot, which no job's name has.
pub(super) fn name_of(prefix: &str, kind: &str) -> String {
    if kind.starts_with('.') {
        format!("{prefix}{kind}")
    } else {
        format!("{prefix}-{kind}")
    }
}

fn of_deliveries(
    pipeline: &Pipeline,
    name: &str,
    label: &str,
    job: &Job,
    rules: &[Rule<'_>],
) -> Vec<Alarm> {
    let mut alarms = Vec::new();
    let counted: Vec<&Rule<'_>> = rules
        .iter()
        .filter(|rule| !matches!(rule.source, Source::Scheduler(_)))
        .collect();
    if let Some(most) = job.alarms.failed_deliveries {
        let per_alarm = METRICS_PER_ALARM / RULE_FAILURES.len();
        for (index, rules) in counted.chunks(per_alarm).enumerate() {
            let metrics = rules
                .iter()
                .flat_map(|rule| RULE_FAILURES.map(|metric| of_rule(pipeline, rule, metric)));
            alarms.push(Alarm {
                kind: numbered("failed-deliveries", index),
                description: format!(
                    "EventBridge could not deliver to {name}. {}-dlq-<environment> has what was not delivered; what InvocationsFailedToBeSentToDlq counts is lost.",
                    names::function(&pipeline.name.value, job.name_on_aws(name))
                ),
                limit: Limit::Above(most),
                statistic: "Sum",
                metrics: metrics.collect(),
            });
        }
    }
    if let Some(most) = job.alarms.undelivered.filter(|_| !rules.is_empty()) {
        alarms.push(Alarm {
            kind: "undelivered".to_owned(),
            description: format!(
                "The dead-letter queue of {name} holds events that were not delivered: see ERROR_CODE of its messages."
            ),
            limit: Limit::Above(most),
            statistic: "Maximum",
            metrics: vec![queue_depth(&format!("{label}_dlq"))],
        });
    }
    alarms
}

fn of_runs(name: &str, label: &str, job: &Job) -> Vec<Alarm> {
    let alarms = &job.alarms;
    let alarm = |kind: &str, description: String, limit, statistic, metric| Alarm {
        kind: kind.to_owned(),
        description,
        limit,
        statistic,
        metrics: vec![metric],
    };
    let failed = alarms.failed_runs.map(|most| {
        let text = format!("Runs of {name} failed for good, and wait in its queue of failed runs.");
        let depth = queue_depth(&format!("{label}_on_failure"));
        alarm("failed-runs", text, Limit::Above(most), "Maximum", depth)
    });
    let lost = alarms.lost_runs.map(|most| {
        let text = format!(
            "Runs of {name} failed for good and could not be put into its queue of failed runs: they are lost."
        );
        let metric = of_function(label, "DestinationDeliveryFailures");
        alarm("lost-runs", text, Limit::Above(most), "Sum", metric)
    });
    let errors = alarms.errors.map(|most| {
        let text = format!("Runs of {name} fail. Lambda repeats them as its policy says.");
        let metric = of_function(label, "Errors");
        alarm("errors", text, Limit::Above(most), "Sum", metric)
    });
    let throttles = alarms.throttles.map(|most| {
        let text = format!("Runs of {name} wait, as it has no concurrency left.");
        let metric = of_function(label, "Throttles");
        alarm("throttles", text, Limit::Above(most), "Sum", metric)
    });
    let duration = alarms.duration_percent.map(|percent| {
        let timeout = job.function.timeout_seconds;
        let text = format!("A run of {name} took {percent} % of its timeout of {timeout} s.");
        // Percent of seconds, in milliseconds.
        let limit = Limit::AtLeast(timeout * 10 * percent);
        let metric = of_function(label, "Duration");
        alarm("duration", text, limit, "Maximum", metric)
    });
    let all = [failed, lost, errors, throttles, duration];
    all.into_iter().flatten().collect()
}

/// What the job counts itself, in the embedded metric format.
fn of_own_metrics(pipeline: &Pipeline, name: &str, job: &Job) -> Vec<Alarm> {
    let mut alarms = Vec::new();
    if let Some(most) = job.alarms.emit_failures {
        for (index, events) in job.emits.chunks(METRICS_PER_ALARM).enumerate() {
            let metrics = events
                .iter()
                .map(|event| emit_failures(pipeline, name, &event.value));
            alarms.push(Alarm {
                kind: numbered("emit-failures", index),
                description: format!(
                    "{name} could not emit events. Its log has them whole, in lines with the message `event not emitted`."
                ),
                limit: Limit::Above(most),
                statistic: "Sum",
                metrics: metrics.collect(),
            });
        }
    }
    for (metric, most) in &job.alarms.metrics {
        alarms.push(Alarm {
            kind: format!(".{metric}"),
            description: format!("{name} counted more than {most} {metric}."),
            limit: Limit::Above(*most),
            statistic: "Sum",
            metrics: vec![own_metric(pipeline, metric, [], name)],
        });
    }
    alarms
}

/// The first keeps its name when more are needed.
fn numbered(kind: &str, index: usize) -> String {
    match index {
        0 => kind.to_owned(),
        index => format!("{kind}-{}", index + 1),
    }
}

/// On the default bus a rule's metrics have the rule alone as their dimension, on another the bus too.
pub(super) fn of_rule(pipeline: &Pipeline, rule: &Rule<'_>, metric: &str) -> Metric {
    let name = reference(["aws_cloudwatch_event_rule", &rule.label, "name"]);
    let mut dimensions = vec![("RuleName", name)];
    if let (Source::Pattern(_), Bus::Custom(_)) = (&rule.source, &pipeline.bus) {
        dimensions.insert(0, ("EventBusName", reference(["local", "event_bus_name"])));
    }
    Metric {
        namespace: "AWS/Events".to_owned(),
        name: metric.to_owned(),
        dimensions,
    }
}

/// Over all versions of the function.
pub(super) fn of_function(label: &str, metric: &str) -> Metric {
    let name = reference(["aws_lambda_function", label, "function_name"]);
    Metric {
        namespace: "AWS/Lambda".to_owned(),
        name: metric.to_owned(),
        dimensions: vec![("FunctionName", name)],
    }
}

/// The messages in a queue that nobody has received yet.
pub(super) fn queue_depth(queue: &str) -> Metric {
    Metric {
        namespace: "AWS/SQS".to_owned(),
        name: "ApproximateNumberOfMessagesVisible".to_owned(),
        dimensions: vec![("QueueName", reference(["aws_sqs_queue", queue, "name"]))],
    }
}

/// As `crates/job` counts them.
pub(super) fn emit_failures(pipeline: &Pipeline, job: &str, event: &str) -> Metric {
    own_metric(pipeline, "EmitFailures", [("event", string(event))], job)
}

fn own_metric<const N: usize>(
    pipeline: &Pipeline,
    metric: &str,
    others: [(&'static str, Expression); N],
    job: &str,
) -> Metric {
    let environment = ("environment", reference(["var", "environment"]));
    let mut dimensions = vec![environment];
    dimensions.extend(others);
    dimensions.push(("job", string(job)));
    Metric {
        namespace: pipeline.name.value.clone(),
        name: metric.to_owned(),
        dimensions,
    }
}

impl Alarm {
    fn block(&self, prefix: &str, label: &str, period: u32) -> Block {
        let name = name_of(prefix, &self.kind);
        let (operator, threshold) = match self.limit {
            Limit::Above(most) => ("GreaterThanThreshold", most),
            Limit::AtLeast(least) => ("GreaterThanOrEqualToThreshold", least),
        };
        let actions = || reference(["local", "alarm_actions"]);
        let body = resource("aws_cloudwatch_metric_alarm", &label_of(label, &self.kind))
            .add_attribute(attribute("alarm_name", name_in_environment(&name)))
            .add_attribute(attribute("alarm_description", string(&self.description)))
            .add_attribute(attribute("comparison_operator", string(operator)))
            .add_attribute(attribute("threshold", threshold))
            // Failures are counted only when there are some.
            .add_attribute(attribute("treat_missing_data", string("notBreaching")))
            .add_attribute(attribute("alarm_actions", actions()))
            .add_attribute(attribute("ok_actions", actions()));
        self.watched(body, period).build()
    }

    /// One metric by itself, several as their sum: one that has no data counts as nothing.
    fn watched(&self, body: BlockBuilder, period: u32) -> BlockBuilder {
        if let [metric] = self.metrics.as_slice() {
            return body
                .add_attribute(attribute("evaluation_periods", 1))
                .add_attribute(attribute("statistic", string(self.statistic)))
                .add_attribute(attribute("period", period))
                .add_attribute(attribute("namespace", string(&metric.namespace)))
                .add_attribute(attribute("metric_name", string(&metric.name)))
                .add_attribute(attribute("dimensions", object(metric.dimensions.clone())));
        }
        let sum = [
            ("id", string("sum")),
            ("expression", string("SUM(FILL(METRICS(), 0))")),
            ("label", string(&self.kind)),
            ("return_data", true.into()),
        ];
        let queries = self.metrics.iter().enumerate().map(|(index, metric)| {
            let source = [
                ("namespace", string(&metric.namespace)),
                ("metric_name", string(&metric.name)),
                ("dimensions", object(metric.dimensions.clone())),
                ("period", period.into()),
                ("stat", string(self.statistic)),
            ];
            Block::builder("metric_query")
                .add_attribute(attribute("id", string(format!("m{}", index + 1))))
                .add_block(block("metric", source))
                .build()
        });
        // A sum of filled metrics is never missing, so CloudWatch waits for none of them: what arrives after its
        // period has ended is still seen in the next two.
        body.add_attribute(attribute("evaluation_periods", 3))
            .add_attribute(attribute("datapoints_to_alarm", 1))
            .add_block(block("metric_query", sum))
            .add_blocks(queries)
    }
}

/// Whether any job has an alarm.
pub(super) fn is_wanted(pipeline: &Pipeline) -> bool {
    let none = pipeline::alarms::JobAlarms::none;
    pipeline.jobs.values().any(|job| job.alarms != none())
}

/// The topic, or who has one; nothing where nothing is watched.
pub(super) fn shared(pipeline: &Pipeline) -> Option<Body> {
    if !is_wanted(pipeline) {
        return None;
    }
    let mut blocks = Vec::new();
    let actions = match pipeline.alarms.topic {
        Topic::Given => call("compact", [list([reference(["var", "alarm_topic_arn"])])]),
        Topic::Made => {
            blocks.extend(topic(pipeline));
            list([reference(["aws_sns_topic", "alarms", "arn"])])
        }
    };
    let locals = Block::builder("locals").add_attribute(attribute("alarm_actions", actions));
    blocks.push(locals.build());
    Some(Body::builder().add_blocks(blocks).build())
}

/// Whether the module has the variable for a topic that is there already.
pub(super) fn takes_topic(pipeline: &Pipeline) -> bool {
    pipeline.alarms.topic == Topic::Given && is_wanted(pipeline)
}

/// The ARN of the topic that is made here.
pub(super) fn made_topic(pipeline: &Pipeline) -> Option<Expression> {
    let made = pipeline.alarms.topic == Topic::Made && is_wanted(pipeline);
    made.then(|| reference(["aws_sns_topic", "alarms", "arn"]))
}

/// A topic that the alarms of this account may tell. CloudWatch cannot use the key that AWS manages for SNS,
/// so it is not encrypted with a key: an alarm's text is all that it carries.
fn topic(pipeline: &Pipeline) -> [Block; 2] {
    let arn = || reference(["aws_sns_topic", "alarms", "arn"]);
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
    let name = format!("{}-alarms", pipeline.name.value);
    let topic = resource("aws_sns_topic", "alarms")
        .add_attribute(attribute("name", name_in_environment(&name)));
    let allowed = resource("aws_sns_topic_policy", "alarms")
        .add_attribute(attribute("arn", arn()))
        .add_attribute(attribute("policy", policy(vec![publish])));
    [topic.build(), allowed.build()]
}

/// The ARN of an alarm.
pub(super) fn arn(label: &str, kind: &str) -> Expression {
    reference(["aws_cloudwatch_metric_alarm", &label_of(label, kind), "arn"])
}
