//! `dead_letter_queue:` and `delivery_role:` of a job: `none`, or what is there already.

use eventbridge::arn::Arn;

use super::deliver_to::is_name;
use super::reader::{Fields, Reader};
use crate::diagnostic::Diagnostic;
use crate::lints::{CONFLICTING_KEYS, INVALID_VALUE};
use crate::model::{
    DeliverTo, ExistingTarget, FIFO, Job, JobNames, Provision, Schedule, TargetAddress, TargetKind,
    Work,
};
use crate::span::Span;
use crate::yaml::{Kind, Node};

/// The word for nothing.
pub const NONE: &str = "none";

/// Reads `dead_letter_queue:`.
pub(super) fn read_queue(reader: &mut Reader, fields: &mut Fields<'_>) -> Provision {
    let entry = fields.take_entry("dead_letter_queue");
    let read = entry.and_then(|entry| read(reader, "`dead_letter_queue`", entry, queue_address));
    read.unwrap_or_default()
}

/// Reads `delivery_role:`.
pub(super) fn read_role(reader: &mut Reader, fields: &mut Fields<'_>) -> Provision {
    let entry = fields.take_entry("delivery_role");
    let read = entry.and_then(|entry| read(reader, "`delivery_role`", entry, role_address));
    read.unwrap_or_default()
}

fn read(
    reader: &mut Reader,
    what: &'static str,
    (at, node): (Span, &Node),
    address: fn(&mut Reader, &Node) -> Option<TargetAddress>,
) -> Option<Provision> {
    if !matches!(node.kind, Kind::Mapping(_)) {
        reader.choice(node, &[(NONE, NONE)])?;
        return Some(Provision::None(node.span));
    }
    let mut fields = reader.fields(what, node, at)?;
    let place = fields.require("existing");
    fields.finish(reader);
    address(reader, place?).map(Provision::Existing)
}

fn queue_address(reader: &mut Reader, node: &Node) -> Option<TargetAddress> {
    let text = reader.text(node)?;
    let arn = Arn::parse(&text.value).ok();
    let name = arn.map_or(text.value.as_str(), |arn| arn.queue_name().unwrap_or(""));
    // `DeadLetterConfig` takes standard queues alone:
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    if name.ends_with(FIFO) {
        let message = "EventBridge keeps dead letters in no FIFO queue";
        let help = "name a standard queue, whose name does not end in `.fifo`";
        reader.report(Diagnostic::new(&INVALID_VALUE, text.span, message).with_help(help));
        return None;
    }
    if is_name(name) && arn.is_some() == text.value.starts_with("arn:") {
        return Some(match arn {
            Some(_) => TargetAddress::Arn(text),
            None => TargetAddress::Name(text),
        });
    }
    let message = format!(
        "`{}` is neither the name nor the ARN of a queue",
        text.value
    );
    let help = "write its name, or its ARN: `arn:aws:sqs:<region>:<account>:<name>`";
    reader.report(Diagnostic::new(&INVALID_VALUE, text.span, message).with_help(help));
    None
}

fn role_address(reader: &mut Reader, node: &Node) -> Option<TargetAddress> {
    let text = reader.text(node)?;
    let role = Arn::parse(&text.value).ok();
    if role.and_then(|arn| arn.role_name()).is_some() {
        return Some(TargetAddress::Arn(text));
    }
    let message = format!("`{}` is not the ARN of a role", text.value);
    let help = "write its ARN: `arn:aws:iam::${account}:role/<name>`";
    reader.report(Diagnostic::new(&INVALID_VALUE, text.span, message).with_help(help));
    None
}

/// Reports a role or a queue that the job cannot be without, or does not need.
pub(super) fn check(reader: &mut Reader, job: &Job) {
    let JobNames {
        role,
        dead_letter_queue,
        ..
    } = &job.names;
    let is_delivery = matches!(job.work, Work::DeliverTo(_));
    let names = [
        (
            dead_letter_queue,
            &job.dead_letters,
            true,
            "dead_letter_queue",
        ),
        (role, &job.delivery_role, is_delivery, "role"),
    ];
    for (name, provision, is_same, key) in names {
        if let Some(name) = name
            && is_same
            && !provision.is_made()
        {
            let message = format!("`names` has a `{key}`, and the job makes none");
            reader.report(
                Diagnostic::new(&CONFLICTING_KEYS, name.span, message)
                    .with_help(format!("remove `{key}` from `names`")),
            );
        }
    }
    let (span, message, help) = match &job.delivery_role {
        Provision::Made => return,
        Provision::None(_) if may_be_without(&job.work) => return,
        Provision::Existing(_) if takes_a_role(job) => return,
        Provision::None(span) => (
            *span,
            "only a queue and a topic that exist already let EventBridge in without a role",
            "remove `delivery_role`, or name the role: `{ existing: \"arn:aws:iam::${account}:role/<name>\" }`",
        ),
        Provision::Existing(to) => (
            to.span(),
            "nothing takes on a role to deliver to this job",
            "remove `delivery_role`: a role is for what exists already and is no function, and for schedules of EventBridge Scheduler",
        ),
    };
    reader.report(Diagnostic::new(&INVALID_VALUE, span, message).with_help(help));
}

