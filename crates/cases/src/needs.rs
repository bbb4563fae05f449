//! Which functions a case may run, so that the others need not be built.

use std::collections::BTreeSet;

use crate::bench::Bench;
use crate::case::{Case, What};

impl Bench<'_> {
    /// Lists the jobs whose functions may run in a case, and that it does not stub.
    pub fn needs(&self, case: &Case) -> BTreeSet<String> {
        let mut needed = BTreeSet::new();
        if case.only_match {
            return needed;
        }
        let mut open = self.begins(case);
        let mut seen = BTreeSet::new();
        while let Some(job) = open.pop() {
            if !seen.insert(job.clone()) {
                continue;
            }
            let emitted: Vec<&str> = if let Some(stub) = case.stubs.get(&job) {
                let emits = stub.runs.iter().flat_map(|run| &run.emits);
                emits.map(|emit| emit.event.as_str()).collect()
            } else {
                let spec = self.pipeline.jobs.get(&job);
                spec.map_or_else(Vec::new, |spec| spec.emitted().into_iter().collect())
            };
            for event in emitted {
                let started = self.starts.get(event).into_iter().flatten();
                open.extend(started.map(|job| (*job).to_owned()));
            }
            if !case.stubs.contains_key(&job) && self.jobs_with_function().any(|name| name == job) {
                needed.insert(job);
            }
        }
        needed
    }

    /// The jobs that the steps of a case start.
    fn begins(&self, case: &Case) -> Vec<String> {
        let matched = self.matched(case).map(|happened| happened.started);
        let mut jobs: Vec<String> = matched
            .unwrap_or_default()
            .into_iter()
            .map(|trigger| trigger.job)
            .collect();
        let has_schedules = case
            .steps
            .iter()
            .any(|step| matches!(step.what, What::Schedules(_)));
        if has_schedules {
            let scheduled = self.triggers.iter();
            let scheduled = scheduled.filter(|known| known.is_enabled && known.waits.is_none());
            jobs.extend(scheduled.map(|known| known.name.job.clone()));
        }
        jobs
    }
}
