//! What is imported, wherever it was found.

use std::collections::BTreeMap;

use crate::aws::deployed::{Rule, Schedule};

use super::note::Note;
use super::open::OpenValue;

/// Something with its place: what it is called on AWS, or where it stands in a template.
#[derive(Clone, Debug)]
pub(super) struct Placed<T> {
    pub(super) place: String,
    pub(super) item: T,
    /// Whether its name is the one on AWS; otherwise AWS made one that a template does not say.
    pub(super) is_named: bool,
}

/// What is imported.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// The bus that carries the events.
    pub(super) bus: String,
    /// Rules with their targets.
    pub(super) rules: Vec<Placed<Rule>>,
    /// Schedules of EventBridge Scheduler in full.
    pub(super) schedules: Vec<Placed<Schedule>>,
    /// What is known of functions that have no name yet, by the name that stands for it.
    pub(super) unnamed: BTreeMap<String, Settings>,
    /// What each environment has to say, as what was read does not.
    pub(super) values: Vec<OpenValue>,
    /// What is known already not to be carried over.
    pub(super) notes: Vec<Note>,
}

/// What a template says of a function.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    pub(super) place: String,
    pub(super) description: Option<String>,
    pub(super) memory_mb: Option<u64>,
    pub(super) timeout_seconds: Option<u64>,
    pub(super) architecture: Option<String>,
    pub(super) environment: BTreeMap<String, String>,
}
