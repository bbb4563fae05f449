//! `bus:` of the pipeline and of a trigger.

use eventbridge::arn::Arn;

use super::reader::Reader;
use crate::diagnostic::Diagnostic;
use crate::lints::INVALID_VALUE;
use crate::model::{Bus, TriggerBus};
use crate::resources::DEFAULT_BUS;
use crate::span::Span;
use crate::suggestion::{Mend, Suggestion};
use crate::values::Text;
use crate::yaml::{Kind, Node};

/// The longest name of a bus that exists already:
/// [`DescribeEventBus`](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeEventBus.html), `Name`.
pub(crate) const EXISTING_BUS_MAX: usize = 256;

/// What an ARN of a bus has in front of the name.
const IN_ARN: &str = ":event-bus/";

/// Reads the bus of a pipeline: a name, or `{ existing: … }`.
pub(super) fn read(reader: &mut Reader, (at, node): (Span, &Node)) -> Bus {
    // A single word in brackets is a template of another tool, and is refused as a name.
    let is_mapping = match &node.kind {
        Kind::Mapping(pairs) => pairs.iter().any(|(_, value)| !value.is_null()),
        _ => false,
    };
    if is_mapping {
        let Some(mut fields) = reader.fields("`bus`", node, at) else {
            return Bus::Default;
        };
        let name = fields.require("existing");
        let name = name.and_then(|node| read_existing(reader, node));
        fields.finish(reader);
        let Some(name) = name else {
            return Bus::Default;
        };
        if name.value == DEFAULT_BUS {
            let message = "the `default` bus exists in every account";
            let diagnostic = Diagnostic::new(&INVALID_VALUE, name.span, message);
            let mapping = Mend::Replace {
                at: node.span,
                yaml: DEFAULT_BUS.to_owned(),
            };
            reader.report(
                diagnostic
                    .with_mend(mapping)
                    .with_help("write `bus: default`"),
            );
        }
        return Bus::Existing(name);
    }
    match reader.plain_text(node) {
        // Every account has a bus of this name, and nobody can create another.
        Some(name) if name.value != DEFAULT_BUS => Bus::Custom(name),
        _ => Bus::Default,
    }
}

/// Reads the bus of a trigger, which is never made: `default`, a name or an ARN.
pub(super) fn read_of_trigger(reader: &mut Reader, node: &Node) -> Option<TriggerBus> {
    let name = read_existing(reader, node)?;
    if name.value != DEFAULT_BUS {
        return Some(existing(name));
    }
    if name.parts.is_some() {
        // Whether a rule is on the default bus decides what its permission and its alarms say, in every environment.
        let message = "the `default` bus exists in every account";
        let diagnostic = Diagnostic::new(&INVALID_VALUE, name.span, message);
        let help = "write `bus: default`, which is the same everywhere";
        let help = Suggestion::one_of(help, [DEFAULT_BUS]);
        reader.report(diagnostic.with_suggestion(node.span, help));
    }
    Some(TriggerBus::Default)
}

/// The bus of a name, which exists already.
pub(super) fn existing(name: Text) -> TriggerBus {
    if name.value == DEFAULT_BUS {
        TriggerBus::Default
    } else {
        TriggerBus::Existing(name)
    }
}

/// Reads the name of a bus that exists already, or its ARN, and returns the name.
fn read_existing(reader: &mut Reader, node: &Node) -> Option<Text> {
    let written = reader.text(node)?;
    let name = if written.value.starts_with("arn:") {
        let arn = Arn::parse(&written.value).ok();
        let is_bus = arn.is_some_and(|arn| arn.service() == "events");
        let split = written.split(IN_ARN, 0).filter(|_| is_bus);
        split.map(|(_, name)| name)
    } else {
        Some(written.clone())
    };
    // A partner's bus has slashes in its name: `aws.partner/example.com/orders`.
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    let is_name = |name: &Text| {
        let length = name.value.len();
        (1..=EXISTING_BUS_MAX).contains(&length) && name.value.chars().all(is_allowed)
    };
    let name = name.filter(is_name);
    if name.is_none() {
        let message = format!("`{}` is not the name of a bus", written.value);
        reader.report(
            Diagnostic::new(&INVALID_VALUE, written.span, message)
                .with_note("a name has up to 256 letters, digits, dots, hyphens, underscores and slashes")
                .with_help("write the name, or an ARN such as `arn:aws:events:eu-central-1:123456789012:event-bus/orders`"),
        );
    }
    name
}
