//! What values a key takes, in words.

use super::anchor::anchor;
use super::example::in_yaml;
use super::sections::sections;
use crate::Schema;
use crate::node::{Additional, Type};
use crate::told::Takes;

/// Says what values are.
pub(crate) struct Words<'s> {
    pub(crate) schema: &'s Schema,
}

impl Words<'_> {
    /// A value with its range: `whole number, 128 to 10240`.
    pub(crate) fn of_value(&self, value: &Schema) -> String {
        let kind = self.kind(value);
        let kind = match &value.told.range {
            Some(range) => format!("{kind}, {range}"),
            None => kind,
        };
        match value.told.takes {
            Takes::None => kind,
            // A value is one of the words already.
            Takes::Instead if !value.any_of.is_empty() => kind,
            Takes::Instead => format!("{kind}; or a [value](#values)"),
            Takes::Inside => format!("{kind}, with [values](#values) in it"),
        }
    }

    fn kind(&self, value: &Schema) -> String {
        if let Some(kind) = value.told.kind {
            return kind.to_owned();
        }
        if let Some(reference) = &value.reference {
            return self.reference(reference, value);
        }
        if !value.choices.is_empty() {
            let choices: Vec<String> = value
                .choices
                .iter()
                .map(|choice| format!("`{}`", in_yaml(choice)))
                .collect();
            return either(&choices);
        }
        if !value.any_of.is_empty() {
            let forms: Vec<String> = value
                .any_of
                .iter()
                .map(|form| self.of_value(form))
                .collect();
            return either(&forms);
        }
        match value.types.as_slice() {
            [Type::Array, ..] => match &value.items {
                Some(items) => format!("list of {}", self.several(items)),
                None => "list".to_owned(),
            },
            [Type::Object, ..] => match &value.additional_properties {
                Some(Additional::Like(each)) => {
                    format!("mapping from names to {}", self.several(each))
                }
                _ => "mapping".to_owned(),
            },
            [Type::Integer, ..] => "whole number".to_owned(),
            [Type::Number] => "number".to_owned(),
            [Type::Boolean, ..] => "`true` or `false`".to_owned(),
            [Type::String] if value.pattern.is_some() => "name".to_owned(),
            _ => "text".to_owned(),
        }
    }

    /// A definition: what it is called, with a link to the section that has its keys.
    fn reference(&self, reference: &str, value: &Schema) -> String {
        let name = reference.trim_start_matches("#/$defs/");
        let definition = self.schema.resolve(value);
        let place = format!("${name}");
        let section = sections().find(|section| {
            let mut mappings = section.mappings.iter();
            mappings.any(|mapping| mapping.place == place)
        });
        match (definition.told.kind, section) {
            (Some(kind), Some(section)) => format!("[{kind}](#{})", anchor(section.title)),
            (Some(kind), None) => kind.to_owned(),
            (None, Some(section)) => {
                let title = section.title;
                format!("mapping, see [{title}](#{})", anchor(title))
            }
            (None, None) => self.kind(definition),
        }
    }

    /// The plural, for elements.
    fn several(&self, value: &Schema) -> String {
        if let Some(reference) = &value.reference {
            let name = reference.trim_start_matches("#/$defs/");
            return format!("{name}s");
        }
        format!("{}s", self.kind(value))
    }
}

/// `a`, `a or b`, `a, b or c`.
pub(super) fn either(parts: &[String]) -> String {
    match parts.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => parts.concat(),
    }
}
