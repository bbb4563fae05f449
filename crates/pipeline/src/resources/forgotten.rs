//! What left the spec and stays on AWS: Terraform forgets it.

use crate::model::Pipeline;
use crate::removed::Keep;

use super::name::label;

/// Something that stays on AWS although the spec has it no more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Forgotten {
    /// What it is.
    pub keep: Keep,
    /// The Terraform label that it had.
    pub label: String,
}

impl Forgotten {
    /// Builds what a job with this name had.
    pub fn of_job(job: &str, keep: Keep) -> Self {
        let job = label(job);
        let label = match keep {
            Keep::Archive => "pipeline".to_owned(),
            Keep::Buffer => format!("{job}_buffer"),
            Keep::DeadLetterQueue => format!("{job}_dlq"),
            Keep::FailureQueue => format!("{job}_on_failure"),
            Keep::LogGroup | Keep::Queue => job,
        };
        Self { keep, label }
    }

    /// Lists what a pipeline keeps, each once, in an order of its own.
    pub(super) fn of_pipeline(pipeline: &Pipeline) -> Vec<Self> {
        let entries = pipeline.removed.entries.iter();
        let mut all: Vec<Self> = entries
            .flat_map(|(job, removal)| {
                let kept = removal.keep.iter();
                kept.map(|keep| Self::of_job(job, keep.value))
            })
            .collect();
        all.sort();
        all.dedup();
        all
    }
}
