//! What the worst patterns and events cost: time, and memory at its peak. Beside them, a usual pattern and
//! event of the same sizes.
//!
//! `cargo bench --package eventbridge --bench bounds`

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "it takes the time, and prints a table"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use eventbridge::pattern::{Event, Pattern, RuleSet};
use eventbridge::transformer::{InputTransformer, RuleFacts};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const CHARACTERS: usize = 4000;
const EVENT_BYTES: usize = 1024 * 1024 - 1024;
const ROUNDS: usize = 7;

/// The median time of a few rounds, and the most memory that one took.
fn cost(mut work: impl FnMut()) -> (Duration, usize) {
    let mut times = Vec::new();
    let mut most = 0;
    for _ in 0..ROUNDS {
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        let start = Instant::now();
        work();
        times.push(start.elapsed());
        most = most.max(MEMORY.peak_usage().saturating_sub(before));
    }
    times.sort_unstable();
    (times[ROUNDS / 2], most)
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn line(name: &str, (time, bytes): (Duration, usize)) {
    let milliseconds = time.as_secs_f64() * 1e3;
    println!(
        "| {name} | {milliseconds:.2} ms | {:.2} MB |",
        bytes as f64 / 1e6
    );
}

/// Joins items with commas, up to a number of bytes.
fn filled(bytes: usize, mut item: impl FnMut(usize) -> String) -> String {
    let mut text = String::new();
    for place in 0.. {
        let next = item(place);
        if text.len() + next.len() + 1 > bytes {
            break;
        }
        if place > 0 {
            text.push(',');
        }
        text.push_str(&next);
    }
    text
}

fn patterns() -> Vec<(&'static str, String)> {
    let field = |place| format!("\"f{place}\":[1]");
    let or = |name: &str, count: usize| {
        let alternatives: Vec<String> = (0..count)
            .map(|place| format!("{{\"{name}\":[{place}]}}"))
            .collect();
        format!("\"{name}{name}\":{{\"$or\":[{}]}}", alternatives.join(","))
    };
    let thousand = [or("x", 10), or("y", 10), or("z", 10)].join(",");
    let rest: Vec<String> = (0..250).map(field).collect();
    let rest = rest.join(",");
    let many = |test: fn(usize) -> String| format!("{{\"a\":[{}]}}", filled(CHARACTERS - 10, test));
    vec![
        (
            "usual: 4,000 characters of prefixes",
            many(|place| format!("{{\"prefix\":\"p{place}\"}}")),
        ),
        ("1,000 combinations before 250 fields", {
            format!("{{{thousand},{rest}}}")
        }),
        ("1,000 combinations after 250 fields", {
            format!("{{{rest},{thousand}}}")
        }),
        ("plain numbers", many(|place| place.to_string())),
        (
            "ranges",
            many(|place| format!("{{\"numeric\":[\">\",{place}]}}")),
        ),
        (
            "anything-but",
            many(|place| format!("{{\"anything-but\":{place}}}")),
        ),
        (
            "suffixes in any case",
            many(|place| format!("{{\"suffix\":{{\"equals-ignore-case\":\"ß{place}\"}}}}")),
        ),
        (
            "a wildcard of 3,900 letters",
            format!("{{\"a\":[{{\"wildcard\":\"*{}*\"}}]}}", letters(3900)),
        ),
        (
            "1,000 combinations before a wildcard of 3,000 letters",
            format!(
                "{{{thousand},\"~\":[{{\"wildcard\":\"*{}*\"}}]}}",
                letters(3000)
            ),
        ),
    ]
}

/// Letters that repeat little: a text can fit only a few of their starts at a time.
fn letters(count: u32) -> String {
    let letter = |place: u32| {
        let mixed = place.wrapping_mul(2_654_435_761) >> 20 & 15;
        char::from(b'a' + u8::try_from(mixed).unwrap_or(0))
    };
    (0..count).map(letter).collect()
}

/// A name, a pattern, and an event that is bad for it.
type Bad = (&'static str, String, String);

/// Makes a pattern of one field that is full of tests.
fn many(test: fn(usize) -> String) -> String {
    format!("{{\"a\":[{}]}}", filled(CHARACTERS - 10, test))
}

/// An event of a megabyte with one list.
fn list(item: fn(usize) -> String) -> String {
    format!("{{\"a\":[{}]}}", filled(EVENT_BYTES, item))
}

const TWO_FIELDS: &str = r#"{"a":{"b":[1],"c":[1]}}"#;

/// Arrays of which each is open while all further ones are searched, as their names stand between those of its
/// own fields; no choice of elements agrees.
fn arrays_around_arrays(bytes: usize) -> (String, String) {
    const ARRAYS: usize = 24;
    let name = |place: usize| "k".to_owned() + &".b".repeat(place);
    let fields = (0..ARRAYS)
        .flat_map(|place| [".a", ".z"].map(|field| format!("\"{}{field}\":[1]", name(place))));
    let fields: Vec<String> = fields.collect();
    let arrays = (0..ARRAYS).map(|place| {
        let last = if place == 0 { 2 } else { 1 };
        let element = format!("{{\"a\":1,\"z\":{last}}}");
        let more = filled(bytes / ARRAYS, |_| element.clone());
        format!("\"{}\":[{element}{more},{{\"a\":2,\"z\":1}}]", name(place)).replace("}{", "},{")
    });
    let arrays: Vec<String> = arrays.collect();
    let braced = |items: &[String]| format!("{{{}}}", items.join(","));
    (braced(&fields), braced(&arrays))
}

fn events_with_arrays() -> Vec<Bad> {
    let (pattern, small) = arrays_around_arrays(24 * 30);
    let (_, large) = arrays_around_arrays(EVENT_BYTES);
    let or = |name: &str, count: usize| {
        let alternatives: Vec<String> = (0..count)
            .map(|place| format!("{{\"{name}\":[{place}]}}"))
            .collect();
        format!("{{\"$or\":[{}]}}", alternatives.join(","))
    };
    let deep = filled(EVENT_BYTES - 2000, |_| "{\"c\":1}".to_owned());
    vec![
        ("1 KB, 24 arrays around arrays", pattern.clone(), small),
        ("a megabyte, 24 arrays around arrays", pattern, large),
        (
            "elements of one array, none agrees",
            TWO_FIELDS.to_owned(),
            list(|place| format!("{{\"{}\":1}}", ["b", "c"][place % 2])),
        ),
        (
            "lists in lists, 1,000 deep",
            TWO_FIELDS.to_owned(),
            format!(
                "{{\"a\":{}{{\"b\":1}},{deep}{}}}",
                "[".repeat(998),
                "]".repeat(998)
            ),
        ),
        (
            "1,000 combinations, two arrays",
            format!("{{\"a\":{{\"x\":{},\"y\":{}}}}}", or("p", 31), or("q", 32)),
            list(|place| {
                let (field, inner) = [("x", "p"), ("y", "q")][place % 2];
                format!("{{\"{field}\":{{\"{inner}\":{}}}}}", place % 31)
            }),
        ),
    ]
}

fn events() -> Vec<Bad> {
    let exclusions = filled(CHARACTERS - 20, |place| {
        format!("{{\"a\":[{{\"anything-but\":{place}}}],\"b\":[1]}}")
    });
    let ones = filled(EVENT_BYTES - 12_000, |_| "1".to_owned());
    let mut events = vec![
        (
            "usual: a megabyte, 250 prefixes",
            many(|place| format!("{{\"prefix\":\"p{place}\"}}")),
            list(|place| format!("\"value {place}\"")),
        ),
        (
            "objects, 1,000 deep, with dots in keys",
            "{\"a\":{\"b\":[1],\"c\":[2]}}".to_owned(),
            format!(
                "{{{}\"x\":[{ones}]{}}}",
                "\"a.a.a\":{".repeat(998),
                "}".repeat(998)
            ),
        ),
        (
            "200 ranges, many numbers",
            many(|place| format!("{{\"numeric\":[\"<\",-{place}]}}")),
            list(|place| format!("{}.5", place % 250)),
        ),
        (
            "100 exclusions, many numbers",
            format!("{{\"$or\":[{exclusions}]}}"),
            list(|place| (place % 100).to_string()),
        ),
        (
            "wildcards on a string of a megabyte",
            r#"{"a":[{"wildcard":"*aab*"},{"wildcard":"b*aaab"}]}"#.to_owned(),
            format!("{{\"a\":\"{}\"}}", "a".repeat(EVENT_BYTES)),
        ),
        (
            "any case on a string of a megabyte",
            r#"{"a":[{"suffix":{"equals-ignore-case":"ßßßß"}},{"equals-ignore-case":"İİ"}]}"#
                .to_owned(),
            format!("{{\"a\":\"{}\"}}", "ß".repeat(EVENT_BYTES / 2)),
        ),
        (
            "a number of a megabyte",
            r#"{"a":[{"numeric":["<",1]},5]}"#.to_owned(),
            format!("{{\"a\":{}}}", "7".repeat(EVENT_BYTES)),
        ),
    ];
    events.extend(events_with_arrays());
    events
}

/// An input transformer whose template has one variable as often as it can.
fn transformer() {
    let paths = [("a".to_owned(), "$.detail.zz".to_owned())];
    let template = format!("\"{}\"", "<a>".repeat(2600));
    let transformer = InputTransformer::new(paths.into(), &template).expect("a template");
    let detail = filled(EVENT_BYTES, |place| format!("\"k{place}\":{place}"));
    let event = format!("{{\"detail\":{{{detail}}}}}");
    println!("\n| Input of an event of a megabyte | Time | Memory |\n|---|--:|--:|");
    line(
        "one variable 2,600 times",
        cost(|| {
            black_box(
                transformer
                    .apply(&event, &RuleFacts::default())
                    .expect("an input"),
            );
        }),
    );
}

fn main() {
    // `cargo test --benches` only wants to see that it builds.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    println!(
        "| Pattern of 4,000 characters: checked and compiled | Time | Memory |\n|---|--:|--:|"
    );
    for (name, text) in patterns() {
        assert!(text.len() <= 4096, "{name}: {}", text.len());
        line(
            name,
            cost(|| {
                let pattern = Pattern::parse(&text).expect(name);
                black_box(pattern.warnings());
                black_box(RuleSet::new([&pattern]));
            }),
        );
    }
    let long = format!("{{\"a\":[{}]}}", filled(160_000, |place| place.to_string()));
    line(
        "160 KB, refused",
        cost(|| assert!(Pattern::parse(&long).is_err())),
    );
    println!("\n| Event, in a set of rules | Time | Memory | Undecided |\n|---|--:|--:|---|");
    for (name, pattern, event) in events() {
        let pattern = Pattern::parse(&pattern).expect(name);
        let set = RuleSet::new([&pattern]);
        let mut undecided = false;
        let (time, bytes) = cost(|| {
            let mut matcher = set.matcher();
            black_box(matcher.matches(&event).expect(name));
            undecided = !matcher.undecided().is_empty();
        });
        #[expect(clippy::cast_precision_loss, reason = "for people")]
        let megabytes = bytes as f64 / 1e6;
        let milliseconds = time.as_secs_f64() * 1e3;
        println!("| {name} | {milliseconds:.2} ms | {megabytes:.2} MB | {undecided} |");
    }
    println!("\n| Event, read and matched by the simple matcher | Time | Memory |\n|---|--:|--:|");
    for (name, pattern, event) in events() {
        let pattern = Pattern::parse(&pattern).expect(name);
        line(
            name,
            cost(|| {
                let event = Event::parse(&event).expect(name);
                black_box(pattern.matches(&event));
            }),
        );
    }
    transformer();
}
