//! Schedules, settings of functions, mappings, tags and logs over the APIs of their services.

use emulator::{Config, Emulator, Queue, Redrive, Step, Time};
use serde_json::{Value, json};

use crate::http::{aws, request};
use crate::support::{config, function, start};

const ACCOUNT: &str = "eu-central-1:123456789012";

async fn bus(time: Option<Time>) -> Emulator {
    let mut config: Config = config(function());
    config.wiring.queues.push(Queue {
        redrive: Some(Redrive {
            queue: "dead".to_owned(),
            max_receives: 1,
        }),
        ..Queue::new("inbox")
    });
    config.time = time.unwrap_or(config.time);
    start(config).await
}

/// One request of a service whose operations are paths; its status and body.
async fn rest(bus: &Emulator, line: &str, body: Value) -> (u16, Value) {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let answer = request(bus.endpoint(), line, &[], &body).await;
    let body = serde_json::from_str(&answer.body).unwrap_or(Value::Null);
    (answer.status, body)
}

#[track_caller]
fn is_refused(answer: &(u16, Value), status: u16, message: &str) {
    assert_eq!(answer.0, status, "{}", answer.1);
    let said = answer.1["Message"].as_str().unwrap_or_default();
    assert!(said.contains(message), "{said}");
}

fn schedule(expression: &str, target: &str) -> Value {
    json!({
        "ScheduleExpression": expression,
        "FlexibleTimeWindow": { "Mode": "OFF" },
        "Target": {
            "Arn": target, "RoleArn": "arn:aws:iam::123456789012:role/r",
            "Input": r#"{"detail":{"at":"<aws.scheduler.scheduled-time>"}}"#,
        },
    })
}

#[tokio::test]
async fn a_schedule_fires_once_and_goes_if_it_says_so() {
    let bus = bus(None).await;
    let queue = format!("arn:aws:sqs:{ACCOUNT}:dead");
    let mut once = schedule("at(2026-01-01T09:00:00)", &queue);
    once["ScheduleExpressionTimezone"] = json!("Europe/Berlin");
    once["ActionAfterCompletion"] = json!("DELETE");
    let (status, made) = rest(&bus, "POST /schedules/once", once.clone()).await;
    assert_eq!(status, 200, "{made}");
    let arn = format!("arn:aws:scheduler:{ACCOUNT}:schedule/default/once");
    assert_eq!(made["ScheduleArn"], arn);
    let again = rest(&bus, "POST /schedules/once", once).await;
    is_refused(&again, 409, "Schedule once already exists.");
    let (_, got) = rest(&bus, "GET /schedules/once", Value::Null).await;
    assert_eq!(got["State"], "ENABLED");
    assert_eq!(got["Target"]["RetryPolicy"]["MaximumRetryAttempts"], 185);
    // Another one puts an event onto a bus, and stays.
    let mut daily = schedule(
        "cron(0 10 * * ? *)",
        &format!("arn:aws:events:{ACCOUNT}:event-bus/default"),
    );
    daily["Target"]["EventBridgeParameters"] = json!({ "Source": "test", "DetailType": "Due" });
    assert_eq!(rest(&bus, "POST /schedules/daily", daily).await.0, 200);
    bus.run_until("2026-01-01T12:00:00Z".parse().unwrap()).await;
    let (_, received) = aws(
        bus.endpoint(),
        "AmazonSQS.ReceiveMessage",
        &json!({ "QueueUrl": "x/dead", "MaxNumberOfMessages": 10 }),
    )
    .await;
    let bodies = received["Messages"].as_array().unwrap();
    assert_eq!(bodies.len(), 1, "{received}");
    assert_eq!(
        bodies[0]["Body"],
        r#"{"detail":{"at":"2026-01-01T08:00:00Z"}}"#
    );
    let gone = rest(&bus, "GET /schedules/once", Value::Null).await;
    is_refused(&gone, 404, "Schedule once does not exist.");
    let due = bus.trace().into_iter().any(|record| {
        matches!(record.step, Step::EventReceipt { detail_type, .. } if detail_type == "Due")
    });
    assert!(due);
    assert_eq!(rest(&bus, "GET /schedules/daily", Value::Null).await.0, 200);
    bus.shutdown().await;
}

