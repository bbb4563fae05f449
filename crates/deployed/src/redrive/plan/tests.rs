use super::super::letter::tests::letter;
use super::*;
use crate::aws::deployed::Retry;

const RULE: &str = "arn:aws:events:eu-central-1:123456789012:rule/own-dev/p-one-dev";
const EVENT: &str = r#"{"version":"0","id":"e-1","detail-type":"E","source":"s","account":"1","time":"2026-01-31T09:00:00Z","region":"r","resources":[],"detail":{"n":1.50}}"#;

fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:eu-central-1:123456789012:{resource}")
}

fn source(buffer: Option<&str>) -> Source {
    Source {
        job: "one".to_owned(),
        queue: "q".to_owned(),
        is_fifo: false,
        buffer: buffer.map(str::to_owned),
    }
}

fn target(arn: &str, input: Input) -> Target {
    Target {
        starts: None,
        others: Vec::new(),
        id: "one".to_owned(),
        arn: arn.to_owned(),
        input,
        dead_letters: None,
        retry: Retry::new(None, None),
        role: None,
        group: None,
        partition_key: None,
    }
}

fn dead(arn: &str) -> Letter {
    letter("l-1", EVENT, &[("RULE_ARN", RULE), ("TARGET_ARN", arn)])
}

/// What is sent for a dead letter of a rule with these targets.
fn planned(arn: &str, targets: Vec<Target>) -> Result<Vec<(String, String)>, String> {
    let letter = dead(arn);
    let targets = Reading::Found(targets);
    let plan = plan(&letter, &source(None), &letter.event(), Some(&targets))?;
    let shown = plan.into_iter().map(|one| (one.to.name(), one.payload));
    Ok(shown.collect())
}

fn only(name: &str, payload: &str) -> Vec<(String, String)> {
    vec![(name.to_owned(), payload.to_owned())]
}

