//! Cases from text to verdict, without a local bus: what holds of every text, and how edits keep the rest as it is.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at what it does not expect"
)]

use cases::{Bench, Case, CaseFile, Happened, Place, judge, read, record};
use jiff::Timestamp;
use pipeline::{Pipeline, Surroundings};

const SPEC: &str = "
pipeline: p
source: s
events:
  a: { detail_type: A, external: true, detail: { n: integer } }
  b: { detail_type: B, detail: { n: integer } }
jobs:
  one: { function: { package: one }, triggers: [{ event: a, where: { n: [{ numeric: ['>', 1] }] } }], emits: [b] }
  two: { function: { package: two }, triggers: [{ event: b }, { id: nightly, schedule: cron(0 1 * * ? *) }] }
  all: { deliver_to: queue, triggers: [{ pattern: { source: [s] } }] }
  off: { deliver_to: queue, triggers: [{ event: a, enabled: false }] }
";

fn pipeline() -> Pipeline {
    let parsed = pipeline::parse(SPEC, &Surroundings::default());
    assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
    parsed.pipeline.unwrap()
}

fn bench(pipeline: &Pipeline) -> Bench<'_> {
    let place = Place {
        environment: "local".to_owned(),
        account: "000000000000".to_owned(),
        region: "us-east-1".to_owned(),
    };
    Bench::new(pipeline, place).unwrap()
}

fn read_text(bench: &Bench<'_>, text: &str) -> CaseFile {
    read(bench, text, Timestamp::UNIX_EPOCH, true)
}

/// What is recorded of the cases that only match.
fn recorded(bench: &Bench<'_>, text: &str) -> String {
    let file = read_text(bench, text);
    let mut edits = Vec::new();
    for case in &file.cases {
        let happened = bench.matched(case).unwrap();
        let document = file.document.as_ref().unwrap();
        edits.extend(record(bench, document, text, case, &happened));
    }
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span));
    let mut text = text.to_owned();
    for edit in edits {
        text.replace_range(edit.span.range(), &edit.text);
    }
    text
}

fn case(expect: &str) -> String {
    format!("cases:\n  c:\n    only: match\n    event: a\n    detail: {{ n: 5 }}\n{expect}")
}

/// Asserts what a case's text becomes, that it then passes, and that it stays so.
#[track_caller]
fn check_recorded(expect: &str, expected: &str) {
    let pipeline = pipeline();
    let bench = bench(&pipeline);
    let written = recorded(&bench, &case(expect));
    assert_eq!(written, case(expected));
    let file = read(&bench, &written, Timestamp::UNIX_EPOCH, false);
    assert!(file.diagnostics.is_empty(), "{:?}", file.diagnostics);
    let verdict = |case: &Case, happened: &Happened| judge(&bench, case, happened);
    let happened = bench.matched(&file.cases[0]).unwrap();
    assert_eq!(verdict(&file.cases[0], &happened), []);
    assert_eq!(recorded(&bench, &written), written);
}

#[test]
fn a_list_keeps_what_is_right_in_every_layout() {
    for (expect, expected) in [
        ("", "    expect: { matches: [one, all] }\n"),
        ("    expect:\n", "    expect: { matches: [one, all] }\n"),
        (
            "    expect: {} # x\n",
            "    expect: { matches: [one, all] } # x\n",
        ),
        (
            "    expect: { matches: } # x\n",
            "    expect: { matches: [one, all] } # x\n",
        ),
        (
            "    expect: { matches: [] }\n",
            "    expect: { matches: [one, all] }\n",
        ),
        (
            "    expect: { matches: [ two , one ], misses: [two/event, all] }\n",
            "    expect: { matches: [one, all], misses: [two/event] }\n",
        ),
        (
            "    expect:\n      matches:\n        - one # x\n        - two # y\n      # z\n",
            "    expect:\n      matches:\n        - one # x\n        - all\n      # z\n",
        ),
        (
            "    expect:\n      matches:\n      - two\n      - one\n",
            "    expect:\n      matches:\n      - one\n      - all\n",
        ),
        (
            "    expect:\n      misses:\n        - one\n      matches: [all/pattern, one] # x\n",
            "    expect:\n      misses: []\n      matches: [all/pattern, one] # x\n",
        ),
        (
            "    expect:\n      matches: [\n        one, # x\n        two,\n      ]\n",
            "    expect:\n      matches: [one, all]\n",
        ),
    ] {
        check_recorded(expect, expected);
    }
}

