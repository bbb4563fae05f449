//! One key on the page.

use super::anchor::anchor;
use super::example::{in_yaml, with_key};
use super::section::Mapping;
use super::words::{Words, either};
use crate::Schema;
use crate::told::OnAws;

/// A key, where it stands and what it takes.
pub(super) struct Entry<'s> {
    pub(super) key: &'static str,
    pub(super) mapping: &'static Mapping,
    pub(super) value: &'s Schema,
}

impl Entry<'_> {
    /// Where the key stands: `function.memory_mb`.
    pub(super) fn path(&self) -> String {
        let (prefix, key) = (self.mapping.prefix, self.key);
        if prefix.is_empty() {
            return key.to_owned();
        }
        format!("{prefix}.{key}")
    }

    pub(super) fn anchor(&self) -> String {
        anchor(&self.path())
    }

    /// The key as Markdown.
    pub(super) fn write(&self, schema: &Schema) -> String {
        let is_required = self.mapping.at(schema).required.contains(&self.key);
        let value = Words { schema }.of_value(self.value);
        let required = if is_required { "; required" } else { "" };
        let mut lines = vec![format!("- Value: {value}{required}")];
        let defaults = self.defaults(schema);
        if !defaults.is_empty() {
            lines.push(format!("- Default: {}", either(&defaults)));
        }
        if let Some(on_aws) = self.on_aws(schema) {
            lines.push(format!("- On AWS: {on_aws}"));
        }
        let examples: Vec<String> = self
            .examples(schema)
            .iter()
            .map(|example| format!("`{}`", with_key(self.key, example)))
            .collect();
        lines.push(format!("- Example: {}", examples.join(", ")));
        format!(
            "\n### {}\n\n{}\n\n{}\n",
            heading(&self.path()),
            self.meaning(schema).unwrap_or_default(),
            lines.join("\n")
        )
    }

    /// What the key means, without its range.
    pub(super) fn meaning<'v>(&'v self, schema: &'v Schema) -> Option<&'v str> {
        self.look(schema, |value| {
            value
                .told
                .meaning
                .as_deref()
                .or(value.description.as_deref())
        })
    }

    pub(super) fn on_aws(&self, schema: &Schema) -> Option<&'static str> {
        let on_aws = self.look(schema, |value| value.told.on_aws);
        on_aws.map(|on_aws| match on_aws {
            OnAws::Makes(what) => what,
            OnAws::Nothing => "Nothing.",
        })
    }

    pub(super) fn examples<'v>(&'v self, schema: &'v Schema) -> &'v [serde_json::Value] {
        let examples = self.look(schema, |value| {
            (!value.examples.is_empty()).then_some(value.examples.as_slice())
        });
        examples.unwrap_or_default()
    }

    /// The defaults of the key here and in the mappings that have the same keys.
    fn defaults(&self, schema: &Schema) -> Vec<String> {
        let twins = self.mapping.twins.iter();
        let mut defaults: Vec<String> = Vec::new();
        for place in std::iter::once(&self.mapping.place).chain(twins) {
            let mapping = schema.pointer(place);
            let value = mapping.and_then(|mapping| mapping.properties.get(self.key));
            let default = value.and_then(|value| value.default.as_ref());
            let default = default.map(|default| format!("`{}`", in_yaml(default)));
            defaults.extend(default.filter(|default| !defaults.contains(default)));
        }
        defaults
    }

    /// Looks at the value, and then at the definition that it refers to.
    fn look<'v, T>(
        &'v self,
        schema: &'v Schema,
        part: impl Fn(&'v Schema) -> Option<T>,
    ) -> Option<T> {
        // Words at a key override those of the definition that many keys share.
        part(self.value).or_else(|| part(schema.resolve(self.value)))
    }
}

/// A path with `<` and `[` as Markdown takes them.
fn heading(path: &str) -> String {
    path.replace('<', "\\<")
        .replace('[', "\\[")
        .replace(']', "\\]")
}

impl Schema {
    /// The definition that a schema refers to, or the schema itself.
    pub(crate) fn resolve<'s>(&'s self, value: &'s Schema) -> &'s Schema {
        let reference = value.reference.as_deref();
        let name = reference.and_then(|reference| reference.strip_prefix("#/$defs/"));
        let definition = name.and_then(|name| self.definitions.get(name));
        definition.unwrap_or(value)
    }

    /// The mapping at a path of definitions and keys: `$defs/job/alarms`. Of several forms of a value it is the one
    /// with keys.
    pub(super) fn pointer(&self, path: &str) -> Option<&Schema> {
        let mut here = self;
        for part in path.split('/').filter(|part| !part.is_empty()) {
            here = match part.strip_prefix('$') {
                Some(name) => self.definitions.get(name)?,
                None => here.properties.get(part)?,
            };
            let with_keys = here.any_of.iter().find(|form| !form.properties.is_empty());
            here = with_keys.unwrap_or(here);
        }
        Some(here)
    }
}
