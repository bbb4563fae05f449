//! Reading `deliver_to:`, which a job has instead of a `function:`.

mod queue;
mod task;

use eventbridge::arn::Arn;
use eventbridge::transformer::InputPath;

use super::api;
use super::defaults::Settings;
use super::reader::Reader;
use crate::diagnostic::Diagnostic;
use crate::lints::{CONFLICTING_KEYS, INVALID_VALUE, MISSING_KEY};
use crate::model::{DeliverTo, Delivery, ExistingTarget, TargetAddress, TargetKind};
use crate::span::{Span, Spanned};
use crate::yaml::{Kind, Node};

pub use queue::GROUP_MAX;
pub use task::{BATCH_NAME_MAX, LAUNCH_TYPES};

/// Destinations that a word alone says.
pub const DESTINATIONS: [&str; 5] = ["queue", "topic", "log_group", "state_machine", "bus"];

/// Destinations that a mapping says, of which it has exactly one.
pub const TARGETS: [&str; 9] = [
    "state_machine",
    "bus",
    "task",
    "batch",
    "queue",
    "topic",
    "stream",
    "firehose",
    "api",
];

/// Reads the value of `deliver_to:`. Reports a job that has a function too.
pub(super) fn read(
    reader: &mut Reader,
    (at, node): (Span, &Node),
    function_key: Option<Span>,
    settings: &Settings,
) -> Option<Delivery> {
    if let Some(first) = function_key {
        let message = "a job has either a `function` or `deliver_to`";
        let diagnostic = Diagnostic::new(&CONFLICTING_KEYS, at, message)
            .with_related(first, "the other one")
            .or_remove(at)
            .or_remove(first)
            .with_help("remove one of the two, or make two jobs of it");
        // Which of the two is meant is unknown. The job keeps its function for the other checks.
        reader.report(diagnostic);
        return None;
    }
    let to = match &node.kind {
        Kind::Mapping(_) => read_target(reader, node, at),
        _ => read_word(reader, node),
    }?;
    Some(Delivery {
        to: Spanned::new(to, at),
        log_retention_days: settings.log_retention_days.clone(),
        log_class: settings
            .platform
            .log_class
            .as_ref()
            .map(|class| class.value),
        keep_log: settings.platform.keep_log,
    })
}

fn read_word(reader: &mut Reader, node: &Node) -> Option<DeliverTo> {
    let by_variable = |kind| existing_target(kind, TargetAddress::Variable);
    Some(
        match reader.choice(node, &DESTINATIONS.map(|word| (word, word)))? {
            "queue" => DeliverTo::Queue { group: None },
            "topic" => DeliverTo::Topic,
            "log_group" => DeliverTo::LogGroup,
            "state_machine" => by_variable(TargetKind::StateMachine),
            _ => by_variable(TargetKind::Bus),
        },
    )
}

/// Reads a destination with settings: a mapping with one key, which says what it is.
fn read_target(reader: &mut Reader, node: &Node, at: Span) -> Option<DeliverTo> {
    let mut fields = reader.fields("`deliver_to`", node, at)?;
    let entries = TARGETS.map(|key| (key, fields.take_entry(key)));
    let mut there = entries
        .into_iter()
        .filter_map(|(key, entry)| Some((key, entry?)));
    let found = there.next();
    let second = there.next();
    if found.is_none() && !fields.has_misspelt(&TARGETS) {
        let message = "`deliver_to` names no destination";
        let help = format!("add one of the keys `{}`", TARGETS.join("`, `"));
        reader.report(Diagnostic::new(&MISSING_KEY, at, message).with_help(help));
    }
    fields.finish(reader);
    let (word, (place, node)) = found?;
    if let Some((other, (second, _))) = second {
        let message = format!("a job delivers either to `{word}` or to `{other}`");
        let diagnostic = Diagnostic::new(&CONFLICTING_KEYS, second, message)
            .with_related(place, "the other one")
            .or_remove(second)
            .or_remove(place)
            .with_help("remove one of the two, or make two jobs of it");
        reader.report(diagnostic);
        return None;
    }
    match word {
        "state_machine" => existing(
            reader,
            "`state_machine`",
            (place, node),
            TargetKind::StateMachine,
        ),
        "bus" => existing(reader, "`bus`", (place, node), TargetKind::Bus),
        "task" => task::read_task(reader, (place, node)),
        "batch" => task::read_batch(reader, (place, node)),
        "queue" => queue::read(reader, (place, node)),
        "topic" => read_topic(reader, (place, node)),
        "stream" => read_stream(reader, (place, node)),
        "firehose" => existing(reader, "`firehose`", (place, node), TargetKind::Firehose),
        _ => api::read(reader, node, place),
    }
}

