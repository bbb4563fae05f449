//! What no bus and no template says.

use crate::import::draft::{Draft, Work};
use crate::import::note::{Kind, Note};

/// What is good to know of a draft.
pub(super) fn remarks(draft: &Draft) -> Vec<Note> {
    let mut notes = Vec::new();
    if !draft.events.is_empty() {
        notes.push(
            Note::new(
                Kind::Remark,
                "events",
                "all are `external`, and none has a `detail`: rules do not say who emits an event, nor which fields it has",
            )
            .help("name them in the `emits` of jobs, and declare their fields, for typed events and more checks"),
        );
    }
    notes.push(Note::new(
        Kind::Remark,
        "descriptions and tags",
        "become those of the module, and of the provider's `default_tags`",
    ));
    let existing = draft
        .jobs
        .iter()
        .filter(|job| matches!(job.work, Work::Existing(_)));
    let existing: Vec<&str> = existing.map(|job| job.name.as_str()).collect();
    if !existing.is_empty() {
        notes.push(
            Note::new(
                Kind::Remark,
                "functions",
                format!(
                    "stay whose they are, as `existing`: {}",
                    existing.join(", ")
                ),
            )
            .help("`package` lets the pipeline own a function"),
        );
    }
    if draft.no_alarms {
        notes.push(
            Note::new(
                Kind::Remark,
                "alarms",
                "none are made: `alarms: false` says so",
            )
            .help("remove that line for alarms and a dashboard, or import with `--harden`"),
        );
    }
    notes
}
