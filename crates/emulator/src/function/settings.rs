//! What the processes of a function start with.

use std::sync::Arc;

use crate::config::Function;
use crate::stub::Stub;

/// Takes a line that a function wrote, with the function's name and the request, if there is one.
pub(crate) type Output = Arc<dyn Fn(&str, Option<&Arc<str>>, String) + Send + Sync>;

/// The settings that a function's processes start with.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) region: String,
    pub(crate) bus: String,
    pub(crate) endpoint: String,
    /// The URL of the queue for what fails for good.
    pub(crate) failure_queue: Option<String>,
    pub(crate) function: Function,
    /// What runs instead of the program.
    pub(crate) stub: Option<Stub>,
    pub(crate) output: Output,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
