//! Reading `deliver_to:`, which a job has instead of a `function:`.

use super::defaults::Settings;
use super::reader::Reader;
use crate::diagnostic::Diagnostic;
use crate::lints::CONFLICTING_KEYS;
use crate::model::{DeliverTo, Delivery};
use crate::span::{Span, Spanned};
use crate::yaml::Node;

/// Destinations other than a function, by their words in the spec.
pub const DESTINATIONS: [(&str, DeliverTo); 5] = [
    ("queue", DeliverTo::Queue),
    ("topic", DeliverTo::Topic),
    ("log_group", DeliverTo::LogGroup),
    ("state_machine", DeliverTo::StateMachine),
    ("bus", DeliverTo::Bus),
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
            .with_help("remove one of the two, or make two jobs of it");
        // Which of the two is meant is unknown. The job keeps its function for the other checks.
        reader.report(diagnostic);
        return None;
    }
    let to = reader.choice(node, &DESTINATIONS)?;
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
