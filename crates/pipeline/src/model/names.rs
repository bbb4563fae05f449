//! Names on AWS that the spec gives instead of those that are made.

use crate::values::Text;

/// How the names are made that the spec does not give.
#[derive(Clone, Debug, Default)]
pub struct PipelineNames {
    /// The region, if it stands at the end of every name that an account has once for all of its regions.
    pub region: Option<Text>,
}

/// The names that a job keeps.
#[derive(Clone, Debug, Default)]
pub struct JobNames {
    /// `name`: of the function, or of the queue, topic or log group that the events are delivered to.
    pub own: Option<Text>,
    /// The role of the function, or the one that EventBridge takes on to deliver.
    pub role: Option<Text>,
    /// The log group of the function.
    pub log_group: Option<Text>,
    /// The queue of dead letters.
    pub dead_letter_queue: Option<Text>,
    /// The queue of failed runs.
    pub failure_queue: Option<Text>,
}

/// The names that a trigger keeps beside that of its rule.
#[derive(Clone, Debug, Default)]
pub struct TriggerNames {
    /// The id of the statement by which the rule may invoke the function.
    pub statement: Option<Text>,
    /// The id of the rule's target.
    pub target: Option<Text>,
}
