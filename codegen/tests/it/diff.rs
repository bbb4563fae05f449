//! `codegen diff`: what it says of changes, against what the local bus does with recorded events, and against Terraform.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Output;

use codegen::local;
use emulator::{Config, Emulator, Record, Step, Time};
use eventbridge::put_events::Entry;
use pipeline::resources::Resources;
use pipeline::{Pipeline, Surroundings};
use serde_json::{Value, json};
use snapbox::{Data, assert_data_eq};
use tokio::net::TcpListener;

use crate::support::{codegen, stderr, stdout};

const SPEC: &str = include_str!("../diff/pipeline.yaml");

/// Changes of the spec: what stands in it, and what comes instead.
const CHANGES: [(&str, &str, &str); 10] = [
    (
        "a pattern lets less through",
        "where: { total: [{ numeric: [\">=\", 50] }] }",
        "where: { total: [{ numeric: [\">=\", 80] }], channel: [web] }",
    ),
    (
        "a job is added",
        "  refund:\n",
        "  audit:\n    deliver_to: topic\n    triggers:\n      - { event: order.placed, where: { channel: [shop] } }\n      - { event: stock.low, id: stock, where: { sku: [{ prefix: s-1 }] } }\n  refund:\n",
    ),
    (
        "a job is removed",
        "  refund:\n    deliver_to: queue\n    triggers: [{ event: order.returned }]\n",
        "",
    ),
    (
        "a job gets another name and keeps what it has",
        "  refund:\n",
        "  pay-back:\n    renamed_from: refund\n",
    ),
    (
        "a trigger is switched off, and tried longer",
        "    triggers: [{ event: order.returned }]\n",
        "    triggers: [{ event: order.returned, enabled: false, delivery: { max_attempts: 10 } }]\n",
    ),
    (
        "a pattern waits for another source",
        "source: [shop, warehouse]",
        "source: [shop, { prefix: ware }, depot]",
    ),
    (
        "a schedule has another hour and zone",
        "cron(0 8 ? * MON *)\n        timezone: Europe/Berlin",
        "cron(0 7 ? * MON-FRI *)\n        timezone: America/New_York",
    ),
    (
        "a function has other settings and rights",
        "      memory_mb: 256\n      environment: { BUCKET: \"${bucket}\" }\n      permissions: [{ actions: [s3:GetObject], resources: [\"arn:aws:s3:::${bucket}/*\"] }]\n",
        "      memory_mb: 512\n      timeout: 2m\n      environment: { BUCKET: \"${bucket}\", MODE: fast }\n      permissions: [{ actions: [s3:GetObject, s3:PutObject], resources: [\"arn:aws:s3:::${bucket}/*\"] }]\n",
    ),
    (
        "an event changes for those who read and write it",
        "detail: { order_id: string, total: integer, channel: \"enum(web, shop)\" }",
        "detail: { order_id: string, total: number, channel: \"enum(web, shop)\", coupon: string }",
    ),
    (
        "the pipeline moves to a bus of its own, and keeps events for a week",
        "archive: { days: 30 }\n",
        "archive: { days: 7 }\nbus: orders\n",
    ),
];

/// How many events are recorded; more with `DIFF_EVENTS`.
const EVENTS: usize = 1_000;

/// How many of them are published before the bus delivers them.
const AT_ONCE: usize = 1_000;

fn changed(change: (&str, &str, &str)) -> String {
    let (title, from, to) = change;
    assert_eq!(SPEC.matches(from).count(), 1, "{title}");
    SPEC.replacen(from, to, 1)
}

fn parse(spec: &str) -> Pipeline {
    let parsed = pipeline::parse(spec, &Surroundings::default());
    assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
    parsed.pipeline.unwrap()
}

/// A folder with the spec before and the changed one.
fn folder(change: (&str, &str, &str)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("before.yaml"), SPEC).unwrap();
    fs::write(folder.path().join("pipeline.yaml"), changed(change)).unwrap();
    folder
}

fn diff(folder: &Path, arguments: &[&str]) -> Output {
    let now = "2026-03-01T00:00:00Z";
    let given = [
        "diff",
        "--against",
        "before.yaml",
        "--color",
        "never",
        "--now",
        now,
    ];
    let output = codegen(folder, &[&given, arguments].concat());
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        stderr(&output)
    );
    output
}

