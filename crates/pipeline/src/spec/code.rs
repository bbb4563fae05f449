//! Where a function's code comes from, and the program that stands for it on one machine.

use super::reader::{Fields, Reader};
use crate::diagnostic::Diagnostic;
use crate::lints::{CONFLICTING_KEYS, INVALID_VALUE, MISSING_KEY};
use crate::model::{Code, LocalCommand, Zip};
use crate::span::Span;
use crate::values::Text;
use crate::yaml::Node;

/// The keys of which a function has exactly one.
pub const CODE_KEYS: [&str; 4] = ["package", "zip", "image", "existing"];

/// The keys that only some functions have: each with those of [`CODE_KEYS`] that it may stand beside.
const BESIDE: [(&str, &[&str], &str); 20] = [
    ("runtime", &["zip"], "a zip alone has a runtime"),
    ("handler", &["zip"], "a zip alone has a handler"),
    ("features", &["package"], "only a package is built here"),
    ("layers", &["package", "zip"], LAYERS),
    ("local", &["zip", "image", "existing"], LOCAL),
    ("memory_mb", OURS, OWNER),
    ("architecture", OURS, OWNER),
    ("log_retention_days", OURS, OWNER),
    ("tracing", OURS, OWNER),
    ("environment", OURS, OWNER),
    ("secrets", OURS, OWNER),
    ("network", OURS, OWNER),
    ("reserved_concurrency", OURS, OWNER),
    ("ephemeral_storage_mb", OURS, OWNER),
    ("kms_key", OURS, OWNER),
    ("log_level", OURS, OWNER),
    ("log_events", OURS, OWNER),
    ("versions", OURS, OWNER),
    ("permissions", OURS, OWNER),
    ("policies", OURS, OWNER),
    // `timeout` goes with all of them: by that of an existing function, a schedule that runs over itself is found.
];
const OURS: &[&str] = &["package", "zip", "image"];
const OWNER: &str = "the owner of an existing function decides this";
const LAYERS: &str = "an image has no layers, and an existing function has its owner's";
const LOCAL: &str = "a package is built and run on this machine without it";

/// What stands in a function.
pub(super) enum Found {
    /// Code, for a function that is created with the pipeline.
    Code(Code),
    /// A function that exists already, as the spec names it.
    Existing(Text),
}

/// Reads the one key that says where the code comes from, and refuses what does not go with it.
pub(super) fn read(reader: &mut Reader, fields: &mut Fields<'_>, at: Span) -> Option<Found> {
    let entries = CODE_KEYS.map(|key| (key, fields.take_entry(key)));
    // They are known words wherever they stand, so that a misspelt one is told of.
    let runtime = fields.take_entry("runtime");
    let handler = fields.take_entry("handler");
    let mut there = entries
        .into_iter()
        .filter_map(|(key, entry)| Some((key, entry?)));
    let Some((key, (place, node))) = there.next() else {
        if !fields.has_misspelt(&CODE_KEYS) {
            let message =
                "a function needs one of the keys `package`, `zip`, `image` and `existing`";
            let help = "add `package:` with the name of a Cargo package, `zip:` with the path of a zip, `image:` with the URI of an image, or `existing:` with a function's name or ARN";
            reader.report(Diagnostic::new(&MISSING_KEY, at, message).with_help(help));
        }
        return None;
    };
    if let Some((other, (second, _))) = there.next() {
        let message = format!("a function has either `{key}` or `{other}`");
        let diagnostic = Diagnostic::new(&CONFLICTING_KEYS, second, message)
            .with_related(place, "the other one")
            .or_remove(second)
            .or_remove(place)
            .with_help("remove one of the two");
        reader.report(diagnostic);
        return None;
    }
    refuse_others(reader, fields, key, place);
    Some(match key {
        "package" => Found::Code(Code::Package(reader.string(node)?)),
        "image" => Found::Code(Code::Image(reader.text(node)?)),
        "existing" => Found::Existing(reader.text(node)?),
        _ => {
            let path = reader.string(node);
            let mut needed = |key, entry: Option<(Span, &Node)>, example| {
                let Some((_, node)) = entry else {
                    let message = format!("a function with a `zip` needs the key `{key}`");
                    let help = format!("add `{key}:`, such as `{example}`");
                    reader.report(Diagnostic::new(&MISSING_KEY, place, message).with_help(help));
                    return None;
                };
                reader.string(node)
            };
            let runtime = needed("runtime", runtime, "python3.13");
            let handler = needed("handler", handler, "mail.handler");
            Found::Code(Code::Zip(Zip {
                path: path?,
                runtime: runtime?,
                handler: handler?,
            }))
        }
    })
}

/// Reports the keys that do not go with a function's code: without effect, they would say what is not so.
fn refuse_others(reader: &mut Reader, fields: &Fields<'_>, code: &str, place: Span) {
    for (key, beside, why) in BESIDE {
        let Some(at) = fields.place(key).filter(|_| !beside.contains(&code)) else {
            continue;
        };
        let message = format!("`{key}` does not go with `{code}`");
        let diagnostic = Diagnostic::new(&CONFLICTING_KEYS, at, message)
            .with_related(place, "the function's code")
            .with_note(why)
            .or_remove(at)
            .with_help(format!("remove `{key}`"));
        reader.report(diagnostic);
    }
}

