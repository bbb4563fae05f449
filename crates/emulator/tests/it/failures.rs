//! What becomes of events that cannot be delivered, and of runs that fail.

use std::time::Duration;

use emulator::{Config, Emulator, Faults, Report, RuleSource, Step, Target, TargetInput, Time};
use eventbridge::Dialect;
use eventbridge::schedule::Lifetime;
use serde_json::{Value, json};

use crate::http::aws;
use crate::storm::redriven;
use crate::support::{config, function, matching, rule, start, steps, target, told, trace_of};

/// The messages of a queue, with their attributes.
async fn messages(bus: &Emulator, queue: &str) -> Vec<Value> {
    let input = json!({
        "QueueUrl": format!("{}/123456789012/{queue}", bus.endpoint()),
        "MaxNumberOfMessages": 10,
        "MessageAttributeNames": ["All"],
    });
    let (status, answer) = aws(bus.endpoint(), "AmazonSQS.ReceiveMessage", &input).await;
    assert_eq!(status, 200, "{answer}");
    answer["Messages"].as_array().cloned().unwrap_or_default()
}

fn attribute<'m>(message: &'m Value, name: &str) -> Option<&'m str> {
    message["MessageAttributes"][name]["StringValue"].as_str()
}

#[tokio::test]
async fn an_event_for_a_function_that_is_not_there_is_a_dead_letter_at_once() {
    let mut config = config(function());
    config.wiring.rules[0].targets = vec![target("gone")];
    let bus = start(config).await;
    let id = bus.publish(told(&json!({ "n": 1 }))).unwrap();
    bus.settle().await;
    let letters = messages(&bus, "dead").await;
    assert_eq!(letters.len(), 1);
    let letter = &letters[0];
    let event: Value = serde_json::from_str(letter["Body"].as_str().unwrap()).unwrap();
    assert_eq!(event["id"], id.as_str());
    for (name, value) in [
        (
            "RULE_ARN",
            Some("arn:aws:events:eu-central-1:123456789012:rule/all"),
        ),
        (
            "TARGET_ARN",
            Some("arn:aws:lambda:eu-central-1:123456789012:function:gone"),
        ),
        ("ERROR_CODE", Some("NO_RESOURCE")),
        ("ERROR_MESSAGE", Some("there is no function gone")),
        ("RETRY_ATTEMPTS", Some("0")),
        ("EXHAUSTED_RETRY_CONDITION", None),
    ] {
        assert_eq!(attribute(letter, name), value, "{name}");
    }
}

#[tokio::test]
async fn without_a_queue_an_undeliverable_event_is_lost_and_the_report_says_so() {
    let mut config = config(function());
    config.wiring.rules[0].targets = vec![target("gone")];
    config.wiring.rules[0].targets[0].dead_letter_queue = None;
    let trace = trace_of(config, json!({})).await;
    let report = Report::new(&trace);
    assert_eq!((report.effects, report.lost, report.kept), (1, 1, 0));
    assert_eq!(
        report.to_string(),
        "1 run, 0 ok, 1 failed and lost (1 failed attempt)"
    );
}

#[tokio::test]
async fn a_throttled_delivery_is_tried_again_as_its_policy_says() {
    for (attempts, age, condition, retries) in [
        (3, 86_400, "MaximumRetryAttempts", "3"),
        (185, 60, "MaximumEventAgeInSeconds", "5"),
    ] {
        let mut config = config(function());
        config.faults = Faults {
            throttle: 1.0,
            ..Faults::default()
        };
        let retry = &mut config.wiring.rules[0].targets[0].retry;
        (retry.max_attempts, retry.max_age) = (attempts, Duration::from_secs(age));
        let bus = start(config).await;
        bus.publish(told(&json!({}))).unwrap();
        bus.settle().await;
        let letters = messages(&bus, "dead").await;
        assert_eq!(letters.len(), 1, "{condition}");
        assert_eq!(
            attribute(&letters[0], "EXHAUSTED_RETRY_CONDITION"),
            Some(condition)
        );
        let counted: u32 = attribute(&letters[0], "RETRY_ATTEMPTS")
            .unwrap()
            .parse()
            .unwrap();
        let expected: u32 = retries.parse().unwrap();
        assert!(counted.abs_diff(expected) <= 1, "{condition}: {counted}");
    }
}

