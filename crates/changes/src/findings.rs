//! Changes as findings: one for each place and each kind of loss.

use std::collections::BTreeMap;

use pipeline::{Diagnostic, Lint, Span};

use super::figures::Cause;
use super::lints::{
    DELETED_ARCHIVE, DELETED_LOG, DELETED_MESSAGES, DELIVERY_GAP, DESTROYED_ITSELF,
    DOUBLE_DELIVERY, NAMED_ELSEWHERE, REPLACED_PIPELINE,
};
use super::model::{Change, Kind, Lost, Purpose, What};
use super::steps::{Step, cured};

/// The most names that a finding lists.
const NAMES_MAX: usize = 12;

/// What findings say beside the changes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told<'t> {
    /// The name that the pipeline had, and the place of its present one, if it was renamed.
    pub renamed: Option<(&'t str, &'t str, Span)>,
    /// What the steps are written from: a revision or a file; nothing if that is not known.
    pub from: Option<&'t str>,
    /// The steps that the whole change takes; none if they are not known.
    pub steps: &'t [Step],
}

/// Makes the findings of changes.
pub fn findings(changes: &[Change], told: Told<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut rest: Vec<&Change> = changes.iter().collect();
    if let Some((old, new, place)) = told.renamed {
        let (of_name, others): (Vec<_>, Vec<_>) = rest
            .into_iter()
            .partition(|change| matches!(change.kind, Kind::Replaced(_)));
        rest = others;
        if !of_name.is_empty() {
            found.push(whole_pipeline(old, new, place, &of_name));
        }
    }
    let mut groups: BTreeMap<(Span, &str, Option<Cause>), Vec<&Change>> = BTreeMap::new();
    for change in rest {
        let key = (change.place, lint(change.lost).id, cause(change));
        groups.entry(key).or_default().push(change);
    }
    found.extend(groups.values().map(|group| finding(group, told)));
    found
}

fn lint(lost: Lost) -> &'static Lint {
    match lost {
        Lost::Messages => &DELETED_MESSAGES,
        Lost::Events => &DELETED_ARCHIVE,
        Lost::Lines => &DELETED_LOG,
        Lost::References => &NAMED_ELSEWHERE,
        Lost::Deliveries(..) => &DELIVERY_GAP,
        Lost::Nothing(..) => &DOUBLE_DELIVERY,
        Lost::Itself => &DESTROYED_ITSELF,
    }
}

fn cause(change: &Change) -> Option<Cause> {
    match change.lost {
        Lost::Deliveries(cause, _) | Lost::Nothing(cause, _) => Some(cause),
        _ => None,
    }
}

