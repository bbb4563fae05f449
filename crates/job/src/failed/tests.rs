//! Runs that fail for good, against a server that answers as SQS does, through the real SDK.

use std::sync::{Arc, Mutex};

use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lambda_runtime::LambdaEvent;
use serde_json::json;

use super::*;
use crate::emit::Emitter;
use crate::idempotency::EveryTime;
use crate::invocation::Invoker;
use crate::testing::{Bill, BillTrigger};
use crate::{Error, Handler, Outcome, Permanent, Run, Scheduled};

/// Fails for good or for now, as the customer's name says.
struct Refusing;

impl Handler for Refusing {
    type Job = Bill;

    async fn on_event(&self, trigger: BillTrigger, _run: &Run) -> Result<Outcome<Bill>, Error> {
        match trigger {
            BillTrigger::OrderPlaced(order) if order.customer_id == "never" => {
                Err(Permanent::new("no such customer").into())
            }
            BillTrigger::OrderPlaced(order) if order.customer_id == "later" => Err("busy".into()),
            _ => Ok(Outcome::done()),
        }
    }

    async fn on_schedule(&self, _: Scheduled, _run: &Run) -> Result<(), Error> {
        Ok(())
    }
}

type Sent = Arc<Mutex<Vec<Value>>>;

/// Starts a queue that takes everything, or nothing.
async fn queue(takes: bool) -> (FailureQueue, Sent) {
    let sent = Sent::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let answer = async move |State(sent): State<Sent>, body: Bytes| -> Response {
        if !takes {
            let refusal =
                json!({ "__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "no" });
            return (StatusCode::BAD_REQUEST, refusal.to_string()).into_response();
        }
        let request: Value = serde_json::from_slice(&body).unwrap();
        sent.lock().unwrap().push(request);
        json!({ "MessageId": "m" }).to_string().into_response()
    };
    let router = axum::Router::new()
        .fallback(answer)
        .with_state(sent.clone());
    tokio::spawn(axum::serve(listener, router).into_future());
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
        .endpoint_url(&endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .region(Region::new("eu-central-1"))
        .build();
    let queue = FailureQueue::at(
        format!("{endpoint}/000000000000/q"),
        Client::from_conf(config),
    );
    (queue, sent)
}

fn order_of(customer: &str) -> Value {
    json!({
        "id": "e-1", "source": "shop", "detail-type": "Order Placed",
        "detail": {
            "event_type": "order.placed", "customer_id": customer, "timestamp": "2026-01-01T01:00:00Z",
        },
    })
}

/// Invokes the function with a payload, and returns its answer or its error.
async fn invoke(failures: FailureQueue, payload: Value) -> Result<Value, String> {
    let invoker = Invoker::new(Refusing, EveryTime, Emitter::from_env(), |_| ()).keeping(failures);
    let mut context = Context::default();
    context.request_id = "r-1".to_owned();
    context.invoked_function_arn =
        "arn:aws:lambda:eu-central-1:123456789012:function:bill".to_owned();
    context.deadline = u64::MAX;
    match invoker.invoke(LambdaEvent::new(payload, context)).await {
        Ok(answer) => Ok(serde_json::to_value(answer).unwrap()),
        Err(failure) => Err(format!("{failure:?}")),
    }
}

#[tokio::test]
async fn a_permanent_failure_is_kept_at_once_as_lambda_would_write_it() {
    let (failures, sent) = queue(true).await;
    let answer = invoke(failures, order_of("never")).await.unwrap();
    let expected =
        json!({ "job": "bill", "emitted": 0, "emit_failures": 0, "failed": "no such customer" });
    assert_eq!(answer, expected);
    let sent = sent.lock().unwrap();
    assert_eq!(sent.len(), 1);
    let record: Value = serde_json::from_str(sent[0]["MessageBody"].as_str().unwrap()).unwrap();
    assert_eq!(record["requestPayload"], order_of("never"));
    assert_eq!(record["requestContext"]["requestId"], "r-1");
    assert_eq!(record["requestContext"]["condition"], "PermanentFailure");
    let error = json!({ "errorType": "JobFailed", "errorMessage": "no such customer" });
    assert_eq!(record["responsePayload"], error);
}

#[tokio::test]
async fn an_event_that_nobody_can_read_is_kept_at_once() {
    let (failures, sent) = queue(true).await;
    let mut order = order_of("anybody");
    order["detail"]["timestamp"] = "yesterday".into();
    let answer = invoke(failures, order.clone()).await.unwrap();
    let failed = answer["failed"].as_str().unwrap();
    assert!(
        failed.starts_with("malformed event: `detail.timestamp`"),
        "{failed}"
    );
    let sent = sent.lock().unwrap();
    let record: Value = serde_json::from_str(sent[0]["MessageBody"].as_str().unwrap()).unwrap();
    assert_eq!(record["requestPayload"], order);
}

#[tokio::test]
async fn a_person_who_invokes_the_function_gets_the_failure() {
    let (failures, sent) = queue(true).await;
    let detail = order_of("never")["detail"].clone();
    let expected = Err("no such customer".to_owned());
    assert_eq!(invoke(failures, detail).await, expected);
    let (failures, _) = queue(true).await;
    assert!(invoke(failures, json!({})).await.is_err());
    assert!(sent.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_temporary_failure_is_left_to_lambda() {
    let (failures, sent) = queue(true).await;
    assert_eq!(
        invoke(failures, order_of("later")).await,
        Err("busy".to_owned())
    );
    assert!(sent.lock().unwrap().is_empty());
}

#[tokio::test]
async fn without_a_queue_that_takes_it_the_run_fails_and_nothing_is_lost() {
    let expected = Err("no such customer".to_owned());
    assert_eq!(
        invoke(FailureQueue::none(), order_of("never")).await,
        expected
    );
    let (failures, _) = queue(false).await;
    assert_eq!(invoke(failures, order_of("never")).await, expected);
}

fn message(id: &str, customer: &str) -> Value {
    json!({
        "messageId": id,
        "body": order_of(customer).to_string(),
        "attributes": { "MessageGroupId": "g" },
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:q.fifo",
    })
}

#[tokio::test]
async fn a_message_that_fails_for_good_is_kept_as_it_is_and_its_group_goes_on() {
    let batch = json!({ "Records": [message("m-1", "never"), message("m-2", "anybody")] });
    let (failures, sent) = queue(true).await;
    let answer = invoke(failures, batch.clone()).await.unwrap();
    assert_eq!(answer, json!({ "batchItemFailures": [] }));
    let sent = sent.lock().unwrap();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0]["MessageBody"], batch["Records"][0]["body"]);
    assert_eq!(sent[0]["MessageGroupId"], "g");
    assert_eq!(sent[0]["MessageDeduplicationId"], "m-1");
    let attributes = &sent[0]["MessageAttributes"];
    assert_eq!(attributes["MessageId"]["StringValue"], "m-1");
    assert_eq!(
        attributes["ErrorMessage"]["StringValue"],
        "no such customer"
    );
}

#[tokio::test]
async fn a_message_that_no_queue_takes_comes_again() {
    let batch = json!({ "Records": [message("m-1", "never"), message("m-2", "anybody")] });
    let (failures, _) = queue(false).await;
    let answer = invoke(failures, batch).await.unwrap();
    let failed = ["m-1", "m-2"].map(|id| json!({ "itemIdentifier": id }));
    assert_eq!(answer, json!({ "batchItemFailures": failed }));
}
