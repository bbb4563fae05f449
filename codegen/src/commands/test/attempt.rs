//! Tries cases side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use cases::{Bench, FAILED_CASE, Happened, judge, play};
use pipeline::Diagnostic;
use pipeline::model::Work;

use super::stop::Stop;
use super::{Picked, output, package};
use crate::local::{self, Here};
use crate::project::Project;
use crate::session::Session;

/// What cases are tried with.
pub(super) struct Attempts<'a> {
    pub(super) bench: &'a Bench<'a>,
    pub(super) project: &'a Project,
    pub(super) binaries: &'a BTreeMap<String, PathBuf>,
    pub(super) here: &'a Here,
    pub(super) seed: u64,
    pub(super) threads: Option<usize>,
    pub(super) stop: &'a Stop,
}

/// What came of a case.
pub(super) struct Attempt {
    /// What is wrong; nothing if it passed.
    pub(super) wrong: Vec<Diagnostic>,
    /// What happened, unless it could not be tried.
    pub(super) happened: Option<Happened>,
    pub(super) took: Duration,
}

/// What came of all cases, in their order. Those behind the last one were not tried.
pub(super) struct Report {
    pub(super) attempts: Vec<Attempt>,
    /// The exit status, if a signal has ended it.
    pub(super) stopped: Option<u8>,
}

impl Attempts<'_> {
    /// Tries cases, and shows each as soon as those before it are through.
    pub(super) fn run(
        &self,
        session: &mut Session,
        picked: &[Picked<'_>],
    ) -> anyhow::Result<Report> {
        let threads = self
            .threads
            .unwrap_or_else(|| thread::available_parallelism().map_or(1, std::num::NonZero::get));
        let next = AtomicUsize::new(0);
        let (tell, told) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..threads.min(picked.len()) {
                let tell = tell.clone();
                let next = &next;
                scope.spawn(move || {
                    while self.stop.status().is_none() {
                        let place = next.fetch_add(1, Ordering::Relaxed);
                        let Some(one) = picked.get(place) else { return };
                        if let Some(attempt) = self.attempt(*one) {
                            let _ = tell.send((place, attempt));
                        }
                    }
                });
            }
            drop(tell);
            let mut report = Report {
                attempts: Vec::with_capacity(picked.len()),
                stopped: None,
            };
            let mut early = BTreeMap::new();
            while report.attempts.len() < picked.len() {
                match told.recv_timeout(LOOK) {
                    Ok((place, attempt)) => {
                        early.insert(place, attempt);
                    }
                    Err(mpsc::RecvTimeoutError::Timeout) => {}
                    Err(mpsc::RecvTimeoutError::Disconnected) => break,
                }
                while let Some(attempt) = early.remove(&report.attempts.len()) {
                    let one = picked[report.attempts.len()];
                    output::line(session, one, &attempt)?;
                    report.attempts.push(attempt);
                }
                if self.stop.status().is_some() {
                    break;
                }
            }
            // The last case may have ended just before the signal.
            let is_whole = report.attempts.len() == picked.len();
            report.stopped = self.stop.status().filter(|_| !is_whole);
            Ok(report)
        })
    }

    /// Tries a case; nothing if it was stopped.
    fn attempt(&self, one: Picked<'_>) -> Option<Attempt> {
        let start = Instant::now();
        let happened = if one.case.only_match {
            self.bench.matched(one.case)
        } else {
            match self.play(one) {
                Ok(None) => return None,
                Ok(Some(happened)) => Ok(happened),
                Err(error) => Err(error),
            }
        };
        let took = start.elapsed();
        Some(match happened {
            Ok(happened) => Attempt {
                wrong: judge(self.bench, one.case, &happened),
                happened: Some(happened),
                took,
            },
            Err(error) => {
                let message = format!("this case cannot be tried: {error:#}");
                Attempt {
                    wrong: vec![Diagnostic::new(&FAILED_CASE, one.case.key, message)],
                    happened: None,
                    took,
                }
            }
        })
    }

    /// Lets a case happen. Dropping the runtime ends the functions that still run if it is stopped.
    fn play(&self, one: Picked<'_>) -> anyhow::Result<Option<Happened>> {
        let pipeline = self.project.pipeline()?;
        let folder = &self.project.folder;
        let stubbed = self.without_program(one);
        let wiring = local::wiring_with(pipeline, folder, self.binaries, &stubbed, self.here)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("cannot start a local bus")?;
        runtime.block_on(async {
            tokio::select! {
                happened = play(self.bench, one.case, wiring, self.seed) => happened.map(Some),
                _ = self.stop.wait() => Ok(None),
            }
        })
    }

    /// The jobs of whose functions nothing runs: those with a stub, and those that were not built as no case reaches them.
    fn without_program(&self, one: Picked<'_>) -> BTreeSet<String> {
        let pipeline = self.bench.pipeline();
        let jobs = pipeline.jobs.iter().filter(|(name, job)| {
            let is_stubbed = one.case.stubs.contains_key(*name);
            let is_built = || {
                package(pipeline, name).is_none_or(|package| self.binaries.contains_key(package))
            };
            is_stubbed || (matches!(job.work, Work::Function(_)) && !is_built())
        });
        jobs.map(|(name, _)| name.clone()).collect()
    }
}

/// The pause between two looks at whether a signal has come.
const LOOK: Duration = Duration::from_millis(50);
