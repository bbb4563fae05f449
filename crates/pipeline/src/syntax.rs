//! A spec's text as a tree in which everything has its place, for whoever shows the text or changes it.
//!
//! ```
//! use pipeline::syntax::{Document, Kind};
//!
//! let text = "jobs: { bill: {} }";
//! let document = Document::read(text).unwrap();
//! let Kind::Mapping(entries) = &document.root.kind else { panic!() };
//! let (key, jobs) = &entries[0];
//! assert_eq!(&text[key.span.range()], "jobs");
//! assert_eq!(&text[jobs.span.range()], "{ bill: {} }");
//! ```

use crate::diagnostic::{Diagnostic, Edit};
use crate::mend;
use crate::span::Span;
use crate::yaml;

pub use crate::mend::{is_plain, quoted};
pub use crate::yaml::{Alias, Anchor, Document, Kind, Node};

impl Document {
    /// Reads a text.
    ///
    /// # Errors
    /// The text is not YAML, has more than one document, or exceeds a bound. There is one finding only, as nothing after
    /// that place can be trusted.
    pub fn read(text: &str) -> Result<Self, Box<Diagnostic>> {
        yaml::parse(text)
    }

    /// Returns the edit that adds a key to a mapping, behind its other keys.
    ///
    /// `beside` is the place of a key of the mapping, or of a value. `yaml` is what the key gets; it has to be safe within
    /// brackets, see [`is_plain`]. `None` if there is no such mapping, or if it is written in a way that cannot be added to.
    pub fn with_entry(&self, beside: Span, key: &str, yaml: &str) -> Option<Edit> {
        mend::with_entry(self, beside, key, yaml)
    }

    /// Returns the edit that takes a key with its value from a mapping, or an item from a list.
    ///
    /// `at` is the place of the key, of its value or of the item. What is empty then goes along. `None` if nothing of the
    /// kind stands there, or if an anchor that others may use would go.
    pub fn without_entry(&self, at: Span) -> Option<Edit> {
        mend::without_entry(self, at)
    }
}
