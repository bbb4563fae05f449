//! `codegen check --watch`: again whenever something changes.
//!
//! The few paths are asked for their time and size: that also works where a file system does not tell of
//! changes, as with folders that a virtual machine shares.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::packages::Packages;
use crate::project::Project;
use crate::session::{Outcome, Session};

/// Long enough to cost nothing, short enough not to be noticed.
const INTERVAL: Duration = Duration::from_millis(20);

/// To the upper left corner, and nothing left from there on.
const CLEAR: &str = "\x1b[H\x1b[J";

/// What paths looked like: their times and sizes; nothing for one that is not there.
pub(super) type Seen = Vec<Option<(SystemTime, u64)>>;

pub(super) fn run(session: &mut Session) -> anyhow::Result<Outcome> {
    let mut packages = Packages::default();
    let mut paths = vec![session.spec.clone()];
    let mut is_first = true;
    loop {
        // What changes while the check runs is checked again.
        let before = seen(&paths);
        let start = Instant::now();
        match Project::load_with(&session.spec, &mut packages) {
            Ok(mut project) => {
                paths.truncate(1);
                paths.extend(project.watched());
                session.clear(CLEAR)?;
                super::check::check(session, &mut project)?;
                let took = start.elapsed();
                session.note(format_args!(
                    "checked in {:.0} ms, and again when the spec changes",
                    took.as_secs_f64() * 1e3
                ))?;
            }
            // An editor may be between removing the file and writing it anew.
            Err(_) if !is_first => {}
            Err(error) => return Err(error),
        }
        is_first = false;
        let mut last = seen(&paths);
        last[0] = before[0];
        wait(&paths, &last);
    }
}

/// Waits until the paths are no longer as they were, and then until they stay as they are: a file may be
/// emptied before it is written.
fn wait(paths: &[PathBuf], before: &Seen) {
    let mut last = before.clone();
    loop {
        thread::sleep(INTERVAL);
        let now = seen(paths);
        if now == last && now != *before {
            return;
        }
        last = now;
    }
}

pub(super) fn seen(paths: &[PathBuf]) -> Seen {
    let look = |path: &PathBuf| {
        let metadata = fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    };
    paths.iter().map(look).collect()
}
