//! What a section of the page has.

/// A part of the spec, with the keys that belong to it.
pub(super) struct Section {
    pub(super) title: &'static str,
    /// What the part is for, in Markdown.
    pub(super) text: &'static str,
    /// The part in a spec: the keys of the top, in YAML.
    pub(super) fragment: &'static str,
    pub(super) mappings: &'static [Mapping],
}

/// A mapping of the schema, whose keys the page describes.
pub(super) struct Mapping {
    /// What headings have before a key.
    pub(super) prefix: &'static str,
    /// Where the mapping is, as [`Schema::pointer`](crate::Schema::pointer) takes it.
    pub(super) place: &'static str,
    /// Mappings elsewhere with the same keys, which are described once. They may have defaults of their own.
    pub(super) twins: &'static [&'static str],
    pub(super) keys: Keys,
}

/// Which keys of a mapping a section describes.
#[derive(Clone, Copy)]
pub(super) enum Keys {
    All,
    Only(&'static [&'static str]),
    Except(&'static [&'static str]),
}

impl Keys {
    pub(super) fn take(self, key: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(keys) => keys.contains(&key),
            Self::Except(keys) => !keys.contains(&key),
        }
    }
}

impl Mapping {
    /// All keys of a mapping.
    pub(super) const fn all(prefix: &'static str, place: &'static str) -> Self {
        Self {
            prefix,
            place,
            twins: &[],
            keys: Keys::All,
        }
    }

    /// Some keys of the top.
    pub(super) const fn top(keys: &'static [&'static str]) -> Self {
        Self {
            keys: Keys::Only(keys),
            ..Self::all("", "")
        }
    }

    pub(super) fn at<'s>(&self, schema: &'s crate::Schema) -> &'s crate::Schema {
        schema
            .pointer(self.place)
            .expect("a section names a mapping of the schema")
    }
}
