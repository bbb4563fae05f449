//! SQS in its older protocol: forms in, XML out, as SDKs before 2023 and tools that were built with them speak it.

use emulator::Emulator;

use crate::http::request;
use crate::support::{config, function, start};

/// Sends a form to a queue's own URL, or to the root without one, and returns the status and the XML.
async fn form(bus: &Emulator, queue: &str, fields: &str) -> (u16, String) {
    let line = match queue {
        "" => "POST /".to_owned(),
        queue => format!("POST /123456789012/{queue}"),
    };
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let answer = request(bus.endpoint(), &line, &headers, fields).await;
    (answer.status, answer.body)
}

/// Sends a form that must be taken.
async fn taken(bus: &Emulator, queue: &str, fields: &str) -> String {
    let (status, xml) = form(bus, queue, fields).await;
    assert_eq!(status, 200, "{fields}: {xml}");
    xml
}

/// Returns the texts of all elements of a name.
fn texts<'x>(xml: &'x str, name: &str) -> Vec<&'x str> {
    let (begin, end) = (format!("<{name}>"), format!("</{name}>"));
    let parts = xml.split(&begin).skip(1);
    parts.filter_map(|part| part.split(&end).next()).collect()
}

#[tokio::test]
async fn batches_work_in_the_older_protocol() {
    let bus = start(config(function())).await;
    taken(&bus, "", "Action=CreateQueue&QueueName=q").await;
    let sent = taken(
        &bus,
        "q",
        "Action=SendMessageBatch\
         &SendMessageBatchRequestEntry.1.Id=a&SendMessageBatchRequestEntry.1.MessageBody=one%26only\
         &SendMessageBatchRequestEntry.1.MessageAttribute.1.Name=color\
         &SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType=String\
         &SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue=red\
         &SendMessageBatchRequestEntry.2.Id=b&SendMessageBatchRequestEntry.2.MessageBody=two\
         &SendMessageBatchRequestEntry.10.Id=c&SendMessageBatchRequestEntry.10.MessageBody=ten\
         &SendMessageBatchRequestEntry.10.DelaySeconds=1000",
    )
    .await;
    let done = texts(&sent, "SendMessageBatchResultEntry");
    assert_eq!(done.len(), 2, "{sent}");
    assert_eq!(texts(done[0], "Id"), ["a"]);
    assert!(done[0].contains("<MD5OfMessageAttributes>"), "{sent}");
    let failed = texts(&sent, "BatchResultErrorEntry");
    assert_eq!(failed.len(), 1, "{sent}");
    assert_eq!(texts(failed[0], "Id"), ["c"]);
    assert_eq!(texts(failed[0], "Code"), ["InvalidParameterValue"]);
    assert_eq!(texts(failed[0], "SenderFault"), ["true"]);

    let all = "Action=ReceiveMessage&MaxNumberOfMessages=10&MessageAttributeName.1=All";
    let received = taken(&bus, "q", all).await;
    assert_eq!(texts(&received, "Body"), ["one&amp;only", "two"]);
    assert_eq!(texts(&received, "StringValue"), ["red"]);
    let handles = texts(&received, "ReceiptHandle");
    let entries = |operation: &str, more: &str| {
        let entries = handles.iter().enumerate().map(|(at, handle)| {
            let entry = format!("{operation}RequestEntry.{}", at + 1);
            format!(
                "&{entry}.Id=m{at}&{entry}.ReceiptHandle={handle}{}",
                more.replace('#', &entry)
            )
        });
        format!("Action={operation}{}", entries.collect::<String>())
    };
    let shown = entries("ChangeMessageVisibilityBatch", "&#.VisibilityTimeout=0");
    let shown = taken(&bus, "q", &shown).await;
    let done = texts(&shown, "ChangeMessageVisibilityBatchResultEntry");
    assert_eq!(done, ["<Id>m0</Id>", "<Id>m1</Id>"]);
    assert_eq!(texts(&taken(&bus, "q", all).await, "Body").len(), 2);
    let deleted = taken(&bus, "q", &entries("DeleteMessageBatch", "")).await;
    assert_eq!(texts(&deleted, "DeleteMessageBatchResultEntry").len(), 2);
    let count = "Action=GetQueueAttributes&AttributeName.1=ApproximateNumberOfMessagesNotVisible";
    assert_eq!(texts(&taken(&bus, "q", count).await, "Value"), ["0"]);

    let (status, xml) = form(&bus, "q", "Action=SendMessageBatch").await;
    assert_eq!(status, 400, "{xml}");
    assert!(
        xml.contains("AWS.SimpleQueueService.EmptyBatchRequest"),
        "{xml}"
    );
    bus.shutdown().await;
}

