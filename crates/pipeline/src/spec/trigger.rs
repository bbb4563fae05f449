//! A job's `triggers:`.

use super::defaults::{Defaults, read_delivery};
use super::quantity::{FLEXIBLE_WINDOW, SHARDS};
use super::reader::{Fields, Reader};
use super::{allow, bus, input, instant, json, names};
use crate::diagnostic::Diagnostic;
use crate::lints::{CONFLICTING_KEYS, INVALID_VALUE, MISSING_KEY};
use crate::model::{Schedule, ScheduledDetail, Trigger, TriggerKind};
use crate::span::{Span, Spanned};
use crate::values::Text;
use crate::yaml::Node;

/// Keys of which a trigger has exactly one.
const KINDS: [&str; 3] = ["schedule", "event", "pattern"];

/// Reads one trigger.
pub(super) fn read(reader: &mut Reader, node: &Node, defaults: &Defaults) -> Option<Trigger> {
    let mut fields = reader.fields("a trigger", node, node.span)?;
    let (kind_span, kind) = read_kind(reader, &mut fields, node.span, &defaults.scheduled_detail)?;
    // The id becomes part of the rule's name on AWS, so these three words can never change.
    let default_id = match kind {
        TriggerKind::Schedule(_) => "scheduled",
        TriggerKind::Event { .. } => "event",
        TriggerKind::Pattern(_) => "pattern",
    };
    let input = fields.take_entry("input");
    if let (Some((at, _)), TriggerKind::Schedule(schedule)) = (input, &kind) {
        check_beside_input(reader, &fields, schedule, at);
    }
    let input = input.and_then(|(at, node)| input::read(reader, node, at));
    let bus = match kind {
        // Schedules are on the default bus, or on none.
        TriggerKind::Schedule(_) => None,
        _ => fields.take("bus"),
    };
    let bus = bus.and_then(|node| bus::read_of_trigger(reader, node));
    if !matches!(kind, TriggerKind::Schedule(_))
        && let Some(at) = fields.refuse("emits")
    {
        // What a run for an event emits is said by the job.
        let message = "only a schedule has `emits` of its own";
        let diagnostic = Diagnostic::new(&CONFLICTING_KEYS, at, message)
            .with_related(kind_span, "an event starts this trigger's runs")
            .with_help("list the events in the job's `emits`");
        reader.report(diagnostic);
    }
    let id = fields.take("id").and_then(|node| reader.plain_text(node));
    let name = fields.take("name").and_then(|node| reader.text(node));
    let names = names::read_of_trigger(reader, &mut fields);
    let renamed_from = fields.take("renamed_from");
    let renamed_from = renamed_from.map_or_else(Vec::new, |node| reader.names(node));
    let enabled = fields
        .take("enabled")
        .and_then(|node| reader.valued_boolean(node));
    let delivery = match fields.take_entry("delivery") {
        Some((at, node)) => read_delivery(reader, node, at, defaults.delivery),
        None => defaults.delivery,
    };
    let allow = allow::read(reader, &mut fields, || allow::scope_of(None, node));
    fields.finish(reader);
    Some(Trigger {
        id: id.unwrap_or_else(|| Spanned::new(default_id.to_owned(), kind_span)),
        span: kind_span,
        enabled: enabled.unwrap_or_else(|| true.into()),
        delivery,
        input,
        bus,
        kind,
        name,
        names,
        renamed_from,
        allow,
    })
}

/// Reports keys of a schedule that say something of the scheduled event, which an `input` stands instead of.
fn check_beside_input(reader: &mut Reader, fields: &Fields<'_>, schedule: &Schedule, input: Span) {
    let shards = fields.place("shards").filter(|_| schedule.shards > 1);
    for (place, message, help) in [
        (
            fields.place("detail"),
            "`detail` is a part of the scheduled event, and `input` stands instead of that event",
            "remove one of the two",
        ),
        (
            shards,
            "with `input` every shard would get the same, and not know which it is",
            "remove one of the two: without `input` each shard gets an event with its number",
        ),
    ] {
        if let Some(place) = place {
            let diagnostic = Diagnostic::new(&CONFLICTING_KEYS, place, message)
                .with_related(input, "what the function gets")
                .or_remove(place)
                .or_remove(input)
                .with_help(help);
            reader.report(diagnostic);
        }
    }
}