/// Says of a renamed pipeline all at once.
fn whole_pipeline(old: &str, new: &str, place: Span, changes: &[&Change]) -> Diagnostic {
    let of = |what: &[&str]| {
        let chosen = changes.iter().filter(|change| change.lost_is_data());
        chosen
            .filter(|change| what.contains(&change.resource.what.word()))
            .count()
    };
    let rules = changes.iter().filter(|it| cause(it).is_some()).count();
    let parts = [
        counted(
            of(&["archive"]),
            "archive with its events",
            "archives with their events",
        ),
        counted(
            of(&["queue"]),
            "queue with its messages",
            "queues with their messages",
        ),
        counted(
            of(&["log group"]),
            "log group with its lines",
            "log groups with their lines",
        ),
        counted(of(&["function"]), "function", "functions"),
        counted(of(&["role"]), "role", "roles"),
        counted(
            of(&["topic"]),
            "topic with its subscriptions",
            "topics with their subscriptions",
        ),
        counted(of(&["bus"]), "bus", "buses"),
        counted(rules, "rule", "rules"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let message = format!("the pipeline `{old}` becomes `{new}`, and all that it has is replaced");
    let mut finding = Diagnostic::new(&REPLACED_PIPELINE, place, message)
        .with_note(format!("deleted and made again: {}", joined(&parts)));
    let figure = Cause::PipelineRenamed.figure();
    let times = changes.iter().find_map(|change| match change.lost {
        Lost::Deliveries(_, seconds) => Some(format!(
            "no rule has a target that works for {seconds}, {}",
            figure.source
        )),
        Lost::Nothing(_, seconds) => Some(format!(
            "both rules of each pair deliver for {seconds}, {}",
            figure.source
        )),
        _ => None,
    });
    if let Some(times) = times {
        finding = finding.with_note(times);
    }
    finding.with_help(format!(
        "name the pipeline `{old}` again, or deploy the new one beside the old one"
    ))
}

impl Change {
    /// Whether it is about the thing itself, not about the way of events through it.
    fn lost_is_data(&self) -> bool {
        !matches!(self.lost, Lost::Deliveries(..) | Lost::Nothing(..))
    }
}

fn counted(count: usize, one: &str, several: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {several}")),
    }
}

fn joined(parts: &[String]) -> String {
    match parts {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// Says what happens to several things of one place.
fn finding(group: &[&Change], told: Told<'_>) -> Diagnostic {
    let first = group[0];
    let message = match first.lost {
        Lost::Messages => {
            let (things, their) = things(group, "queues");
            format!(
                "{things} would be {}, with the messages in {their}",
                fate(group)
            )
        }
        Lost::Events => format!(
            "{} would be {}, with the events in it",
            first.resource,
            fate(group)
        ),
        Lost::Lines => {
            let (things, their) = things(group, "log groups");
            format!(
                "{things} would be {}, with the lines in {their}",
                fate(group)
            )
        }
        Lost::References => {
            let (things, _) = things(group, "things that others may name");
            format!("{things} would be {}", fate(group))
        }
        Lost::Deliveries(cause, seconds) => {
            let (rules, _) = things(group, "rules");
            let does = match first.resource.what {
                What::Function => "run",
                _ => "deliver",
            };
            format!(
                "{rules} would {does} nothing for {seconds}, while {}",
                reason(cause)
            )
        }
        Lost::Nothing(cause, seconds) => {
            let (rules, _) = things(group, "rules");
            format!(
                "{rules} would deliver twice for {seconds}, while {}",
                reason(cause)
            )
        }
        Lost::Itself => format!(
            "{} would be destroyed right after it is made",
            first.resource
        ),
    };
    let mut finding = Diagnostic::new(lint(first.lost), first.place, message);
    for note in notes(group) {
        finding = finding.with_note(note);
    }
    finding.with_help(help(group, told))
}

/// Names one thing or two, or counts several; and the word that stands for them.
fn things(group: &[&Change], several: &str) -> (String, &'static str) {
    match group {
        [only] => (only.resource.to_string(), "it"),
        [one, other] => (format!("{} and {}", one.resource, other.resource), "them"),
        all => (format!("{} {several}", all.len()), "them"),
    }
}

fn fate(group: &[&Change]) -> String {
    match &group[0].kind {
        Kind::Replaced(by) if group.len() == 1 => format!("replaced by `{by}`"),
        Kind::Replaced(_) => "replaced".to_owned(),
        Kind::Remade => "deleted and made again".to_owned(),
        Kind::Removed | Kind::Redirected => "deleted".to_owned(),
    }
}

/// What goes on while events are lost, or come twice.
fn reason(cause: Cause) -> &'static str {
    match cause {
        Cause::OtherBus => "the pipeline moves to another bus",
        Cause::JobRenamed => "the job gets another name",
        Cause::TriggerRenamed => "the trigger gets another name",
        Cause::RuleRenamed => "the rule is replaced by another one",
        Cause::PipelineRenamed => "the pipeline gets another name",
        Cause::OtherScheduler => "EventBridge and EventBridge Scheduler change places",
        Cause::FunctionReplaced => "the function gives way to another target",
        Cause::FunctionToExisting => "the function gives way to one that exists already",
        Cause::TargetReplaced => "the target gives way to another one",
        Cause::Versions => "the function's permissions are replaced",
        Cause::FunctionRemade => "the function is made again under its name",
    }
}

/// Facts about a finding: what the things are, and where a time comes from.
fn notes(group: &[&Change]) -> Vec<String> {
    let mut notes = Vec::new();
    let show = |change: &&Change| {
        let Change { resource, kind, .. } = change;
        let purpose = purpose(resource.what).map_or_else(String::new, |it| format!(" ({it})"));
        match kind {
            Kind::Replaced(by) if *by != resource.name => {
                format!("{resource}{purpose} by `{by}`")
            }
            _ => format!("{resource}{purpose}"),
        }
    };
    match group {
        [only] => notes.extend(purpose(only.resource.what).map(|it| format!("it keeps {it}"))),
        several => {
            let mut names: Vec<String> = several.iter().take(NAMES_MAX).map(show).collect();
            if several.len() > NAMES_MAX {
                names.push(format!("{} others", several.len() - NAMES_MAX));
            }
            notes.push(joined(&names));
        }
    }
    if let Some(cause) = cause(group[0]) {
        notes.push(cause.figure().source.to_owned());
    }
    if group[0].lost == Lost::References {
        notes.push(
            "policies, subscriptions and rules of others that name it are not in this spec"
                .to_owned(),
        );
    }
    notes
}

fn purpose(what: What) -> Option<&'static str> {
    match what {
        What::Queue(purpose) => Some(match purpose {
            Purpose::DeadLetters => "dead letters",
            Purpose::FailedRuns => "failed runs",
            Purpose::Events => "events for whoever reads them",
            Purpose::Waiting => "events that wait for the function",
            Purpose::Unreadable => "events that the bus could not read",
            Purpose::Unknown => return None,
        }),
        _ => None,
    }
}

/// The word with which a spec keeps a thing on AWS.
fn keep(what: What) -> Option<&'static str> {
    match what {
        What::Archive => Some("archive"),
        What::LogGroup => Some("log_group"),
        What::Queue(purpose) => match purpose {
            Purpose::DeadLetters => Some("dead_letter_queue"),
            Purpose::FailedRuns => Some("failure_queue"),
            Purpose::Events => Some("queue"),
            Purpose::Waiting => Some("buffer"),
            Purpose::Unreadable | Purpose::Unknown => None,
        },
        _ => None,
    }
}