#[test]
fn a_target_gets_what_it_would_have_got() {
    let function = arn("lambda", "function:f:live");
    let inputs = [
        (Input::Event, EVENT),
        (Input::Constant("{\"a\": 1}".to_owned()), "{\"a\": 1}"),
        (Input::Path("$.detail".to_owned()), r#"{"n":1.50}"#),
        (Input::Path("$.detail.x".to_owned()), "null"),
        (
            Input::Transformer {
                paths: [("n".to_owned(), "$.detail.n".to_owned())].into(),
                template: r#"{"n": <n>, "r": <aws.events.rule-name>, "t": <aws.events.event.ingestion-time>}"#
                    .to_owned(),
            },
            r#"{"n":1.50,"r":"p-one-dev","t":"2026-01-31T09:00:00Z"}"#,
        ),
    ];
    for (input, payload) in inputs {
        let targets = vec![
            target(&arn("sqs", "other"), Input::Event),
            target(&function, input),
        ];
        assert_eq!(planned(&function, targets), Ok(only("f:live", payload)));
    }
}

#[test]
fn queues_and_buses_get_it_too() {
    let queue = arn("sqs", "orders.fifo");
    let mut grouped = target(&queue, Input::Path("$.detail".to_owned()));
    grouped.group = Some("g".to_owned());
    let letter = dead(&queue);
    let targets = Reading::Found(vec![grouped]);
    let sent = plan(&letter, &source(None), EVENT, Some(&targets)).unwrap();
    let to = To::Queue {
        name: "orders.fifo".to_owned(),
        account: Some("123456789012".to_owned()),
        group: Some("g".to_owned()),
        attributes: BTreeMap::new(),
    };
    let expected = Sending {
        to,
        payload: r#"{"n":1.50}"#.to_owned(),
        letter: "l-1".to_owned(),
    };
    assert_eq!(sent, [expected]);
    let bus = arn("events", "event-bus/theirs");
    let targets = vec![target(&bus, Input::Event)];
    assert_eq!(planned(&bus, targets), Ok(only("theirs", EVENT)));
}

/// AWS does not tell which of the targets did not take it.
#[test]
fn every_target_that_reaches_the_same_gets_it() {
    let function = arn("lambda", "function:f");
    let shard = |n: u32| target(&function, Input::Constant(format!("{{\"shard\":{n}}}")));
    let sent = planned(&function, vec![shard(0), shard(1)]).unwrap();
    let payloads: Vec<_> = sent.iter().map(|(_, payload)| payload.as_str()).collect();
    assert_eq!(payloads, ["{\"shard\":0}", "{\"shard\":1}"]);
}

#[test]
fn what_cannot_be_sent_says_why_and_what_to_do() {
    let function = arn("lambda", "function:f");
    let says = |plan: Result<Vec<(String, String)>, String>, text: &str| {
        let why = plan.unwrap_err();
        assert!(why.contains(text), "{why}");
    };
    says(
        planned(&function, vec![target(&arn("sqs", "q"), Input::Event)]),
        "its rule p-one-dev no longer has the target",
    );
    for (service, resource, way) in [
        ("sns", "t", "aws sns publish"),
        (
            "states",
            "stateMachine:m",
            "aws stepfunctions start-execution",
        ),
        ("ecs", "cluster/c", "what its service has for that"),
    ] {
        let other = arn(service, resource);
        says(planned(&other, vec![target(&other, Input::Event)]), way);
    }
    let broken = Input::Transformer {
        paths: BTreeMap::new(),
        template: "{".to_owned(),
    };
    says(
        planned(&function, vec![target(&function, broken)]),
        "cannot be made",
    );
    let letter = dead(&function);
    for (targets, text) in [
        (Some(Reading::Absent), "is no longer there"),
        (Some(Reading::Refused("no right".to_owned())), "no right"),
        (None, "is no rule"),
    ] {
        let why = plan(&letter, &source(None), EVENT, targets.as_ref()).unwrap_err();
        assert!(why.contains(text), "{why}");
    }
}

#[test]
fn what_a_queue_gave_up_goes_back_with_its_attributes_and_group() {
    let mut given_up = letter("l-1", "body", &[("trace", "t")]);
    given_up.given_up_by = Some(arn("sqs", "buffer.fifo"));
    given_up.group = Some("g".to_owned());
    let sent = plan(&given_up, &source(None), &given_up.event(), None).unwrap();
    let To::Queue {
        name,
        group,
        attributes,
        ..
    } = &sent[0].to
    else {
        panic!("{sent:?}");
    };
    assert_eq!(
        (name.as_str(), group.as_deref()),
        ("buffer.fifo", Some("g"))
    );
    assert_eq!(
        (attributes, sent[0].payload.as_str()),
        (&given_up.attributes, "body")
    );
    // The function's own attributes do not belong to the message.
    let put_away = letter(
        "l-2",
        "body",
        &[("trace", "t"), ("MessageId", "m"), ("ErrorMessage", "e")],
    );
    let sent = plan(&put_away, &source(Some("buffer")), "body", None).unwrap();
    let To::Queue {
        name, attributes, ..
    } = &sent[0].to
    else {
        panic!("{sent:?}");
    };
    assert_eq!(name, "buffer");
    assert_eq!(attributes.keys().collect::<Vec<_>>(), ["trace"]);
    let why = plan(&put_away, &source(None), "body", None).unwrap_err();
    assert!(why.contains("no longer has the queue"), "{why}");
}

#[test]
fn a_failed_run_is_repeated_with_what_it_got() {
    let function = arn("lambda", "function:f");
    let record = format!(
        r#"{{"requestContext":{{"functionArn":"{function}:$LATEST"}},"requestPayload":{{"n":1.50}}}}"#
    );
    let failed = letter("l-1", &record, &[]);
    let sent = plan(&failed, &source(None), &failed.event(), None).unwrap();
    let to = To::Function {
        arn: function,
        qualifier: None,
    };
    assert_eq!(
        (&sent[0].to, sent[0].payload.as_str()),
        (&to, r#"{"n":1.50}"#)
    );
}

#[test]
fn a_schedule_that_was_not_delivered_is_sent_as_it_was() {
    let function = arn("lambda", "function:f");
    let attributes = [("SCHEDULE_ARN", "s"), ("TARGET_ARN", function.as_str())];
    let scheduled = letter("l-1", r#"{"detail":{"shard":3}}"#, &attributes);
    let sent = plan(&scheduled, &source(None), &scheduled.event(), None).unwrap();
    assert_eq!(sent[0].payload, r#"{"detail":{"shard":3}}"#);
}
