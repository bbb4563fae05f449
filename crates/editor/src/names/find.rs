//! Finding names by the keys that hold them.

use std::collections::HashSet;
use std::ptr;

use pipeline::Span;
use pipeline::language::AUTH_KINDS;
use pipeline::syntax::{Document, Kind, Node};
use pipeline::values::BUILT_IN;

use super::{Name, NameKind};

/// Finds every name, each place once, in the order of the text.
pub(super) fn names(text: &str, document: &Document) -> Vec<Name> {
    let mut finder = Finder {
        text,
        found: Vec::new(),
        read: HashSet::new(),
    };
    finder.spec(&document.root);
    finder.values(&document.root);
    finder.anchors(document);
    let Finder { mut found, .. } = finder;
    found.sort_by_key(|name| (name.span, name.kind, !name.is_declared));
    // An alias leads to one place from several.
    found.dedup_by_key(|name| (name.span, name.kind));
    found
}

/// Whether a value is there without being declared.
pub(super) fn is_built_in(name: &str) -> bool {
    BUILT_IN.iter().any(|(word, _)| *word == name)
}

/// Returns the entries of a mapping, with those that it merges; none of anything else.
pub(crate) fn entries(node: &Node) -> Vec<(&Node, &Node)> {
    let Kind::Mapping(pairs) = &node.kind else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (key, value) in pairs {
        if scalar(key) != Some("<<") {
            found.push((&**key, &**value));
            continue;
        }
        match &value.kind {
            Kind::Sequence(several) => {
                found.extend(several.iter().flat_map(|base| entries(base)));
            }
            _ => found.extend(entries(value)),
        }
    }
    found
}

/// Returns the value of a key of a mapping.
pub(crate) fn get<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    let mut entries = entries(node).into_iter();
    entries.find_map(|(name, value)| (scalar(name) == Some(key)).then_some(value))
}

/// Returns the text of a scalar.
pub(crate) fn scalar(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Scalar { text, .. } => Some(text),
        _ => None,
    }
}

/// The items of a list, or the one thing that stands there instead.
fn items(node: &Node) -> Vec<&Node> {
    match &node.kind {
        Kind::Sequence(items) => items.iter().map(|item| &**item).collect(),
        _ => vec![node],
    }
}

struct Finder<'t> {
    text: &'t str,
    found: Vec<Name>,
    /// Nodes whose texts were looked through: an alias leads there again.
    read: HashSet<*const Node>,
}