#[tokio::test]
async fn a_day_of_throttling_passes_in_virtual_time() {
    let mut config = config(function());
    config.faults = Faults {
        throttle: 1.0,
        ..Faults::default()
    };
    let bus = start(config).await;
    let begin = bus.now();
    bus.publish(told(&json!({}))).unwrap();
    bus.settle().await;
    let hours = bus.now().duration_since(begin).as_hours();
    assert!((20..=24).contains(&hours), "{hours}");
}

#[tokio::test]
async fn a_run_that_fails_for_good_is_kept_with_what_is_known_of_it() {
    let bus = start(config(function())).await;
    bus.publish(told(&json!({ "do": "fail" }))).unwrap();
    bus.settle().await;
    let records = messages(&bus, "failed").await;
    assert_eq!(records.len(), 1);
    let record: Value = serde_json::from_str(records[0]["Body"].as_str().unwrap()).unwrap();
    let context = &record["requestContext"];
    assert_eq!(record["version"], "1.0");
    assert_eq!(context["condition"], "RetriesExhausted");
    assert_eq!(context["approximateInvokeCount"], 3);
    assert_eq!(
        context["functionArn"],
        "arn:aws:lambda:eu-central-1:123456789012:function:f:$LATEST"
    );
    assert_eq!(record["requestPayload"]["detail"]["do"], "fail");
    assert_eq!(record["responseContext"]["functionError"], "Unhandled");
    assert_eq!(record["responsePayload"]["errorMessage"], "as it was told");
    assert!(messages(&bus, "dead").await.is_empty());
}

#[tokio::test]
async fn a_function_without_concurrency_is_not_run_and_not_retried() {
    let mut stopped = function();
    stopped.reserved_concurrency = Some(0);
    let trace = trace_of(config(stopped), json!({})).await;
    let last = trace.last().unwrap();
    let Step::FunctionFailure { destination, .. } = &last.step else {
        panic!("{last:?}");
    };
    assert!(destination.is_some());
    assert!(
        !steps(&trace)
            .iter()
            .any(|step| step.contains("FUNCTION_START"))
    );
}

#[tokio::test]
async fn a_reserved_concurrency_of_one_runs_one_event_at_a_time_and_loses_none() {
    let mut single = function();
    single.reserved_concurrency = Some(1);
    // In virtual time a run takes no time, so that no two can meet.
    let bus = start(Config {
        time: Time::Real,
        ..config(single)
    })
    .await;
    for n in 0..4 {
        bus.publish(told(&json!({ "n": n }))).unwrap();
    }
    bus.settle().await;
    let trace = bus.trace();
    let (mut running, mut throttled) = (0, Vec::new());
    for record in &trace {
        match &record.step {
            Step::FunctionStart { .. } => running += 1,
            Step::FunctionSuccess { .. } | Step::FunctionError { .. } => running -= 1,
            Step::FunctionThrottle { retry_at, .. } => {
                let wait = retry_at.unwrap().duration_since(record.at);
                throttled.push(wait.as_secs_f64().round());
            }
            _ => {}
        }
        assert!(running <= 1, "{trace:?}");
    }
    // Lambda waits a second after a first throttle, and twice as long after each further one.
    assert!(
        throttled.iter().all(|wait| [1.0, 2.0, 4.0].contains(wait)),
        "{throttled:?}"
    );
    assert_eq!(throttled.iter().filter(|wait| **wait < 1.5).count(), 3);
    let report = Report::new(&trace);
    assert_eq!((report.effects, report.arrived), (4, 4), "{report}");
}

