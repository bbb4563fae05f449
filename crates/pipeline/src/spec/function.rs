//! A job's `function:`.

use indexmap::IndexMap;

use super::code::{self, Found};
use super::defaults::Settings;
use super::mistakes::whole_number;
use super::quantity::{MEMORY_MB, TIMEOUT};
use super::reader::{Fields, Reader};
use super::{platform, rights};
use crate::diagnostic::Diagnostic;
use crate::lints::INVALID_VALUE;
use crate::model::{Architecture, Code, Existing, Function, Work};
use crate::span::{Span, Spanned};
use crate::suggestion::Suggestion;
use crate::values::{Text, ValueType};
use crate::yaml::{Kind, Node};

/// What CloudWatch Logs accepts:
/// [`retentionInDays`](https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html);
/// 0 is Terraform's word for no end.
pub const RETENTION_DAYS: [u32; 23] = [
    0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

/// The processors of Lambda, by the words for them.
pub const ARCHITECTURES: [(&str, Architecture); 2] = [
    ("arm64", Architecture::Arm64),
    ("x86_64", Architecture::X86_64),
];

/// Reads the value of `function:`. A function that cannot be read becomes the package of the job's name.
pub(super) fn read(
    reader: &mut Reader,
    node: Option<&Node>,
    job: &Spanned<String>,
    defaults: &Settings,
    at: Span,
) -> Work {
    let mut settings = defaults.clone();
    let mut found = Found::Code(Code::Package(job.clone()));
    let mut environment = IndexMap::new();
    let mut local = None;
    if let Some(node) = node
        && let Some(mut fields) = reader.fields("a function", node, at)
    {
        found = code::read(reader, &mut fields, at).unwrap_or(found);
        read_settings(reader, &mut fields, &mut settings);
        if let Some(node) = fields.take("environment") {
            environment = read_environment(reader, node);
        }
        if let Some((at, node)) = fields.take_entry("local") {
            local = code::read_local(reader, node, at);
        }
        fields.finish(reader);
    }
    let code = match found {
        Found::Code(code) => code,
        Found::Existing(text) => {
            let (function, qualifier) = Existing::split(&text);
            // The owner of an existing function sets its memory and the like. Only the timeout matters here.
            return Work::Existing(Existing {
                function,
                qualifier,
                timeout_seconds: settings.timeout_seconds,
                local,
            });
        }
    };
    if !code.is_zipped() {
        // An image brings its own layers, and `defaults` may be for the other functions.
        settings.platform.layers.clear();
    }
    Work::Function(Box::new(Function {
        code,
        local,
        memory_mb: settings.memory_mb,
        timeout_seconds: settings.timeout_seconds,
        architecture: settings.architecture,
        log_retention_days: settings.log_retention_days,
        tracing: settings.tracing,
        features: settings.features,
        environment,
        secrets: settings.secrets,
        secret_keys: settings.secret_keys,
        rights: settings.rights,
        platform: settings.platform,
    }))
}

/// Reads the settings that `defaults.function` and a job's `function` share.
pub(super) fn read_settings(reader: &mut Reader, fields: &mut Fields<'_>, settings: &mut Settings) {
    if let Some(node) = fields.take("memory_mb")
        && let Some(memory) = reader.valued_integer(node, &MEMORY_MB)
    {
        settings.memory_mb = memory;
    }
    if let Some(node) = fields.take("timeout")
        && let Some(timeout) = reader.valued_duration(node, &TIMEOUT)
    {
        settings.timeout_seconds = timeout;
    }
    if let Some(node) = fields.take("architecture") {
        settings.architecture = reader
            .choice(node, &ARCHITECTURES)
            .unwrap_or(settings.architecture);
    }
    if let Some(node) = fields.take("log_retention_days")
        && let Some(days) = reader.valued(node, ValueType::Integer, read_retention)
    {
        settings.log_retention_days = days;
    }
    if let Some(node) = fields.take("tracing") {
        settings.tracing = reader.boolean(node).unwrap_or(settings.tracing);
    }
    if let Some(node) = fields.take("features") {
        let features = reader.list("`features`", node);
        let features = features.iter().filter_map(|node| reader.string(node));
        settings.features = Some(features.map(|feature| feature.value).collect());
    }
    if let Some(node) = fields.take("secrets") {
        (settings.secrets, settings.secret_keys) = read_secrets(reader, node);
    }
    rights::read(reader, fields, &mut settings.rights);
    platform::read(reader, fields, &mut settings.platform);
}

fn read_retention(reader: &mut Reader, node: &Node) -> Option<u32> {
    let written = reader.string(node)?.value;
    let days = written.parse::<u32>().ok();
    if let Some(days) = days.filter(|days| RETENTION_DAYS.contains(days)) {
        return Some(days);
    }
    // A text such as `2 weeks` says how many days are meant; most others say nothing.
    let meant = || whole_number(&written, "days").and_then(|days| u32::try_from(days).ok());
    let near = days.or_else(meant).and_then(|wanted| {
        // 0 is left out: "for ever" is never the nearest to a number of days.
        let accepted = RETENTION_DAYS[1..].iter();
        accepted.min_by_key(|accepted| accepted.abs_diff(wanted))
    });
    let listed: Vec<String> = RETENTION_DAYS.iter().map(u32::to_string).collect();
    let message = match days {
        Some(_) => format!("CloudWatch Logs does not keep logs for `{written}` days"),
        None => format!("`{written}` is not a number of days"),
    };
    let diagnostic = Diagnostic::new(&INVALID_VALUE, node.span, message).with_note(format!(
        "it accepts {}; 0 keeps them for ever",
        listed.join(", ")
    ));
    let help = match near {
        Some(near) if days.is_none() => format!("write `{near}`"),
        Some(near) => format!("`{near}` is the nearest"),
        None => "write a number of days, such as `30`".to_owned(),
    };
    let help = Suggestion::one_of(help, near.map(u32::to_string)).without_quotes();
    reader.report(diagnostic.with_suggestion(node.span, help));
    None
}

/// Reads secrets: each is a name, or a name and the name of its key.
fn read_secrets(reader: &mut Reader, node: &Node) -> (Named, Named) {
    let (mut secrets, mut keys) = (Named::new(), Named::new());
    for (variable, (span, node)) in reader.entries("`secrets`", node).unwrap_or_default() {
        let name = match node.kind {
            Kind::Mapping(_) => {
                let Some(mut fields) = reader.fields("a secret", node, span) else {
                    continue;
                };
                let name = fields.require("name");
                let name = name.and_then(|node| reader.string(node));
                let key = fields.take("kms_key");
                if let Some(key) = key.and_then(|node| reader.string(node)) {
                    keys.insert(variable.to_owned(), key);
                }
                fields.finish(reader);
                name
            }
            _ => reader.string(node),
        };
        if let Some(name) = name {
            secrets.insert(variable.to_owned(), Spanned::new(name.value, span));
        }
    }
    (secrets, keys)
}

/// Environment variables with the names of what they hold.
type Named = IndexMap<String, Spanned<String>>;

/// Reads environment variables, each with the place of its name.
pub(super) fn read_environment(reader: &mut Reader, node: &Node) -> IndexMap<String, Text> {
    let mut environment = IndexMap::new();
    for (name, (span, value)) in reader.entries("`environment`", node).unwrap_or_default() {
        if let Some(text) = reader.text(value) {
            environment.insert(name.to_owned(), Text { span, ..text });
        }
    }
    environment
}
