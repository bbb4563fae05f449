//! Tests of alarms, destinations, tags and platform settings: the schema and the reader accept the same.

use super::{check_both, complaints, errors, function, job, top};

/// Writes a spec with one job that has only these keys.
fn only(keys: &str) -> String {
    top(&format!("jobs: {{ j: {{ {keys} }} }}"))
}

#[test]
fn what_the_reader_takes_is_taken() {
    check_both(
        [
            top("alarms: false"),
            top(
                "alarms: { topic: made, dashboard: false, period: 1m, errors: 5, throttles: false }",
            ),
            job("alarms: false"),
            job("alarms: { duration_percent: 100, metrics: { UserFailures: 0 } }"),
            only("deliver_to: queue"),
            top("archive: { days: 0 }"),
            top("bus: own\nencryption: { queues: a, topics: b, bus: c, logs: d }"),
            function("package: a, log_class: infrequent_access, keep_log: true"),
            top("tags: { Team: growth, 'cost:centre': 12, Größe: '' }"),
            function("package: a, secrets: { A_ARN: a, B_ARN: { name: b, kms_key: c } }"),
            function(
                "package: a, policies: ['arn:aws-cn:iam::123456789012:policy/path/x'], permissions: [{ actions: ['*'], resources: ['*'] }]",
            ),
            function(
                "package: a, permissions: [{ actions: [s3:Get*], resources: ['arn:*:s3:::a/*'], conditions: { 'ForAnyValue:StringLikeIfExists': { 'aws:a': [x, 1] }, Bool: { 'aws:b': true } } }]",
            ),
            function("package: a, network: private, layers: [b], kms_key: c, versions: true"),
            function(
                "package: a, reserved_concurrency: 1, ephemeral_storage_mb: 512, log_level: warn",
            ),
        ],
        true,
    );
}

#[test]
fn what_the_reader_refuses_is_refused() {
    check_both(
        [
            top("alarms: true"),
            top("alarms: { topic: mine }"),
            top("alarms: { errors: -1 }"),
            top("alarms: { errors: none }"),
            job("alarms: { duration_percent: 0 }"),
            job("alarms: { metrics: { 'a b': 1 } }"),
            job("alarms: { topic: made }"),
            only("function: { package: j }, deliver_to: queue"),
            only("deliver_to: mail"),
            top("encryption: main"),
            top("encryption: { queues: [a] }"),
            function("package: a, log_class: cold"),
            function("package: a, keep_log: yes"),
            top("archive: 30"),
            top("archive: {}"),
            top("archive: { days: -1 }"),
            top("tags: { 'aws:team': growth }"),
            top("tags: { 'Team!': growth }"),
            top("tags: { Team: 'a;b' }"),
            top(&format!("tags: {{ {}: x }}", "x".repeat(129))),
            function("package: a, layers: [a, b, c, d, e, f]"),
            function("package: a, secrets: { A_ARN: { kms_key: c } }"),
            function("package: a, permissions: { actions: [s3:Get], resources: ['*'] }"),
            function("package: a, permissions: [{ actions: [s3:Get] }]"),
            function("package: a, permissions: [{ actions: [], resources: ['*'] }]"),
            function("package: a, permissions: [{ actions: [Get], resources: ['*'] }]"),
            function("package: a, permissions: [{ actions: [s3:Get], resources: [a] }]"),
            function(
                "package: a, permissions: [{ actions: [s3:Get], resources: ['*'], conditions: { Equals: { a: b } } }]",
            ),
            function("package: a, policies: [Admin]"),
            function("package: a, reserved_concurrency: 0"),
            function("package: a, log_level: warning"),
        ],
        false,
    );
}

/// A schema cannot compare values with units, so it accepts these.
#[test]
fn whole_minutes_are_left_to_the_reader() {
    let spec = job("alarms: { period: 90s }");
    assert!(!errors(&spec).is_empty());
    assert_eq!(complaints(&spec), [""; 0]);
}
