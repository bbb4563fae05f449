//! The ways of events, from a rule to what it delivers to: where one is cut for a while, or there are two.

use pipeline::resources::{JobResources, Receiver, Rule, RuleBus, RuleSource};
use pipeline::{Pipeline, Span};

use super::compare::{Pair, Side, place_of_bus};
use super::figures::{Cause, Seconds};
use super::model::{Change, Kind, Lost, Resource, What};

/// Whether two jobs wait for the same things, so that one may be the other under a new name.
pub(crate) fn are_alike(old: &JobResources<'_>, new: &JobResources<'_>) -> bool {
    let has = |rules: &[Rule<'_>], wanted: &Rule<'_>| {
        let mut rules = rules.iter();
        rules.any(|rule| waits_for_same(rule, wanted))
    };
    !old.rules.is_empty()
        && old.rules.len() == new.rules.len()
        && old.rules.iter().all(|rule| has(&new.rules, rule))
}

/// Whether two rules wait for the same events or times.
fn waits_for_same(a: &Rule<'_>, b: &Rule<'_>) -> bool {
    let schedule = |rule: &Rule<'_>| match &rule.source {
        RuleSource::Schedule(schedule) | RuleSource::Scheduler(schedule) => {
            Some(schedule.expression.value.clone())
        }
        RuleSource::Pattern(_) => None,
    };
    match (&a.source, &b.source) {
        (RuleSource::Pattern(a), RuleSource::Pattern(b)) => a.json == b.json,
        _ => schedule(a).is_some() && schedule(a) == schedule(b),
    }
}

/// Lists the rules of a job whose events are lost for a while, or delivered twice.
pub(crate) fn compare(
    pair: &Pair<'_, '_>,
    before: Side<'_>,
    after: Side<'_>,
    changes: &mut Vec<Change>,
) {
    let Some(new) = pair.new else {
        // Nobody waits for its events any more.
        return;
    };
    let mut free: Vec<&Rule<'_>> = new.rules.iter().collect();
    let mut orphans = Vec::new();
    for (was, index) in numbered(&pair.old.rules) {
        let same = numbered(&new.rules).find(|(now, number)| {
            let mut ids = now.trigger.renamed_from.iter().map(|id| &*id.value);
            let id = was.trigger.id.value.as_str();
            *number == index && (now.trigger.id.value == id || ids.any(|before| before == id))
        });
        match same {
            Some((now, _)) => {
                free.retain(|rule| rule.label != now.label);
                let cause = cause(pair, new, (was, now), before, after);
                changes
                    .extend(cause.and_then(|cause| change(pair, (was, now), cause, before, after)));
            }
            None => orphans.push(was),
        }
    }
    for was in orphans {
        // Nothing says that it is the same trigger, and Terraform sees two.
        if let Some(place) = free.iter().position(|now| waits_for_same(was, now)) {
            let now = free.remove(place);
            let cause = if pair.is_guess {
                Cause::JobRenamed
            } else {
                Cause::TriggerRenamed
            };
            changes.extend(change(pair, (was, now), cause, before, after));
        }
    }
}

/// Numbers the rules of each trigger, of which a schedule with many shards has several.
fn numbered<'r, 'p>(rules: &'r [Rule<'p>]) -> impl Iterator<Item = (&'r Rule<'p>, usize)> {
    rules.iter().enumerate().map(|(place, rule)| {
        let id = &rule.trigger.id.value;
        let earlier = rules[..place].iter();
        let index = earlier
            .filter(|other| other.trigger.id.value == *id)
            .count();
        (rule, index)
    })
}

/// The concrete bus of a rule; nothing for a schedule of EventBridge Scheduler.
fn bus_of(rule: &Rule<'_>, pipeline: &Pipeline, environment: &str) -> Option<String> {
    Some(match rule.bus()? {
        RuleBus::Pipeline => pipeline.bus.name_in(environment),
        RuleBus::Default => pipeline::resources::DEFAULT_BUS.to_owned(),
        RuleBus::Existing(name) => name.value.clone(),
    })
}

/// Finds why a rule, or what it delivers to, has to be another one.
fn cause(
    pair: &Pair<'_, '_>,
    new: &JobResources<'_>,
    (was, now): (&Rule<'_>, &Rule<'_>),
    before: Side<'_>,
    after: Side<'_>,
) -> Option<Cause> {
    if pair.is_guess {
        return Some(Cause::JobRenamed);
    }
    let name_before = was.name.in_environment(before.environment);
    let is_renamed = name_before != now.name.in_environment(after.environment);
    if is_renamed && before.pipeline.name.value != after.pipeline.name.value {
        return Some(Cause::PipelineRenamed);
    }
    let bus_before = bus_of(was, before.pipeline, before.environment);
    let bus_after = bus_of(now, after.pipeline, after.environment);
    if bus_before.is_some() != bus_after.is_some() {
        return Some(Cause::OtherScheduler);
    }
    if bus_before != bus_after {
        let is_own = |rule: &Rule<'_>| rule.bus() == Some(RuleBus::Pipeline);
        return Some(if is_own(was) && is_own(now) {
            Cause::OtherBus
        } else {
            Cause::RuleRenamed
        });
    }
    if is_renamed {
        return Some(Cause::RuleRenamed);
    }
    redirected(pair.old, new, before, after)
}

