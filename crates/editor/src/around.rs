//! What is around a spec, which only the caller can look at.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use pipeline::model::Used;
use pipeline::{Pipeline, Setting};

/// Looks at the files around a spec, and at the clock.
pub trait Around: Send {
    /// The packages of the Cargo workspace in a folder, sorted; nothing if there is none.
    fn packages(&mut self, folder: &Path) -> Option<Vec<String>>;

    /// What every environment says that has a file.
    ///
    /// # Errors
    /// Why a file cannot be read.
    fn environments(&mut self, pipeline: &Pipeline, folder: &Path) -> Result<Vec<Setting>, String>;

    /// What the files say that a spec uses; nothing if nobody looks.
    fn used(&mut self, folder: &Path, text: &str) -> Option<Arc<Used>> {
        let _ = (folder, text);
        None
    }

    /// The time.
    fn now(&self) -> Timestamp;
}

/// What was seen around a spec.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The packages of the Cargo workspace, sorted.
    pub packages: Vec<String>,
    /// What the environments say.
    pub environments: Vec<Setting>,
    /// What the files say that the spec uses.
    pub used: Option<Arc<Used>>,
    /// The time; nothing before the first look.
    pub now: Option<Timestamp>,
}
