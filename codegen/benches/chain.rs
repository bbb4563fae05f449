//! How long the three functions of SpendSense take on the local bus, from `user.signup` until nothing
//! is on its way.
//!
//! `warm` is a chain over processes that wait for work; `cold` starts the bus and all three processes;
//! `one-function` publishes `persona.assigned`, which starts the last function alone: the floor that
//! the chain is three times of. They work on a SQLite file, for a user with half a year of transactions.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use codegen::local;
use criterion::{Criterion, criterion_group, criterion_main};
use emulator::{Config, Emulator, Report, Time};
use eventbridge::put_events::Entry;
use jiff::Timestamp;
use pipeline::{Pipeline, Surroundings};
use spendsense::store::Writes;
use spendsense_tools::archetype::Archetype;
use spendsense_tools::people::People;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

fn spendsense() -> Pipeline {
    let spec = std::fs::read_to_string(root().join("pipeline.yaml")).expect("pipeline.yaml");
    let parsed = pipeline::parse(&spec, &Surroundings::default());
    parsed.pipeline.expect("a good spec")
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Builds the functions as the benchmarks are built.
fn binaries(pipeline: &Pipeline) -> BTreeMap<String, PathBuf> {
    let packages = local::packages(pipeline);
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["build", "--release", "--quiet"])
        .current_dir(root());
    for package in &packages {
        cargo.args(["--package", package]);
    }
    assert!(cargo.status().expect("cargo").success());
    // The benchmark lies in `<target>/release/deps`.
    let this = std::env::current_exe().expect("a path");
    let folder = this
        .parent()
        .and_then(Path::parent)
        .expect("a target folder");
    let path = |package: &&str| ((*package).to_owned(), folder.join(package));
    packages.iter().map(path).collect()
}

/// A database with `u-1`.
async fn seed(url: &str) {
    let people = People {
        seed: 1,
        until: "2025-12-31".parse().expect("a day"),
    };
    let person = people.of_archetype("u-1".to_owned(), Archetype::HighUtilization);
    let mut writes = Writes::default();
    person.write(&mut writes);
    let store = spendsense_tools::migrated(url).await.expect("a database");
    store.write(&writes).await.expect("good rows");
}

async fn start(
    pipeline: &Pipeline,
    binaries: &BTreeMap<String, PathBuf>,
    database: &str,
) -> Emulator {
    let mut wiring = local::wiring(pipeline, root(), binaries, &local::Here::default())
        .expect("a good pipeline");
    for function in wiring.functions.values_mut() {
        let database = database.to_owned();
        function
            .environment
            .insert("DATABASE_URL".to_owned(), database);
    }
    let config = Config::new(Time::Virtual(Timestamp::now()), wiring);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    Emulator::start(config, listener).expect("a bus")
}

fn event(name: &str, detail_type: &str) -> Entry {
    Entry {
        source: "spendsense".to_owned(),
        detail_type: detail_type.to_owned(),
        detail: format!(
            r#"{{"event_type":"{name}","user_id":"u-1","timestamp":"2026-01-01T00:00:00Z"}}"#
        ),
        ..Entry::default()
    }
}

async fn publish(bus: &Emulator, entry: &Entry) {
    bus.publish(entry.clone()).expect("a good event");
    bus.settle().await;
}

fn chain(criterion: &mut Criterion) {
    let pipeline = spendsense();
    let binaries = binaries(&pipeline);
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let database = format!("sqlite:{}/spendsense.sqlite", folder.path().display());
    runtime.block_on(seed(&database));
    let signup = event("user.signup", "User Signup");
    let assigned = event("persona.assigned", "Persona Assigned");
    let mut group = criterion.benchmark_group("chain");
    group.sample_size(20);
    group.bench_function("cold", |bench| {
        bench.iter(|| {
            runtime.block_on(async {
                let bus = start(&pipeline, &binaries, &database).await;
                publish(&bus, &signup).await;
                bus.shutdown().await;
            });
        });
    });
    let bus = runtime.block_on(start(&pipeline, &binaries, &database));
    runtime.block_on(publish(&bus, &signup));
    let report = Report::new(&bus.trace());
    assert!(report.is_fine(), "{report}");
    group.bench_function("warm", |bench| {
        bench.iter(|| runtime.block_on(publish(&bus, &signup)));
    });
    group.bench_function("one-function", |bench| {
        bench.iter(|| runtime.block_on(publish(&bus, &assigned)));
    });
    runtime.block_on(bus.shutdown());
    group.finish();
}

criterion_group!(benches, chain);
criterion_main!(benches);
