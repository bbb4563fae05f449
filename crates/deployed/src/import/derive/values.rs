//! What each environment says for itself.

use crate::import::draft::Draft;
use crate::import::note::{Kind, Note};

/// Leaves the values that the spec names, with a remark on each.
pub(super) fn keep_used(draft: &mut Draft, notes: &mut Vec<Note>) {
    let values = std::mem::take(&mut draft.values);
    let text = draft.text(&[]);
    draft.values = values
        .into_iter()
        .filter(|value| text.contains(&format!("${{{}}}", value.name)))
        .collect();
    notes.extend(draft.values.iter().map(|value| {
        let message = format!(
            "{}: what was read does not say it, so each environment does",
            value.about
        );
        Note::new(Kind::Remark, format!("value {}", value.name), message)
            .help("say it under `values` in `environments/<environment>.tfvars`, or import with `--parameter`")
    }));
}