/// Reads what the trigger waits for, and returns it with the place of its key.
fn read_kind(
    reader: &mut Reader,
    fields: &mut Fields<'_>,
    at: Span,
    default_detail: &ScheduledDetail,
) -> Option<(Span, TriggerKind)> {
    let found: Vec<_> = KINDS
        .iter()
        .filter_map(|key| {
            fields
                .take_entry(key)
                .map(|(span, node)| (*key, span, node))
        })
        .collect();
    let (key, span, node) = match found.as_slice() {
        [one] => *one,
        // The misspelt key is reported, and nothing is missing beside it.
        [] if fields.has_misspelt(&KINDS) => return None,
        [] => {
            let message = "a trigger needs the key `schedule`, `event` or `pattern`";
            let help = "write for example `- event: user.signup`";
            reader.report(Diagnostic::new(&MISSING_KEY, at, message).with_help(help));
            return None;
        }
        [first, second, ..] => {
            let message = format!(
                "a trigger waits for one thing, not for `{}` and `{}`",
                first.0, second.0
            );
            let diagnostic = Diagnostic::new(&CONFLICTING_KEYS, second.1, message)
                .with_related(first.1, "the other one")
                .with_help("make two triggers of it");
            reader.report(diagnostic);
            return None;
        }
    };
    let kind = match key {
        "schedule" => TriggerKind::Schedule(read_schedule(reader, fields, node, default_detail)?),
        "event" => read_event(reader, fields, node)?,
        _ => TriggerKind::Pattern(json::read_pattern(reader, node)?),
    };
    Some((span, kind))
}

fn read_event(reader: &mut Reader, fields: &mut Fields<'_>, node: &Node) -> Option<TriggerKind> {
    let filter = fields
        .take("where")
        .and_then(|node| json::read_pattern(reader, node));
    let event = reader.string(node)?;
    Some(TriggerKind::Event { event, filter })
}

/// Reads the name of a group of schedules:
/// [`GroupName`](https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html).
fn read_group(reader: &mut Reader, node: &Node) -> Option<Text> {
    let group = reader.text(node)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let length = group.value.len();
    if (1..=GROUP_NAME_MAX).contains(&length) && group.value.chars().all(allowed) {
        return Some(group);
    }
    let message = format!("`{}` is not the name of a group of schedules", group.value);
    let help =
        format!("write up to {GROUP_NAME_MAX} letters, digits, hyphens, underscores and dots");
    reader.report(Diagnostic::new(&INVALID_VALUE, group.span, message).with_help(help));
    None
}

/// The longest name of a group of schedules.
pub const GROUP_NAME_MAX: usize = 64;

fn read_schedule(
    reader: &mut Reader,
    fields: &mut Fields<'_>,
    node: &Node,
    default_detail: &ScheduledDetail,
) -> Option<Schedule> {
    let timezone = fields.take("timezone").and_then(|node| reader.string(node));
    let mut instant = |key| {
        let node = fields.take(key)?;
        instant::read(reader, node)
    };
    let (start, end) = (instant("start"), instant("end"));
    let group = fields.take("group");
    let group = group.and_then(|node| read_group(reader, node));
    let window = fields
        .take("flexible_window")
        .and_then(|node| reader.duration(node, &FLEXIBLE_WINDOW));
    let shards = fields
        .take("shards")
        .and_then(|node| reader.integer(node, &SHARDS));
    let mut emits = Vec::new();
    if let Some(node) = fields.take("emits") {
        let items = reader.list("`emits`", node).iter();
        emits = items.filter_map(|item| reader.string(item)).collect();
    }
    // A trigger's `detail:` replaces the default as a whole. If the two were merged, `detail: {}` could not remove it.
    let detail = match fields.take("detail") {
        Some(node) => json::read_object(reader, node),
        None => default_detail.clone(),
    };
    Some(Schedule {
        expression: reader.string(node)?,
        timezone,
        start,
        end,
        group,
        // EventBridge Scheduler counts a window in minutes. Rounding up keeps `90s` from becoming one minute.
        flexible_window_minutes: window.map(|seconds| seconds.div_ceil(60)),
        shards: shards.unwrap_or(1),
        detail,
        emits,
    })
}

#[cfg(test)]
mod tests {
    use crate::model::TriggerKind;
    use crate::testing::{PREFIX, ids_of, pipeline};

    fn job(schedule: &str) -> String {
        format!(
            "jobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ schedule: rate(1 day), {schedule} }} ] }} }}\n"
        )
    }

    #[test]
    fn a_group_is_a_name_and_makes_it_a_schedule_of_scheduler() {
        let pipeline = pipeline(&job("group: 'nightly-${environment}'"));
        let TriggerKind::Schedule(schedule) = &pipeline.jobs["j"].triggers[0].kind else {
            panic!("a schedule");
        };
        assert!(schedule.needs_scheduler());
        let group = schedule.group.as_ref().unwrap();
        assert_eq!(group.as_written(), "nightly-${environment}");
        for group in ["'a b'", "''", &"x".repeat(65)] {
            let found = ids_of(&format!("{PREFIX}{}", job(&format!("group: {group}"))));
            assert_eq!(found, ["invalid-value"], "{group}");
        }
    }
}
