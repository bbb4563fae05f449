//! Schedules in virtual time.

use emulator::{RuleSource, Step, TargetInput, Transformer};
use eventbridge::Dialect;
use eventbridge::schedule::Lifetime;
use serde_json::Value;

use crate::http::aws;
use crate::support::{config, function, rule, start};

fn scheduled(expression: &str, zone: &str) -> RuleSource {
    RuleSource::Schedule {
        expression: expression.to_owned(),
        timezone: zone.to_owned(),
        dialect: Dialect::Scheduler,
        lifetime: Lifetime::default(),
    }
}

#[tokio::test]
async fn schedules_fire_in_order_and_up_to_the_end() {
    let mut config = config(function());
    config.wiring.rules = vec![
        rule("later", scheduled("cron(5 1 * * ? *)", "UTC")),
        rule("zoned", scheduled("cron(1 2 * * ? *)", "Europe/Berlin")),
        rule("at-the-end", scheduled("cron(10 1 * * ? *)", "UTC")),
        rule("after", scheduled("cron(11 1 * * ? *)", "UTC")),
    ];
    config.wiring.rules[3].enabled = true;
    let bus = start(config).await;
    bus.run_until("2026-01-01T01:10:00Z".parse().unwrap()).await;
    let fired: Vec<(String, String)> = bus
        .trace()
        .iter()
        .filter_map(|record| match &record.step {
            Step::ScheduleFired { rule, .. } => Some((record.at.to_string(), rule.to_string())),
            _ => None,
        })
        .collect();
    let expected = [
        ("2026-01-01T01:01:00Z", "zoned"),
        ("2026-01-01T01:05:00Z", "later"),
        ("2026-01-01T01:10:00Z", "at-the-end"),
    ];
    let expected = expected.map(|(at, rule)| (at.to_owned(), rule.to_owned()));
    assert_eq!(fired, expected);
}

#[tokio::test]
async fn a_schedule_runs_from_its_start_and_until_its_end() {
    let mut config = config(function());
    let mut source = scheduled("rate(20 minutes)", "UTC");
    if let RuleSource::Schedule { lifetime, .. } = &mut source {
        *lifetime = Lifetime {
            start: "2026-01-01T01:05:00Z".parse().ok(),
            end: "2026-01-01T01:45:00Z".parse().ok(),
        };
    }
    config.wiring.rules = vec![rule("bounded", source)];
    let bus = start(config).await;
    bus.run_until("2026-01-01T03:00:00Z".parse().unwrap()).await;
    let trace = bus.trace();
    let fired = trace
        .iter()
        .filter(|record| matches!(record.step, Step::ScheduleFired { .. }));
    let fired: Vec<_> = fired.map(|record| record.at.to_string()).collect();
    assert_eq!(fired, ["2026-01-01T01:05:00Z", "2026-01-01T01:25:00Z"]);
}