/// Reads a topic that is there already.
fn read_topic(reader: &mut Reader, (at, node): (Span, &Node)) -> Option<DeliverTo> {
    let mut fields = reader.fields("`topic`", node, at)?;
    let place = fields.require("existing");
    let kms_key = fields.take("kms_key").and_then(|key| reader.string(key));
    fields.finish(reader);
    let place = place?;
    let topic = to_existing(reader, place, TargetKind::Topic { kms_key })?;
    if topic.is_fifo() {
        // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
        let message = "EventBridge does not deliver to a FIFO topic";
        let help = "name a topic whose name does not end in `.fifo`, or deliver to a FIFO `queue`";
        reader.report(Diagnostic::new(&INVALID_VALUE, place.span, message).with_help(help));
        return None;
    }
    Some(topic)
}

/// Reads a data stream that is there already.
fn read_stream(reader: &mut Reader, (at, node): (Span, &Node)) -> Option<DeliverTo> {
    let mut fields = reader.fields("`stream`", node, at)?;
    let place = fields.require("existing");
    let partition_key = fields
        .take("partition_key")
        .map(|key| read_path(reader, key));
    let kms_key = fields.take("kms_key").and_then(|key| reader.string(key));
    fields.finish(reader);
    let kind = TargetKind::Stream {
        partition_key: match partition_key {
            Some(path) => Some(path?),
            None => None,
        },
        kms_key,
    };
    to_existing(reader, place?, kind)
}

/// Reads a path into an event.
fn read_path(reader: &mut Reader, node: &Node) -> Option<Spanned<String>> {
    let path = reader.string(node)?;
    if let Err(error) = InputPath::parse(&path.value) {
        let span = error.span().map_or(path.span, |place| path.part(&place));
        let diagnostic = Diagnostic::new(&INVALID_VALUE, span, error.to_string());
        reader
            .report(diagnostic.with_help("write a path from the event, as in `$.detail.order_id`"));
        return None;
    }
    Some(path)
}

/// Reads a target of which the spec says nothing but where it is.
fn existing(
    reader: &mut Reader,
    what: &'static str,
    (at, node): (Span, &Node),
    kind: TargetKind,
) -> Option<DeliverTo> {
    let mut fields = reader.fields(what, node, at)?;
    let place = fields.require("existing");
    fields.finish(reader);
    to_existing(reader, place?, kind)
}

/// Reads where a target of a kind is.
fn to_existing(reader: &mut Reader, place: &Node, kind: TargetKind) -> Option<DeliverTo> {
    let address = read_address(reader, place, &kind)?;
    Some(existing_target(kind, address))
}

fn existing_target(kind: TargetKind, address: TargetAddress) -> DeliverTo {
    DeliverTo::Existing(Box::new(ExistingTarget { kind, address }))
}

/// Reads where something is that is there already: its name, or its ARN.
fn read_address(reader: &mut Reader, node: &Node, kind: &TargetKind) -> Option<TargetAddress> {
    let text = reader.text(node)?;
    let (service, before) = (kind.service(), kind.before_name());
    if text.value.starts_with("arn:") {
        let arn = Arn::parse(&text.value).ok();
        let arn = arn.filter(|arn| arn.service() == service);
        let name = arn.and_then(|arn| arn.resource().strip_prefix(before));
        if name.is_some_and(is_name) {
            return Some(TargetAddress::Arn(text));
        }
    } else if is_name(&text.value) {
        return Some(TargetAddress::Name(text));
    }
    let what = kind.what_is_there();
    let message = format!(
        "`{}` is neither the name nor the ARN of a {what}",
        text.value
    );
    let help = format!(
        "write its name, or its ARN: `arn:aws:{service}:<region>:<account>:{before}<name>`"
    );
    reader.report(Diagnostic::new(&INVALID_VALUE, text.span, message).with_help(help));
    None
}

