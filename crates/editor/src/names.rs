//! The names of a spec: where each is declared and used, and how it is renamed.

mod find;
mod refusal;
mod rename;
mod renamed_from;

use pipeline::Span;
use pipeline::syntax::Document;

pub(crate) use find::{entries, get, scalar};
pub use refusal::Refusal;
pub use rename::rename;

/// What a name is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameKind {
    /// An event below `events:`.
    Event,
    /// A job below `jobs:`.
    Job,
    /// A trigger, by its `id`. The number is the position of its job.
    Trigger(usize),
    /// A value below `values:`, or one that is there without being declared.
    Value,
    /// A secret of the Terraform variable `secrets`.
    Secret,
    /// Subnets and security groups of the variable `networks`.
    Network,
    /// A layer of the variable `layers`.
    Layer,
    /// A key of the variable `kms_keys`.
    Key,
    /// A piece of YAML, by its anchor. The number is the position of that among the document's.
    Anchor(usize),
}

impl NameKind {
    /// The word for it, with its article.
    pub fn with_article(self) -> &'static str {
        match self {
            Self::Event => "an event",
            Self::Job => "a job",
            Self::Trigger(_) => "a trigger",
            Self::Value => "a value",
            Self::Secret => "a secret",
            Self::Network => "a network",
            Self::Layer => "a layer",
            Self::Key => "a key",
            Self::Anchor(_) => "an anchor",
        }
    }
}

/// A place where a name stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// What it is the name of.
    pub kind: NameKind,
    /// The name itself, without `${`, `&` or `*`.
    pub text: String,
    /// The place of the name, without quotes.
    pub span: Span,
    /// Whether it is declared here, and not only used.
    pub is_declared: bool,
    /// The place of the text without a part in front or behind, with its quotes; the same as `span` for a part.
    whole: Span,
}

/// Every place of a spec where a name stands, in the order of the text.
#[derive(Clone, Debug)]
pub struct Names {
    names: Vec<Name>,
}

impl Names {
    /// Finds the names of a spec. Takes its text and the tree of it, and needs no meaning: a spec with mistakes has the names
    /// that can be read.
    pub fn find(text: &str, document: &Document) -> Self {
        Self {
            names: find::names(text, document),
        }
    }

    /// Returns every place where a name stands, in the order of the text.
    pub fn all(&self) -> &[Name] {
        &self.names
    }

    /// Takes a byte of the text, and returns the name there: the cursor may also stand right behind it.
    pub fn at(&self, offset: u32) -> Option<&Name> {
        let touched = self
            .names
            .iter()
            .filter(|name| name.span.start <= offset && offset <= name.span.end);
        // Between two names that touch, the one that begins at the cursor is meant.
        touched.max_by_key(|name| name.span.start)
    }

    /// Takes a byte of the text, and returns the place where the name there is declared. Names of Terraform's variables, and
    /// values that are there without being declared, have none.
    pub fn definition(&self, offset: u32) -> Option<Span> {
        let name = self.at(offset)?;
        let mut declared = self.same(name).filter(|name| name.is_declared);
        declared.next().map(|name| name.span)
    }

    /// Takes a byte of the text, and returns every place where the name there is used, in the order of the text; with the
    /// places where it is declared, if `with_declaration`. Nothing if no name stands there.
    pub fn references(&self, offset: u32, with_declaration: bool) -> Vec<Span> {
        let Some(name) = self.at(offset) else {
            return Vec::new();
        };
        let same = self.same(name);
        let same = same.filter(|name| with_declaration || !name.is_declared);
        same.map(|name| name.span).collect()
    }

    /// Takes a byte of the text, and returns the name there, if it can be renamed.
    ///
    /// # Errors
    /// No name stands there, or it is not the spec's to rename.
    pub fn prepare_rename(&self, offset: u32) -> Result<&Name, Refusal> {
        let Some(name) = self.at(offset) else {
            return Err("no name stands here".into());
        };
        let is_declared = self.same(name).any(|name| name.is_declared);
        match name.kind {
            NameKind::Value if !is_declared && find::is_built_in(&name.text) => {
                Err(format!("`{}` is there without being declared", name.text).into())
            }
            NameKind::Event if !is_declared => {
                Err(format!("the event `{}` is not declared", name.text).into())
            }
            NameKind::Value if !is_declared => {
                Err(format!("the value `{}` is not declared", name.text).into())
            }
            _ => Ok(name),
        }
    }

    /// Every place of the same name.
    fn same<'n>(&'n self, name: &'n Name) -> impl Iterator<Item = &'n Name> {
        let is_same = |other: &&Name| other.kind == name.kind && other.text == name.text;
        self.names.iter().filter(is_same)
    }
}

#[cfg(test)]
mod tests;
