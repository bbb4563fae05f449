//! Rules, targets and schedules of a state, as AWS has them.

use std::collections::BTreeMap;

use eventbridge::arn::Arn;
use eventbridge::schedule::Lifetime;
use jiff::Timestamp;
use serde_json::Value;

use super::document::{Instance, first_block, said};
use crate::aws::Reading;
use crate::aws::deployed::{
    DEFAULT_GROUP, Input, Retry, Rule, Schedule, ScheduleBody, Starts, Target,
};
use crate::verify::DEFAULT_BUS;

/// Settings of a target that a rule of a spec does not have: what the provider calls their block, and the API.
const OTHER_SETTINGS: [(&str, &str); 7] = [
    ("appsync_target", "AppSyncParameters"),
    ("batch_target", "BatchParameters"),
    ("ecs_target", "EcsParameters"),
    ("http_target", "HttpParameters"),
    ("redshift_target", "RedshiftDataParameters"),
    ("run_command_targets", "RunCommandParameters"),
    ("sagemaker_pipeline_target", "SageMakerPipelineParameters"),
];

/// The same of a schedule.
const OTHER_OF_SCHEDULE: [(&str, &str); 4] = [
    ("ecs_parameters", "EcsParameters"),
    ("eventbridge_parameters", "EventBridgeParameters"),
    ("kinesis_parameters", "KinesisParameters"),
    (
        "sagemaker_pipeline_parameters",
        "SageMakerPipelineParameters",
    ),
];

/// The name of the bus of a rule or a target: the provider takes its ARN, too.
pub(super) fn bus_of(instance: &Instance) -> Result<String, String> {
    let bus = instance.text("event_bus_name")?.unwrap_or(DEFAULT_BUS);
    let named = Arn::parse(bus).ok().and_then(|arn| arn.bus_name());
    Ok(named.unwrap_or(bus).to_owned())
}

/// A rule without its targets.
///
/// # Errors
/// Why it cannot be taken over.
pub(super) fn rule(instance: &Instance) -> Result<Rule, String> {
    is_whole(instance)?;
    let state = instance.text("state")?;
    // A provider of old says it in another way.
    let is_off = instance.plain("is_enabled") == false;
    Ok(Rule {
        name: needed(instance, "name")?,
        bus: bus_of(instance)?,
        arn: needed(instance, "arn")?,
        enabled: state.map_or(!is_off, |state| state != "DISABLED"),
        sees_all_calls: state == Some("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"),
        pattern: instance.text("event_pattern")?.map(str::to_owned),
        schedule: instance.text("schedule_expression")?.map(str::to_owned),
        role: instance.text("role_arn")?.map(str::to_owned),
        managed_by: None,
        targets: Reading::Found(Vec::new()),
    })
}

/// A target.
///
/// # Errors
/// Why it cannot be taken over.
pub(super) fn target(instance: &Instance) -> Result<Target, String> {
    is_whole(instance)?;
    let input = match (
        instance.block("input_transformer")?,
        instance.text("input")?,
        instance.text("input_path")?,
    ) {
        (Some(transformer), _, _) => {
            let paths = transformer["input_paths"].as_object();
            let paths = paths
                .into_iter()
                .flatten()
                .filter_map(|(name, path)| Some((name.clone(), path.as_str()?.to_owned())));
            Input::Transformer {
                paths: paths.collect::<BTreeMap<_, _>>(),
                template: said(&transformer["input_template"])
                    .unwrap_or_default()
                    .to_owned(),
            }
        }
        (_, Some(input), _) => Input::Constant(input.to_owned()),
        (_, _, Some(path)) => Input::Path(path.to_owned()),
        _ => Input::Event,
    };
    let task = instance.block("ecs_target")?.and_then(started_task);
    let job = instance.block("batch_target")?.and_then(started_job);
    let starts = task.or(job);
    let mut others = Vec::new();
    for (block, name) in OTHER_SETTINGS {
        let is_read = starts.is_some() && ["ecs_target", "batch_target"].contains(&block);
        if instance.block(block)?.is_some() && !is_read {
            others.push(name);
        }
    }
    let inner = |block: &str, key: &str| {
        let block = instance.block(block)?;
        Ok::<_, String>(block.and_then(|block| said(&block[key])).map(str::to_owned))
    };
    Ok(Target {
        starts,
        id: needed(instance, "target_id")?,
        arn: needed(instance, "arn")?,
        input,
        dead_letters: inner("dead_letter_config", "arn")?,
        retry: retry(instance.block("retry_policy")?),
        role: instance.text("role_arn")?.map(str::to_owned),
        group: inner("sqs_target", "message_group_id")?,
        partition_key: inner("kinesis_target", "partition_key_path")?,
        others,
    })
}