/// Whether a text can be a name. The owner chose it, and AWS has accepted it: what is no name of anything is refused.
pub(super) fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    !name.is_empty() && name.len() <= NAME_MAX && name.chars().all(allowed)
}

/// The longest name that any service gives to what events are delivered to.
const NAME_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use crate::model::{DeliverTo, Work};
    use crate::testing::{PREFIX, ids_of, pipeline};

    fn job(to: &str) -> String {
        format!("jobs: {{ j: {{ deliver_to: {{ {to} }}, triggers: [ {{ event: e }} ] }} }}\n")
    }

    #[test]
    fn what_is_there_already_has_a_name_or_an_arn_of_its_service() {
        let none: &[&str] = &[];
        for (to, ids) in [
            ("topic: { existing: orders }", none),
            ("topic: { existing: orders, kms_key: k }", none),
            (
                "topic: { existing: 'arn:aws:sns:${region}:${account}:orders' }",
                none,
            ),
            (
                "topic: { existing: 'arn:aws:sqs:${region}:${account}:orders' }",
                &["invalid-value"][..],
            ),
            ("topic: { existing: orders.fifo }", &["invalid-value"]),
            (
                "topic: { existing: 'arn:aws:sns:${region}:${account}:orders.fifo' }",
                &["invalid-value"],
            ),
            ("topic: { existing: orders, group: g }", &["unknown-key"]),
            ("topic: {}", &["missing-key"]),
            ("stream: { existing: orders }", none),
            (
                "stream: { existing: 'arn:aws:kinesis:${region}:${account}:stream/orders' }",
                none,
            ),
            (
                "stream: { existing: orders, partition_key: $.detail.id, kms_key: k }",
                none,
            ),
            (
                "stream: { existing: orders, partition_key: order }",
                &["invalid-value"],
            ),
            (
                "stream: { existing: orders, partition_key: $.detail..id }",
                &["invalid-value"],
            ),
            (
                "stream: { existing: 'arn:aws:kinesis:${region}:${account}:orders' }",
                &["invalid-value"],
            ),
            ("firehose: { existing: orders }", none),
            (
                "firehose: { existing: 'arn:aws:firehose:${region}:${account}:deliverystream/orders' }",
                none,
            ),
            (
                "firehose: { existing: orders, kms_key: k }",
                &["unknown-key"],
            ),
            (
                "queue: { existing: 'https://sqs.eu-central-1.amazonaws.com/123456789012/q' }",
                &["invalid-value"],
            ),
            (
                "queue: { existing: q }, topic: { existing: t }",
                &["conflicting-keys"],
            ),
        ] {
            assert_eq!(ids_of(&format!("{PREFIX}{}", job(to))), ids, "{to}");
        }
    }

    #[test]
    fn an_arn_holds_the_name() {
        for (to, name) in [
            ("queue: { existing: q }", "q"),
            (
                "queue: { existing: 'arn:aws:sqs:${region}:${account}:q' }",
                "q",
            ),
            (
                "topic: { existing: 'arn:aws:sns:${region}:${account}:t' }",
                "t",
            ),
            (
                "stream: { existing: 'arn:aws:kinesis:${region}:${account}:stream/s' }",
                "s",
            ),
            (
                "firehose: { existing: 'arn:aws:firehose:${region}:${account}:deliverystream/f' }",
                "f",
            ),
            (
                "bus: { existing: 'arn:aws:events:${region}:${account}:event-bus/b' }",
                "b",
            ),
        ] {
            let pipeline = pipeline(&job(to));
            let Work::DeliverTo(delivery) = &pipeline.jobs["j"].work else {
                panic!("{to}");
            };
            let DeliverTo::Existing(target) = &delivery.to.value else {
                panic!("{to}");
            };
            assert_eq!(target.name(), Some(name), "{to}");
        }
    }
}
