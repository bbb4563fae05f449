//! How long a spec takes to become files, and how that grows with the number of jobs.
//!
//! `text` reads, checks and renders; `disk` does that and writes into an empty folder, which is all that
//! the command does. `serde-saphyr` reads the same text into an untyped tree: the peer that shows
//! what reading such a text costs at least. Each group says its time per job.

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use generated_files::{Changes, Compared, GeneratedFile};
use pipeline::{Pipeline, Surroundings};

/// As in the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A spec of jobs in chains of ten, each with a schedule, and each but the last with an event to emit.
fn spec(jobs: usize) -> String {
    let mut spec = "pipeline: p\nsource: s\nevents:\n".to_owned();
    for job in 0..jobs {
        let external = job % 10 == 0;
        writeln!(spec, "  e{job}: {{ detail_type: E{job}, external: {external}, detail: {{ user_id: string, timestamp: timestamp }} }}").expect("writing to a string does not fail");
    }
    spec += "jobs:\n";
    for job in 0..jobs {
        let emits = if job % 10 == 9 {
            String::new()
        } else {
            format!("e{}", job + 1)
        };
        let minute = job % 10 * 6;
        writeln!(
            spec,
            "  job-{job}:\n    description: Job {job}\n    function: {{ package: job-{job} }}\n    triggers:\n      - schedule: cron({minute} 1 * * ? *)\n      - event: e{job}\n    emits: [{emits}]"
        )
        .expect("writing to a string does not fail");
    }
    spec
}

fn read(spec: &str) -> Pipeline {
    let parsed = pipeline::parse(spec, &Surroundings::default());
    assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics.first());
    parsed.pipeline.expect("a good spec")
}

fn files(spec: &str) -> Vec<GeneratedFile> {
    let pipeline = read(spec);
    let mut files = terraform::render(&pipeline, "pipeline.yaml");
    files.push(GeneratedFile {
        path: "generated.rs".to_owned(),
        text: typed_events::render(&pipeline, "pipeline.yaml").expect("distinct names"),
    });
    files
}

fn write(spec: &str, folder: &tempfile::TempDir) {
    let compared = files(spec)
        .into_iter()
        .map(|file| Compared::new(folder.path(), file)?.beside(folder.path()));
    let compared: Vec<Compared> = compared
        .map(|file| file.expect("an empty folder"))
        .collect();
    let changes = Changes::gather(folder.path(), compared, &["terraform/pipeline"]);
    let changes = changes.expect("an empty folder");
    changes.apply(folder.path()).expect("a folder to write to");
}

fn generate(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("generate");
    group.sample_size(10);
    for jobs in [1_000, 10_000] {
        let spec = spec(jobs);
        group.throughput(Throughput::Elements(jobs as u64));
        group.bench_with_input(BenchmarkId::new("text", jobs), &spec, |bench, spec| {
            bench.iter(|| black_box(files(spec)));
        });
        group.bench_with_input(BenchmarkId::new("disk", jobs), &spec, |bench, spec| {
            let folder = || tempfile::tempdir().expect("a temporary folder");
            bench.iter_batched_ref(
                folder,
                |folder| write(spec, folder),
                BatchSize::PerIteration,
            );
        });
        group.bench_with_input(
            BenchmarkId::new("serde-saphyr", jobs),
            &spec,
            |bench, spec| {
                let options = serde_saphyr::options! { budget: None };
                bench.iter(|| {
                    let tree: serde_json::Value =
                        serde_saphyr::from_str_with_options(spec, options.clone()).expect("YAML");
                    black_box(tree)
                });
            },
        );
    }
    group.finish();
}

criterion_group!(benches, generate);
criterion_main!(benches);
