//! From an event to functions, their failures and their own events.

use std::time::Duration;

use emulator::{Failure, Record, Step, Tree, TreeOptions};
use eventbridge::put_events::Entry;
use serde_json::{Value, json};

use crate::support::{binary, config, function, matching, rule, start, steps, told, trace_of};

fn failure(trace: &[Record]) -> Failure {
    let failures = trace.iter().filter_map(|record| match &record.step {
        Step::FunctionError { failure, .. } => Some(failure.clone()),
        _ => None,
    });
    let failures: Vec<Failure> = failures.collect();
    assert!(
        failures.windows(2).all(|pair| pair[0] == pair[1]),
        "{failures:?}"
    );
    failures.into_iter().next().unwrap()
}

#[tokio::test]
async fn an_event_that_a_function_emits_is_its_child() {
    let detail = json!({ "do": "emit", "next": { "event_type": "second", "account": "u" } });
    let trace = trace_of(config(function()), detail).await;
    let first = trace.iter().find_map(|record| match &record.step {
        Step::FunctionStart { request, .. } => Some(request.clone()),
        _ => None,
    });
    let emitted_by = trace.iter().find_map(|record| match &record.step {
        Step::EventReceipt {
            event_type: Some(name),
            emitted_by,
            ..
        } if name == "second" => Some(emitted_by.clone()),
        _ => None,
    });
    assert_eq!(emitted_by, Some(first));
    let tree = Tree::new(&trace).draw(TreeOptions::default());
    let shape: Vec<&str> = tree
        .lines()
        .map(|line| line.split("  ok").next().unwrap())
        .collect();
    assert_eq!(
        shape,
        [
            "test / Told",
            "└─ all",
            "   └─ f",
            "      └─ second  u",
            "         └─ all",
            "            └─ f",
        ]
    );
}

#[tokio::test]
async fn a_failed_run_is_retried_after_one_and_two_minutes() {
    let trace = trace_of(config(function()), json!({ "do": "fail" })).await;
    assert_eq!(
        steps(&trace),
        [
            "0 EVENT_RECEIPT",
            "0 RULE_MATCH",
            "0 INVOCATION_START",
            "0 INVOCATION_ATTEMPT_START",
            "0 INVOCATION_ATTEMPT_SUCCESS",
            "0 INVOCATION_SUCCESS",
            "0 FUNCTION_START",
            "0 FUNCTION_ERROR",
            "60 FUNCTION_START",
            "60 FUNCTION_ERROR",
            "180 FUNCTION_START",
            "180 FUNCTION_ERROR",
            "180 FUNCTION_FAILURE",
        ]
    );
    let Failure::Handler { message, .. } = failure(&trace) else {
        panic!("{trace:?}");
    };
    assert_eq!(message, "as it was told");
}

#[tokio::test]
async fn a_panic_is_a_failed_run() {
    let trace = trace_of(config(function()), json!({ "do": "panic" })).await;
    let expected = Failure::Panic {
        message: "as it was told".to_owned(),
    };
    assert_eq!(failure(&trace), expected);
}

#[tokio::test]
async fn a_process_that_ends_is_a_crash() {
    let trace = trace_of(config(function()), json!({ "do": "exit" })).await;
    let expected = Failure::Crash {
        status: "exit status: 7".to_owned(),
    };
    assert_eq!(failure(&trace), expected);
}

#[tokio::test]
async fn a_run_beyond_its_timeout_is_stopped() {
    let mut function = function();
    function.timeout = Duration::from_secs(1);
    function.max_attempts = 0;
    let trace = trace_of(config(function), json!({ "do": "hang" })).await;
    assert_eq!(failure(&trace), Failure::Timeout { seconds: 1 });
}

#[tokio::test]
async fn a_function_that_does_not_start_says_why() {
    let mut ending = function();
    ending
        .environment
        .insert("ENDS_AT_START".to_owned(), "1".to_owned());
    let trace = trace_of(config(ending), json!({})).await;
    assert!(matches!(failure(&trace), Failure::Init { .. }), "{trace:?}");
    let written = trace.iter().any(|record| {
        matches!(&record.step, Step::FunctionLog { line, .. } if line.contains("does not start"))
    });
    assert!(written, "{trace:?}");

    let mut missing = function();
    missing.command = binary().join("missing");
    let trace = trace_of(config(missing), json!({})).await;
    assert!(
        matches!(failure(&trace), Failure::Start { .. }),
        "{trace:?}"
    );
}

#[tokio::test]
async fn a_process_is_used_again() {
    let bus = start(config(function())).await;
    for _ in 0..2 {
        bus.publish(told(&json!({}))).unwrap();
        bus.settle().await;
    }
    let cold: Vec<bool> = bus
        .trace()
        .iter()
        .filter_map(|record| match record.step {
            Step::FunctionStart { cold, .. } => Some(cold),
            _ => None,
        })
        .collect();
    assert_eq!(cold, [true, false]);
}

#[tokio::test]
async fn an_event_that_nothing_matches_says_what_came_nearest() {
    let mut config = config(function());
    config.wiring.rules[0].enabled = false;
    let pattern = json!({ "source": ["test"], "detail": { "plan": ["premium"] } });
    config
        .wiring
        .rules
        .push(rule("premium", matching(&pattern)));
    let trace = trace_of(config, json!({ "plan": "Premium" })).await;
    let Step::NoStandardRulesMatched {
        nearest: Some(nearest),
        ..
    } = &trace[1].step
    else {
        panic!("{trace:?}");
    };
    assert_eq!(
        nearest.reason,
        "premium wants \"premium\" in `detail.plan`, and there is \"Premium\" \
         (\"Premium\" differs from \"premium\" only in case or spaces)"
    );
}

