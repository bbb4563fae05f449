//! How much there is: what the spec says of it, for an estimate of what the pipeline costs.

use indexmap::IndexMap;

use crate::span::Spanned;

/// How much there is, each with the place of its name.
#[derive(Clone, Debug, Default)]
pub struct Volumes {
    /// Events of a day, by the name of the event.
    pub events_per_day: IndexMap<String, Spanned<u32>>,
    /// Deliveries of events to a job in a day, by the name of the job, instead of those that its triggers come to.
    pub deliveries_per_day: IndexMap<String, Spanned<u32>>,
    /// The usual length of a run in milliseconds, by the name of the job.
    pub run_ms: IndexMap<String, Spanned<u32>>,
}