/// Whether a policy of what the job delivers to may let EventBridge in.
fn may_be_without(work: &Work) -> bool {
    existing_target(work).is_some_and(|target| {
        matches!(
            target.kind,
            TargetKind::Queue { .. } | TargetKind::Topic { .. }
        )
    })
}

fn takes_a_role(job: &Job) -> bool {
    let mut schedules = job.triggers.iter().filter_map(|trigger| trigger.schedule());
    existing_target(&job.work).is_some() || schedules.any(Schedule::needs_scheduler)
}

fn existing_target(work: &Work) -> Option<&ExistingTarget> {
    match work {
        Work::DeliverTo(delivery) => match &delivery.to.value {
            DeliverTo::Existing(target) => Some(target),
            _ => None,
        },
        Work::Function(_) | Work::Existing(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::ids_of;

    fn check(job: &str, ids: &[&str]) {
        let spec = format!(
            "pipeline: p\nsource: s\nevents: {{ e: {{ detail_type: E, external: true }} }}\njobs: {{ j: {{ {job} }} }}\n"
        );
        assert_eq!(ids_of(&spec), ids, "{job}");
    }

    #[test]
    fn a_queue_of_dead_letters_is_none_or_a_standard_queue() {
        let job = |queue: &str| {
            format!(
                "function: {{ existing: f }}, dead_letter_queue: {queue}, triggers: [ {{ event: e }} ]"
            )
        };
        check(&job("none"), &[]);
        check(&job("{ existing: dead }"), &[]);
        check(
            &job("{ existing: 'arn:aws:sqs:${region}:${account}:dead' }"),
            &[],
        );
        check(&job("{ existing: dead.fifo }"), &["invalid-value"]);
        check(
            &job("{ existing: 'arn:aws:sns:${region}:${account}:dead' }"),
            &["invalid-value"],
        );
        check(&job("{ existing: 'arn:dead' }"), &["invalid-value"]);
        check(&job("{ existing: 'a b' }"), &["invalid-value"]);
        check(&job("{}"), &["missing-key"]);
        check(&job("no"), &["invalid-value"]);
        check(
            &job("none, names: { dead_letter_queue: 'd-${environment}' }"),
            &["conflicting-keys"],
        );
    }

    #[test]
    fn a_role_is_for_what_needs_one() {
        let arn = "{ existing: 'arn:aws:iam::${account}:role/service-role/r' }";
        let to = |to: &str, role: &str| {
            format!("deliver_to: {to}, delivery_role: {role}, triggers: [ {{ event: e }} ]")
        };
        check(&to("{ queue: { existing: q } }", "none"), &[]);
        check(&to("{ topic: { existing: t } }", "none"), &[]);
        check(
            &to("{ state_machine: { existing: m } }", "none"),
            &["invalid-value"],
        );
        check(&to("{ state_machine: { existing: m } }", arn), &[]);
        check(&to("queue", arn), &["invalid-value"]);
        check(
            &to("{ bus: { existing: b } }", "{ existing: r }"),
            &["invalid-value"],
        );
        check(
            &to(
                "{ bus: { existing: b } }",
                &format!("{arn}, names: {{ role: 'r-${{environment}}' }}"),
            ),
            &["conflicting-keys"],
        );
        let on = |trigger: &str, role: &str| {
            format!(
                "function: {{ existing: f }}, delivery_role: {role}, triggers: [ {{ event: e }}, {trigger} ]"
            )
        };
        check(&on("{ schedule: rate(1 hour), timezone: UTC }", arn), &[]);
        check(
            &on("{ schedule: rate(1 hour), timezone: UTC }", "none"),
            &["invalid-value"],
        );
        check(&on("{ schedule: rate(1 hour) }", arn), &["invalid-value"]);
    }
}