impl Finder<'_> {
    fn spec(&mut self, root: &Node) {
        for (key, value) in entries(root) {
            match scalar(key).unwrap_or_default() {
                "events" => self.keys(value, NameKind::Event),
                "values" => self.keys(value, NameKind::Value),
                "jobs" => {
                    self.keys(value, NameKind::Job);
                    for (number, (_, job)) in entries(value).into_iter().enumerate() {
                        self.job(job, number);
                    }
                }
                "defaults" => {
                    if let Some(function) = get(value, "function") {
                        self.function(function);
                    }
                }
                "encryption" => {
                    for (_, key) in entries(value) {
                        self.used(key, NameKind::Key);
                    }
                }
                "volumes" => self.volumes(value),
                _ => {}
            }
        }
    }

    /// Whose volumes they are is said by keys.
    fn volumes(&mut self, volumes: &Node) {
        for (key, value) in entries(volumes) {
            let kind = match scalar(key).unwrap_or_default() {
                "events_per_day" => NameKind::Event,
                "deliveries_per_day" | "run_ms" => NameKind::Job,
                _ => continue,
            };
            for (name, _) in entries(value) {
                self.used(name, kind);
            }
        }
    }

    fn job(&mut self, job: &Node, number: usize) {
        for (key, value) in entries(job) {
            match scalar(key).unwrap_or_default() {
                "emits" => self.each_used(value, NameKind::Event),
                "function" => self.function(value),
                "deliver_to" => self.target(value),
                "triggers" => {
                    for trigger in items(value) {
                        self.trigger(trigger, number);
                    }
                }
                _ => {}
            }
        }
    }

    fn trigger(&mut self, trigger: &Node, job: usize) {
        for (key, value) in entries(trigger) {
            match scalar(key).unwrap_or_default() {
                "event" => self.used(value, NameKind::Event),
                "emits" => self.each_used(value, NameKind::Event),
                "id" => self.name(value, NameKind::Trigger(job), true),
                "pattern" => {
                    // An event of the pipeline says its name in the detail.
                    let names = get(value, "detail").and_then(|detail| get(detail, "event_type"));
                    if let Some(names) = names {
                        self.each_used(names, NameKind::Event);
                    }
                }
                _ => {}
            }
        }
    }

    fn function(&mut self, function: &Node) {
        for (key, value) in entries(function) {
            match scalar(key).unwrap_or_default() {
                "network" => self.used(value, NameKind::Network),
                "layers" => self.each_used(value, NameKind::Layer),
                "kms_key" => self.used(value, NameKind::Key),
                "secrets" => {
                    for (_, secret) in entries(value) {
                        self.secret(secret);
                    }
                }
                _ => {}
            }
        }
    }

    fn secret(&mut self, secret: &Node) {
        self.used(secret, NameKind::Secret);
        for (key, kind) in [("name", NameKind::Secret), ("kms_key", NameKind::Key)] {
            if let Some(name) = get(secret, key) {
                self.used(name, kind);
            }
        }
    }

    fn target(&mut self, deliver_to: &Node) {
        for (_, target) in entries(deliver_to) {
            for (key, value) in entries(target) {
                match scalar(key).unwrap_or_default() {
                    "kms_key" => self.used(value, NameKind::Key),
                    "network" => self.used(value, NameKind::Network),
                    "auth" => {
                        self.used(value, NameKind::Secret);
                        for (kind, secret) in entries(value) {
                            if scalar(kind).is_some_and(|kind| AUTH_KINDS.contains(&kind)) {
                                self.used(secret, NameKind::Secret);
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    fn keys(&mut self, mapping: &Node, kind: NameKind) {
        for (key, _) in entries(mapping) {
            self.name(key, kind, true);
        }
    }

    fn each_used(&mut self, node: &Node, kind: NameKind) {
        for item in items(node) {
            self.used(item, kind);
        }
    }

    fn used(&mut self, node: &Node, kind: NameKind) {
        self.name(node, kind, false);
    }

    /// Notes a name that is the whole of a text.
    fn name(&mut self, node: &Node, kind: NameKind, is_declared: bool) {
        let Some(text) = scalar(node).filter(|text| !text.is_empty() && !node.is_null()) else {
            return;
        };
        let whole = node.span;
        let written = self.text.get(whole.range()).unwrap_or_default();
        // Escapes and folded lines make the text in the file longer than the name.
        let span = match written.len().checked_sub(text.len()) {
            Some(2) if written.starts_with(['"', '\'']) => Span {
                start: whole.start + 1,
                end: whole.end - 1,
            },
            _ => whole,
        };
        self.found.push(Name {
            kind,
            text: text.to_owned(),
            span,
            is_declared,
            whole,
        });
    }

    /// Notes the values that texts name.
    fn values(&mut self, node: &Node) {
        if !self.read.insert(ptr::from_ref(node)) {
            return;
        }
        match &node.kind {
            Kind::Scalar { text, .. } => {
                if text.contains("${") {
                    self.values_of_text(node.span);
                }
            }
            Kind::Sequence(items) => items.iter().for_each(|item| self.values(item)),
            Kind::Mapping(pairs) => {
                // In a text for people nothing is filled in.
                let pairs = pairs
                    .iter()
                    .filter(|(key, _)| scalar(key) != Some("description"));
                pairs.for_each(|(_, value)| self.values(value));
            }
        }
    }

    fn values_of_text(&mut self, at: Span) {
        let written = self.text.get(at.range()).unwrap_or_default();
        let mut from = 0;
        while let Some(place) = written[from..].find("${") {
            let start = from + place + 2;
            from = start;
            // `$${` is the text `${`.
            if written[..start - 2].ends_with('$') {
                continue;
            }
            let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            let length = written[start..].find(|c| !is_word(c)).unwrap_or_default();
            if length == 0 || !written[start + length..].starts_with('}') {
                continue;
            }
            let (Ok(first), Ok(length)) = (u32::try_from(start), u32::try_from(length)) else {
                continue;
            };
            let span = Span {
                start: at.start + first,
                end: at.start + first + length,
            };
            self.found.push(Name {
                kind: NameKind::Value,
                text: self.text[span.range()].to_owned(),
                span,
                is_declared: false,
                whole: span,
            });
        }
    }

    fn anchors(&mut self, document: &Document) {
        let declared = document.anchors.iter().enumerate();
        let declared = declared.map(|(number, anchor)| (number, anchor.span, true));
        let aliases = document.aliases.iter();
        let aliases = aliases.map(|alias| (alias.anchor, alias.span, false));
        for (number, sign, is_declared) in declared.chain(aliases) {
            let span = Span {
                start: sign.start + 1,
                end: sign.end,
            };
            let Some(text) = self.text.get(span.range()).filter(|text| !text.is_empty()) else {
                continue;
            };
            self.found.push(Name {
                kind: NameKind::Anchor(number),
                text: text.to_owned(),
                span,
                is_declared,
                whole: span,
            });
        }
    }
}
