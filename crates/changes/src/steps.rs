//! The steps of a change that one apply cannot do without a time in which events are lost.

use pipeline::Pipeline;
use pipeline::removed::Keep;

use super::compare::{Side, compare};
use super::figures::Cause;
use super::model::{Change, Lost};

/// One step: a module that is applied before the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The spec before, in the module as it is generated now: Terraform's state gets its order of creating and destroying.
    Upgrade,
    /// The same, and rules that will have successors get addresses of their own.
    PutAside,
    /// The new bus and its rules stand beside the old ones, and the jobs emit as before.
    NewBus,
    /// The jobs emit to the new bus, and the old rules are still there.
    Switch,
    /// The new jobs stand beside those that are the same under another name.
    Beside,
    /// The module of the spec, and what stays on AWS: Terraform cannot forget a queue while it destroys what refers to it.
    Leave,
    /// The module of the spec, and nothing beside.
    Finish,
}

impl Step {
    /// What it does, for people.
    pub fn summary(self) -> &'static str {
        match self {
            Self::Upgrade => "the spec before, in today's module",
            Self::PutAside => {
                "the spec before, with addresses of their own for rules that get successors"
            }
            Self::NewBus => "the new bus with its rules beside the old one",
            Self::Switch => "the jobs emit to the new bus, and the old rules are still there",
            Self::Beside => "the jobs under their new names beside the old ones",
            Self::Leave => "the spec as it is, and Terraform still knows what stays on AWS",
            Self::Finish => "the spec as it is",
        }
    }

    /// How long to wait before the next step, in seconds: until a run that has begun before this one has ended.
    pub fn wait_seconds(self, before: &Pipeline, after: &Pipeline) -> u32 {
        match self {
            Self::Switch | Self::Beside => {
                let jobs = before.jobs.values().chain(after.jobs.values());
                let timeouts = jobs.map(|job| job.work.timeout_seconds());
                timeouts.max().unwrap_or_default()
            }
            Self::Upgrade | Self::PutAside | Self::NewBus | Self::Leave | Self::Finish => 0,
        }
    }

    /// Why to wait.
    pub fn then(self) -> &'static str {
        match self {
            Self::Switch => "a run that began before emits to the old bus",
            Self::Beside => "a run of an old job that has begun goes on",
            Self::Upgrade | Self::PutAside | Self::NewBus | Self::Leave | Self::Finish => {
                "nothing has to end"
            }
        }
    }
}

/// Whether steps leave no gap of a cause.
pub(crate) fn cured(steps: &[Step], cause: Cause) -> bool {
    match cause {
        Cause::OtherBus => steps.contains(&Step::NewBus),
        Cause::JobRenamed => steps.contains(&Step::Beside),
        // A step for the module alone is there if the state has to learn its order.
        cause => cause.is_orphaned() && steps.contains(&Step::Upgrade),
    }
}

/// Lists the steps of a change; only [`Step::Finish`] if one apply does it.
pub fn steps(before: Side<'_>, after: Side<'_>) -> Vec<Step> {
    let gaps: Vec<Cause> = compare(before, after).iter().filter_map(gap).collect();
    // Two buses that are made would have one address in Terraform's state.
    let both_made = before.pipeline.bus.is_made() && after.pipeline.bus.is_made();
    let moves = gaps.contains(&Cause::OtherBus) && !both_made;
    let mut steps = Vec::new();
    // Terraform's state does not have the order of creating and destroying yet.
    let is_old = after.shape.creates_first && !before.shape.creates_first;
    if is_old && (moves || gaps.iter().any(|cause| cause.is_orphaned())) {
        steps.push(Step::Upgrade);
    }
    if moves {
        steps.extend([Step::PutAside, Step::NewBus, Step::Switch]);
    }
    if gaps.contains(&Cause::JobRenamed) {
        steps.push(Step::Beside);
    }
    if leaves_behind(before.pipeline, after.pipeline) {
        steps.push(Step::Leave);
    }
    steps.push(Step::Finish);
    steps
}

/// Whether something of a job leaves the spec and stays on AWS. Nothing refers to an archive, so that one can be forgotten
/// in any apply.
fn leaves_behind(before: &Pipeline, after: &Pipeline) -> bool {
    after.removed.entries.iter().any(|(job, removal)| {
        let keeps = removal.keep.iter().any(|keep| keep.value != Keep::Archive);
        keeps && before.jobs.contains_key(job) && !before.removed.entries.contains_key(job)
    })
}

fn gap(change: &Change) -> Option<Cause> {
    match change.lost {
        Lost::Deliveries(cause, _) => Some(cause),
        _ => None,
    }
}