/// A pattern and a detail over arrays around arrays, `depth` of them, whose elements can be chosen in two ways
/// each, and never such that all fields agree.
fn arrays_around_arrays(depth: usize) -> (Value, Value) {
    let path = |place: usize| "k".to_owned() + &".b".repeat(place);
    let names = (0..depth).flat_map(|place| [".a", ".z"].map(|name| path(place) + name));
    let fields: serde_json::Map<_, _> = names.map(|name| (name, json!([1]))).collect();
    let arrays = (0..depth).map(|place| {
        let elements = match place {
            0 => json!([{ "a": 1, "z": 2 }, { "a": 2, "z": 1 }]),
            _ => json!([{ "a": 1, "z": 1 }, { "a": 1, "z": 1 }]),
        };
        (path(place), elements)
    });
    (Value::Object(fields), Value::Object(arrays.collect()))
}

#[tokio::test]
async fn what_takes_too_much_work_to_match_is_said_and_keeps_no_other_rule() {
    let (fields, detail) = arrays_around_arrays(24);
    let mut config = config(function());
    let pattern = json!({ "source": ["test"], "detail": fields });
    config.wiring.rules.push(rule("deep", matching(&pattern)));
    let trace = trace_of(config, detail).await;
    let steps = trace.iter().map(|record| &record.step);
    let undecided = steps.clone().filter_map(|step| match step {
        Step::RuleUndecided { rule, .. } => Some(&**rule),
        _ => None,
    });
    assert_eq!(undecided.collect::<Vec<_>>(), ["deep"]);
    let matched = steps.filter(|step| matches!(step, Step::RuleMatch { .. }));
    assert_eq!(matched.count(), 1);
}

#[tokio::test]
async fn half_a_surrogate_pair_keeps_no_rule_from_matching() {
    let mut config = config(function());
    for (name, detail) in [
        ("other", json!({ "n": [1] })),
        ("itself", json!({ "s": [{ "prefix": "caf" }] })),
        ("not", json!({ "s": ["cafe"] })),
    ] {
        let pattern = json!({ "source": ["test"], "detail": detail });
        config.wiring.rules.push(rule(name, matching(&pattern)));
    }
    let bus = start(config).await;
    let mut entry = told(&json!({}));
    entry.detail = r#"{"s":"caf\ud83d","n":1}"#.to_owned();
    bus.publish(entry).unwrap();
    bus.settle().await;
    let matched: Vec<String> = bus
        .trace()
        .iter()
        .filter_map(|record| match &record.step {
            Step::RuleMatch { rule, .. } => Some(rule.to_string()),
            _ => None,
        })
        .collect();
    assert!(matched.iter().any(|rule| rule == "other"), "{matched:?}");
    assert!(matched.iter().any(|rule| rule == "itself"), "{matched:?}");
    assert!(!matched.iter().any(|rule| rule == "not"), "{matched:?}");
}

#[tokio::test]
async fn an_event_on_another_bus_is_lost_as_on_aws() {
    let bus = start(config(function())).await;
    for (name, runs) in [
        ("default", 1),
        (
            "arn:aws:events:eu-central-1:123456789012:event-bus/default",
            2,
        ),
        ("other", 2),
    ] {
        let mut entry = told(&json!({}));
        entry.event_bus_name = Some(name.to_owned());
        bus.publish(entry).unwrap();
        bus.settle().await;
        let trace = bus.trace();
        let started = trace
            .iter()
            .filter(|record| matches!(record.step, Step::InvocationStart { .. }));
        assert_eq!(started.count(), runs, "{name}");
    }
}

#[tokio::test]
async fn a_trace_says_what_an_event_is_about_and_can_be_read_back() {
    let detail = json!({ "do": "emit", "next": { "account": 7 } });
    let trace = trace_of(config(function()), detail).await;
    let subjects: Vec<_> = trace
        .iter()
        .filter_map(|record| match &record.step {
            Step::EventReceipt { subject, .. } => Some(subject.as_deref()),
            _ => None,
        })
        .collect();
    assert_eq!(subjects, [None, Some("7")]);
    assert!(
        Tree::new(&trace)
            .draw(TreeOptions::default())
            .contains("test / Told  7")
    );
    for record in &trace {
        let written = serde_json::to_value(record).unwrap();
        let read = Record::from_json(&written.to_string()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), written);
    }
}

#[tokio::test]
async fn an_event_of_aws_comes_from_the_person_at_the_machine_alone() {
    let mut config = config(function());
    let pattern = json!({ "source": ["aws.s3"] });
    config
        .wiring
        .rules
        .push(rule("uploads", matching(&pattern)));
    let bus = start(config).await;
    let upload = || Entry {
        source: "aws.s3".to_owned(),
        detail_type: "Object Created".to_owned(),
        detail: "{}".to_owned(),
        ..Entry::default()
    };
    bus.publish(upload()).unwrap();
    // A malformed one is refused, as any other.
    let malformed = Entry {
        detail: "[]".to_owned(),
        ..upload()
    };
    let refused = bus.publish(malformed).unwrap_err();
    assert_eq!(refused.kind.code(), "MalformedDetail");
    bus.settle().await;
    let trace = bus.trace();
    let matched = trace.iter().filter_map(|record| match &record.step {
        Step::RuleMatch { rule, .. } => Some(&**rule),
        _ => None,
    });
    assert_eq!(matched.collect::<Vec<_>>(), ["uploads"]);
}
