//! Reading `queue:` of `deliver_to:`, a queue that is there already or one that is made.

use super::to_existing;
use crate::diagnostic::Diagnostic;
use crate::lints::{CONFLICTING_KEYS, INVALID_VALUE, MISSING_KEY};
use crate::model::{DeliverTo, TargetKind};
use crate::span::Span;
use crate::spec::reader::Reader;
use crate::suggestion::Mend;
use crate::yaml::Node;

/// The most characters of a message group:
/// [`SqsParameters`](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_SqsParameters.html).
pub const GROUP_MAX: usize = 100;

/// Reads the value of `queue:`.
pub(super) fn read(reader: &mut Reader, (at, node): (Span, &Node)) -> Option<DeliverTo> {
    let mut fields = reader.fields("`queue`", node, at)?;
    let existing = fields.take("existing");
    let fifo = fields.take_entry("fifo");
    let is_fifo = fifo.and_then(|(_, node)| reader.boolean(node));
    let group = fields.take_entry("group");
    let text = group.map(|(_, node)| read_group(reader, node));
    let key = fields.take_entry("kms_key");
    let kms_key = key.and_then(|(_, node)| reader.string(node));
    fields.finish(reader);
    // What was wrong with it has been reported.
    let text = match text {
        Some(text) => Some(text?),
        None => None,
    };
    if let Some(place) = existing {
        if let Some((fifo, _)) = fifo {
            let message = "the name of an existing queue says whether it is a FIFO queue";
            let conflict = Diagnostic::new(&CONFLICTING_KEYS, fifo, message)
                .with_related(place.span, "the queue")
                .or_remove(fifo)
                .with_help("remove `fifo`");
            reader.report(conflict);
            return None;
        }
        let kind = TargetKind::Queue {
            group: text,
            kms_key,
        };
        let queue = to_existing(reader, place, kind)?;
        if queue.is_fifo() && group.is_none() {
            missing_group(reader, place.span);
            return None;
        }
        return Some(queue);
    }
    if let Some((key, _)) = key {
        let message = "a queue that is made is encrypted with the key of all queues";
        let help = "remove `kms_key`, and name the key under `encryption: { queues: … }`";
        reader.report(Diagnostic::new(&CONFLICTING_KEYS, key, message).with_help(help));
        return None;
    }
    match (group, is_fifo.unwrap_or_default()) {
        (None, true) => {
            missing_group(reader, fifo.map_or(at, |(fifo, _)| fifo));
            None
        }
        (Some((group, _)), false) => {
            // EventBridge accepts a group for a fair queue. One that this job alone sends to would have a single group.
            let message = "a queue that is made for this job alone has no use for a single group";
            let help = "add `fifo: true` for a queue that keeps the order, or remove `group`";
            let add = Mend::Add {
                beside: group,
                key: "fifo",
                yaml: "true".to_owned(),
            };
            // With `fifo: false` it is another key that changes.
            let diagnostic = Diagnostic::new(&CONFLICTING_KEYS, group, message).with_help(help);
            reader.report(match fifo {
                None => diagnostic.with_mend(add).or_remove(group),
                Some(_) => diagnostic,
            });
            None
        }
        _ => Some(DeliverTo::Queue { group: text }),
    }
}

fn missing_group(reader: &mut Reader, at: Span) {
    let diagnostic = Diagnostic::new(&MISSING_KEY, at, "a FIFO queue needs a `group`")
        .with_note(
            "events of one group come one after the other, in the order in which they were sent",
        )
        .with_help("add `group`, a text that is the group of every event of the job");
    reader.report(diagnostic);
}

