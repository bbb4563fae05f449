//! The settings of a function that few need.

use super::quantity::{EPHEMERAL_STORAGE_MB, RESERVED_CONCURRENCY};
use super::reader::{Fields, Reader};
use crate::diagnostic::Diagnostic;
use crate::lints::INVALID_VALUE;
use crate::platform::{LogClass, LogEvents, LogLevel, Platform};
use crate::span::Spanned;

/// The levels of a log, by the words for them.
pub const LOG_LEVELS: [(&str, LogLevel); 6] = [
    ("trace", LogLevel::Trace),
    ("debug", LogLevel::Debug),
    ("info", LogLevel::Info),
    ("warn", LogLevel::Warn),
    ("error", LogLevel::Error),
    ("fatal", LogLevel::Fatal),
];

/// What a log has of events, by the words for it.
pub const LOG_EVENTS: [(&str, LogEvents); 3] = [
    ("all", LogEvents::All),
    ("keys", LogEvents::Keys),
    ("none", LogEvents::Nothing),
];

/// The classes of a log group, by the words for them.
pub const LOG_CLASSES: [(&str, LogClass); 2] = [
    ("standard", LogClass::Standard),
    ("infrequent_access", LogClass::InfrequentAccess),
];

/// The most layers of a function: [quotas](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
pub const LAYERS_MAX: usize = 5;

/// Reads the settings that `fields` has; the others keep their value.
pub(super) fn read(reader: &mut Reader, fields: &mut Fields<'_>, platform: &mut Platform) {
    if let Some(node) = fields.take("network") {
        platform.network = reader.string(node).or(platform.network.take());
    }
    if let Some(node) = fields.take("layers") {
        let layers = reader.list("`layers`", node);
        platform.layers = layers
            .iter()
            .filter_map(|node| reader.string(node))
            .collect();
        if layers.len() > LAYERS_MAX {
            let message = format!(
                "{} layers, and a function has at most {LAYERS_MAX}",
                layers.len()
            );
            let help = "put what several hold into one layer";
            reader.report(Diagnostic::new(&INVALID_VALUE, node.span, message).with_help(help));
        }
    }
    if let Some(node) = fields.take("reserved_concurrency") {
        let read = reader.valued_integer(node, &RESERVED_CONCURRENCY);
        platform.reserved_concurrency = read.or(platform.reserved_concurrency.take());
    }
    if let Some(node) = fields.take("ephemeral_storage_mb") {
        let read = reader.integer(node, &EPHEMERAL_STORAGE_MB);
        platform.ephemeral_storage_mb = read.or(platform.ephemeral_storage_mb);
    }
    if let Some(node) = fields.take("kms_key") {
        platform.kms_key = reader.string(node).or(platform.kms_key.take());
    }
    if let Some(node) = fields.take("log_level") {
        platform.log_level = reader.choice(node, &LOG_LEVELS).or(platform.log_level);
    }
    if let Some(node) = fields.take("log_events") {
        platform.log_events = reader.choice(node, &LOG_EVENTS).or(platform.log_events);
    }
    if let Some(node) = fields.take("log_class") {
        let class = reader.choice(node, &LOG_CLASSES);
        let class = class.map(|class| Spanned::new(class, node.span));
        platform.log_class = class.or(platform.log_class.take());
    }
    if let Some(node) = fields.take("keep_log") {
        platform.keep_log = reader.boolean(node).unwrap_or(platform.keep_log);
    }
    if let Some(node) = fields.take("versions") {
        platform.versions = reader.boolean(node).unwrap_or(platform.versions);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{ids_of, pipeline};

    #[test]
    fn a_function_changes_what_it_names_and_keeps_the_rest() {
        let read = pipeline(
            "defaults: { function: { network: private, versions: true, log_level: warn } }\njobs: { j: { function: { package: j, network: public, layers: [extension] }, triggers: [ { event: e } ] } }",
        );
        let platform = &read.jobs["j"].work.function().unwrap().platform;
        let network = platform.network.as_ref().map(|name| name.value.as_str());
        assert_eq!((network, platform.versions), (Some("public"), true));
        let level = platform.log_level.unwrap();
        assert_eq!((level.application(), level.system()), ("WARN", "WARN"));
    }

    #[test]
    fn what_lambda_would_refuse_is_found() {
        for (setting, id) in [
            ("layers: [a, b, c, d, e, f]", "invalid-value"),
            ("reserved_concurrency: 0", "out-of-range"),
            ("ephemeral_storage_mb: 511", "out-of-range"),
            ("log_level: warning", "invalid-value"),
            ("versions: 2", "wrong-type"),
            ("log_class: cold", "invalid-value"),
            ("keep_log: 1", "wrong-type"),
        ] {
            let spec =
                format!("pipeline: p\nsource: s\ndefaults: {{ function: {{ {setting} }} }}\n");
            assert_eq!(ids_of(&spec), [id], "{setting}");
        }
    }
}
