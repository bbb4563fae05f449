//! Findings that a spec keeps on purpose.

use crate::span::{Span, Spanned};

/// One entry of an `allow:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allow {
    /// The id of the kind of finding.
    pub id: Spanned<String>,
    /// Why the finding stays, for people.
    pub reason: Spanned<String>,
    /// The places in which findings are silenced.
    pub scope: Scope,
}

/// The part of a spec in which an `allow` silences findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The whole spec.
    Pipeline,
    /// The text of an event, a job or a trigger. Aliases let it have several pieces.
    Pieces(Vec<Span>),
}

impl Scope {
    /// Whether a finding with this place is silenced.
    pub(crate) fn contains(&self, place: Span) -> bool {
        match self {
            Self::Pipeline => true,
            Self::Pieces(pieces) => pieces.iter().any(|piece| piece.contains(place)),
        }
    }
}
