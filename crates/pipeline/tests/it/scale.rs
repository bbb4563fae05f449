//! Three hundred jobs on one bus, as many as its quota of rules allows.

use std::collections::BTreeSet;

use pipeline::resources::{
    JobResources, POLICY_BYTES_MAX, Permitted, RuleSource, TARGETS_PER_RULE, rules,
};
use pipeline::{Parsed, Surroundings, parse};

/// Jobs with one event each. The first also has sixty schedules, which lie on another bus, one of them with shards.
fn with_jobs(count: usize) -> Parsed {
    let events =
        (0..count).map(|job| format!("  e{job}: {{ detail_type: E{job}, external: true }}\n"));
    let schedules = (0..60).map(|id| {
        let shards = if id == 0 { 12 } else { 1 };
        format!(
            "{{ id: s{id}, schedule: rate({} hours), shards: {shards} }}, ",
            id + 2
        )
    });
    let schedules: String = schedules.collect();
    let jobs = (0..count).map(|job| {
        let more = if job == 0 { schedules.as_str() } else { "" };
        format!("  job-{job}: {{ function: {{ package: j }}, triggers: [ {more}{{ event: e{job} }} ] }}\n")
    });
    let (events, jobs): (String, String) = (events.collect(), jobs.collect());
    let spec = format!("pipeline: p\nsource: s\nbus: own\nevents:\n{events}jobs:\n{jobs}");
    parse(&spec, &Surroundings::default())
}

fn ids(parsed: &Parsed) -> BTreeSet<&str> {
    parsed
        .diagnostics
        .iter()
        .map(|found| found.lint.id)
        .collect()
}

#[test]
fn three_hundred_jobs_stay_within_every_limit() {
    let parsed = with_jobs(300);
    let expected = ["folded-permissions", "schedule-off-bus", "split-rule"];
    assert_eq!(ids(&parsed), BTreeSet::from(expected));
    let pipeline = parsed.pipeline.as_ref().unwrap();
    let all: Vec<_> = rules(pipeline).collect();
    let on_bus = all
        .iter()
        .filter(|rule| matches!(rule.source, RuleSource::Pattern(_)));
    // The twelve shards take three rules.
    assert_eq!((on_bus.count(), all.len()), (300, 300 + 62));
    let names: BTreeSet<&str> = all.iter().map(|rule| rule.name.base()).collect();
    let labels: BTreeSet<&str> = all.iter().map(|rule| rule.label.as_str()).collect();
    assert_eq!((names.len(), labels.len()), (all.len(), all.len()));
    let most = all.iter().map(|rule| rule.targets.len()).max();
    assert_eq!(most, Some(TARGETS_PER_RULE as usize));
}

/// A function's policy holds the permissions of its own job alone, however many jobs there are.
#[test]
fn a_policy_has_one_statement_or_fits() {
    let parsed = with_jobs(300);
    let pipeline = parsed.pipeline.as_ref().unwrap();
    for job in pipeline.job_refs().map(JobResources::new) {
        // A statement has about 350 bytes; 400 is more than any of these.
        let fits = job.rules.len() * 400 <= POLICY_BYTES_MAX;
        let is_for_each = |source: &Permitted| matches!(source, Permitted::Rule(_));
        let mut permissions = job.permissions.iter();
        let name = job.job.name;
        assert!(
            permissions.all(|one| is_for_each(&one.source) == fits),
            "{name}"
        );
    }
}

#[test]
fn one_job_more_is_told_of_the_quota() {
    assert!(ids(&with_jobs(301)).contains("too-many-rules"));
}