fn help(group: &[&Change], told: Told<'_>) -> String {
    let first = group[0];
    let id = lint(first.lost).id;
    let entry = first.job.as_deref().unwrap_or("archive");
    let place = if first.has_left { "there" } else { "here" };
    match (first.lost, &first.kind) {
        (Lost::Messages | Lost::Events | Lost::Lines, Kind::Removed) => {
            let words: Vec<&str> = group
                .iter()
                .filter_map(|it| keep(it.resource.what))
                .collect();
            let is_known = first.job.is_some() || first.lost == Lost::Events;
            if words.is_empty() || !is_known {
                return format!("allow `{id}` where it stands, if nothing in it is needed");
            }
            format!(
                "keep it on AWS with `removed: {{ {entry}: {{ keep: [{}] }} }}`, or allow `{id}` {place}",
                words.join(", ")
            )
        }
        (Lost::Messages, _) => format!("empty it first, then allow `{id}` here"),
        (Lost::Events, _) => format!("allow `{id}` if nobody replays its events any more"),
        (Lost::Lines, _) => format!("allow `{id}` if nobody needs its lines"),
        (Lost::References, Kind::Removed) if first.has_left => {
            format!("allow `{id}` in `removed: {{ {entry}: … }}` if nobody else uses it")
        }
        (Lost::References, Kind::Replaced(_)) => {
            format!("keep the name, or allow `{id}` here if nobody else uses it")
        }
        (Lost::References, _) => format!("allow `{id}` here if nobody else uses it"),
        (Lost::Itself, _) => {
            "leave it out of the plan: `terraform untaint`, or no `-replace`".to_owned()
        }
        (Lost::Nothing(..), _) => format!("allow `{id}` here if the job bears an event twice"),
        (Lost::Deliveries(cause, _), _) => help_for_gap(cause, first, told),
    }
}

fn help_for_gap(cause: Cause, change: &Change, told: Told<'_>) -> String {
    let renamed = |what: &str, before: &str| {
        format!("if it is the same {what}, say so with `renamed_from: {before}`; ")
    };
    let first = match (cause, change.job.as_deref()) {
        (Cause::JobRenamed, Some(job)) => renamed("job", job),
        (Cause::TriggerRenamed, _) => {
            "if it is the same trigger, say so with `renamed_from`; ".to_owned()
        }
        (Cause::RuleRenamed, _) => "keep the rule's name with `name`; ".to_owned(),
        _ => String::new(),
    };
    let otherwise = match told.from {
        Some(from) if cured(told.steps, cause) => format!(
            "go in {} steps, each applied before the next: `codegen generate --step 1 --from {from}`",
            told.steps.len()
        ),
        _ => "allow `delivery-gap` here if events may be lost for that time".to_owned(),
    };
    format!("{first}{otherwise}")
}
