//! What the texts of a spec may name while it is read.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use crate::values::{BUILT_IN, Reference, Setting, Value};

/// What the texts of a spec may name, and what has been named so far.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    pub(super) declared: IndexMap<String, Value>,
    pub(super) setting: Setting,
    used: BTreeSet<String>,
    /// The values without a declaration that have been named.
    built_in: Vec<Reference>,
}

impl Scope {
    pub(crate) fn new(setting: Setting) -> Self {
        Self {
            setting,
            ..Self::default()
        }
    }

    /// Whether the spec means something else in another environment.
    pub(crate) fn is_used(&self) -> bool {
        !self.built_in.is_empty() || !self.used.is_empty()
    }

    /// The values without a declaration that have been named.
    pub(super) fn built_in(&self) -> &[Reference] {
        &self.built_in
    }

    /// The declared values that nothing names.
    pub(crate) fn unused(&self) -> impl Iterator<Item = (&str, &Value)> {
        let all = self
            .declared
            .iter()
            .map(|(name, value)| (name.as_str(), value));
        all.filter(|(name, _)| !self.used.contains(*name))
    }

    /// What a reference is in the setting.
    pub(super) fn resolve(&self, reference: &Reference) -> &str {
        let setting = &self.setting;
        match reference {
            Reference::Environment => &setting.environment,
            Reference::Region => &setting.region,
            Reference::Account => &setting.account,
            Reference::Value { name, .. } => {
                let local = || self.declared.get(name).map(|value| value.local.as_str());
                let said = setting.values.get(name).map(String::as_str);
                said.or_else(local).unwrap_or_default()
            }
        }
    }

    /// What a name stands for.
    pub(super) fn look_up(&self, name: &str) -> Option<Reference> {
        if let Some((_, reference)) = BUILT_IN.iter().find(|(word, _)| *word == name) {
            return Some(reference.clone());
        }
        let value = self.declared.get(name)?;
        Some(Reference::Value {
            name: name.to_owned(),
            kind: value.kind,
        })
    }

    /// Remembers that a text names something.
    pub(super) fn note_use(&mut self, reference: &Reference) {
        match reference {
            Reference::Value { name, .. } => {
                self.used.insert(name.clone());
            }
            Reference::Environment | Reference::Region | Reference::Account => {
                if !self.built_in.contains(reference) {
                    self.built_in.push(reference.clone());
                }
            }
        }
    }
}
