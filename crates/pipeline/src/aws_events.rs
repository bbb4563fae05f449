//! Details of well-known events of AWS, so that `where` on them is checked and Rust has their types.
//!
//! AWS may add a field, and a value of a status, at any time: what its documents call a text is a text here, and more
//! fields are never a mistake of an event. A field is optional if the document says so, or if one of its examples lacks
//! it or has null there.

use indexmap::IndexMap;

use crate::model::{Field, FieldType};

/// An event of AWS that a spec can name.
#[derive(Debug)]
pub struct AwsEvent {
    /// The word for it in a spec.
    pub name: &'static str,
    /// `source` on the bus.
    pub source: &'static str,
    /// `detail-type` on the bus.
    pub detail_type: &'static str,
    detail: fn() -> Fields,
}

type Fields = IndexMap<String, Field>;

impl AwsEvent {
    /// The fields of its detail.
    pub fn detail(&self) -> IndexMap<String, Field> {
        (self.detail)()
    }
}

/// The events that a spec can name, by name.
pub const AWS_EVENTS: [AwsEvent; 4] = [
    AwsEvent {
        name: "ecs.task-state-change",
        source: "aws.ecs",
        detail_type: "ECS Task State Change",
        detail: ecs_task_state_change,
    },
    AwsEvent {
        name: "health.event",
        source: "aws.health",
        detail_type: "AWS Health Event",
        detail: health_event,
    },
    AwsEvent {
        name: "s3.object-created",
        source: "aws.s3",
        detail_type: "Object Created",
        detail: s3_object_created,
    },
    AwsEvent {
        name: "states.execution-status-change",
        source: "aws.states",
        detail_type: "Step Functions Execution Status Change",
        detail: states_execution_status_change,
    },
];

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html>
fn s3_object_created() -> Fields {
    let object = fields([
        ("key", string()),
        ("size", integer()),
        ("etag", string()),
        ("version-id", optional(string())),
        ("sequencer", string()),
    ]);
    fields([
        ("version", string()),
        ("bucket", of(fields([("name", string())]))),
        ("object", of(object)),
        ("request-id", string()),
        ("requester", string()),
        ("source-ip-address", optional(string())),
        ("reason", string()),
    ])
}

/// <https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html>; what the fields of an execution
/// are: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>. Dates are
/// milliseconds since 1970.
fn states_execution_status_change() -> Fields {
    let details = || of(fields([("included", optional(boolean()))]));
    fields([
        ("executionArn", string()),
        ("stateMachineArn", string()),
        ("name", optional(string())),
        ("status", string()),
        ("startDate", integer()),
        ("stopDate", optional(integer())),
        ("input", optional(string())),
        ("inputDetails", optional(details())),
        ("output", optional(string())),
        ("outputDetails", optional(details())),
        ("stateMachineVersionArn", optional(string())),
        ("stateMachineAliasArn", optional(string())),
        ("redriveCount", optional(integer())),
        ("redriveDate", optional(integer())),
        ("redriveStatus", optional(string())),
        ("redriveStatusReason", optional(string())),
        ("error", optional(string())),
        ("cause", optional(string())),
    ])
}

