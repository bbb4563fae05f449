//! A schema as a value: the keywords of JSON Schema that are used here, in the order of the text.

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

use super::told::Told;

/// The types of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Type {
    Array,
    Boolean,
    Integer,
    Null,
    Number,
    Object,
    String,
}

/// What the values of other keys are.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Additional {
    /// `false`: there are no other keys.
    None(bool),
    Like(Box<Schema>),
}

/// One schema. Keywords that are not set are not written.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    pub(super) dialect: Option<&'static str>,
    #[serde(rename = "$comment", skip_serializing_if = "Option::is_none")]
    pub(super) comment: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<&'static str>,
    #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
    pub(super) reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Vec::is_empty")]
    #[serde(serialize_with = "one_or_several")]
    pub(super) types: Vec<Type>,
    #[serde(rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub(super) choices: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default: Option<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) examples: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) minimum: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) maximum: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_length: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_length: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pattern: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_items: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_items: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) prefix_items: Vec<Schema>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) items: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) required: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_properties: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_properties: Option<usize>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub(super) properties: IndexMap<&'static str, Schema>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) property_names: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) additional_properties: Option<Additional>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) not: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) any_of: Vec<Schema>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) one_of: Vec<Schema>,
    #[serde(rename = "$defs", skip_serializing_if = "IndexMap::is_empty")]
    pub(super) definitions: IndexMap<&'static str, Schema>,
    /// What docs/spec.md says of it beside all this.
    #[serde(skip)]
    pub(super) told: Told,
}

fn one_or_several<S: serde::Serializer>(types: &[Type], to: S) -> Result<S::Ok, S::Error> {
    match types {
        // JSON Schema takes a single type as a word or as a list of one; the word is easier to read.
        [one] => one.serialize(to),
        several => several.serialize(to),
    }
}

/// Kinds of values.
impl Schema {
    /// A value of one of several types.
    pub(super) fn of<const N: usize>(types: [Type; N]) -> Self {
        Self {
            types: types.to_vec(),
            ..Self::default()
        }
    }

    /// A string.
    pub(super) fn string() -> Self {
        Self::of([Type::String])
    }

    /// `true` or `false`.
    pub(super) fn boolean() -> Self {
        Self::of([Type::Boolean])
    }

    /// A list of values of one kind.
    pub(super) fn list(items: Schema) -> Self {
        let mut list = Self::of([Type::Array]);
        list.items = Some(Box::new(items));
        list
    }

    /// A list with exactly these values.
    pub(super) fn tuple(items: impl Into<Vec<Schema>>) -> Self {
        let mut list = Self::of([Type::Array]);
        // `prefixItems` alone also fits a shorter or a longer list. The count below rules these out.
        list.prefix_items = items.into();
        let count = list.prefix_items.len();
        list.items_between(count, Some(count))
    }

    /// A mapping of fixed keys. [`Self::key`] and [`Self::required_key`] add them.
    pub(super) fn mapping() -> Self {
        let mut mapping = Self::of([Type::Object]);
        // `additionalProperties` does not see keys in a branch of `oneOf`: branches require keys and never add any.
        mapping.additional_properties = Some(Additional::None(false));
        mapping
    }

    /// A mapping from names of the user's own to values of one kind.
    pub(super) fn each(value: Schema) -> Self {
        let mut mapping = Self::of([Type::Object]);
        mapping.additional_properties = Some(Additional::Like(Box::new(value)));
        mapping
    }

    /// A value that fits a definition.
    pub(super) fn reference(name: &str) -> Self {
        Self {
            reference: Some(format!("#/$defs/{name}")),
            ..Self::default()
        }
    }

    /// One of these words or numbers.
    pub(super) fn choice(choices: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        Self {
            // No `type`: the choices alone say which values fit.
            choices: choices.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// A value that fits at least one of several schemas.
    pub(super) fn any_of(several: impl Into<Vec<Schema>>) -> Self {
        Self {
            any_of: several.into(),
            ..Self::default()
        }
    }

    /// A value that fits exactly one of several schemas.
    pub(super) fn one_of(several: impl Into<Vec<Schema>>) -> Self {
        Self::default().and_one_of(several)
    }
}

/// What is said of a value.
impl Schema {
    pub(super) fn dialect(mut self, dialect: &'static str) -> Self {
        self.dialect = Some(dialect);
        self
    }

    pub(super) fn comment(mut self, comment: &'static str) -> Self {
        self.comment = Some(comment);
        self
    }

    pub(super) fn title(mut self, title: &'static str) -> Self {
        self.title = Some(title);
        self
    }

    pub(super) fn describe(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    pub(super) fn default_value(mut self, default: impl Into<Value>) -> Self {
        self.default = Some(default.into());
        self
    }

    /// Adds an example. An object has one key, because the order of several depends on `serde_json`'s features.
    pub(super) fn example(mut self, example: impl Into<Value>) -> Self {
        self.examples.push(example.into());
        self
    }

    pub(super) fn definitions(mut self, of: Vec<(&'static str, Schema)>) -> Self {
        self.definitions = of.into_iter().collect();
        self
    }
}

/// What bounds a value.
impl Schema {
    /// Allows no value at all, as in `triggers:` with nothing after it.
    pub(super) fn or_nothing(mut self) -> Self {
        self.types.push(Type::Null);
        self
    }

    pub(super) fn between(mut self, least: u32, most: u32) -> Self {
        self.minimum = Some(least);
        self.maximum = Some(most);
        self
    }

    pub(super) fn characters(mut self, least: usize, most: Option<usize>) -> Self {
        self.min_length = (least > 0).then_some(least);
        self.max_length = most;
        self
    }

    /// Wants a string to match a regular expression.
    pub(super) fn matching(mut self, expression: impl Into<String>) -> Self {
        self.pattern = Some(expression.into());
        self
    }

    pub(super) fn items_between(mut self, least: usize, most: Option<usize>) -> Self {
        self.min_items = Some(least);
        self.max_items = most;
        self
    }

    pub(super) fn keys_between(mut self, least: usize, most: Option<usize>) -> Self {
        self.min_properties = Some(least);
        self.max_properties = most;
        self
    }

    pub(super) fn key(mut self, name: &'static str, value: Schema) -> Self {
        self.properties.insert(name, value);
        self
    }

    pub(super) fn required_key(mut self, name: &'static str, value: Schema) -> Self {
        self.required.push(name);
        self.key(name, value)
    }

    /// Wants a key to be there, whatever its value.
    pub(super) fn requiring(mut self, name: &'static str) -> Self {
        self.required.push(name);
        self
    }

    pub(super) fn names(mut self, name: Schema) -> Self {
        self.property_names = Some(Box::new(name));
        self
    }

    pub(super) fn except(mut self, refused: Schema) -> Self {
        self.not = Some(Box::new(refused));
        self
    }

    pub(super) fn and_one_of(mut self, several: impl Into<Vec<Schema>>) -> Self {
        self.one_of = several.into();
        self
    }
}