#[test]
fn ten_changes_are_told_as_recorded() {
    let mut told = String::new();
    for change in CHANGES {
        let folder = folder(change);
        let output = diff(folder.path(), &[]);
        let status = output.status.code().unwrap();
        let _infallible = write!(
            told,
            "## {}\n\n{}\n{}exit status {status}\n\n",
            change.0,
            stdout(&output),
            stderr(&output)
        );
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diff/told.txt");
    assert_data_eq!(told, Data::read_from(&golden, None).raw());
}

#[test]
fn nothing_is_told_if_nothing_changes() {
    let folder = tempfile::tempdir().unwrap();
    for file in ["before.yaml", "pipeline.yaml"] {
        fs::write(folder.path().join(file), SPEC).unwrap();
    }
    let output = diff(folder.path(), &[]);
    assert_eq!(stdout(&output), "nothing changes since before.yaml\n");
    assert_eq!(
        (stderr(&output).as_str(), output.status.code()),
        ("", Some(0))
    );
    let markdown = stdout(&diff(folder.path(), &["--format", "markdown"]));
    assert_eq!(
        markdown,
        "### What changes since `before.yaml`\n\nNothing changes.\n"
    );
}

/// The files of the generated module, by the address of each resource.
fn resources(pipeline: &Pipeline) -> BTreeMap<String, String> {
    let mut resources = BTreeMap::new();
    for file in terraform::render(pipeline, "pipeline.yaml") {
        for block in file.text.split("\n\n") {
            let mut words = block.trim_start().split('"');
            let is_resource = words
                .next()
                .is_some_and(|word| word.trim_end() == "resource");
            if let (true, Some(kind), _, Some(label)) =
                (is_resource, words.next(), words.next(), words.next())
            {
                resources.insert(format!("{kind}.{label}"), block.to_owned());
            }
        }
    }
    assert!(resources.len() > 20, "{}", resources.len());
    resources
}

/// Each change of the module is of a job that `diff` tells something about, or of the pipeline as a whole; and what
/// changes no module is told to change only what AWS does not know.
#[test]
fn what_changes_in_terraform_is_told() {
    let before = parse(SPEC);
    let old = resources(&before);
    let mut quiet = Vec::new();
    for change in CHANGES {
        let after = parse(&changed(change));
        let new = resources(&after);
        let addresses: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let differ = addresses.into_iter();
        let differ: Vec<&String> = differ.filter(|of| old.get(*of) != new.get(*of)).collect();
        if differ.is_empty() {
            quiet.push(change.0);
        }
        let folder = folder(change);
        let document = stdout(&diff(folder.path(), &["--format", "json"]));
        let document: Value = serde_json::from_str(&document).unwrap();
        let groups = document["changes"]["groups"].as_array().unwrap();
        let jobs: BTreeSet<String> = groups
            .iter()
            .filter(|group| group["of"] == "job")
            .flat_map(|group| [group["name"].as_str(), group["was"].as_str()])
            .flatten()
            .map(|job| job.replace('-', "_"))
            .collect();
        let is_whole = groups.iter().any(|group| group["of"] == "pipeline");
        for address in differ {
            let (_, label) = address.split_once('.').unwrap();
            let is_told = jobs.iter().any(|job| {
                label
                    .strip_prefix(job.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
            });
            // The dashboard has every job, and the policy of a log group or a bus is the pipeline's.
            let is_shared = ["pipeline", "job"].contains(&label) || address.contains("dashboard");
            assert!(
                is_told || is_whole || is_shared,
                "{}: {address} is not told: {jobs:?}",
                change.0
            );
        }
    }
    assert_eq!(quiet, ["an event changes for those who read and write it"]);
}

/// The events of a recording. Those of the pipeline are as declared before any change.
fn entries(count: usize) -> Vec<Entry> {
    let entries = (0..count).map(|number| {
        let order = format!("o-{number}");
        let channel = if number % 3 == 0 { "shop" } else { "web" };
        let (source, detail_type, detail) = match number % 10 {
            0 | 1 => ("shop", "OrderReturned", json!({ "event_type": "order.returned", "order_id": order })),
            2 => ("warehouse", "StockLow", json!({ "sku": format!("s-{number}") })),
            3 => ("depot", "Opened", json!({ "sku": format!("s-{number}") })),
            _ => {
                let detail = json!({
                    "event_type": "order.placed", "order_id": order, "total": number % 100, "channel": channel,
                });
                ("shop", "OrderPlaced", detail)
            }
        };
        Entry {
            source: source.to_owned(),
            detail_type: detail_type.to_owned(),
            detail: detail.to_string(),
            ..Entry::default()
        }
    });
    entries.collect()
}

/// Deliveries of an event by the job, as the spec after calls it.
type Deliveries = BTreeMap<String, u64>;

/// Lets the local bus of a pipeline have all events, and returns what it has delivered of each, and its trace.
async fn deliver(
    pipeline: &Pipeline,
    entries: &[Entry],
    names: &BTreeMap<String, String>,
    mut keep: impl FnMut(&Record),
) -> Vec<Deliveries> {
    let wiring = local::wiring(
        pipeline,
        Path::new("."),
        &BTreeMap::new(),
        &local::Here::default(),
    );
    let time = Time::Virtual("2026-03-01T00:00:00Z".parse().unwrap());
    let mut config = Config::new(time, wiring.unwrap());
    config.trace.most = Some(40 * AT_ONCE);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let bus = Emulator::start(config, listener).unwrap();
    let resources = Resources::new(pipeline);
    let mut job_of: BTreeMap<String, String> = BTreeMap::new();
    for job in &resources.jobs {
        let name = names.get(job.name()).cloned();
        for rule in &job.rules {
            let rule = rule.name.in_environment(local::ENVIRONMENT);
            job_of.insert(rule, name.clone().unwrap_or_else(|| job.name().to_owned()));
        }
    }
    let mut all = vec![Deliveries::new(); entries.len()];
    let mut seen = 0;
    for (chunk, published) in entries.chunks(AT_ONCE).enumerate() {
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for (at, entry) in published.iter().enumerate() {
            let mut entry = entry.clone();
            entry.event_bus_name = Some(pipeline.bus.name_in(local::ENVIRONMENT));
            places.insert(bus.publish(entry).unwrap(), chunk * AT_ONCE + at);
        }
        bus.settle().await;
        let mut started: BTreeMap<u64, (usize, String)> = BTreeMap::new();
        for record in bus.trace_since(seen) {
            seen = record.sequence + 1;
            keep(&record);
            match &record.step {
                Step::InvocationStart {
                    event,
                    delivery,
                    rule,
                    ..
                } => {
                    started.insert(*delivery, (places[&**event], job_of[&**rule].clone()));
                }
                Step::InvocationSuccess { delivery, .. } => {
                    let (place, job) = started.remove(delivery).unwrap();
                    *all[place].entry(job).or_default() += 1;
                }
                _ => {}
            }
        }
        assert!(started.is_empty(), "{started:?}");
    }
    bus.shutdown().await;
    all
}

/// What two lists of deliveries come to, as `diff` counts it: events that go elsewhere, and for each job that has others
/// the deliveries before, after, gained and lost.
fn compare(before: &[Deliveries], after: &[Deliveries]) -> (u64, BTreeMap<String, [u64; 4]>) {
    let mut elsewhere = 0;
    let mut jobs: BTreeMap<String, [u64; 4]> = BTreeMap::new();
    for (old, new) in before.iter().zip(after) {
        elsewhere += u64::from(old != new);
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for name in names {
            let count = |of: &Deliveries| of.get(name).copied().unwrap_or_default();
            let (was, is) = (count(old), count(new));
            let job = jobs.entry(name.clone()).or_default();
            let added = [was, is, is.saturating_sub(was), was.saturating_sub(is)];
            for (sum, more) in job.iter_mut().zip(added) {
                *sum += more;
            }
        }
    }
    jobs.retain(|_, job| job[2] + job[3] > 0);
    (elsewhere, jobs)
}

/// What `diff` says of a recording.
fn counted(folder: &Path) -> (u64, u64, BTreeMap<String, [u64; 4]>) {
    let given = ["--format", "json", "--recording", "trace.ndjson.gz"];
    let document = stdout(&diff(folder, &given));
    let document: Value = serde_json::from_str(&document).unwrap();
    let recorded = &document["recorded"];
    let number = |value: &Value| value.as_u64().unwrap();
    let jobs = recorded["jobs"].as_array().unwrap().iter().map(|job| {
        let keys = ["before", "after", "gained", "lost"];
        (
            job["job"].as_str().unwrap().to_owned(),
            keys.map(|key| number(&job[key])),
        )
    });
    let ways = recorded["ways"].as_array().unwrap();
    let of_ways: u64 = ways.iter().map(|way| number(&way["events"])).sum();
    assert_eq!(of_ways, number(&recorded["elsewhere"]));
    for way in ways {
        let examples = way["examples"].as_array().unwrap().len() as u64;
        assert_eq!(examples, number(&way["events"]).min(3), "{way}");
    }
    (
        number(&recorded["events"]),
        number(&recorded["elsewhere"]),
        jobs.collect(),
    )
}

/// The local bus has the events of a recording with either spec, and delivers what `diff` says.
#[test]
fn recorded_events_go_where_the_local_bus_delivers_them() {
    let count = std::env::var("DIFF_EVENTS").ok();
    let count = count.map_or(EVENTS, |count| count.parse().unwrap());
    let entries = entries(count);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let compressed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut recording = std::io::BufWriter::new(compressed);
    let none = BTreeMap::new();
    let renamed = BTreeMap::from([("refund".to_owned(), "pay-back".to_owned())]);
    let mut keep = |record: &Record| {
        let line = serde_json::to_string(record).unwrap();
        writeln!(recording, "{line}").unwrap();
    };
    let before = runtime.block_on(deliver(&parse(SPEC), &entries, &none, &mut keep));
    let recording = recording.into_inner().unwrap().finish().unwrap();
    let mut moved = 0;
    for change in CHANGES {
        let after = parse(&changed(change));
        let is_renamed = after.jobs.contains_key("pay-back");
        let before = before.iter().map(|event| {
            let event = event.iter().map(|(job, count)| {
                let now = renamed.get(job).filter(|_| is_renamed);
                (now.unwrap_or(job).clone(), *count)
            });
            event.collect()
        });
        let before: Vec<Deliveries> = before.collect();
        let delivered = runtime.block_on(deliver(&after, &entries, &none, |_| {}));
        let (elsewhere, jobs) = compare(&before, &delivered);
        let folder = folder(change);
        fs::write(folder.path().join("trace.ndjson.gz"), &recording).unwrap();
        let started = std::time::Instant::now();
        let said = counted(folder.path());
        let seconds = started.elapsed().as_secs_f64();
        eprintln!(
            "{}: {elsewhere} of {count} go elsewhere, {jobs:?}, told in {seconds:.2} s",
            change.0
        );
        assert_eq!(said, (count as u64, elsewhere, jobs), "{}", change.0);
        moved += elsewhere;
    }
    assert!(moved > 0);
}

#[test]
fn a_spec_with_mistakes_is_not_compared_and_lines_that_are_no_events_are_told() {
    let folder = folder(CHANGES[0]);
    let lines = "nothing\n[]\n{\n\u{0}\n{\"source\":\"shop\",\"detail-type\":\"OrderPlaced\",\"detail\":{\"event_type\":\"order.placed\",\"total\":60}}\n";
    fs::write(folder.path().join("events.ndjson"), lines).unwrap();
    let output = diff(folder.path(), &["--recording", "events.ndjson"]);
    let said = stderr(&output);
    assert!(
        said.contains("events.ndjson:1: ") && said.contains("events.ndjson:3: "),
        "{said}"
    );
    assert!(said.contains("1 other line is no event"), "{said}");
    assert!(
        stdout(&output).contains("recorded events: 1 of 1 go elsewhere"),
        "{output:?}"
    );
    let missing = codegen(
        folder.path(),
        &["diff", "--against", "before.yaml", "--recording", "none"],
    );
    assert_eq!(missing.status.code(), Some(2));
    assert!(stderr(&missing).contains("cannot open none"), "{missing:?}");
    fs::write(folder.path().join("pipeline.yaml"), "pipeline: shop\n").unwrap();
    let output = diff(folder.path(), &[]);
    assert_eq!(
        (stdout(&output).as_str(), output.status.code()),
        ("", Some(1))
    );
    assert!(stderr(&output).contains("error[missing-key]"), "{output:?}");
}