#[test]
fn what_an_alias_means_stays() {
    let pipeline = pipeline();
    let bench = bench(&pipeline);
    for text in [
        "cases:\n  c: &c { only: match, event: a, detail: { n: 5 }, expect: { matches: [one, all] } }\n  d: { <<: *c, detail: { n: 1 } }\n",
        "cases:\n  c: &c { only: match, event: a, detail: { n: 5 }, expect: &e { matches: [one, all] } }\n  d: { only: match, event: b, detail: { n: 1 }, expect: *e }\n",
    ] {
        let file = read_text(&bench, text);
        assert_eq!(
            (file.cases.len(), file.diagnostics.len()),
            (2, 0),
            "{:?}",
            file.diagnostics
        );
        let happened = bench.matched(&file.cases[1]).unwrap();
        assert!(!judge(&bench, &file.cases[1], &happened).is_empty());
        assert_eq!(recorded(&bench, text), text);
    }
}

#[test]
fn a_trigger_that_does_not_match_is_explained() {
    let pipeline = pipeline();
    let bench = bench(&pipeline);
    for (detail, expected, why) in [
        (
            "{ n: 1 }",
            "one",
            "`one/event` does not match: detail.n: wants a number > 1; there is 1",
        ),
        (
            "{ n: 5 }",
            "two",
            "`two/event` does not match: detail-type: wants \"B\"; there is \"A\"",
        ),
        ("{ n: 5 }", "off", "`off/event` is disabled"),
    ] {
        let text = format!(
            "cases: {{ c: {{ only: match, event: a, detail: {detail}, expect: {{ matches: [{expected}] }} }} }}"
        );
        let file = read_text(&bench, &text);
        let happened = bench.matched(&file.cases[0]).unwrap();
        let wrong = judge(&bench, &file.cases[0], &happened);
        let notes: Vec<&String> = wrong.iter().flat_map(|wrong| &wrong.notes).collect();
        assert!(notes.iter().any(|note| *note == why), "{notes:?}");
    }
    // On another bus it cannot match, and that is why.
    let text = "cases: { c: { only: match, event: a, bus: others, detail: { n: 5 }, expect: { matches: [one] } } }";
    let file = read_text(&bench, text);
    let happened = bench.matched(&file.cases[0]).unwrap();
    let wrong = judge(&bench, &file.cases[0], &happened);
    assert_eq!(
        wrong[0].notes[0],
        "`one/event` waits on the bus `default`, and the event is on `others`"
    );
}

/// A text as people leave it in the middle of typing: cut at every place, without any one line, or with any one character
/// doubled. It is read, or its mistakes are reported; and what is recorded can be read again.
#[test]
fn no_text_is_too_broken_to_be_read() {
    const TEXT: &str = "\
from: 2026-01-01T00:00:00Z
stub: { one: [{ fails: 1 }, { emits: [{ event: b, detail: { n: 2 } }] }], two: {} }
cases:
  é: &x
    only: match
    event: a
    detail: { n: 5 } # ü
    expect:
      matches: # x
        - one
        - two/event
      misses: [all]
  s:
    steps:
      - { event: { source: s, detail-type: A, detail: { n: 1, event_type: a } }, bus: default }
      - { after: 5m, schedules: { until: 2026-01-02T00:00:00Z } }
    faults: { throttle: 0.5 }
    expect: { runs: [{ job: two, within: 1s }], emits: [{ event: b, detail: { n: [{ numeric: ['>', 1] }] } }], queues: { all: 3, two/failures: [a] }, within: 1h }
  y: *x
";
    let pipeline = pipeline();
    let bench = bench(&pipeline);
    let whole = read_text(&bench, TEXT);
    assert!(whole.diagnostics.is_empty(), "{:?}", whole.diagnostics);
    let mut texts: Vec<String> = Vec::new();
    for (at, c) in TEXT.char_indices() {
        texts.push(TEXT[..at].to_owned());
        let mut doubled = TEXT.to_owned();
        doubled.insert(at, c);
        texts.push(doubled);
    }
    let lines: Vec<&str> = TEXT.lines().collect();
    for left_out in 0..lines.len() {
        let kept = lines
            .iter()
            .enumerate()
            .filter(|(place, _)| *place != left_out);
        let kept: Vec<&str> = kept.map(|(_, line)| *line).collect();
        texts.push(kept.join("\r\n"));
    }
    let mut read_well = 0;
    for text in &texts {
        let file = read_text(&bench, text);
        for found in &file.diagnostics {
            assert!(text.get(found.span.range()).is_some(), "{found:?}\n{text}");
        }
        let (Some(document), true) = (&file.document, file.diagnostics.is_empty()) else {
            continue;
        };
        read_well += 1;
        for case in file.cases.iter().filter(|case| case.only_match) {
            let Ok(happened) = bench.matched(case) else {
                continue;
            };
            let _ = judge(&bench, case, &happened);
            for edit in record(&bench, document, text, case, &happened) {
                assert!(text.get(edit.span.range()).is_some(), "{edit:?}\n{text}");
            }
        }
    }
    assert!(read_well > 100, "{read_well}");
}