/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html>; which fields of a task may be
/// absent: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html>.
fn ecs_task_state_change() -> Fields {
    let container = fields([
        ("containerArn", optional(string())),
        ("exitCode", optional(integer())),
        ("image", optional(string())),
        ("imageDigest", optional(string())),
        ("lastStatus", optional(string())),
        ("name", optional(string())),
        ("reason", optional(string())),
        ("runtimeId", optional(string())),
        ("taskArn", optional(string())),
        ("networkInterfaces", optional(json())),
        ("cpu", optional(string())),
        ("memory", optional(string())),
    ]);
    fields([
        ("attachments", optional(json())),
        ("attributes", optional(json())),
        ("availabilityZone", optional(string())),
        ("capacityProviderName", optional(string())),
        ("clusterArn", string()),
        ("connectivity", optional(string())),
        ("connectivityAt", optional(timestamp())),
        ("containerInstanceArn", optional(string())),
        ("containers", optional(list(of(container)))),
        ("cpu", optional(string())),
        ("createdAt", optional(timestamp())),
        ("desiredStatus", string()),
        ("enableExecuteCommand", optional(boolean())),
        ("ephemeralStorage", optional(json())),
        ("executionStoppedAt", optional(timestamp())),
        ("group", optional(string())),
        ("lastStatus", string()),
        ("launchType", optional(string())),
        ("memory", optional(string())),
        ("overrides", optional(json())),
        ("platformVersion", optional(string())),
        ("pullStartedAt", optional(timestamp())),
        ("pullStoppedAt", optional(timestamp())),
        ("startedAt", optional(timestamp())),
        ("startedBy", optional(string())),
        ("stopCode", optional(string())),
        ("stoppedAt", optional(timestamp())),
        ("stoppedReason", optional(string())),
        ("stoppingAt", optional(timestamp())),
        ("taskArn", string()),
        ("taskDefinitionArn", string()),
        ("updatedAt", optional(timestamp())),
        ("version", integer()),
    ])
}

/// <https://docs.aws.amazon.com/health/latest/ug/aws-health-events-eventbridge-schema.html>. Times are written as
/// `Tue, 01 Jan 2026 01:00:00 GMT`, and `page` and `totalPages` as texts.
fn health_event() -> Fields {
    let description = fields([
        ("language", optional(string())),
        ("latestDescription", optional(string())),
    ]);
    let entity = fields([
        ("entityValue", optional(string())),
        ("entityArn", optional(string())),
        ("lastUpdatedTime", optional(string())),
        ("status", optional(string())),
        ("tags", optional(json())),
    ]);
    fields([
        ("eventArn", string()),
        ("service", string()),
        ("eventTypeCode", string()),
        ("eventTypeCategory", string()),
        ("eventScopeCode", optional(string())),
        ("communicationId", optional(string())),
        ("startTime", optional(string())),
        ("endTime", optional(string())),
        ("lastUpdatedTime", optional(string())),
        ("statusCode", optional(string())),
        ("eventRegion", optional(string())),
        ("eventDescription", optional(list(of(description)))),
        ("eventMetadata", optional(json())),
        ("affectedEntities", optional(list(of(entity)))),
        ("affectedAccount", optional(string())),
        ("page", optional(string())),
        ("totalPages", optional(string())),
    ])
}

fn fields<const N: usize>(fields: [(&str, Field); N]) -> Fields {
    let fields = fields.into_iter();
    fields
        .map(|(name, field)| (name.to_owned(), field))
        .collect()
}

fn optional(field: Field) -> Field {
    Field {
        optional: true,
        ..field
    }
}

fn plain(field_type: FieldType) -> Field {
    Field {
        field_type,
        optional: false,
    }
}

fn string() -> Field {
    plain(FieldType::String)
}

fn integer() -> Field {
    plain(FieldType::Integer)
}

fn boolean() -> Field {
    plain(FieldType::Boolean)
}

fn timestamp() -> Field {
    plain(FieldType::Timestamp)
}

fn json() -> Field {
    plain(FieldType::Json)
}

fn list(item: Field) -> Field {
    plain(FieldType::List(Box::new(item)))
}

