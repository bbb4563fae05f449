//! Schedules of EventBridge Scheduler in a template.

use eventbridge::schedule::Lifetime;
use jiff::Timestamp;
use serde_json::Value;

use super::parts::Part;
use super::resolve::Resolver;
use super::rules::{json_text, retry, target_arn};
use crate::aws::Reading;
use crate::aws::deployed::{DEFAULT_GROUP, Schedule, ScheduleBody};
use crate::import::found::{Found, Placed};
use crate::import::note::Note;

pub(super) fn read_schedule(resolver: Resolver<'_>, id: &str, resource: &Value, found: &mut Found) {
    let mut part = Part::new(resolver, id, resource, found);
    let known = [
        "Description",
        "EndDate",
        "FlexibleTimeWindow",
        "GroupName",
        "KmsKeyArn",
        "Name",
        "ScheduleExpression",
        "ScheduleExpressionTimezone",
        "StartDate",
        "State",
        "Target",
    ];
    part.note_others(&known, found);
    let mut target = part.inner("Target", found);
    let of_target = [
        "Arn",
        "DeadLetterConfig",
        "Input",
        "RetryPolicy",
        "RoleArn",
        "SqsParameters",
    ];
    target.note_others(&of_target, found);
    let expression = part.text("ScheduleExpression", found);
    let timezone = part.text("ScheduleExpressionTimezone", found);
    let states = [("ENABLED", true), ("DISABLED", false)];
    let enabled = part.word("State", &states, found);
    let group = part.address("GroupName", found);
    let name = part.address("Name", found);
    let mut window = part.inner("FlexibleTimeWindow", found);
    window.note_others(&["MaximumWindowInMinutes", "Mode"], found);
    let is_flexible = window.word("Mode", &[("OFF", false), ("FLEXIBLE", true)], found);
    let minutes = window.whole("MaximumWindowInMinutes", found);
    let lifetime = Lifetime {
        start: instant(&mut part, "StartDate", found),
        end: instant(&mut part, "EndDate", found),
    };
    let arn = target_arn(&mut target, "Arn", found);
    let input = json_text(&mut target, "Input", found);
    if !part.is_whole || !target.is_whole || !window.is_whole {
        return;
    }
    let mut queue = target.inner("SqsParameters", found);
    queue.note_others(&["MessageGroupId"], found);
    let mut dead_letters = target.inner("DeadLetterConfig", found);
    let body = ScheduleBody {
        enabled: enabled.unwrap_or(true),
        expression: expression.unwrap_or_default(),
        timezone: timezone.unwrap_or_else(|| "UTC".to_owned()),
        lifetime,
        window_minutes: minutes
            .filter(|_| is_flexible != Some(false))
            .map(|minutes| u32::try_from(minutes).unwrap_or(u32::MAX)),
        target: arn.unwrap_or_default(),
        role: target.address("RoleArn", found),
        input,
        kms_key: part.address("KmsKeyArn", found),
        // What is not known is noted.
        others: Vec::new(),
        message_group: queue.text("MessageGroupId", found),
        dead_letters: dead_letters.address("Arn", found),
        retry: retry(&target, found),
    };
    let is_named = name.is_some();
    let schedule = Schedule {
        name: name.unwrap_or_else(|| id.to_owned()),
        group: group.unwrap_or_else(|| DEFAULT_GROUP.to_owned()),
        body: Reading::Found(body),
    };
    found.schedules.push(Placed {
        place: part.place,
        item: schedule,
        is_named,
    });
}

fn instant(part: &mut Part<'_>, key: &str, found: &mut Found) -> Option<Timestamp> {
    let text = part.text(key, found)?;
    let read = text.parse().ok();
    if read.is_none() {
        part.is_whole = false;
        let why = format!("`{text}` is no instant such as 2026-01-31T09:00:00Z");
        let place = format!("{}/{key}", part.place);
        found.notes.push(Note::left_out(place, why));
    }
    read
}
