//! Reading `deliver_to:`, which a job has instead of a `function:`.

mod task;

use eventbridge::arn::Arn;

use super::defaults::Settings;
use super::reader::Reader;
use crate::diagnostic::Diagnostic;
use crate::lints::{CONFLICTING_KEYS, INVALID_VALUE, MISSING_KEY};
use crate::model::{DeliverTo, Delivery, ExistingTarget, TargetAddress, TargetKind};
use crate::span::{Span, Spanned};
use crate::yaml::{Kind, Node};

pub use task::{BATCH_NAME_MAX, LAUNCH_TYPES};

/// Destinations that a word alone says.
pub const DESTINATIONS: [&str; 5] = ["queue", "topic", "log_group", "state_machine", "bus"];

/// Destinations that a mapping says, of which it has exactly one.
pub const TARGETS: [&str; 4] = ["state_machine", "bus", "task", "batch"];

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
            "queue" => DeliverTo::Queue,
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
        _ => task::read_batch(reader, (place, node)),
    }
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
    let address = read_address(reader, place?, &kind)?;
    Some(existing_target(kind, address))
}

fn existing_target(kind: TargetKind, address: TargetAddress) -> DeliverTo {
    DeliverTo::Existing(Box::new(ExistingTarget { kind, address }))
}

/// Reads where something is that is there already: its name, or its ARN.
fn read_address(reader: &mut Reader, node: &Node, kind: &TargetKind) -> Option<TargetAddress> {
    let text = reader.text(node)?;
    let (service, before) = (kind.service(), kind.before_name());
    let is_name = |name: &str| {
        // The owner chose the name, and AWS has accepted it: what is no name of anything is refused.
        let allowed = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
        !name.is_empty() && name.len() <= NAME_MAX && name.chars().all(allowed)
    };
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

/// The longest name that any service gives to what events are delivered to.
const NAME_MAX: usize = 256;
