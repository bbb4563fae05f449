//! How long a check of the spec takes, every check included, and how that grows with the number of jobs.
//!
//! `serde-saphyr` reads the same text into an untyped tree: the peer that shows what reading such a text
//! costs at least. Each group says its time per job.

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pipeline::Surroundings;

/// A spec of jobs in chains of ten: each has a schedule, a trigger on an event with a filter, and but for the
/// last an event to emit; every hundredth waits for events of others as well.
fn spec(jobs: usize) -> String {
    let mut spec = "pipeline: p\nsource: s\nevents:\n".to_owned();
    for job in 0..jobs {
        let external = job % 10 == 0;
        writeln!(spec, "  e{job}: {{ detail_type: E{job}, external: {external}, detail: {{ order_id: string, total: number }} }}").expect("writing to a string does not fail");
    }
    spec += "jobs:\n";
    for job in 0..jobs {
        let emits = if job % 10 == 9 {
            String::new()
        } else {
            format!("e{}", job + 1)
        };
        let others = if job % 100 == 0 {
            "\n      - pattern: { source: [aws.s3], detail: { bucket: { name: [{ prefix: in- }] } } }"
        } else {
            ""
        };
        let minute = job % 10 * 6;
        writeln!(
            spec,
            "  job-{job}:\n    description: Job {job}\n    function: {{ package: job-{job} }}\n    triggers:\n      - schedule: cron({minute} 1 * * ? *)\n      - event: e{job}\n        where: {{ total: [{{ numeric: ['>', 10] }}] }}{others}\n    emits: [{emits}]"
        )
        .expect("writing to a string does not fail");
    }
    spec
}

fn check(criterion: &mut Criterion) {
    for jobs in [1_000, 10_000] {
        let spec = spec(jobs);
        let mut group = criterion.benchmark_group(format!("check-{jobs}-jobs"));
        group
            .sample_size(10)
            .throughput(Throughput::Elements(jobs as u64));
        group.bench_function(BenchmarkId::from_parameter("pipeline"), |bencher| {
            bencher.iter(|| {
                let parsed = pipeline::parse(&spec, &Surroundings::default());
                assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics.first());
                black_box(parsed)
            });
        });
        group.bench_function(BenchmarkId::from_parameter("serde-saphyr"), |bencher| {
            let options = serde_saphyr::options! { budget: None };
            bencher.iter(|| {
                let tree: serde_json::Value =
                    serde_saphyr::from_str_with_options(&spec, options.clone()).expect("YAML");
                black_box(tree)
            });
        });
        group.finish();
    }
}

criterion_group!(benches, check);
criterion_main!(benches);