/// Reads the message group of every event. EventBridge fills nothing in: a path would itself be the group. The
/// [targets](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html) with dynamic parameters are
/// others, and [users ask for it](https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2298).
fn read_group(reader: &mut Reader, node: &Node) -> Option<String> {
    let group = reader.string(node)?;
    let text = &*group.value;
    let is_path = text == "$" || text.starts_with("$.") || text.starts_with("$[");
    let is_placeholder = text
        .find('<')
        .is_some_and(|open| text[open..].contains('>'));
    let (message, help) = if is_path || is_placeholder {
        let message = format!(
            "EventBridge would take `{text}` letter by letter, as the group of every event"
        );
        let help = "write one text for all events, or deliver to a `stream`, whose `partition_key` is a path";
        (message, help)
    } else if text.is_empty()
        || text.len() > GROUP_MAX
        || !text.bytes().all(|byte| byte.is_ascii_graphic())
    {
        let message = format!("`{text}` is not a message group");
        (
            message,
            "write 1 to 100 letters, digits and punctuation marks of ASCII",
        )
    } else {
        return Some(group.value);
    };
    reader.report(Diagnostic::new(&INVALID_VALUE, group.span, message).with_help(help));
    None
}

#[cfg(test)]
mod tests {
    use crate::model::{DeliverTo, Work};
    use crate::testing::{PREFIX, ids_of, pipeline};

    fn job(to: &str) -> String {
        format!("jobs: {{ j: {{ deliver_to: {to}, triggers: [ {{ event: e }} ] }} }}\n")
    }

    #[test]
    fn a_fifo_queue_has_a_fixed_group() {
        let none: &[&str] = &[];
        let long = format!("{{ existing: q.fifo, group: {} }}", "g".repeat(101));
        for (queue, ids) in [
            ("{}", none),
            ("{ fifo: false }", none),
            ("{ fifo: true, group: orders }", none),
            ("{ existing: q }", none),
            ("{ existing: q, kms_key: k }", none),
            ("{ existing: q.fifo, group: 'a<b' }", none),
            // A fair queue: its readers are shared with the groups of others.
            ("{ existing: q, group: orders }", none),
            ("{ fifo: true }", &["missing-key"][..]),
            ("{ existing: q.fifo }", &["missing-key"]),
            ("{ group: orders }", &["conflicting-keys"]),
            ("{ fifo: false, group: orders }", &["conflicting-keys"]),
            ("{ existing: q, fifo: true }", &["conflicting-keys"]),
            (
                "{ fifo: true, group: g, kms_key: k }",
                &["conflicting-keys"],
            ),
            ("{ fifo: true, group: $.detail.id }", &["invalid-value"]),
            ("{ fifo: true, group: '<id>' }", &["invalid-value"]),
            ("{ fifo: true, group: '' }", &["invalid-value"]),
            ("{ fifo: true, group: two words }", &["invalid-value"]),
            (
                "{ fifo: true, group: '${environment}' }",
                &["misplaced-value"],
            ),
            (
                "{ fifo: yes, group: g }",
                &["wrong-type", "conflicting-keys"],
            ),
            ("{ name: q }", &["unknown-key"]),
            (&long, &["invalid-value"]),
        ] {
            let spec = format!("{PREFIX}{}", job(&format!("{{ queue: {queue} }}")));
            assert_eq!(ids_of(&spec), ids, "{queue}");
        }
    }

    #[test]
    fn the_name_in_the_environment_says_whether_it_is_a_fifo_queue() {
        for (queue, is_fifo) in [
            ("{}", false),
            ("{ fifo: true, group: g }", true),
            ("{ existing: q.fifo, group: g }", true),
            ("{ existing: q, group: g }", false),
            ("{ existing: 'q-${environment}.fifo', group: g }", true),
            (
                "{ existing: 'arn:aws:sqs:${region}:${account}:q.fifo', group: g }",
                true,
            ),
        ] {
            let pipeline = pipeline(&job(&format!("{{ queue: {queue} }}")));
            let Work::DeliverTo(delivery) = &pipeline.jobs["j"].work else {
                panic!("{queue}");
            };
            let to: &DeliverTo = &delivery.to.value;
            assert_eq!(to.is_fifo(), is_fifo, "{queue}");
        }
    }
}