#[tokio::test]
async fn schedules_and_groups_are_changed_listed_and_refused_as_on_aws() {
    let bus = bus(None).await;
    let queue = format!("arn:aws:sqs:{ACCOUNT}:dead");
    for expression in [
        "rate(10 seconds)",
        "cron(0 1 * * * *)",
        "at(2021-12-31)",
        " rate(1 day)",
    ] {
        let answer = rest(&bus, "POST /schedules/s", schedule(expression, &queue)).await;
        is_refused(
            &answer,
            400,
            &format!("Invalid Schedule Expression {expression}."),
        );
    }
    let answer = rest(&bus, "POST /schedules/s", schedule("rate(1 day)", "nobody")).await;
    is_refused(&answer, 400, "Provided Arn is not in correct format.");
    let mut grouped = schedule("rate(1 day)", &queue);
    grouped["GroupName"] = json!("g");
    let answer = rest(&bus, "POST /schedules/s", grouped.clone()).await;
    is_refused(&answer, 404, "Schedule group g does not exist.");
    let tags = json!({ "Tags": [{ "Key": "a", "Value": "1" }] });
    let (status, group) = rest(&bus, "POST /schedule-groups/g", tags.clone()).await;
    assert_eq!(status, 200, "{group}");
    let again = rest(&bus, "POST /schedule-groups/g", json!({})).await;
    is_refused(&again, 409, "Schedule group g already exists.");
    let arn = group["ScheduleGroupArn"]
        .as_str()
        .unwrap()
        .replace('/', "%2F");
    let (_, listed) = rest(&bus, &format!("GET /tags/{arn}"), Value::Null).await;
    assert_eq!(listed, tags);
    assert_eq!(
        rest(&bus, &format!("DELETE /tags/{arn}?TagKeys=a"), Value::Null)
            .await
            .0,
        200
    );
    let (_, listed) = rest(&bus, &format!("GET /tags/{arn}"), Value::Null).await;
    assert_eq!(listed, json!({ "Tags": [] }));

    assert_eq!(
        rest(&bus, "POST /schedules/s", grouped.clone()).await.0,
        200
    );
    grouped["State"] = json!("DISABLED");
    assert_eq!(rest(&bus, "PUT /schedules/s", grouped).await.0, 200);
    let (_, got) = rest(&bus, "GET /schedules/s?groupName=g", Value::Null).await;
    assert_eq!(got["State"], "DISABLED", "{got}");
    let (_, listed) = rest(&bus, "GET /schedules?ScheduleGroup=g", Value::Null).await;
    assert_eq!(listed["Schedules"][0]["Name"], "s");
    let absent = rest(&bus, "PUT /schedules/none", schedule("rate(1 day)", &queue)).await;
    is_refused(&absent, 404, "Schedule none does not exist.");
    // A group goes with its schedules.
    assert_eq!(
        rest(&bus, "DELETE /schedule-groups/g", Value::Null).await.0,
        200
    );
    assert_eq!(
        rest(&bus, "GET /schedules/s?groupName=g", Value::Null)
            .await
            .0,
        404
    );
    bus.shutdown().await;
}

#[tokio::test]
async fn the_policy_of_a_function_is_kept() {
    let bus = bus(None).await;
    let path = "/2015-03-31/functions/f/policy";
    let none = rest(&bus, &format!("GET {path}"), Value::Null).await;
    is_refused(&none, 404, "The resource you requested does not exist.");
    let none = rest(&bus, &format!("DELETE {path}/a"), Value::Null).await;
    is_refused(
        &none,
        404,
        "No policy is associated with the given resource.",
    );
    let statement = json!({
        "StatementId": "a", "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com",
        "SourceArn": "arn:aws:events:eu-central-1:123456789012:rule/r",
    });
    assert_eq!(
        rest(&bus, &format!("POST {path}"), statement.clone())
            .await
            .0,
        201
    );
    let again = rest(&bus, &format!("POST {path}"), statement).await;
    is_refused(&again, 409, "The statement id (a) provided already exists.");
    let (_, got) = rest(&bus, &format!("GET {path}"), Value::Null).await;
    let policy: Value = serde_json::from_str(got["Policy"].as_str().unwrap()).unwrap();
    assert_eq!(
        policy["Statement"][0]["Principal"]["Service"],
        "events.amazonaws.com"
    );
    // The policy of an alias is another one.
    assert_eq!(
        rest(&bus, &format!("GET {path}?Qualifier=live"), Value::Null)
            .await
            .0,
        404
    );
    let other = rest(&bus, &format!("DELETE {path}/b"), Value::Null).await;
    is_refused(&other, 404, "Statement b is not found in resource policy.");
    assert_eq!(
        rest(&bus, &format!("DELETE {path}/a"), Value::Null).await.0,
        204
    );
    bus.shutdown().await;
}

