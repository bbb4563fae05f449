//! What a job delivers to that is there already.

use std::fs;

use pipeline::Surroundings;

use crate::support::{succeed, terraform as terraform_in};

const SPEC: &str = r#"
pipeline: p
source: s
values: { v: { local: w } }
events: { e: { detail_type: E, external: true, detail: { id: string } } }
jobs:
  machine: { deliver_to: { state_machine: { existing: "m-${environment}" } }, triggers: [{ event: e }] }
  bus: { deliver_to: { bus: { existing: "arn:aws:events:${region}:123456789012:event-bus/${v}" } }, triggers: [{ event: e }] }
  fargate:
    deliver_to:
      task: { cluster: "c-${environment}", definition: "pick:3", network: private, public_ip: true, count: 2, roles: ["arn:aws:iam::${account}:role/pick"] }
    triggers:
      - event: e
        input: { paths: { id: $.detail.id }, template: '{ "containerOverrides": [{ "name": "pick", "command": [<id>] }] }' }
  own:
    deliver_to: { task: { cluster: c, definition: "arn:aws:ecs:eu-central-1:123456789012:task-definition/pick", launch_type: ec2 } }
    triggers: [{ event: e }]
  batch:
    deliver_to: { batch: { queue: q, definition: "d-${v}", attempts: 3, array_size: 5 } }
    triggers: [{ event: e }]
  crm:
    deliver_to:
      api:
        url: "https://${v}.example/orders"
        method: PUT
        auth: { api_key: crm, header: X-Key }
        rate: 10
        headers: { X-From: "${environment}" }
        query: { v: '1' }
        local: http://127.0.0.1:9000/orders
    triggers: [{ event: e }]
  basic: { deliver_to: { api: { url: "https://b.example", auth: { basic: crm } } }, triggers: [{ event: e }] }
  oauth:
    deliver_to:
      api: { url: "https://o.example", auth: { oauth: token, endpoint: "https://t.example/token", parameters: { scope: orders } } }
    triggers: [{ event: e }]
  theirs:
    deliver_to: { api: { existing: "arn:aws:events:${region}:${account}:api-destination/a/1f2e", query: { q: '%${v}' } } }
    triggers: [{ event: e }]
"#;

#[test]
fn the_real_provider_takes_every_target() {
    let parsed = pipeline::parse(SPEC, &Surroundings::default());
    assert!(!parsed.has_errors(), "{:#?}", parsed.diagnostics);
    let folder = tempfile::tempdir().unwrap();
    for file in terraform::render(&parsed.pipeline.unwrap(), "pipeline.yaml") {
        if let Some(name) = file.path.strip_prefix("terraform/pipeline/") {
            fs::write(folder.path().join(name), file.text).unwrap();
        }
    }
    let read = |job: &str| fs::read_to_string(folder.path().join(format!("job-{job}.tf"))).unwrap();
    let place = "${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}";
    let here = |service: &str, name: &str| {
        format!("\"arn:${{data.aws_partition.current.partition}}:{service}:{place}:{name}\"")
    };
    for (job, wanted) in [
        ("machine", here("states", "stateMachine:m-${var.environment}")),
        (
            "bus",
            "\"arn:aws:events:${data.aws_region.current.id}:123456789012:event-bus/${var.values.v}\"".to_owned(),
        ),
        ("fargate", here("ecs", "cluster/c-${var.environment}")),
        ("fargate", here("ecs", "task-definition/pick:3")),
        ("fargate", here("ecs", "task-definition/pick:3:*")),
        ("fargate", "assign_public_ip = true".to_owned()),
        ("fargate", "\"arn:aws:iam::${data.aws_caller_identity.current.account_id}:role/pick\"".to_owned()),
        ("own", "\"arn:aws:ecs:eu-central-1:123456789012:task-definition/pick:*\"".to_owned()),
        ("own", "= \"EC2\"".to_owned()),
        ("batch", here("batch", "job-queue/q")),
        ("batch", here("batch", "job-definition/d-${var.values.v}")),
        ("batch", "= \"p-batch\"".to_owned()),
        ("crm", "\"https://${var.values.v}.example/orders\"".to_owned()),
        ("crm", "= jsondecode(data.aws_secretsmanager_secret_version.crm.secret_string)[\"api_key\"]".to_owned()),
        ("crm", "secret_id = var.secrets[\"crm\"]".to_owned()),
        ("crm", "\"events:InvokeApiDestination\"".to_owned()),
        ("crm", "\"X-From\" = var.environment".to_owned()),
        ("crm", "invocation_rate_limit_per_second = 10".to_owned()),
        ("basic", "[\"password\"]".to_owned()),
        ("oauth", "\"client_credentials\"".to_owned()),
        ("oauth", "\"orders\"".to_owned()),
        ("theirs", "q = \"%${var.values.v}\"".to_owned()),
    ] {
        let text = read(job);
        assert!(text.contains(&wanted), "{job}: {wanted}\n{text}");
    }
    // What is called on one machine is for that alone.
    assert!(!read("crm").contains("127.0.0.1"));
    // A task without a network, and roles that nobody hands on, say nothing.
    assert!(!read("own").contains("network_configuration"));
    assert!(!read("own").contains("iam:PassRole"));

    let Some(mut init) = terraform_in(folder.path()) else {
        return;
    };
    succeed(init.args(["init", "-backend=false", "-input=false", "-no-color"]));
    let run = |arguments: &[&str]| succeed(terraform_in(folder.path()).unwrap().args(arguments));
    assert!(run(&["validate", "-no-color"]).contains("valid"));
    assert!(run(&["test", "-no-color"]).contains("0 failed"));
}