/// The tasks that a target starts; nothing if it says more of them than a spec does.
fn started_task(block: &Value) -> Option<Starts> {
    const READ: [&str; 3] = ["task_definition_arn", "launch_type", "task_count"];
    let mut others = block.as_object()?.iter();
    let is_plain = others.all(|(key, value)| READ.contains(&key.as_str()) || says_nothing(value));
    let text = |key: &str| said(&block[key]).map(str::to_owned);
    is_plain.then_some(Starts::Task {
        definition: text("task_definition_arn")?,
        launch_type: text("launch_type")?,
        count: count(&block["task_count"]).unwrap_or(1),
    })
}

/// The job that a target submits.
fn started_job(block: &Value) -> Option<Starts> {
    let definition = said(&block["job_definition"])?;
    // A name alone is not what the module writes.
    definition.starts_with("arn:").then_some(Starts::Job {
        definition: definition.to_owned(),
        name: said(&block["job_name"])?.to_owned(),
        attempts: count(&block["job_attempts"]),
        array_size: count(&block["array_size"]),
    })
}

/// A number, unless it is the 0 that the provider writes for nothing.
fn count(value: &Value) -> Option<u32> {
    let number = value.as_u64().filter(|number| *number > 0)?;
    u32::try_from(number).ok()
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

/// A schedule of EventBridge Scheduler.
///
/// # Errors
/// Why it cannot be taken over.
pub(super) fn schedule(instance: &Instance) -> Result<Schedule, String> {
    is_whole(instance)?;
    let target = instance.block("target")?.ok_or("it has no target")?;
    let others = OTHER_OF_SCHEDULE.into_iter();
    let others = others.filter(|(block, _)| first_block(&target[*block]).is_some());
    let window = instance.block("flexible_time_window")?;
    let window = window.filter(|window| window["mode"] == "FLEXIBLE");
    let minutes = window.and_then(|window| window["maximum_window_in_minutes"].as_u64());
    let inner = |block: &str, key: &str| {
        let block = first_block(&target[block])?;
        said(&block[key]).map(str::to_owned)
    };
    let body = ScheduleBody {
        enabled: instance.text("state")? != Some("DISABLED"),
        expression: needed(instance, "schedule_expression")?,
        timezone: instance
            .text("schedule_expression_timezone")?
            .unwrap_or("UTC")
            .to_owned(),
        lifetime: Lifetime {
            start: instant(instance, "start_date")?,
            end: instant(instance, "end_date")?,
        },
        window_minutes: minutes.map(|minutes| u32::try_from(minutes).unwrap_or(u32::MAX)),
        target: said(&target["arn"])
            .ok_or("its target has no ARN")?
            .to_owned(),
        role: said(&target["role_arn"]).map(str::to_owned),
        input: said(&target["input"]).map(str::to_owned),
        kms_key: instance.text("kms_key_arn")?.map(str::to_owned),
        others: others.map(|(_, name)| name).collect(),
        message_group: inner("sqs_parameters", "message_group_id"),
        dead_letters: inner("dead_letter_config", "arn"),
        retry: retry(first_block(&target["retry_policy"])),
    };
    Ok(Schedule {
        name: needed(instance, "name")?,
        group: instance
            .text("group_name")?
            .unwrap_or(DEFAULT_GROUP)
            .to_owned(),
        body: Reading::Found(body),
    })
}

/// What is tainted is made anew by whoever applies next.
fn is_whole(instance: &Instance) -> Result<(), String> {
    if instance.is_tainted {
        return Err("it is tainted, so that the next apply makes it anew: apply first".to_owned());
    }
    Ok(())
}

fn needed(instance: &Instance, key: &str) -> Result<String, String> {
    let text = instance.text(key)?;
    text.map(str::to_owned)
        .ok_or_else(|| format!("the state does not say its `{key}`"))
}

fn instant(instance: &Instance, key: &str) -> Result<Option<Timestamp>, String> {
    let Some(text) = instance.text(key)? else {
        return Ok(None);
    };
    let read = text.parse();
    read.map(Some)
        .map_err(|_| format!("its `{key}` is no instant: {text}"))
}

/// A retry policy. An age of 0 is none: the provider writes it where only attempts are said.
fn retry(policy: Option<&Value>) -> Retry {
    let number = |key: &str| {
        let number = policy?[key].as_i64()?;
        i32::try_from(number).ok()
    };
    let age = number("maximum_event_age_in_seconds").filter(|age| *age > 0);
    Retry::new(number("maximum_retry_attempts"), age)
}