#[tokio::test]
async fn a_time_that_has_passed_never_comes() {
    let mut config = config(function());
    config.wiring.rules = vec![
        rule("passed", scheduled("at(2020-01-31T09:00:00)", "UTC")),
        rule("years", scheduled("cron(0 9 1 * ? 2002-2005)", "UTC")),
        rule("nights", scheduled("cron(0 23-1 ? * THU *)", "UTC")),
    ];
    let bus = start(config).await;
    bus.run_until("2026-01-08T00:00:00Z".parse().unwrap()).await;
    let trace = bus.trace();
    let fired = trace.iter().filter_map(|record| match &record.step {
        Step::ScheduleFired { rule, .. } => Some((record.at.to_string(), rule.to_string())),
        _ => None,
    });
    // The bus begins on Thursday, 1 January 2026. Each date is looked at by itself.
    let expected = [
        "2026-01-01T00:00:00Z",
        "2026-01-01T01:00:00Z",
        "2026-01-01T23:00:00Z",
        "2026-01-08T00:00:00Z",
    ];
    let expected = expected.map(|at| (at.to_owned(), "nights".to_owned()));
    assert_eq!(fired.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_scheduled_target_receives_what_its_template_says() {
    let mut config = config(function());
    let mut daily = rule("daily", scheduled("cron(0 1 * * ? *)", "UTC"));
    let paths = [("time".to_owned(), "$.time".to_owned())];
    let template = r#"{"detail": {"timestamp": <time>, "rule": <aws.events.rule-name>}}"#;
    let input = Transformer::new(paths.into(), template).unwrap();
    daily.targets[0].input = Some(TargetInput::Transformer(input));
    config.wiring.rules = vec![daily];
    let bus = start(config).await;
    bus.run_until("2026-01-01T02:00:00Z".parse().unwrap()).await;
    let trace = bus.trace();
    let received = trace.iter().find_map(|record| match &record.step {
        Step::FunctionLog { line, .. } => serde_json::from_str::<Value>(line).ok(),
        _ => None,
    });
    let detail = &received.unwrap()["detail"];
    assert_eq!(detail["timestamp"], "2026-01-01T01:00:00Z");
    assert_eq!(detail["rule"], "daily");
}

#[tokio::test]
async fn a_day_of_fifty_schedules_passes_in_order() {
    let mut config = config(function());
    let rules = (0..50).map(|number| {
        let mut every_minute = rule(
            &format!("r-{number:02}"),
            scheduled("rate(1 minute)", "UTC"),
        );
        every_minute.targets = Vec::new();
        every_minute
    });
    config.wiring.rules = rules.collect();
    let bus = start(config).await;
    let end = bus.now() + jiff::SignedDuration::from_hours(24);
    bus.run_until(end).await;
    let fired = bus.trace();
    assert_eq!(fired.len(), 50 * 1_440);
    assert!(fired.is_sorted_by_key(|record| record.at));
    assert_eq!(bus.now(), end);
}

#[tokio::test]
async fn a_scheduled_target_receives_a_constant_or_a_part_of_the_event() {
    let mut config = config(function());
    let constant = r#"{"kind": "daily", "n": 1.50}"#;
    let inputs = [
        TargetInput::Constant(constant.to_owned()),
        TargetInput::Path("$".to_owned()),
    ];
    config.wiring.rules = (1..)
        .zip(inputs)
        .map(|(hour, input)| {
            let cron = format!("cron(0 {hour} * * ? *)");
            let mut daily = rule(&format!("daily-{hour}"), scheduled(&cron, "UTC"));
            daily.targets[0].input = Some(input);
            daily
        })
        .collect();
    let bus = start(config).await;
    bus.run_until("2026-01-01T03:00:00Z".parse().unwrap()).await;
    let trace = bus.trace();
    let received: Vec<String> = trace
        .iter()
        .filter_map(|record| match &record.step {
            Step::FunctionLog { line, .. } if line.starts_with('{') => Some(line.clone()),
            _ => None,
        })
        .collect();
    let [first, second] = received.as_slice() else {
        panic!("{received:?}");
    };
    let first: Value = serde_json::from_str(first).unwrap();
    assert_eq!(first, serde_json::from_str::<Value>(constant).unwrap());
    let second: Value = serde_json::from_str(second).unwrap();
    assert_eq!(second["detail-type"], "Scheduled Event");
    assert_eq!(second["time"], "2026-01-01T02:00:00Z");
}

#[tokio::test]
async fn a_rate_goes_on_counting_while_rules_change() {
    let mut config = config(function());
    config.wiring.rules = vec![rule("often", scheduled("rate(1 minute)", "UTC"))];
    let wiring = config.wiring.clone();
    let bus = start(config).await;
    let put = |name: &'static str, expression: &'static str| {
        let input = serde_json::json!({ "Name": name, "ScheduleExpression": expression });
        let endpoint = bus.endpoint().to_owned();
        async move { aws(&endpoint, "AWSEvents.PutRule", &input).await }
    };
    let begin = bus.now();
    // Every 20 seconds another rule is put, and once all rules are exchanged, as after a change of the spec.
    for seconds in (20..=200).step_by(20) {
        bus.run_until(begin + jiff::SignedDuration::from_secs(seconds))
            .await;
        let (status, _) = put("other", "rate(7 days)").await;
        assert_eq!(status, 200);
        if seconds == 100 {
            bus.rewire(&wiring).unwrap();
        }
    }
    // Another schedule is a new one, which counts from now.
    let (status, _) = put("often", "rate(3 minutes)").await;
    assert_eq!(status, 200);
    bus.run_until(begin + jiff::SignedDuration::from_secs(400))
        .await;
    let trace = bus.trace();
    let fired = trace.iter().filter_map(|record| match &record.step {
        Step::ScheduleFired { rule, .. } if &**rule == "often" => {
            Some(record.at.duration_since(begin).as_secs())
        }
        _ => None,
    });
    assert_eq!(fired.collect::<Vec<_>>(), [60, 120, 180, 380]);
}