/// Reads the value of `local:` in a function.
pub(super) fn read_local(reader: &mut Reader, node: &Node, at: Span) -> Option<LocalCommand> {
    let mut fields = reader.fields("`local`", node, at)?;
    let command = fields.require("command");
    let directory = fields.take("directory");
    fields.finish(reader);
    let command = command?;
    let parts = reader.list("`command`", command);
    let read: Vec<String> = parts
        .iter()
        .filter_map(|part| Some(reader.string(part)?.value))
        .collect();
    if parts.is_empty() || read.first().is_some_and(String::is_empty) {
        let message = "`command` names no program";
        let help = "write the program and its arguments as a list: `[python3, -m, awslambdaric, mail.handler]`";
        reader.report(Diagnostic::new(&INVALID_VALUE, command.span, message).with_help(help));
        return None;
    }
    let directory = match directory {
        Some(node) => Some(reader.string(node)?.value),
        None => None,
    };
    (read.len() == parts.len()).then_some(LocalCommand {
        command: read,
        directory,
    })
}

#[cfg(test)]
mod tests {
    use crate::model::{Code, Existing, Work};
    use crate::span::Span;
    use crate::testing::{PREFIX, ids_of, pipeline};
    use crate::values::Text;

    fn ids(function: &str) -> Vec<&'static str> {
        ids_of(&format!(
            "{PREFIX}jobs: {{ j: {{ function: {{ {function} }}, triggers: [ {{ event: e }} ] }} }}\n"
        ))
    }

    const ZIP: &str = "zip: dist/mail.zip, runtime: python3.13, handler: mail.handler";
    const IMAGE: &str = "image: '123456789012.dkr.ecr.eu-central-1.amazonaws.com/mail:1'";

    #[test]
    fn a_function_has_one_kind_of_code_with_what_goes_with_it() {
        for function in ["package: j, layers: [a], features: [x]", ZIP, IMAGE] {
            assert_eq!(ids(function), [""; 0], "{function}");
        }
        let local =
            "local: { command: [python3, -m, awslambdaric, mail.handler], directory: mail }";
        for code in [ZIP, IMAGE, "existing: mail, timeout: 30s"] {
            assert_eq!(ids(&format!("{code}, {local}")), [""; 0], "{code}");
        }
        assert_eq!(ids("memory_mb: 128"), ["missing-key"]);
        assert_eq!(ids("zip: a.zip"), ["missing-key", "missing-key"]);
        assert_eq!(ids("zip: a.zip, package: j"), ["conflicting-keys"]);
        assert_eq!(ids("packge: j"), ["unknown-key"]);
        for function in [
            "package: j, runtime: python3.13".to_owned(),
            format!("package: j, {local}"),
            format!("{ZIP}, features: [x]"),
            format!("{IMAGE}, layers: [a]"),
            format!("{IMAGE}, handler: a.b"),
        ] {
            assert_eq!(ids(&function), ["conflicting-keys"], "{function}");
        }
    }

    #[test]
    fn a_setting_of_an_existing_function_is_its_owners() {
        for setting in [
            "memory_mb: 512",
            "architecture: arm64",
            "log_retention_days: 7",
            "tracing: true",
            "features: [x]",
            "environment: { NAME: v }",
            "secrets: { TOKEN: t }",
            "network: private",
            "layers: [a]",
            "reserved_concurrency: 2",
            "ephemeral_storage_mb: 1024",
            "kms_key: main",
            "log_level: warn",
            "log_events: keys",
            "versions: true",
        ] {
            let found = ids(&format!("existing: mail, {setting}"));
            assert_eq!(found, ["conflicting-keys"], "{setting}");
        }
    }

    #[test]
    fn a_local_command_is_a_list_that_names_a_program() {
        for (local, id) in [
            ("{ directory: mail }", "missing-key"),
            ("{ command: [] }", "invalid-value"),
            ("{ command: [''] }", "invalid-value"),
            ("{ command: python3 mail.py }", "wrong-type"),
            ("{ command: [[a]] }", "wrong-type"),
            ("{ command: [a], folder: b }", "unknown-key"),
        ] {
            let found = ids(&format!("{ZIP}, local: {local}"));
            assert!(found.contains(&id), "{local}: {found:?}");
        }
    }

    #[test]
    fn layers_of_defaults_are_not_for_images() {
        let read = pipeline(&format!(
            "defaults: {{ function: {{ layers: [a], features: [x] }} }}\njobs: {{ j: {{ function: {{ {IMAGE} }}, triggers: [ {{ event: e }} ] }} }}"
        ));
        let function = read.jobs["j"].work.function().unwrap();
        assert!(matches!(function.code, Code::Image(_)));
        assert!(function.platform.layers.is_empty());
    }

    #[test]
    fn an_existing_function_may_be_named_with_an_alias() {
        const ARN: &str = "arn:aws:lambda:eu-central-1:123456789012:function:mail";
        for (text, function, qualifier) in [
            ("mail".to_owned(), "mail", None),
            ("mail:live".to_owned(), "mail", Some("live")),
            ("mail:a:b".to_owned(), "mail", Some("a:b")),
            (ARN.to_owned(), ARN, None),
            (format!("{ARN}:7"), ARN, Some("7")),
            ("arn:aws".to_owned(), "arn:aws", None),
        ] {
            let split = Existing::split(&Text::literal(text, Span::default()));
            let alias = split.1.as_ref().map(|alias| alias.value.as_str());
            assert_eq!((split.0.value.as_str(), alias), (function, qualifier));
        }
        let read = pipeline(
            "jobs: { j: { function: { existing: 'mail:live' }, triggers: [ { event: e } ] } }",
        );
        let Work::Existing(existing) = &read.jobs["j"].work else {
            panic!("{:?}", read.jobs["j"].work);
        };
        assert_eq!(existing.qualified(), "mail:live");
        assert_eq!(existing.function.value, "mail");
    }
}
