//! Tests of targets that are there already, and of queues that keep an order, judged by Terraform and the real provider.

use crate::rights::judged;

const EVENTS: &str = "
pipeline: p
source: s
events: { e: { detail_type: E, external: true, detail: { id: string } } }
jobs:
";

/// Returns the file of a job that delivers to something, after Terraform and the provider have accepted the module.
fn job(deliver_to: &str) -> String {
    let spec =
        format!("{EVENTS}  j: {{ deliver_to: {{ {deliver_to} }}, triggers: [{{ event: e }}] }}\n");
    judged(&spec, "job-j.tf")
}

fn check(job: &str, parts: &[&str]) {
    for part in parts {
        assert!(job.contains(part), "{part}\n{job}");
    }
}

const HERE: &str = "${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}";

#[test]
fn a_role_sends_to_a_queue_of_somebody_and_its_policy_stays() {
    let job =
        job("queue: { existing: 'orders-${environment}.fifo', group: billing, kms_key: orders }");
    let arn = format!(
        "arn:${{data.aws_partition.current.partition}}:sqs:{HERE}:orders-${{var.environment}}.fifo"
    );
    check(
        &job,
        &[
            "role_arn       = aws_iam_role.j.arn",
            "sqs_target {\n    message_group_id = \"billing\"\n  }",
            "Action   = \"sqs:SendMessage\"",
            "Action   = [\"kms:Decrypt\", \"kms:GenerateDataKey\"]\n        Resource = var.kms_keys[\"orders\"]",
            &format!("arn            = \"{arn}\""),
            &format!("Resource = \"{arn}\""),
            // EventBridge takes a standard queue alone for dead letters.
            "name                      = \"p-j-dlq-${var.environment}\"\n  message_retention_seconds",
        ],
    );
    assert_eq!(job.matches("aws_sqs_queue_policy\" ").count(), 1, "{job}");
}

#[test]
fn a_fifo_queue_is_made_with_its_policy_and_a_standard_one_for_dead_letters() {
    let job = job("queue: { fifo: true, group: orders }");
    check(
        &job,
        &[
            "name                        = \"p-j-${var.environment}.fifo\"",
            "content_based_deduplication = true",
            "sqs_target {\n    message_group_id = \"orders\"\n  }",
            "arn            = aws_sqs_queue.j.arn",
            "name                      = \"p-j-dlq-${var.environment}\"\n  message_retention_seconds",
        ],
    );
    assert!(!job.contains("role_arn"), "{job}");
}

#[test]
fn a_role_publishes_to_a_topic() {
    let arn = "arn:aws:sns:eu-central-1:123456789012:orders-${environment}";
    let job = job(&format!("topic: {{ existing: '{arn}' }}"));
    check(
        &job,
        &[
            "Action   = \"sns:Publish\"",
            "role_arn       = aws_iam_role.j.arn",
            "\"arn:aws:sns:eu-central-1:123456789012:orders-${var.environment}\"",
        ],
    );
    assert!(!job.contains("aws_sns_topic"), "{job}");
}

#[test]
fn a_stream_has_the_partition_key_of_the_spec_or_the_id_of_the_event() {
    let with = job("stream: { existing: orders, partition_key: $.detail.id, kms_key: main }");
    check(
        &with,
        &[
            "kinesis_target {\n    partition_key_path = \"$.detail.id\"\n  }",
            "Action   = [\"kinesis:PutRecord\", \"kinesis:PutRecords\"]",
            &format!("kinesis:{HERE}:stream/orders\""),
            "Resource = var.kms_keys[\"main\"]",
        ],
    );
    let without = job("stream: { existing: orders }");
    assert!(!without.contains("kinesis_target"), "{without}");
    assert!(!without.contains("kms:"), "{without}");
}

#[test]
fn a_role_puts_records_into_firehose() {
    let job = job("firehose: { existing: lake }");
    check(
        &job,
        &[
            "Action   = [\"firehose:PutRecord\", \"firehose:PutRecordBatch\"]",
            &format!("firehose:{HERE}:deliverystream/lake\""),
            "role_arn       = aws_iam_role.j.arn",
        ],
    );
}
