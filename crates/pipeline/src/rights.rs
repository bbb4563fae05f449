//! What a function may do beside what every function may.

use indexmap::IndexMap;

use crate::span::{Span, Spanned};
use crate::values::Text;

/// The rights that a spec adds to the role of a function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// Statements of the role's own policy.
    pub permissions: Vec<Statement>,
    /// The ARNs of managed policies that are attached to the role.
    pub policies: Vec<Text>,
}

/// A statement of a policy, which allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Where it stands.
    pub span: Span,
    /// The actions, such as `s3:GetObject`.
    pub actions: Vec<Spanned<String>>,
    /// The ARNs that the actions are allowed on; `*` is any.
    pub resources: Vec<Text>,
    /// What must hold, too: operators, each with its keys and their values. The place is that of the name.
    pub conditions: IndexMap<String, Spanned<Condition>>,
}

/// The keys of a condition's operator, each with its values and the place of its name.
pub type Condition = IndexMap<String, Spanned<Vec<Text>>>;