fn of(fields: Fields) -> Field {
    plain(FieldType::Object(fields))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detail::problems;
    use crate::testing::ids_of;
    use crate::{Surroundings, parse};

    /// A detail of each event: the required fields, and some more.
    const DETAILS: [(&str, &str); 4] = [
        (
            "ecs.task-state-change",
            r#"{ "clusterArn": "c", "desiredStatus": "STOPPED", "lastStatus": "RUNNING", "taskArn": "t", "taskDefinitionArn": "d",
                "version": 4, "createdAt": "2026-01-23T17:57:34.402Z", "containers": [{ "exitCode": 1 }], "new": {} }"#,
        ),
        (
            "health.event",
            r#"{ "eventArn": "e", "service": "EC2", "eventTypeCode": "AWS_EC2", "eventTypeCategory": "issue", "page": "1",
                "eventDescription": [{ "language": "en_US", "latestDescription": "x" }], "affectedEntities": [{ "entityValue": "i-1" }] }"#,
        ),
        (
            "s3.object-created",
            r#"{ "version": "0", "event-version": "1.0", "bucket": { "name": "b" }, "request-id": "r", "requester": "1",
                "object": { "key": "k", "size": 5, "etag": "e", "sequencer": "6" }, "reason": "PutObject" }"#,
        ),
        (
            "states.execution-status-change",
            r#"{ "executionArn": "e", "stateMachineArn": "m", "status": "RUNNING", "startDate": 1767225600000, "stopDate": null,
                "input": "{}", "inputDetails": { "included": true }, "output": null, "outputDetails": null }"#,
        ),
    ];

    #[test]
    fn an_event_of_aws_is_what_aws_sends() {
        assert!(AWS_EVENTS.iter().map(|event| event.name).is_sorted());
        let names = DETAILS.map(|(name, _)| name);
        assert_eq!(AWS_EVENTS.map(|event| event.name), names);
        for (name, detail) in DETAILS {
            let spec = format!("pipeline: p\nsource: s\nevents: {{ e: {{ aws: {name} }} }}\n");
            let pipeline = parse(&spec, &Surroundings::default()).pipeline.unwrap();
            let event = &pipeline.events["e"];
            assert!(event.external && event.is_of_aws(), "{name}");
            let detail = serde_json::from_str(detail).unwrap();
            assert_eq!(problems(event, &detail), [], "{name}");
            assert!(!problems(event, &serde_json::Map::new()).is_empty());
        }
    }

    fn with_filter(event: &str, bus: &str, filter: &str) -> Vec<&'static str> {
        ids_of(&format!(
            "pipeline: p\nsource: s\nbus: {bus}\nevents: {{ e: {{ {event} }} }}\njobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ event: e, where: {filter} }} ] }} }}\n"
        ))
    }

    #[test]
    fn what_is_asked_of_an_event_of_aws_is_checked() {
        let created = "aws: s3.object-created";
        for (filter, ids) in [
            (
                "{ bucket: { name: [b] }, object: { key: [{ prefix: in/ }] } }",
                &[][..],
            ),
            ("{ object: { version-id: [{ exists: true }] } }", &[]),
            ("{ event_type: [x] }", &[]),
            ("{ bucket: { nam: [b] } }", &["unknown-field"]),
            ("{ object: { size: ['5'] } }", &["impossible-value"]),
        ] {
            assert_eq!(with_filter(created, "default", filter), ids, "{filter}");
        }
        let found = with_filter(created, "own", "{ reason: [PutObject] }");
        assert_eq!(found, ["aws-events-on-custom-bus"]);
        let theirs = "source: aws.batch, detail_type: Batch Job State Change";
        assert_eq!(
            with_filter(theirs, "own", "{ a: [b] }"),
            ["aws-events-on-custom-bus"]
        );
    }

    #[test]
    fn the_word_says_everything_but_a_description() {
        let found = |event: &str| with_filter(event, "default", "{ service: [EC2] }");
        assert_eq!(found("aws: s3.object-create"), ["invalid-value"]);
        for key in [
            "source: x",
            "detail_type: X",
            "discriminator: none",
            "external: true",
            "detail: { a: string }",
        ] {
            let found = found(&format!("aws: health.event, {key}"));
            assert_eq!(found, ["conflicting-keys"], "{key}");
        }
        assert_eq!(found("aws: health.event, description: d"), [""; 0]);
    }
}