#[tokio::test]
async fn a_loop_that_nothing_ends_is_stopped() {
    let mut config = config(function());
    config.max_hops = 3;
    let looping = json!({ "do": "emit", "next": { "do": "emit", "next": { "do": "emit", "next": {
        "do": "emit", "next": { "do": "emit", "next": {} } } } } });
    let trace = trace_of(config, looping).await;
    let hops = trace.iter().find_map(|record| match record.step {
        Step::LoopStopped { hops, .. } => Some(hops),
        _ => None,
    });
    assert_eq!(hops, Some(4));
    assert!(!Report::new(&trace).is_fine());
}

#[tokio::test]
async fn a_function_that_is_killed_or_unheard_runs_again() {
    for (faults, repeats) in [
        (
            Faults {
                kill: 1.0,
                ..Faults::default()
            },
            false,
        ),
        (
            Faults {
                drop_response: 1.0,
                ..Faults::default()
            },
            true,
        ),
    ] {
        let mut config = config(function());
        config.faults = faults;
        let next = json!({ "do": "emit", "next": { "account": "u" } });
        config.wiring.rules[0] = rule(
            "first",
            matching(&json!({ "source": ["test"], "detail": { "do": ["emit"] } })),
        );
        let trace = trace_of(config, next).await;
        let runs = steps(&trace)
            .iter()
            .filter(|step| step.ends_with("FUNCTION_START"))
            .count();
        assert_eq!(runs, 3, "{trace:?}");
        // One that is killed when it first speaks has emitted nothing; one that is unheard has, each time.
        let emitted = trace.iter().filter(|record| {
            matches!(
                &record.step,
                Step::EventReceipt {
                    emitted_by: Some(_),
                    ..
                }
            )
        });
        assert_eq!(emitted.count(), if repeats { 3 } else { 0 });
    }
}

#[tokio::test]
async fn what_is_delivered_twice_is_one_effect_that_arrived() {
    let mut config = config(function());
    config.faults = Faults {
        duplicate: 1.0,
        ..Faults::default()
    };
    let trace = trace_of(config, json!({})).await;
    let runs = steps(&trace)
        .iter()
        .filter(|step| step.ends_with("FUNCTION_START"))
        .count();
    let report = Report::new(&trace);
    assert_eq!((runs, report.effects, report.arrived), (2, 1, 1));
}

#[tokio::test]
async fn every_shard_of_a_schedule_is_sent_again_to_its_own_target() {
    let mut config = config(function());
    let source = RuleSource::Schedule {
        expression: "rate(1 hour)".to_owned(),
        timezone: "UTC".to_owned(),
        dialect: Dialect::Scheduler,
        lifetime: Lifetime::default(),
    };
    let mut shards = rule("sharded", source);
    shards.targets = (0..3)
        .map(|shard| Target {
            id: format!("shard-{shard}"),
            input: Some(TargetInput::Constant(json!({ "shard": shard }).to_string())),
            ..target("f")
        })
        .collect();
    // No function takes the deliveries at first.
    let functions = std::mem::take(&mut config.wiring.functions);
    config.wiring.rules = vec![shards];
    let mut wiring = config.wiring.clone();
    let bus = start(config).await;
    bus.run_until(bus.now() + jiff::SignedDuration::from_hours(1))
        .await;
    wiring.functions = functions;
    bus.rewire(&wiring).unwrap();
    assert_eq!(redriven(&bus, "dead").await, 3);
    bus.run_until(bus.now()).await;
    let trace = bus.trace();
    let mut ran: Vec<String> = trace
        .iter()
        .filter_map(|record| match &record.step {
            Step::FunctionLog { line, .. } if line.starts_with("{\"shard\"") => Some(line.clone()),
            _ => None,
        })
        .collect();
    ran.sort();
    assert_eq!(
        ran,
        [0, 1, 2].map(|shard| json!({ "shard": shard }).to_string())
    );
    bus.shutdown().await;
}
