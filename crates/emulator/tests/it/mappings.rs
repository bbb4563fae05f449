//! Several event source mappings of one queue, and their filters.

use std::path::Path;

use emulator::{Config, Emulator, EventSourceMapping, Queue, Report, Step, To, Tree, TreeOptions};
use serde_json::{Value, json};

use crate::http::request;
use crate::support::{config, function, start, told};

const RED: &str = r#"{"body":{"detail":{"color":["red"]}}}"#;

/// A bus on which `f`, for what is red, and `g` share a queue, to which a rule delivers all from `test`. Each has a ledger.
fn shared(ledgers: [&Path; 2]) -> Config {
    let noting = |ledger: &Path| {
        let mut function = function();
        let folder = ledger.to_str().unwrap().to_owned();
        function.environment.insert("LEDGER".to_owned(), folder);
        function
    };
    let mut config = config(noting(ledgers[0]));
    let functions = &mut config.wiring.functions;
    functions.insert("g".to_owned(), noting(ledgers[1]));
    config.wiring.queues.push(Queue::new("inbox"));
    for (function, filters) in [("f", vec![RED.to_owned()]), ("g", Vec::new())] {
        config.wiring.mappings.push(EventSourceMapping {
            batch_size: 1,
            filters,
            ..EventSourceMapping::new("inbox", function)
        });
    }
    config.wiring.rules[0].targets[0].to = To::Queue {
        name: "inbox".to_owned(),
        group: None,
    };
    config
}

fn pieces(ledger: &Path) -> Vec<String> {
    let files = std::fs::read_dir(ledger).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names.collect()
}

#[tokio::test]
async fn each_message_goes_to_one_function_and_is_left_out_if_its_filter_says_so() {
    let [of_f, of_g] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let bus = start(shared([of_f.path(), of_g.path()])).await;
    for number in 0..24 {
        let color = if number % 3 == 0 { "red" } else { "blue" };
        let piece = format!("{color}-{number}");
        let detail = json!({ "piece": piece, "color": color, "do": "work" });
        bus.publish(told(&detail)).unwrap();
    }
    bus.settle().await;
    let trace = bus.trace();
    let filtered = trace.iter().filter(|record| match &record.step {
        Step::MessageFiltered { function, .. } => {
            assert_eq!(&**function, "f");
            true
        }
        _ => false,
    });
    let filtered = filtered.count();
    let [by_f, by_g] = [pieces(of_f.path()), pieces(of_g.path())];
    assert_eq!(by_f.len() + by_g.len() + filtered, 24);
    assert!(filtered > 0 && !by_f.is_empty() && !by_g.is_empty());
    assert!(
        by_f.iter().all(|piece| piece.starts_with("red-")),
        "{by_f:?}"
    );
    assert!(
        by_g.iter().any(|piece| piece.starts_with("blue-")),
        "{by_g:?}"
    );
    // What is left out was never to run.
    let report = Report::new(&trace);
    assert_eq!(
        (report.effects, report.arrived),
        (24 - filtered, 24 - filtered)
    );
    assert!(report.is_fine(), "{report}");
    let tree = Tree::new(&trace).draw(TreeOptions::default());
    let said = tree.matches("inbox  the filter of f leaves it out");
    assert_eq!(said.count(), filtered, "{tree}");
    bus.shutdown().await;
}

async fn rest(bus: &Emulator, line: &str, body: &Value) -> (u16, Value) {
    let answer = request(bus.endpoint(), line, &[], &body.to_string()).await;
    (answer.status, serde_json::from_str(&answer.body).unwrap())
}

#[tokio::test]
async fn filters_and_further_mappings_are_made_over_the_api() {
    let [of_f, of_g] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let mut config = shared([of_f.path(), of_g.path()]);
    config.wiring.mappings.truncate(1);
    let bus = start(config).await;
    let path = "/2015-03-31/event-source-mappings/";
    let arn = "arn:aws:sqs:eu-central-1:123456789012:inbox";
    let wanted = |pattern: &str| {
        let filters = json!({ "Filters": [{ "Pattern": pattern }] });
        json!({ "EventSourceArn": arn, "FunctionName": "g", "BatchSize": 1, "FilterCriteria": filters })
    };
    let post = format!("POST {path}");
    for pattern in ["{", r#"{"body":"red"}"#, r#"{"body":[{"prefiks":"r"}]}"#] {
        let (status, refused) = rest(&bus, &post, &wanted(pattern)).await;
        let message = refused["message"].as_str().or(refused["Message"].as_str());
        let message = message.unwrap_or_default();
        assert_eq!(status, 400, "{refused}");
        assert!(
            message.starts_with("Invalid filter pattern definition."),
            "{refused}"
        );
    }
    let (status, made) = rest(&bus, &post, &wanted(RED)).await;
    assert_eq!(status, 202, "{made}");
    let criteria = json!({ "Filters": [{ "Pattern": RED }] });
    assert_eq!(made["FilterCriteria"], criteria);
    let list = format!("GET {path}?EventSourceArn={arn}");
    let (_, listed) = rest(&bus, &list, &Value::Null).await;
    let listed = listed["EventSourceMappings"].as_array().unwrap();
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|one| one["FilterCriteria"] == criteria));
    let one = format!("PUT {path}{}", made["UUID"].as_str().unwrap());
    let none = json!({ "FilterCriteria": { "Filters": [] } });
    let (_, updated) = rest(&bus, &one, &none).await;
    assert_eq!(updated["FilterCriteria"], Value::Null);
    // It works beside the other.
    for number in 0..4 {
        let detail = json!({ "piece": format!("blue-{number}"), "color": "blue", "do": "work" });
        bus.publish(told(&detail)).unwrap();
    }
    bus.settle().await;
    assert_eq!(pieces(of_g.path()).len(), 2);
    assert!(pieces(of_f.path()).is_empty());
    bus.shutdown().await;
}
