//! Alarms, and the topic that they notify.

use hcl::Expression;
use hcl::structure::{Block, BlockBuilder};
use pipeline::resources::{Alarm, AlarmTopic, Dimension, Limit, Metric, Name, Resources};

use super::hcl::{Body, attribute, call, list, object, reference, resource, string};
use super::policy::{from_account, policy};
use super::{name_in_environment, platform, values};

/// Writes an alarm.
pub(super) fn block(alarm: &Alarm) -> Block {
    let Alarm {
        key: _,
        name,
        label,
        kind: _,
        description,
        limit,
        // `watched` writes these behind the settings.
        statistic: _,
        period_seconds: _,
        metrics: _,
    } = alarm;
    let (operator, threshold) = match limit {
        Limit::Above(most) => ("GreaterThanThreshold", (*most).into()),
        Limit::ShareOfTimeout { percent, timeout } => {
            // The metric is in milliseconds: seconds × 1000 × percent ÷ 100 is seconds × percent × 10.
            let least = values::seconds(timeout, percent * 10);
            ("GreaterThanOrEqualToThreshold", least)
        }
    };
    let actions = || reference(["local", "alarm_actions"]);
    let body = resource("aws_cloudwatch_metric_alarm", label)
        .add_attribute(attribute("alarm_name", name_in_environment(name)))
        .add_attribute(attribute("alarm_description", string(description)))
        .add_attribute(attribute("comparison_operator", string(operator)))
        .add_attribute(attribute("threshold", threshold))
        // Metrics of failures have no data as long as nothing fails.
        .add_attribute(attribute("treat_missing_data", string("notBreaching")))
        .add_attribute(attribute("alarm_actions", actions()))
        .add_attribute(attribute("ok_actions", actions()));
    watched(alarm, body).build()
}

/// Adds what the alarm watches: one metric, or the sum of several. A metric without data counts as 0.
fn watched(alarm: &Alarm, body: BlockBuilder) -> BlockBuilder {
    let (period, statistic) = (alarm.period_seconds, alarm.statistic);
    if let [metric] = alarm.metrics.as_slice() {
        return body
            .add_attribute(attribute("evaluation_periods", 1))
            .add_attribute(attribute("statistic", string(statistic)))
            .add_attribute(attribute("period", period))
            .add_attribute(attribute("namespace", string(&metric.namespace)))
            .add_attribute(attribute("metric_name", string(&metric.name)))
            .add_attribute(attribute("dimensions", object(dimensions(metric))));
    }
    let sum = [
        ("id", string("sum")),
        ("expression", string("SUM(FILL(METRICS(), 0))")),
        ("label", string(&alarm.kind)),
        // CloudWatch accepts an alarm only if exactly one query returns data.
        ("return_data", true.into()),
    ];
    let queries = alarm.metrics.iter().enumerate().map(|(index, metric)| {
        let source = [
            ("namespace", string(&metric.namespace)),
            ("metric_name", string(&metric.name)),
            ("dimensions", object(dimensions(metric))),
            ("period", period.into()),
            ("stat", string(statistic)),
        ];
        Block::builder("metric_query")
            .add_attribute(attribute("id", string(format!("m{}", index + 1))))
            .add_block(super::hcl::block("metric", source))
            .build()
    });
    // A sum of filled metrics always has data, so CloudWatch does not wait for late data. Three periods, of which
    // one is enough, also see what arrives after its own period.
    body.add_attribute(attribute("evaluation_periods", 3))
        .add_attribute(attribute("datapoints_to_alarm", 1))
        .add_block(super::hcl::block("metric_query", sum))
        .add_blocks(queries)
}

/// Lists the dimensions of a metric, each name with its value.
pub(super) fn dimensions(metric: &Metric) -> impl Iterator<Item = (&'static str, Expression)> {
    let dimensions = metric.dimensions.iter();
    dimensions.map(|(name, value)| {
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
    let locals = Block::builder("locals").add_attribute(attribute("alarm_actions", actions));
    blocks.push(locals.build());
    blocks.extend(resources.bus_alarm.as_ref().map(block));
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

/// Refers to the ARN of an alarm.
pub(super) fn arn(alarm: &Alarm) -> Expression {
    reference(["aws_cloudwatch_metric_alarm", &alarm.label, "arn"])
}
