//! The pipeline and its build, as the owner of a bus tells them to the page.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eventbridge::put_events::Entry;
use serde::Serialize;
use serde_json::{Map, Value};

/// The pipeline as the page shows it.
#[derive(Clone)]
pub struct Workbench {
    /// The pipeline's name.
    pub pipeline: String,
    /// The pipeline's picture, an SVG document.
    pub graph_svg: String,
    /// The job of each function, by the function's name.
    pub jobs: Map<String, Value>,
    /// The jobs of which the target is not on this machine.
    pub elsewhere: Vec<String>,
    /// The events that can be published: `name`, `source`, `detail_type`, `description`, `external`, `fields` with
    /// `name`, `type` and `optional`, and an `example` of the detail.
    pub events: Value,
    /// Makes an entry from a declared event's name and a detail.
    pub check: Checked,
}

/// Makes an entry from an event's name and its detail, or says which fields are wrong and why.
pub type Checked =
    Arc<dyn Fn(&str, Map<String, Value>) -> Result<Entry, Vec<Problem>> + Send + Sync>;

/// A mistake in a field of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The field's path, such as `items[0].sku`. Empty for the event itself.
    pub field: String,
    /// Says what is wrong.
    pub message: String,
}

/// The state of the functions' last build.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(tag = "state", content = "text", rename_all = "snake_case")]
pub enum Build {
    /// There is nothing to build, or it is built.
    #[default]
    Ok,
    /// The build is under way.
    Building,
    /// The build failed, or the spec has errors. The text says why.
    Failed(String),
}

/// The things that the page shows besides the bus, as its owner last told them.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    workbench: Mutex<Arc<Workbench>>,
    build: Mutex<Build>,
}

impl Desk {
    pub(crate) fn set_workbench(&self, workbench: Workbench) {
        *lock(&self.workbench) = Arc::new(workbench);
    }

    pub(crate) fn set_build(&self, build: Build) {
        *lock(&self.build) = build;
    }

    pub(crate) fn workbench(&self) -> Arc<Workbench> {
        Arc::clone(&lock(&self.workbench))
    }

    pub(super) fn build(&self) -> Build {
        lock(&self.build).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Workbench {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workbench")
            .field("pipeline", &self.pipeline)
            .finish_non_exhaustive()
    }
}

impl Default for Workbench {
    fn default() -> Self {
        Self {
            pipeline: String::new(),
            graph_svg: "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\"/>"
                .to_owned(),
            jobs: Map::new(),
            elsewhere: Vec::new(),
            events: Value::Array(Vec::new()),
            check: Arc::new(|name, _| {
                Err(vec![Problem {
                    field: String::new(),
                    message: format!("no event `{name}` is declared"),
                }])
            }),
        }
    }
}
