//! Schedules of EventBridge Scheduler.

use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::operation::get_schedule::GetScheduleOutput;
use aws_sdk_scheduler::types::{FlexibleTimeWindowMode, ScheduleState, Target};

use aws_sdk_scheduler::primitives::DateTime;
use eventbridge::schedule::Lifetime;
use jiff::Timestamp;

use super::deployed::{DEFAULT_GROUP, Retry, Schedule, ScheduleBody};
use super::reading::{Reading, sort_response};

/// All schedules whose names begin with `prefix`, without what they do.
pub(super) async fn list_schedules(
    client: &Client,
    prefix: &str,
) -> anyhow::Result<Reading<Vec<Schedule>>> {
    let mut schedules = Vec::new();
    let mut token = None;
    loop {
        let request = client.list_schedules();
        let request = request.set_name_prefix((!prefix.is_empty()).then(|| prefix.to_owned()));
        let answer = request.set_next_token(token.clone()).send().await;
        let page = match sort_response("scheduler:ListSchedules", answer)? {
            Reading::Found(page) => page,
            Reading::Absent => return Ok(Reading::Absent),
            Reading::Refused(why) => return Ok(Reading::Refused(why)),
        };
        schedules.extend(page.schedules.into_iter().map(|found| Schedule {
            name: found.name.unwrap_or_default(),
            group: found.group_name.unwrap_or_else(|| DEFAULT_GROUP.to_owned()),
            body: Reading::Absent,
        }));
        if page.next_token.is_none() || page.next_token == token {
            // A stand-in may not look at the prefix.
            schedules.retain(|schedule| schedule.name.starts_with(prefix));
            return Ok(Reading::Found(schedules));
        }
        token = page.next_token;
    }
}

/// What a schedule does.
pub(super) async fn read_schedule(
    client: &Client,
    schedule: &Schedule,
) -> anyhow::Result<Reading<ScheduleBody>> {
    // A schedule's name is unique in its group only.
    let request = client.get_schedule().name(&schedule.name);
    let answer = request.group_name(&schedule.group).send().await;
    let request = format!("scheduler:GetSchedule of {}", schedule.name);
    Ok(sort_response(&request, answer)?.map(body))
}

fn body(found: GetScheduleOutput) -> ScheduleBody {
    let window = found.flexible_time_window;
    let window = window.filter(|window| window.mode == FlexibleTimeWindowMode::Flexible);
    let minutes = window.and_then(|window| window.maximum_window_in_minutes);
    let target = found.target;
    let policy = target
        .as_ref()
        .and_then(|target| target.retry_policy.as_ref());
    let others = target.as_ref().map_or_else(Vec::new, other_settings);
    let instant = |date: DateTime| Timestamp::from_second(date.secs()).ok();
    ScheduleBody {
        lifetime: Lifetime {
            start: found.start_date.and_then(instant),
            end: found.end_date.and_then(instant),
        },
        enabled: found.state != Some(ScheduleState::Disabled),
        expression: found.schedule_expression.unwrap_or_default(),
        timezone: found
            .schedule_expression_timezone
            .unwrap_or_else(|| "UTC".to_owned()),
        window_minutes: minutes.and_then(|minutes| u32::try_from(minutes).ok()),
        retry: Retry::new(
            policy.and_then(|policy| policy.maximum_retry_attempts),
            policy.and_then(|policy| policy.maximum_event_age_in_seconds),
        ),
        input: target.as_ref().and_then(|target| target.input.clone()),
        kms_key: found.kms_key_arn.filter(|key| !key.is_empty()),
        others,
        message_group: target
            .as_ref()
            .and_then(|target| target.sqs_parameters.as_ref()?.message_group_id.clone()),
        dead_letters: target
            .as_ref()
            .and_then(|target| target.dead_letter_config.as_ref()?.arn.clone()),
        role: target.as_ref().map(|target| target.role_arn.clone()),
        target: target.map(|target| target.arn).unwrap_or_default(),
    }
}

/// Settings of a target that are not read.
fn other_settings(target: &Target) -> Vec<&'static str> {
    let settings = [
        ("EcsParameters", target.ecs_parameters.is_some()),
        (
            "EventBridgeParameters",
            target.event_bridge_parameters.is_some(),
        ),
        ("KinesisParameters", target.kinesis_parameters.is_some()),
        (
            "SageMakerPipelineParameters",
            target.sage_maker_pipeline_parameters.is_some(),
        ),
    ];
    let said = settings.into_iter().filter(|(_, is_said)| *is_said);
    said.map(|(name, _)| name).collect()
}
