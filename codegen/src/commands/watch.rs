//! `codegen check --watch`: checks again whenever something changes.
//!
//! It compares the times and sizes of the few paths again and again. This also works on file systems that report no
//! changes, such as folders that a virtual machine shares.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;

use crate::args::Check;
use crate::packages::Packages;
use crate::project::Project;
use crate::session::{Outcome, Session};

/// The pause between two looks: long enough to cost nothing, short enough that nobody notices.
const INTERVAL: Duration = Duration::from_millis(20);

/// Moves the cursor to the upper left corner, and clears the screen from there on.
const CLEAR: &str = "\x1b[H\x1b[J";

/// The times and sizes of paths; nothing for a path that is not there.
pub(super) type Seen = Vec<Option<(SystemTime, u64)>>;

pub(super) fn run(session: &mut Session, args: &Check) -> anyhow::Result<Outcome> {
    let mut packages = Packages::default();
    let mut paths = vec![session.spec.clone()];
    let mut is_first = true;
    loop {
        // Before the check: otherwise a change during the check would be lost.
        let before = seen(&paths);
        let start = Instant::now();
        let now = args.now.unwrap_or_else(Timestamp::now);
        match Project::load_with(&session.spec, &mut packages, now) {
            Ok(mut project) => {
                paths.truncate(1);
                paths.extend(project.watched());
                session.clear(CLEAR)?;
                project.denied.clone_from(&args.deny);
                super::check::check(session, &mut project)?;
                let took = start.elapsed();
                session.remark(format_args!(
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
        // The spec is the first path before and after the check. The others may be new.
        last[0] = before[0];
        wait(&paths, &last);
    }
}

/// Waits until a path changes, and then until no path changes any more: an editor may empty a file before it writes it.
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