#[tokio::test]
async fn tags_and_moves_work_in_the_older_protocol() {
    let bus = start(config(function())).await;
    let made = "Action=CreateQueue&QueueName=letters&Tag.1.Key=team&Tag.1.Value=a%3Cb";
    taken(&bus, "", made).await;
    taken(
        &bus,
        "letters",
        "Action=TagQueue&Tag.1.Key=cost&Tag.1.Value=7&Tag.2.Key=x&Tag.2.Value=",
    )
    .await;
    let tags = taken(&bus, "letters", "Action=ListQueueTags").await;
    assert_eq!(texts(&tags, "Key"), ["cost", "team", "x"]);
    assert_eq!(texts(&tags, "Value"), ["7", "a&lt;b", ""]);
    taken(
        &bus,
        "letters",
        "Action=UntagQueue&TagKey.1=cost&TagKey.2=x",
    )
    .await;
    let tags = taken(&bus, "letters", "Action=ListQueueTags").await;
    assert_eq!(
        texts(&tags, "Tag"),
        ["<Key>team</Key><Value>a&lt;b</Value>"]
    );

    let arn = "arn:aws:sqs:eu-central-1:123456789012:letters";
    let policy = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":1}}"#);
    let work = format!(
        "Action=CreateQueue&QueueName=work&Attribute.1.Name=RedrivePolicy&Attribute.1.Value={policy}\
         &Attribute.2.Name=VisibilityTimeout&Attribute.2.Value=0"
    );
    taken(&bus, "", &work).await;
    taken(&bus, "work", "Action=SendMessage&MessageBody=late").await;
    let sources = taken(&bus, "letters", "Action=ListDeadLetterSourceQueues").await;
    let sources = texts(&sources, "QueueUrl");
    assert!(
        sources.len() == 1 && sources[0].ends_with("/work"),
        "{sources:?}"
    );
    taken(&bus, "work", "Action=ReceiveMessage").await;
    // It may be received once. The second time it moves to the queue of letters.
    let again = taken(&bus, "work", "Action=ReceiveMessage").await;
    assert!(texts(&again, "Body").is_empty(), "{again}");
    let start = format!("Action=StartMessageMoveTask&SourceArn={arn}");
    let started = taken(&bus, "", &start).await;
    let task = texts(&started, "TaskHandle").join("");
    assert!(!task.is_empty(), "{started}");
    let listed = format!("Action=ListMessageMoveTasks&SourceArn={arn}&MaxResults=5");
    let listed = taken(&bus, "", &listed).await;
    let listed = texts(&listed, "ListMessageMoveTasksResultEntry");
    assert_eq!(listed.len(), 1);
    assert_eq!(texts(listed[0], "Status"), ["COMPLETED"]);
    assert_eq!(texts(listed[0], "ApproximateNumberOfMessagesMoved"), ["1"]);
    let back = taken(&bus, "work", "Action=ReceiveMessage").await;
    assert_eq!(texts(&back, "Body"), ["late"]);
    let cancel = format!("Action=CancelMessageMoveTask&TaskHandle={task}");
    let (status, xml) = form(&bus, "", &cancel).await;
    assert!(
        status == 400 && xml.contains("ResourceNotFoundException"),
        "{xml}"
    );
    bus.shutdown().await;
}
