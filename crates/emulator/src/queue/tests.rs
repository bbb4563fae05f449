use jiff::SignedDuration;

use super::*;

const ANY: Most = Most {
    messages: 10,
    bytes: usize::MAX,
    receiver: Receiver::Client,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
}

fn queues(made: &[(&str, &[(&str, &str)])]) -> Queues {
    let queues = Queues::new("r", "1", Store::default());
    for (name, attributes) in made {
        let attributes = attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        queues.create(name, attributes.collect(), at(0)).unwrap();
    }
    queues
}

fn body(text: &str) -> Message {
    Message::text(text, Vec::new())
}

fn of_group(group: &str, text: &str) -> Message {
    Message {
        group: Some(group.to_owned()),
        ..body(text)
    }
}

/// Receives, and returns the bodies with their handles.
fn received(queues: &Queues, name: &str, now: i64) -> Vec<(String, String)> {
    let receipt = queues.receive(name, ANY, None, at(now)).unwrap();
    let messages = receipt.messages.into_iter();
    messages
        .map(|one| (one.stored.message.body, one.receipt_handle))
        .collect()
}

fn bodies(queues: &Queues, name: &str, now: i64) -> Vec<String> {
    let all = received(queues, name, now).into_iter();
    all.map(|(body, _)| body).collect()
}

const FIFO: &[(&str, &str)] = &[("FifoQueue", "true"), ("ContentBasedDeduplication", "true")];

#[test]
fn a_received_message_is_hidden_for_its_time_and_counts_its_receives() {
    let queues = queues(&[("q", &[("VisibilityTimeout", "20")])]);
    queues.send("q", body("a"), None, at(0)).unwrap();
    assert_eq!(bodies(&queues, "q", 0), ["a"]);
    assert_eq!(queues.next_return("q", at(1)), Some(at(20)));
    assert!(bodies(&queues, "q", 19).is_empty());
    let again = queues.receive("q", ANY, Some(5), at(20)).unwrap();
    let stored = &again.messages[0].stored;
    assert_eq!((stored.receives, stored.first_received), (2, Some(at(0))));
    assert_eq!(queues.next_return("q", at(20)), Some(at(25)));
}

#[test]
fn the_senders_delay_overrides_the_queues() {
    let queues = queues(&[("q", &[("DelaySeconds", "10")])]);
    queues.send("q", body("later"), None, at(0)).unwrap();
    queues.send("q", body("now"), Some(0), at(0)).unwrap();
    assert_eq!(bodies(&queues, "q", 0), ["now"]);
    assert_eq!(bodies(&queues, "q", 10), ["later"]);
}

#[test]
fn a_message_that_was_received_too_often_goes_to_the_other_queue() {
    let policy = r#"{"deadLetterTargetArn":"arn:aws:sqs:r:1:dead","maxReceiveCount":2}"#;
    let queues = queues(&[("dead", &[]), ("q", &[("RedrivePolicy", policy)])]);
    let sent = queues.send("q", body("a"), None, at(0)).unwrap();
    assert_eq!(bodies(&queues, "q", 0), ["a"]);
    assert_eq!(bodies(&queues, "q", 30), ["a"]);
    let third = queues.receive("q", ANY, None, at(60)).unwrap();
    assert!(third.messages.is_empty());
    assert_eq!(third.given_up, std::slice::from_ref(&sent.id));
    assert_eq!(third.to.as_deref(), Some("arn:aws:sqs:r:1:dead"));
    let dead = queues.receive("dead", ANY, None, at(61)).unwrap();
    let stored = &dead.messages[0].stored;
    assert_eq!(
        (&stored.id, stored.sent, stored.receives),
        (&sent.id, at(0), 3)
    );
    assert_eq!(stored.given_up_by.as_deref(), Some("arn:aws:sqs:r:1:q"));
}

#[test]
fn without_the_other_queue_nothing_is_lost() {
    let policy = r#"{"deadLetterTargetArn":"arn:aws:sqs:r:1:none","maxReceiveCount":1}"#;
    let queues = queues(&[("q", &[("RedrivePolicy", policy)])]);
    queues.send("q", body("a"), None, at(0)).unwrap();
    for now in [0, 30, 60] {
        assert_eq!(bodies(&queues, "q", now), ["a"]);
    }
}

