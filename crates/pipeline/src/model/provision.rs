//! What belongs to a job and need not be made with it.

use super::TargetAddress;
use crate::span::Span;

/// Where something comes from that a job needs: its dead-letter queue, and the role that is taken on to deliver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Provision {
    /// The module makes it.
    #[default]
    Made,
    /// There is none, as the spec says here.
    None(Span),
    /// It is there already, and stays its owner's.
    Existing(TargetAddress),
}

impl Provision {
    /// Whether the module makes it.
    pub fn is_made(&self) -> bool {
        matches!(self, Self::Made)
    }

    /// Where it is, if it is there already.
    pub fn existing(&self) -> Option<&TargetAddress> {
        match self {
            Self::Existing(address) => Some(address),
            Self::Made | Self::None(_) => None,
        }
    }
}
