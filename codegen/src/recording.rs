//! Recordings of events: files of lines, each an event or a step of a trace.

use std::fmt::Display;
use std::io::BufRead as _;
use std::path::PathBuf;

use anyhow::Context;

use crate::input;
use crate::session::Session;

/// How many lines that are no events are told one by one.
const TOLD: u64 = 3;

/// Reads recordings line by line; `take` gets the file, the number of the line from 1, and the line. What it says of lines
/// that are no events is told, and the next ones are still read.
///
/// # Errors
/// A file that cannot be read.
pub(crate) fn read<E: Display>(
    session: &mut Session,
    files: &[PathBuf],
    mut take: impl FnMut(&str, u64, &str) -> Result<(), E>,
) -> anyhow::Result<()> {
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
            let Err(error) = take(&file, number, text.trim_end()) else {
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
    Ok(())
}