#[tokio::test]
async fn asynchronous_runs_end_as_their_configuration_says_until_a_reset() {
    let bus = bus(Some(Time::Real)).await;
    let path = "/2019-09-25/functions/f/event-invoke-config";
    let bad = rest(
        &bus,
        &format!("PUT {path}"),
        json!({ "MaximumRetryAttempts": 3 }),
    )
    .await;
    is_refused(&bad, 400, "less than or equal to 2");
    let queue = |name: &str| json!({ "Destination": format!("arn:aws:sqs:{ACCOUNT}:{name}") });
    let wanted = json!({
        "MaximumRetryAttempts": 0,
        "DestinationConfig": { "OnFailure": queue("dead"), "OnSuccess": queue("inbox") },
    });
    let (status, put) = rest(&bus, &format!("PUT {path}"), wanted).await;
    assert_eq!(
        (status, &put["MaximumEventAgeInSeconds"]),
        (200, &json!(21_600))
    );
    for (what, queue, condition) in [
        ("fail", "dead", "RetriesExhausted"),
        ("", "inbox", "Success"),
    ] {
        let payload = json!({ "detail": { "do": what } }).to_string();
        let line = "POST /2015-03-31/functions/f/invocations";
        request(
            bus.endpoint(),
            line,
            &[("x-amz-invocation-type", "Event")],
            &payload,
        )
        .await;
        let input = json!({ "QueueUrl": format!("x/{queue}"), "WaitTimeSeconds": 20 });
        let (_, received) = aws(bus.endpoint(), "AmazonSQS.ReceiveMessage", &input).await;
        let body = received["Messages"][0]["Body"].as_str().unwrap();
        let record: Value = serde_json::from_str(body).unwrap();
        assert_eq!(record["requestContext"]["condition"], condition, "{record}");
        assert_eq!(record["requestContext"]["approximateInvokeCount"], 1);
    }
    bus.reset().await.unwrap();
    let (_, got) = rest(&bus, &format!("GET {path}"), Value::Null).await;
    assert_eq!(got["MaximumRetryAttempts"], 2);
    assert_eq!(got["DestinationConfig"]["OnFailure"], queue("failed"));
    // Nobody has installed anything else, so it can be taken away.
    assert_eq!(
        rest(&bus, &format!("DELETE {path}"), Value::Null).await.0,
        204
    );
    let gone = rest(&bus, &format!("GET {path}"), Value::Null).await;
    is_refused(&gone, 404, "doesn't have an EventInvokeConfig");
    bus.shutdown().await;
}

