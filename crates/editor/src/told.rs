//! What there is to say of events, jobs, values and schedules, in Markdown.

use std::fmt::Write as _;

use eventbridge::schedule::time_zone;
use pipeline::model::{Event, Schedule, TriggerKind, Work};
use pipeline::values::BUILT_IN;

use crate::spec::Spec;

/// How many runs of a schedule are listed.
const RUNS: usize = 5;

/// An event with its fields.
pub(crate) fn event_alone(spec: &Spec, name: &str) -> Option<String> {
    let event = spec.pipeline.as_ref()?.events.get(name)?;
    let mut text = format!(
        "**`{name}`**: an event of `{}`, detail type `{}`",
        event.source.value, event.detail_type.value
    );
    if let Some(description) = &event.description {
        let _infallible = write!(text, "\n\n{description}");
    }
    push_fields(&mut text, event);
    Some(text)
}

/// An event: its fields, who emits it, and what it starts.
pub(crate) fn event(spec: &Spec, name: &str) -> Option<String> {
    let pipeline = spec.pipeline.as_ref()?;
    let event = pipeline.events.get(name)?;
    let mut text = event_alone(spec, name)?;
    let emitters = pipeline.jobs.iter();
    let emitters = emitters.filter(|(_, job)| job.emitted().contains(name));
    let mut emitters: Vec<String> = emitters.map(|(job, _)| format!("`{job}`")).collect();
    if event.external || !pipeline.is_own(event) {
        emitters.push("others, from outside the pipeline".to_owned());
    }
    let _infallible = write!(text, "\n\n- Emitted by: {}", listed(&emitters));
    let mut started: Vec<String> = Vec::new();
    for (job, trigger) in pipeline::started_by(pipeline, name) {
        let how = match &trigger.kind {
            TriggerKind::Event {
                filter: Some(_), ..
            } => ", if its filter matches",
            TriggerKind::Pattern(_) => ", if its pattern matches",
            TriggerKind::Event { .. } | TriggerKind::Schedule(_) => "",
        };
        let line = format!("`{job}`{how}");
        if !started.contains(&line) {
            started.push(line);
        }
    }
    let _infallible = write!(text, "\n- Starts: {}", listed(&started));
    Some(text)
}

fn push_fields(text: &mut String, event: &Event) {
    if event.detail.is_empty() {
        return;
    }
    text.push_str("\n\n```yaml\n");
    for (name, field) in &event.detail {
        let _infallible = writeln!(text, "{name}: {field}");
    }
    text.push_str("```");
}

/// A job: what it does, what starts it, and what it emits.
pub(crate) fn job(spec: &Spec, name: &str) -> Option<String> {
    let job = spec.pipeline.as_ref()?.jobs.get(name)?;
    let what = match &job.work {
        Work::Function(_) => "a function that is made".to_owned(),
        Work::Existing(existing) => format!("the existing function `{}`", existing.qualified()),
        Work::DeliverTo(delivery) => format!("delivers to a {}", delivery.to.value.name()),
    };
    let mut text = format!("**`{name}`**: {what}");
    if let Some(description) = &job.description {
        let _infallible = write!(text, "\n\n{description}");
    }
    let triggers = job.triggers.iter().map(|trigger| match &trigger.kind {
        TriggerKind::Event { event, .. } => format!("`{}`", event.value),
        TriggerKind::Pattern(_) => "events that match a pattern".to_owned(),
        TriggerKind::Schedule(schedule) => format!("`{}`", schedule.expression.value),
    });
    let triggers: Vec<String> = triggers.collect();
    let emitted = job.emitted().into_iter().map(|event| format!("`{event}`"));
    let emitted: Vec<String> = emitted.collect();
    let _infallible = write!(
        text,
        "\n\n- Started by: {}\n- Emits: {}",
        listed(&triggers),
        listed(&emitted)
    );
    Some(text)
}

/// A value: what each environment says.
pub(crate) fn value(spec: &Spec, name: &str) -> Option<String> {
    let said = |own: &dyn Fn(&pipeline::Setting) -> Option<String>| {
        let environments = spec.seen.environments.iter();
        let lines = environments.map(|setting| {
            let said = own(setting).map_or("nothing".to_owned(), |said| format!("`{said}`"));
            format!("\n- {}: {said}", setting.name)
        });
        lines.collect::<String>()
    };
    if BUILT_IN.iter().any(|(known, _)| *known == name) {
        let (what, lines) = match name {
            "environment" => (
                "the name of the environment",
                said(&|setting| Some(setting.environment.clone())),
            ),
            "region" => (
                "the region of AWS",
                said(&|setting| Some(setting.region.clone())),
            ),
            _ => ("the id of the account of AWS", String::new()),
        };
        let lines = if lines.is_empty() {
            lines
        } else {
            format!("\n{lines}")
        };
        return Some(format!("**`${{{name}}}`**: {what}{lines}"));
    }
    let value = spec.pipeline.as_ref()?.values.get(name)?;
    let mut text = format!("**`${{{name}}}`**");
    if let Some(description) = &value.description {
        let _infallible = write!(text, ": {description}");
    }
    let _infallible = write!(text, "\n\n- local: `{}`", value.local);
    text.push_str(&said(&|setting| setting.values.get(name).cloned()));
    Some(text)
}

/// A schedule in words, with its next runs.
pub(crate) fn schedule(spec: &Spec, schedule: &Schedule) -> Option<String> {
    let zone = schedule.zone();
    let parsed = schedule.parse().ok()?;
    let words = parsed.describe_in(zone);
    let mut text = format!("**{words}**");
    let (Some(now), Some(time_zone)) = (spec.seen.now, time_zone(zone)) else {
        return Some(text);
    };
    let runs = parsed.runs_within(now, &time_zone, schedule.lifetime());
    let runs: Vec<String> = runs
        .take(RUNS)
        .map(|run| {
            let run = run.to_zoned_datetime(time_zone.clone());
            run.strftime("- %a %Y-%m-%d %H:%M %Z").to_string()
        })
        .collect();
    if runs.is_empty() {
        text.push_str("\n\nIt never runs after this.");
    } else {
        let _infallible = write!(text, "\n\nNext runs in {zone}:\n{}", runs.join("\n"));
    }
    Some(text)
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "nothing".to_owned();
    }
    names.join(", ")
}
