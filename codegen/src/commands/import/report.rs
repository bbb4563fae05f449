//! What an import says: the dangerous first, in full if it is short, and otherwise by kind with the rest in a file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use deployed::import::{Kind, Note};
use serde::Serialize;

use crate::args::Format;
use crate::session::{Outcome, Session};

/// The most notes that are shown one by one.
const SHOWN_MAX: usize = 40;

/// The most notes of a kind that are shown of a longer list.
const OF_KIND_MAX: usize = 5;

/// What `--format json` prints.
#[derive(Serialize)]
pub(super) struct Report {
    pub(super) spec: String,
    pub(super) jobs: usize,
    pub(super) triggers: usize,
    /// The file of the import blocks; nothing if there are none.
    pub(super) imports: Option<String>,
    pub(super) import_blocks: usize,
    /// The file of the moved blocks, if the root module has the state that was read.
    pub(super) moved: Option<String>,
    /// The file of the removed blocks for the state that was read, if the pipeline gets one of its own.
    pub(super) removed: Option<String>,
    /// How many of them there are, by the kind of resource.
    pub(super) adopted: BTreeMap<&'static str, usize>,
    /// How many resources the first apply makes, by their kind.
    pub(super) added: BTreeMap<String, usize>,
    /// The files of a root module, if there was none.
    pub(super) root_module: Vec<String>,
    pub(super) notes: Vec<Note>,
}

/// Whether a list is too long to be shown.
pub(super) fn is_long(notes: &[Note]) -> bool {
    notes.len() > SHOWN_MAX
}

/// All notes as text, with their advice.
pub(super) fn full_text(notes: &[Note]) -> String {
    let mut text = String::from("Written by `codegen import`: every note on what it found.\n\n");
    for note in notes {
        let _ = writeln!(text, "{}", headline(note));
        if let Some(help) = &note.help {
            let _ = writeln!(text, "  help: {help}");
        }
    }
    text
}

fn headline(note: &Note) -> String {
    let Note {
        id,
        kind,
        place,
        message,
        help: _,
    } = note;
    let heading = kind.heading();
    let id = id.map_or_else(String::new, |id| format!("[{id}]"));
    format!("{heading}{id}: {place}: {message}")
}

/// Shows a report; `list` is the file that holds a list that is too long.
pub(super) fn show_report(
    session: &mut Session,
    report: &Report,
    list: Option<&str>,
) -> anyhow::Result<Outcome> {
    let is_remark = |note: &Note| note.kind == Kind::Remark;
    let outcome = if report.notes.iter().all(is_remark) {
        Outcome::Fine
    } else {
        Outcome::Findings
    };
    if session.format == Format::Json {
        session.say(serde_json::to_string(report)?)?;
        return Ok(outcome);
    }
    let mut shown: BTreeMap<Kind, usize> = BTreeMap::new();
    for note in &report.notes {
        let count = shown.entry(note.kind).or_default();
        *count += 1;
        // What would run twice, or receive something else, is never cut.
        let is_dangerous = matches!(note.kind, Kind::Twice | Kind::OtherInput);
        if list.is_some() && !is_dangerous && *count > OF_KIND_MAX {
            continue;
        }
        session.say(headline(note))?;
        if let Some(help) = note
            .help
            .as_ref()
            .filter(|_| session.format != Format::Concise)
        {
            session.say(format_args!("  help: {help}"))?;
        }
    }
    let counts: Vec<String> = shown
        .iter()
        .map(|(kind, count)| format!("{count} {}", kind.heading()))
        .collect();
    if let Some(list) = list {
        session.say(format_args!(
            "{} notes in all ({}): {list} has every one",
            report.notes.len(),
            counts.join(", ")
        ))?;
    }
    let of_kinds = |counts: Vec<(&str, usize)>| match counts.as_slice() {
        [] => "nothing".to_owned(),
        counts => {
            let counts: Vec<String> = counts
                .iter()
                .map(|(kind, count)| format!("{count} {kind}"))
                .collect();
            counts.join(", ")
        }
    };
    let adopted = report.adopted.iter().map(|(kind, count)| (*kind, *count));
    let added = report.added.iter();
    let added = added.map(|(kind, count)| (kind.as_str(), *count));
    session.remark(format_args!("takes over {}", of_kinds(adopted.collect())))?;
    session.remark(format_args!("adds {}", of_kinds(added.collect())))?;
    session.remark(format_args!(
        "wrote {}: {} jobs, {} triggers",
        report.spec, report.jobs, report.triggers
    ))?;
    if let Some(imports) = &report.imports {
        session.remark(format_args!(
            "wrote {imports}: {} import blocks",
            report.import_blocks
        ))?;
    }
    if let Some(moved) = &report.moved {
        session.remark(format_args!(
            "wrote {moved}: remove from the configuration what stands there behind `from`, and call the module: \
             `module \"pipeline\" {{ source = \"./pipeline\" … }}`"
        ))?;
    }
    if let Some(removed) = &report.removed {
        session.remark(format_args!(
            "wrote {removed}: for the root module whose state was read, with its next apply"
        ))?;
    }
    if !report.root_module.is_empty() {
        session.remark(format_args!("wrote {}", report.root_module.join(", ")))?;
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_note_is_in_the_full_text_with_its_advice() {
        let note = |kind, help: Option<&str>| Note {
            id: None,
            kind,
            place: "rule r".to_owned(),
            message: "m".to_owned(),
            help: help.map(str::to_owned),
        };
        let notes = [note(Kind::Twice, Some("h")), note(Kind::LeftOut, None)];
        let text = full_text(&notes);
        assert!(text.ends_with("\n\nruns twice: rule r: m\n  help: h\nleft out: rule r: m\n"));
        assert!(!is_long(&notes));
        assert!(is_long(&vec![notes[1].clone(); SHOWN_MAX + 1]));
    }
}
