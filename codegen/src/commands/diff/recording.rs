//! Recordings of events, which both specs are asked about.

use std::io::BufRead as _;
use std::path::PathBuf;

use anyhow::Context;
use changes::{Recorded, Routed};
use pipeline::Pipeline;

use crate::input;
use crate::session::Session;

/// How many lines that are no events are told one by one.
const TOLD: u64 = 3;

/// Reads recordings; nothing if there are none.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn read(
    session: &mut Session,
    files: &[PathBuf],
    before: &Pipeline,
    after: &Pipeline,
) -> anyhow::Result<Option<Routed>> {
    if files.is_empty() {
        return Ok(None);
    }
    let recorded = Recorded::new(before, after);
    let subject = after.subject.as_ref().map(|path| path.value.as_str());
    let mut reader = recorded.reader(subject);
    let mut wrong = 0;
    for path in files {
        let file = path.display().to_string();
        let mut lines = input::open(path)?;
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            let read = lines.read_until(b'\n', &mut line);
            if read.with_context(|| format!("cannot read {file}"))? == 0 {
                break;
            }
            // What is not UTF-8 is no JSON either, and the next lines are still read.
            let text = String::from_utf8_lossy(&line);
            let Err(error) = reader.read(&file, number, text.trim_end()) else {
                continue;
            };
            wrong += 1;
            if wrong <= TOLD {
                session.note(format_args!("{file}:{number}: {error}"))?;
            }
        }
    }
    if wrong > TOLD {
        session.note(match wrong - TOLD {
            1 => "1 other line is no event".to_owned(),
            others => format!("{others} other lines are no events"),
        })?;
    }
    Ok(Some(reader.finish()))
}