#[test]
fn a_group_keeps_its_order_and_waits_for_what_is_on_its_way() {
    let queues = queues(&[("q.fifo", FIFO)]);
    for (group, text) in [("x", "x1"), ("y", "y1"), ("x", "x2"), ("x", "x3")] {
        queues
            .send("q.fifo", of_group(group, text), None, at(0))
            .unwrap();
    }
    let one = Most { messages: 1, ..ANY };
    let first = queues.receive("q.fifo", one, None, at(0)).unwrap();
    assert_eq!(first.messages[0].stored.message.body, "x1");
    // Only the other group can be received meanwhile.
    assert_eq!(bodies(&queues, "q.fifo", 1), ["y1"]);
    let handle = &first.messages[0].receipt_handle;
    assert_eq!(queues.delete_message("q.fifo", handle, at(2)), Ok(true));
    assert_eq!(bodies(&queues, "q.fifo", 3), ["x2", "x3"]);
    // After the visibility timeout they come again, in order.
    assert_eq!(bodies(&queues, "q.fifo", 33), ["y1", "x2", "x3"]);
}

#[test]
fn a_fifo_queue_takes_equal_messages_once_within_five_minutes() {
    let queues = queues(&[("q.fifo", FIFO)]);
    let send = |text, now| {
        let sent = queues.send("q.fifo", of_group("g", text), None, at(now));
        sent.unwrap()
    };
    let first = send("a", 0);
    assert_eq!(send("a", 299), first);
    assert_ne!(send("b", 299).id, first.id);
    assert_ne!(send("a", 300).id, first.id);
    assert_eq!(bodies(&queues, "q.fifo", 300), ["a", "b", "a"]);
}

#[test]
fn a_fifo_queue_refuses_what_sqs_refuses() {
    let queues = queues(&[("q.fifo", &[("FifoQueue", "true")]), ("q", &[])]);
    let refused = |name: &str, message, delay| {
        let refused = queues.send(name, message, delay, at(0)).unwrap_err();
        refused.code
    };
    assert_eq!(refused("q.fifo", body("a"), None), "MissingParameter");
    let invalid = "InvalidParameterValue";
    assert_eq!(refused("q.fifo", of_group("g", "a"), None), invalid);
    let named = Message {
        deduplication: Some("d".to_owned()),
        ..of_group("g", "a")
    };
    assert_eq!(refused("q.fifo", named.clone(), Some(1)), invalid);
    assert_eq!(refused("q", named.clone(), None), invalid);
    queues.send("q.fifo", named, None, at(0)).unwrap();
    let (_, handle) = received(&queues, "q.fifo", 0).remove(0);
    let expired = queues.delete_message("q.fifo", &handle, at(30));
    assert_eq!(expired.unwrap_err().code, invalid);
}

#[test]
fn a_receiver_can_hide_a_message_for_longer_and_show_it_at_once() {
    let queues = queues(&[("q", &[])]);
    queues.send("q", body("a"), None, at(0)).unwrap();
    let (_, handle) = received(&queues, "q", 0).remove(0);
    queues.change_visibility("q", &handle, 100, at(10)).unwrap();
    assert!(bodies(&queues, "q", 109).is_empty());
    queues.change_visibility("q", &handle, 0, at(109)).unwrap();
    assert_eq!(bodies(&queues, "q", 109), ["a"]);
    // The first handle is no longer that of a message on its way.
    let late = queues.change_visibility("q", &handle, 5, at(110));
    assert_eq!(late.unwrap_err().code, "MessageNotInflight");
    let wrong = queues.change_visibility("q", "x", 5, at(110));
    assert_eq!(wrong.unwrap_err().code, "ReceiptHandleIsInvalid");
}

#[test]
fn a_receiver_takes_no_more_bytes_than_it_can() {
    let queues = queues(&[("q", &[])]);
    for _ in 0..3 {
        queues.send("q", body("12345"), None, at(0)).unwrap();
    }
    let few = Most {
        receiver: Receiver::Client,
        messages: 10,
        bytes: 11,
    };
    let counts = [2, 1, 0].map(|_| {
        let receipt = queues.receive("q", few, None, at(0)).unwrap();
        receipt.messages.len()
    });
    assert_eq!(counts, [2, 1, 0]);
}

#[test]
fn a_message_for_which_there_is_no_room_is_refused_and_none_is_dropped() {
    let queues = queues(&[("q", &[]), ("dead", &[])]);
    let large = "x".repeat(1 << 20);
    let mut taken = 0;
    while queues.check_room().is_ok() {
        queues.send("q", body(&large), None, at(0)).unwrap();
        taken += 1;
    }
    assert_eq!((taken, queues.count("q")), (112, 112));
    assert_eq!(queues.check_room().unwrap_err().code, OVER_LIMIT);
    // What stands for something that was taken already is not asked.
    queues.send("dead", body("letter"), None, at(0)).unwrap();
    let receipt = queues.receive("q", ANY, None, at(0)).unwrap();
    let handle = &receipt.messages[0].receipt_handle;
    queues.delete_message("q", handle, at(0)).unwrap();
    assert!(queues.check_room().is_ok());
    queues.purge("q").unwrap();
    assert_eq!(queues.peek_last("dead").unwrap()[0].message.body, "letter");
    assert!(queues.bytes() < 1_000);
}
