//! What may be written at a place.

mod keys;
mod values;

use pipeline::Span;
use schema::{Guide, Schema, Step as GuideStep};

use crate::place::{Place, Role, Step};
use crate::spec::Spec;

/// What a candidate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A key of the spec language.
    Key,
    /// A word of the spec language.
    Word,
    /// An event of the spec.
    Event,
    /// A field of an event.
    Field,
    /// An operator of an event pattern.
    Operator,
    /// A value that environments say.
    Value,
    /// A package, a zone, the id of a finding.
    Name,
    /// An example.
    Example,
}

/// One thing that may be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What it is called.
    pub label: String,
    /// What it is.
    pub kind: Kind,
    /// A few words beside it.
    pub detail: Option<String>,
    /// What it means, in Markdown.
    pub documentation: Option<String>,
    /// The text that is written.
    pub insert: String,
}

/// Everything that may be written at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What is replaced.
    pub replace: Span,
    /// The candidates, the likeliest first.
    pub candidates: Vec<Candidate>,
}

impl Candidate {
    fn new(kind: Kind, label: impl Into<String>) -> Self {
        let label = label.into();
        Self {
            insert: label.clone(),
            label,
            kind,
            detail: None,
            documentation: None,
        }
    }

    fn inserting(mut self, insert: impl Into<String>) -> Self {
        self.insert = insert.into();
        self
    }

    fn told(mut self, detail: Option<String>, documentation: Option<String>) -> Self {
        self.detail = detail;
        self.documentation = documentation;
        self
    }
}

/// A place with all that is known there.
struct Here<'s> {
    spec: &'s Spec,
    guide: &'s Guide,
    place: &'s Place,
    /// The keys on the way, `*` for an element.
    keys: Vec<&'s str>,
    /// The forms that the value may have, or the mapping of a key.
    forms: Vec<&'s Schema>,
}

/// The steps of a path, as the schema walks them.
pub(crate) fn steps(path: &[Step]) -> Vec<GuideStep<'_>> {
    let steps = path.iter().map(|step| match step {
        Step::Key(key) => GuideStep::Key(key),
        Step::Item(_) => GuideStep::Item,
    });
    steps.collect()
}

/// Lists what may be written at a byte of the text.
pub fn complete(spec: &Spec, guide: &Guide, offset: usize) -> Option<Completion> {
    let place = Place::at(&spec.text, offset)?;
    let here = Here {
        spec,
        guide,
        place: &place,
        keys: place.keys_on_path(),
        forms: guide.forms(&steps(&place.path)),
    };
    if let Some(completion) = here.references(offset) {
        return Some(completion);
    }
    let mut candidates = match place.role {
        Role::Key => here.keys(&here.forms),
        Role::Value => here.values(),
        Role::Either => {
            let mut either = here.values();
            either.extend(here.keys(&here.forms));
            either.extend(here.elements());
            either
        }
    };
    let is_behind_colon = spec.text[..place.word.range().start].ends_with(':');
    if is_behind_colon && place.role == Role::Value && place.quote.is_none() {
        for candidate in &mut candidates {
            candidate.insert.insert(0, ' ');
        }
    }
    Some(Completion {
        replace: place.word,
        candidates,
    })
}

impl Here<'_> {
    /// What an element of a list may be, where its dash is still to come.
    fn elements(&self) -> Vec<Candidate> {
        if self.place.in_flow || !self.forms.iter().any(|form| form.is_list()) {
            return Vec::new();
        }
        let path = [self.place.path.as_slice(), &[Step::Item(0)]].concat();
        let place = Place {
            path,
            role: Role::Either,
            keys: Vec::new(),
            ..self.place.clone()
        };
        let here = Here {
            spec: self.spec,
            guide: self.guide,
            place: &place,
            keys: place.keys_on_path(),
            forms: self.guide.forms(&steps(&place.path)),
        };
        let mut elements = here.values();
        elements.extend(here.keys(&here.forms));
        for element in &mut elements {
            element.insert.insert_str(0, "- ");
        }
        elements
    }

    /// The values behind `${`, if the place is there.
    fn references(&self, offset: usize) -> Option<Completion> {
        let start = self.place.word.range().start;
        let before = self.spec.text.get(start..offset)?;
        let open = before.rfind("${")?;
        let name = &before[open + 2..];
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return None;
        }
        let behind = &self.spec.text[offset..];
        let is_over = |c: char| !c.is_ascii_alphanumeric() && c != '_';
        let length = behind.find(is_over).unwrap_or(behind.len());
        let is_closed = behind[length..].starts_with('}');
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let replace = Span {
            start: number(start + open + 2),
            end: number(offset + length),
        };
        let mut candidates = values::names(self.spec);
        for candidate in &mut candidates {
            if !is_closed {
                candidate.insert.push('}');
            }
        }
        Some(Completion {
            replace,
            candidates,
        })
    }
}

#[cfg(test)]
mod tests;