/// What a job delivers to, as far as another one takes another target.
#[derive(PartialEq, Eq)]
enum Goes {
    Function {
        name: String,
        has_alias: bool,
        is_zipped: bool,
    },
    Existing(String),
    /// Something that the module makes, by its kind and name.
    Made(&'static str, String),
    Elsewhere,
}

fn goes(job: &JobResources<'_>, environment: &str) -> Goes {
    if let Some(buffer) = job.buffer() {
        return Goes::Made("buffer", buffer.queue.name.in_environment(environment));
    }
    match &job.receiver {
        Receiver::Function(made) => Goes::Function {
            name: made.name.in_environment(environment),
            has_alias: made.alias.is_some(),
            is_zipped: made.settings.code.is_zipped(),
        },
        Receiver::Existing(existing) => Goes::Existing(existing.qualified()),
        Receiver::Queue { queue, group: _ } => {
            Goes::Made("queue", queue.name.in_environment(environment))
        }
        Receiver::Topic { name, .. } => Goes::Made("topic", name.in_environment(environment)),
        Receiver::LogGroup(group) => Goes::Made("log", group.name.in_environment(environment)),
        Receiver::Api(_) => Goes::Made("api", String::new()),
        Receiver::Elsewhere { .. } => Goes::Elsewhere,
    }
}

fn redirected(
    old: &JobResources<'_>,
    new: &JobResources<'_>,
    before: Side<'_>,
    after: Side<'_>,
) -> Option<Cause> {
    let (was, now) = (goes(old, before.environment), goes(new, after.environment));
    if was == now {
        return None;
    }
    Some(match (&was, &now) {
        (
            Goes::Function {
                name, is_zipped, ..
            },
            Goes::Function {
                name: next,
                is_zipped: is_still,
                ..
            },
        ) if name == next => {
            if is_zipped == is_still {
                Cause::Versions
            } else {
                Cause::FunctionRemade
            }
        }
        (Goes::Function { .. }, Goes::Existing(_)) => Cause::FunctionToExisting,
        (Goes::Function { .. }, _) => Cause::FunctionReplaced,
        // Its owner keeps it; the permission alone goes.
        (Goes::Existing(_), _) => Cause::Versions,
        (Goes::Made(..) | Goes::Elsewhere, _) => Cause::TargetReplaced,
    })
}

/// Says what a cause means for the modules of both sides; nothing if no event is lost and none comes twice.
pub(crate) fn lost(cause: Cause, before: Side<'_>, after: Side<'_>) -> Option<Lost> {
    // The state says how what left the configuration is destroyed, and the configuration how the rest is.
    let creates_first =
        after.shape.creates_first && (before.shape.creates_first || !cause.is_orphaned());
    let figure = cause.figure();
    let gap: Seconds = if creates_first {
        figure.create_first
    } else {
        figure.delete_first
    };
    if !gap.is_zero() {
        return Some(Lost::Deliveries(cause, gap));
    }
    let overlap = figure.overlap;
    (!overlap.is_zero()).then_some(Lost::Nothing(cause, overlap))
}

fn change(
    pair: &Pair<'_, '_>,
    (was, now): (&Rule<'_>, &Rule<'_>),
    cause: Cause,
    before: Side<'_>,
    after: Side<'_>,
) -> Option<Change> {
    let (what, kind_of_resource) = match was.source {
        RuleSource::Scheduler(_) => (What::Schedule, "aws_scheduler_schedule"),
        RuleSource::Pattern(_) | RuleSource::Schedule(_) => {
            (What::Rule, "aws_cloudwatch_event_rule")
        }
    };
    let kind = match cause {
        Cause::FunctionReplaced
        | Cause::FunctionToExisting
        | Cause::TargetReplaced
        | Cause::Versions
        | Cause::FunctionRemade => Kind::Redirected,
        _ => Kind::Replaced(now.name.to_string()),
    };
    Some(Change {
        kind,
        resource: Resource {
            what,
            address: format!("{kind_of_resource}.{}", was.label),
            name: was.name.to_string(),
        },
        job: Some(pair.old.name().to_owned()),
        place: place(pair, now, cause, after),
        has_left: false,
        lost: lost(cause, before, after)?,
    })
}

/// The place in the present spec of what makes the change.
fn place(pair: &Pair<'_, '_>, now: &Rule<'_>, cause: Cause, after: Side<'_>) -> Span {
    let job = pair
        .new
        .map_or(after.pipeline.name.span, |new| new.spec().name_span);
    match cause {
        Cause::OtherBus => place_of_bus(after.pipeline),
        Cause::PipelineRenamed => after.pipeline.name.span,
        Cause::RuleRenamed => match now.name.kept() {
            Some(kept) => kept.text.span,
            None => now.trigger.id.span,
        },
        Cause::TriggerRenamed | Cause::OtherScheduler => now.trigger.id.span,
        Cause::JobRenamed
        | Cause::FunctionReplaced
        | Cause::FunctionToExisting
        | Cause::TargetReplaced
        | Cause::Versions
        | Cause::FunctionRemade => job,
    }
}