#[tokio::test]
async fn a_mapping_starts_a_function_until_it_is_disabled() {
    let bus = bus(Some(Time::Real)).await;
    let path = "/2015-03-31/event-source-mappings";
    let inbox = format!("arn:aws:sqs:{ACCOUNT}:inbox");
    let mut wanted = json!({ "EventSourceArn": inbox, "FunctionName": "f", "BatchSize": 11 });
    let post = format!("POST {path}/");
    is_refused(
        &rest(&bus, &post, wanted.clone()).await,
        400,
        "Maximum batch window",
    );
    wanted["BatchSize"] = json!(1);
    let absent = json!({ "EventSourceArn": inbox.replace("inbox", "none"), "FunctionName": "f" });
    is_refused(&rest(&bus, &post, absent).await, 400, "NonExistentQueue");
    let (status, made) = rest(&bus, &post, wanted.clone()).await;
    assert_eq!((status, &made["State"]), (202, &json!("Enabled")), "{made}");
    is_refused(&rest(&bus, &post, wanted).await, 409, "already exists");
    let send = json!({ "QueueUrl": "x/inbox", "MessageBody": r#"{"detail":{}}"# });
    aws(bus.endpoint(), "AmazonSQS.SendMessage", &send).await;
    let pattern = json!({ "pattern": { "step": ["BATCH_END"], "function": ["f"] } });
    let (_, answer) = rest(&bus, "POST /_/wait", pattern).await;
    assert_eq!(answer["found"], true, "{answer}");
    let one = format!("{path}/{}", made["UUID"].as_str().unwrap());
    let (_, off) = rest(&bus, &format!("PUT {one}"), json!({ "Enabled": false })).await;
    assert_eq!(off["State"], "Disabled");
    aws(bus.endpoint(), "AmazonSQS.SendMessage", &send).await;
    let receive = json!({ "QueueUrl": "x/inbox", "WaitTimeSeconds": 20 });
    let (_, received) = aws(bus.endpoint(), "AmazonSQS.ReceiveMessage", &receive).await;
    assert_eq!(received["Messages"].as_array().unwrap().len(), 1);
    assert_eq!(
        rest(&bus, &format!("DELETE {one}"), Value::Null).await.0,
        202
    );
    let gone = rest(&bus, &format!("GET {one}"), Value::Null).await;
    is_refused(&gone, 404, "The resource you requested does not exist.");
    bus.shutdown().await;
}

#[tokio::test]
async fn a_function_is_changed_and_its_lines_are_read() {
    let bus = bus(Some(Time::Real)).await;
    let path = "/2015-03-31/functions/f/configuration";
    let (_, changed) = rest(&bus, &format!("PUT {path}"), json!({ "Timeout": 7 })).await;
    assert_eq!(changed["Timeout"], 7);
    is_refused(
        &rest(&bus, &format!("PUT {path}"), json!({ "Timeout": 901 })).await,
        400,
        "900",
    );
    let concurrency = "/2017-10-31/functions/f/concurrency";
    let none = json!({ "ReservedConcurrentExecutions": 0 });
    assert_eq!(rest(&bus, &format!("PUT {concurrency}"), none).await.0, 200);
    let invoke = "POST /2015-03-31/functions/f/invocations";
    assert_eq!(rest(&bus, invoke, json!({})).await.0, 429);
    assert_eq!(
        rest(&bus, &format!("DELETE {concurrency}"), Value::Null)
            .await
            .0,
        204
    );
    assert_eq!(rest(&bus, invoke, json!({ "word": "needle" })).await.0, 200);
    let logs = async |operation: &str, input: Value| {
        let target = format!("Logs_20140328.{operation}");
        aws(bus.endpoint(), &target, &input).await
    };
    let (_, groups) = logs("DescribeLogGroups", json!({})).await;
    let group = groups["logGroups"][0]["logGroupName"].clone();
    assert_eq!(group, "/aws/lambda/function");
    let (_, streams) = logs("DescribeLogStreams", json!({ "logGroupName": group })).await;
    let stream = streams["logStreams"][0]["logStreamName"].clone();
    let of_stream = json!({ "logGroupName": group, "logStreamName": stream });
    let (_, events) = logs("GetLogEvents", of_stream.clone()).await;
    assert_eq!(events["events"].as_array().unwrap().len(), 1, "{events}");
    let mut rest_of_it = of_stream;
    rest_of_it["nextToken"] = events["nextForwardToken"].clone();
    let (_, after) = logs("GetLogEvents", rest_of_it).await;
    assert_eq!(after["events"], json!([]));
    assert_eq!(after["nextForwardToken"], events["nextForwardToken"]);
    for (word, found) in [("needle", 1), ("haystack", 0)] {
        let input = json!({ "logGroupName": group, "filterPattern": word });
        let (_, events) = logs("FilterLogEvents", input).await;
        assert_eq!(events["events"].as_array().unwrap().len(), found, "{word}");
    }
    let (status, refused) = logs(
        "GetLogEvents",
        json!({ "logGroupName": "x", "logStreamName": "y" }),
    )
    .await;
    assert_eq!(
        (status, &refused["message"]),
        (400, &json!("The specified log group does not exist."))
    );
    bus.shutdown().await;
}

#[tokio::test]
async fn queues_have_tags_and_dead_letters_go_back_to_where_they_came_from() {
    let bus = bus(None).await;
    let call = async |operation: &str, input: Value| {
        aws(bus.endpoint(), &format!("AmazonSQS.{operation}"), &input).await
    };
    call(
        "TagQueue",
        json!({ "QueueUrl": "x/dead", "Tags": { "a": "1", "b": "2" } }),
    )
    .await;
    call(
        "UntagQueue",
        json!({ "QueueUrl": "x/dead", "TagKeys": ["a"] }),
    )
    .await;
    let (_, tags) = call("ListQueueTags", json!({ "QueueUrl": "x/dead" })).await;
    assert_eq!(tags, json!({ "Tags": { "b": "2" } }));
    let (_, sources) = call(
        "ListDeadLetterSourceQueues",
        json!({ "QueueUrl": "x/dead" }),
    )
    .await;
    assert_eq!(
        sources["queueUrls"].as_array().unwrap().len(),
        1,
        "{sources}"
    );
    call(
        "SendMessage",
        json!({ "QueueUrl": "x/inbox", "MessageBody": "poison" }),
    )
    .await;
    call(
        "SendMessage",
        json!({ "QueueUrl": "x/dead", "MessageBody": "from nowhere" }),
    )
    .await;
    for _ in 0..2 {
        call(
            "ReceiveMessage",
            json!({ "QueueUrl": "x/inbox", "VisibilityTimeout": 0 }),
        )
        .await;
    }
    let arn = |name: &str| json!(format!("arn:aws:sqs:{ACCOUNT}:{name}"));
    let (status, refused) = call(
        "StartMessageMoveTask",
        json!({ "SourceArn": arn("failed") }),
    )
    .await;
    assert_eq!(status, 400);
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("Dead Letter Queue"),
        "{refused}"
    );
    let task = json!({ "SourceArn": arn("dead") });
    assert_eq!(call("StartMessageMoveTask", task.clone()).await.0, 200);
    let (_, tasks) = call("ListMessageMoveTasks", task).await;
    let task = &tasks["Results"][0];
    assert_eq!(task["ApproximateNumberOfMessagesMoved"], 1, "{tasks}");
    assert_eq!(task["FailureReason"], "CouldNotDetermineMessageSource");
    let (_, back) = call("ReceiveMessage", json!({ "QueueUrl": "x/inbox" })).await;
    assert_eq!(back["Messages"][0]["Body"], "poison");
    bus.shutdown().await;
}

/// EventBridge Scheduler's own form of a dead letter, of which the page makes the same payload again.
#[tokio::test]
async fn a_schedule_that_was_not_delivered_can_be_sent_again() {
    let bus = bus(None).await;
    let queue = format!("arn:aws:sqs:{ACCOUNT}:later");
    let mut once = schedule("at(2026-01-01T09:00:00)", &queue);
    once["Target"]["DeadLetterConfig"] = json!({ "Arn": format!("arn:aws:sqs:{ACCOUNT}:dead") });
    assert_eq!(rest(&bus, "POST /schedules/once", once).await.0, 200);
    bus.run_until("2026-01-01T12:00:00Z".parse().unwrap()).await;
    let call = async |operation: &str, input: Value| {
        let operation = format!("AmazonSQS.{operation}");
        aws(bus.endpoint(), &operation, &input).await.1
    };
    let look =
        json!({ "QueueUrl": "x/dead", "MessageAttributeNames": ["All"], "VisibilityTimeout": 0 });
    let letters = call("ReceiveMessage", look).await;
    let letter = &letters["Messages"][0];
    let sent = r#"{"detail":{"at":"2026-01-01T09:00:00Z"}}"#;
    assert_eq!(letter["Body"], sent, "{letters}");
    let attribute = |name: &str| letter["MessageAttributes"][name]["StringValue"].clone();
    let arn = format!("arn:aws:scheduler:{ACCOUNT}:schedule/default/once");
    assert_eq!(attribute("SCHEDULE_ARN"), arn);
    assert_eq!(attribute("TARGET_ARN"), queue);
    assert_eq!(attribute("SCHEDULED_TIME"), "2026-01-01T09:00:00Z");
    assert_eq!(attribute("RULE_ARN"), Value::Null);
    call("CreateQueue", json!({ "QueueName": "later" })).await;
    assert_eq!(crate::storm::redriven(&bus, "dead").await, 1);
    bus.settle().await;
    let arrived = call("ReceiveMessage", json!({ "QueueUrl": "x/later" })).await;
    assert_eq!(arrived["Messages"][0]["Body"], sent, "{arrived}");
    bus.shutdown().await;
}

/// A function of the crate `job` puts what can never succeed into the failure queue itself.
#[tokio::test]
async fn what_a_function_put_away_goes_back_to_the_queue_before_it() {
    let bus = bus(None).await;
    let call = async |operation: &str, input: Value| {
        let operation = format!("AmazonSQS.{operation}");
        aws(bus.endpoint(), &operation, &input).await.1
    };
    let text = |text: &str| json!({ "DataType": "String", "StringValue": text });
    let message = json!({
        "QueueUrl": "x/dead", "MessageBody": "order",
        "MessageAttributes": { "MessageId": text("m"), "ErrorMessage": text("bad") },
    });
    call("SendMessage", message).await;
    assert_eq!(crate::storm::redriven(&bus, "dead").await, 1);
    let back = call("ReceiveMessage", json!({ "QueueUrl": "x/inbox" })).await;
    assert_eq!(back["Messages"][0]["Body"], "order", "{back}");
    bus.shutdown().await;
}
