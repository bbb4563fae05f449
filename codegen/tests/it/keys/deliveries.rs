//! A job without a function for every key of `deliver_to`.

/// A key of `deliver_to`, a value of `deliver_to`, and one in which that key alone is otherwise.
pub(super) const DELIVERIES: &[(&str, &str, &str)] = &[
    (
        "state_machine.existing",
        "{ state_machine: { existing: pack } }",
        "{ state_machine: { existing: fulfil } }",
    ),
    (
        "bus.existing",
        "{ bus: { existing: offers } }",
        "{ bus: { existing: orders } }",
    ),
    (
        "task.cluster",
        "{ task: { cluster: c, definition: d, network: n } }",
        "{ task: { cluster: other, definition: d, network: n } }",
    ),
    (
        "task.definition",
        "{ task: { cluster: c, definition: d, network: n } }",
        "{ task: { cluster: c, definition: 'd:2', network: n } }",
    ),
    (
        "task.launch_type",
        "{ task: { cluster: c, definition: d, network: n } }",
        "{ task: { cluster: c, definition: d, network: n, launch_type: ec2 } }",
    ),
    (
        "task.network",
        "{ task: { cluster: c, definition: d, network: n } }",
        "{ task: { cluster: c, definition: d, network: other } }",
    ),
    (
        "task.public_ip",
        "{ task: { cluster: c, definition: d, network: n } }",
        "{ task: { cluster: c, definition: d, network: n, public_ip: true } }",
    ),
    (
        "task.count",
        "{ task: { cluster: c, definition: d, network: n } }",
        "{ task: { cluster: c, definition: d, network: n, count: 2 } }",
    ),
    (
        "task.roles",
        "{ task: { cluster: c, definition: d, network: n } }",
        "{ task: { cluster: c, definition: d, network: n, roles: ['arn:aws:iam::123456789012:role/r'] } }",
    ),
    (
        "batch.queue",
        "{ batch: { queue: q, definition: d } }",
        "{ batch: { queue: other, definition: d } }",
    ),
    (
        "batch.definition",
        "{ batch: { queue: q, definition: d } }",
        "{ batch: { queue: q, definition: 'd:2' } }",
    ),
    (
        "batch.job_name",
        "{ batch: { queue: q, definition: d } }",
        "{ batch: { queue: q, definition: d, job_name: n } }",
    ),
    (
        "batch.attempts",
        "{ batch: { queue: q, definition: d } }",
        "{ batch: { queue: q, definition: d, attempts: 2 } }",
    ),
    (
        "batch.array_size",
        "{ batch: { queue: q, definition: d } }",
        "{ batch: { queue: q, definition: d, array_size: 2 } }",
    ),
    (
        "queue.existing",
        "{ queue: { existing: offers } }",
        "{ queue: { existing: orders } }",
    ),
    (
        "queue.fifo",
        "queue",
        "{ queue: { fifo: true, group: orders } }",
    ),
    (
        "queue.group",
        "{ queue: { existing: orders.fifo, group: offers } }",
        "{ queue: { existing: orders.fifo, group: orders } }",
    ),
    (
        "queue.kms_key",
        "{ queue: { existing: orders } }",
        "{ queue: { existing: orders, kms_key: main } }",
    ),
    (
        "topic.existing",
        "{ topic: { existing: offers } }",
        "{ topic: { existing: orders } }",
    ),
    (
        "topic.kms_key",
        "{ topic: { existing: orders } }",
        "{ topic: { existing: orders, kms_key: main } }",
    ),
    (
        "stream.existing",
        "{ stream: { existing: offers } }",
        "{ stream: { existing: orders } }",
    ),
    (
        "stream.partition_key",
        "{ stream: { existing: orders } }",
        "{ stream: { existing: orders, partition_key: $.id } }",
    ),
    (
        "stream.kms_key",
        "{ stream: { existing: orders } }",
        "{ stream: { existing: orders, kms_key: main } }",
    ),
    (
        "firehose.existing",
        "{ firehose: { existing: offers } }",
        "{ firehose: { existing: orders } }",
    ),
    (
        "api.existing",
        "{ api: { existing: 'arn:aws:events:eu-central-1:123456789012:api-destination/a/1f2e' } }",
        "{ api: { existing: 'arn:aws:events:eu-central-1:123456789012:api-destination/b/1f2e' } }",
    ),
    (
        "api.url",
        "{ api: { url: 'https://a.example', auth: a } }",
        "{ api: { url: 'https://b.example', auth: a } }",
    ),
    (
        "api.method",
        "{ api: { url: 'https://a.example', auth: a } }",
        "{ api: { url: 'https://a.example', auth: a, method: PUT } }",
    ),
    (
        "api.rate",
        "{ api: { url: 'https://a.example', auth: a } }",
        "{ api: { url: 'https://a.example', auth: a, rate: 10 } }",
    ),
    (
        "api.headers",
        "{ api: { url: 'https://a.example', auth: a } }",
        "{ api: { url: 'https://a.example', auth: a, headers: { X-A: b } } }",
    ),
    (
        "api.query",
        "{ api: { url: 'https://a.example', auth: a } }",
        "{ api: { url: 'https://a.example', auth: a, query: { a: b } } }",
    ),
    (
        "api.local",
        "{ api: { url: 'https://a.example', auth: a } }",
        "{ api: { url: 'https://a.example', auth: a, local: 'http://127.0.0.1:1/a' } }",
    ),
    (
        "api.auth.api_key",
        "{ api: { url: 'https://a.example', auth: a } }",
        "{ api: { url: 'https://a.example', auth: { api_key: b } } }",
    ),
    (
        "api.auth.header",
        "{ api: { url: 'https://a.example', auth: a } }",
        "{ api: { url: 'https://a.example', auth: { api_key: a, header: X-B } } }",
    ),
    (
        "api.auth.basic",
        "{ api: { url: 'https://a.example', auth: a } }",
        "{ api: { url: 'https://a.example', auth: { basic: a } } }",
    ),
    (
        "api.auth.oauth",
        "{ api: { url: 'https://a.example', auth: a } }",
        "{ api: { url: 'https://a.example', auth: { oauth: a, endpoint: 'https://t.example' } } }",
    ),
    (
        "api.auth.endpoint",
        "{ api: { url: 'https://a.example', auth: { oauth: a, endpoint: 'https://t.example' } } }",
        "{ api: { url: 'https://a.example', auth: { oauth: a, endpoint: 'https://u.example' } } }",
    ),
    (
        "api.auth.method",
        "{ api: { url: 'https://a.example', auth: { oauth: a, endpoint: 'https://t.example' } } }",
        "{ api: { url: 'https://a.example', auth: { oauth: a, endpoint: 'https://t.example', method: PUT } } }",
    ),
    (
        "api.auth.parameters",
        "{ api: { url: 'https://a.example', auth: { oauth: a, endpoint: 'https://t.example' } } }",
        "{ api: { url: 'https://a.example', auth: { oauth: a, endpoint: 'https://t.example', parameters: { scope: b } } } }",
    ),
];
