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

use crate::diagnostic::Diagnostic;
use crate::yaml;

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
}
