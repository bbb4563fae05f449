//! The size of policies, other than those of functions.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::diagnostic::{Diagnostic, Lint, Severity::Error};
use crate::model::Pipeline;
use crate::resources::{Bus, Grant, JobRef, JobResources, Producers, Receiver, Role};
use crate::rights::Statement;
use crate::values::Setting;

pub(crate) static LARGE_POLICY: Lint = Lint {
    id: "large-policy",
    severity: Error,
    summary: "a policy of more characters than AWS takes",
    explanation: "\
Policies have a largest size, and none of these quotas can be raised: with more, `apply` fails, half-way.

- The policy in a role has at most 10,240 characters without white space. It grows with `permissions`, `emits` and
  `secrets`. Put what several functions may do into a managed policy, and name it in `policies`; or let a wildcard stand
  for several resources.
- The policy of a bus that the pipeline makes has at most 10,240 characters. It grows with the external events, and with
  the events of other sources that rules wait for.
- The policy by which EventBridge writes to log groups has at most 5,120 characters, and is one for all jobs with
  `deliver_to: log_group`. An account has ten such policies in a region, one for each environment of each pipeline.
- A function's policy has at most 20,480 bytes. Every rule that may invoke the function is a statement of about 300. Rules
  with names that the generator makes share one statement if they do not fit; a rule whose `name` the spec keeps always has
  one of its own. Leave out `name` where nothing depends on it, or give the job a `buffer`: then the rules deliver to a
  queue.

The policy of a queue does not grow with the rules that send to it, and that of a topic is short.

The names of the environment that the spec is read for are counted, and what only AWS or an environment's file
knows with its shortest: an error is certain, and longer names may be refused a little earlier.
",
};

/// [IAM quotas](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length):
/// all inline policies of a role together. "IAM does not count white space".
const ROLE_MAX: usize = 10_240;
/// [EventBridge quotas](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html): "Event bus policy size".
const BUS_MAX: usize = 10_240;
/// [`PutResourcePolicy`](https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html),
/// `policyDocument`.
const LOGS_MAX: usize = 5_120;

pub(in crate::lints) fn check(
    pipeline: &Pipeline,
    jobs: &[JobResources<'_>],
    setting: &Setting,
    found: &mut Vec<Diagnostic>,
) {
    let mut groups = Vec::new();
    for resources in jobs {
        let job = resources.job;
        match &resources.receiver {
            Receiver::Function(function) => {
                found.extend(check_role(job, &function.role, setting));
            }
            Receiver::LogGroup(group) => {
                groups.push((job, group.name.in_environment(&setting.environment)));
            }
            _ => {}
        }
    }
    found.extend(check_logs(&groups, setting));
    if let (Bus::Made { producers, .. }, crate::model::Bus::Custom(name)) =
        (Bus::new(pipeline), &pipeline.bus)
    {
        let characters = of_bus(&producers, pipeline, setting);
        if characters > BUS_MAX {
            let message = format!(
                "the policy of the bus has at least {characters} characters, and EventBridge takes {BUS_MAX}"
            );
            let help = "declare fewer external events with the pipeline's source, or let one pattern without `detail-type` wait for those of another source";
            found.push(Diagnostic::new(&LARGE_POLICY, name.span, message).with_help(help));
        }
    }
}

fn check_role(job: JobRef<'_>, role: &Role<'_>, setting: &Setting) -> Option<Diagnostic> {
    if role.grants.iter().all(is_small) {
        return None;
    }
    let statements = role
        .grants
        .iter()
        .filter_map(|grant| granted(job, grant, setting));
    let statements: Vec<_> = statements.collect();
    let characters = without_space(&document(&statements));
    if characters <= ROLE_MAX {
        return None;
    }
    let stated = role.grants.iter().find_map(|grant| match grant {
        Grant::Stated(statement) => Some(*statement),
        _ => None,
    });
    let place = stated.map(|first| {
        first
            .actions
            .first()
            .map_or(first.span, |action| action.span)
    });
    let message = format!(
        "the policy of `{}` has at least {characters} characters, and IAM takes {ROLE_MAX}",
        job.name
    );
    let help = match stated {
        Some(_) => "move some of it to a managed policy, and name that in `policies`",
        None => "let several jobs share what this one emits and reads",
    };
    let place = place.unwrap_or(job.job.name_span);
    Some(Diagnostic::new(&LARGE_POLICY, place, message).with_help(help))
}

/// Whether a grant is so small that a role with nothing but such has a policy far below its limit.
fn is_small(grant: &Grant<'_>) -> bool {
    match grant {
        Grant::EmitEvents(types) => types.len() <= FEW,
        Grant::ReadSecrets(names) => names.len() <= FEW,
        Grant::Stated(_) => false,
        _ => true,
    }
}

/// As many events or secrets make no policy large: a detail type has at most 128 characters.
const FEW: usize = 4;

/// Writes a statement as it is in the policy, as far as the spec knows it.
fn granted(job: JobRef<'_>, grant: &Grant<'_>, setting: &Setting) -> Option<Value> {
    let environment = &setting.environment;
    let one = |sid: &str, action: Value, resource: Value| json!({ "Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource });
    Some(match grant {
        Grant::WriteLogs => {
            let group = job.log_group().in_environment(environment);
            let group = arn(setting, "logs", &format!("log-group:{group}:*"));
            let actions = json!(["logs:CreateLogStream", "logs:PutLogEvents"]);
            one("WriteLogs", actions, group.into())
        }
        Grant::WriteTraces => {
            let actions = json!(["xray:PutTelemetryRecords", "xray:PutTraceSegments"]);
            one("WriteTraces", actions, "*".into())
        }
        Grant::EmitEvents(types) => {
            let bus = job.pipeline.bus.name_in(environment);
            let bus = arn(setting, "events", &format!("event-bus/{bus}"));
            let mut statement = one("EmitEvents", "events:PutEvents".into(), bus.into());
            let source = &job.pipeline.source.value;
            statement["Condition"] =
                json!({ "StringEquals": { "events:detail-type": types, "events:source": source } });
            statement
        }
        Grant::ReadSecrets(names) => {
            let secret = arn(setting, "secretsmanager", "secret:x");
            let secrets: Vec<_> = names.iter().map(|_| secret.clone()).collect();
            one(
                "ReadSecrets",
                "secretsmanager:GetSecretValue".into(),
                secrets.into(),
            )
        }
        Grant::Send { queue: _, sid } => {
            let queue = job.failure_queue().in_environment(environment);
            let queue = arn(setting, "sqs", &queue);
            one(sid, "sqs:SendMessage".into(), queue.into())
        }
        Grant::Stated(statement) => stated(statement),
        // A few more characters, of which not all are known.
        Grant::Receive { .. }
        | Grant::UseKeys(_)
        | Grant::JoinNetwork
        | Grant::Encrypt(_)
        | Grant::InvokeFunction
        | Grant::Deliver(_)
        | Grant::KeepIn(_)
        | Grant::CallApi => return None,
    })
}

fn stated(statement: &Statement) -> Value {
    let Statement {
        span: _,
        actions,
        resources,
        conditions,
    } = statement;
    let actions: Value = actions.iter().map(|text| text.value.as_str()).collect();
    let resources: Value = resources.iter().map(|text| text.value.as_str()).collect();
    let mut document = json!({
        "Effect": "Allow",
        "Action": actions,
        "Resource": resources,
    });
    if !conditions.is_empty() {
        let operators = conditions.iter().map(|(operator, keys)| {
            let keys = keys.value.iter();
            let keys: Map<String, Value> = keys
                .map(|(key, values)| {
                    let values = values.value.iter().map(|text| text.value.as_str());
                    (key.clone(), values.collect())
                })
                .collect();
            (operator.clone(), Value::Object(keys))
        });
        document["Condition"] = Value::Object(operators.collect());
    }
    document
}

fn check_logs(groups: &[(JobRef<'_>, String)], setting: &Setting) -> Option<Diagnostic> {
    let (last, _) = groups.last()?;
    let streams: Vec<String> = groups
        .iter()
        .map(|(_, group)| arn(setting, "logs", &format!("log-group:{group}:*")))
        .collect();
    let services = json!({ "Service": ["delivery.logs.amazonaws.com", "events.amazonaws.com"] });
    let statement = |sid, action| json!({ "Sid": sid, "Effect": "Allow", "Principal": services, "Action": action, "Resource": streams });
    let make = statement("MakeStreams", "logs:CreateLogStream");
    let mut write = statement("WriteEvents", "logs:PutLogEvents");
    write["Condition"] =
        json!({ "ArnLike": { "aws:SourceArn": arn(setting, "events", "rule/*") } });
    let characters = document(&[make, write]).chars().count();
    let message = format!(
        "the policy of the {} log groups has {characters} characters, and CloudWatch Logs takes {LOGS_MAX}",
        groups.len()
    );
    let help = "deliver the events of several jobs to one log group, or have some of the jobs in another pipeline";
    let diagnostic = Diagnostic::new(&LARGE_POLICY, last.job.name_span, message);
    (characters > LOGS_MAX).then(|| diagnostic.with_help(help))
}

/// Counts the characters of a bus's policy with one account in it.
fn of_bus(producers: &Producers<'_>, pipeline: &Pipeline, setting: &Setting) -> usize {
    let Producers {
        own_source,
        external,
        awaited,
    } = producers;
    let bus = pipeline.bus.name_in(&setting.environment);
    let bus = arn(setting, "events", &format!("event-bus/{bus}"));
    let statement = |sid: String, condition: Value| {
        json!({
            "Sid": sid,
            "Effect": "Allow",
            "Principal": { "AWS": ["123456789012"] },
            "Action": "events:PutEvents",
            "Resource": bus,
            "Condition": condition,
        })
    };
    let only = |source: &str, types: &BTreeSet<&str>| json!({ "StringEquals": { "events:detail-type": types, "events:source": source } });
    let known: Vec<&str> = std::iter::once(*own_source)
        .chain(awaited.keys().map(String::as_str))
        .collect();
    let others = json!({ "StringNotEquals": { "events:source": known } });
    let mut statements = vec![statement("PutOtherEvents".to_owned(), others)];
    if !external.is_empty() {
        let condition = only(own_source, external);
        statements.push(statement("PutExternalEvents".to_owned(), condition));
    }
    for (number, (source, types)) in (1..).zip(awaited) {
        if let Some(types) = types {
            let types = types.iter().map(String::as_str).collect();
            let sid = format!("PutAwaitedEvents{number}");
            statements.push(statement(sid, only(source, &types)));
        }
    }
    document(&statements).chars().count()
}

fn document(statements: &[Value]) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

fn without_space(document: &str) -> usize {
    document.chars().filter(|c| !c.is_whitespace()).count()
}

fn arn(setting: &Setting, service: &str, name: &str) -> String {
    let Setting {
        region, account, ..
    } = setting;
    format!("arn:aws:{service}:{region}:{account}:{name}")
}

#[cfg(test)]
mod tests {
    use crate::testing::{PREFIX, ids_of};
    use crate::{Surroundings, parse};

    /// What is said of a policy's size.
    fn said(spec: &str) -> Vec<String> {
        let found = parse(spec, &Surroundings::default()).diagnostics;
        let found = found
            .into_iter()
            .filter(|found| found.lint.id == "large-policy");
        found.map(|found| found.message).collect()
    }

    #[test]
    fn a_policy_is_refused_from_the_first_character_too_many() {
        let with = |length: usize| {
            let resource = format!("arn:aws:s3:::{}", "a".repeat(length));
            ids_of(&format!(
                "{PREFIX}jobs: {{ j: {{ function: {{ package: j, tracing: false, permissions: [{{ actions: ['s3:GetObject'], resources: ['{resource}'] }}] }}, triggers: [ {{ event: e }} ] }} }}\n"
            ))
        };
        let policy = concat!(
            r#"{"Version":"2012-10-17","Statement":["#,
            r#"{"Sid":"WriteLogs","Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/p-j-local:*"},"#,
            r#"{"Sid":"KeepFailedRuns","Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:us-east-1:000000000000:p-j-on-failure-local"},"#,
            r#"{"Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::"]}]}"#,
        );
        assert_eq!(with(10_240 - policy.len()), [""; 0]);
        assert_eq!(with(10_241 - policy.len()), ["large-policy"]);
    }

    #[test]
    fn what_a_job_emits_is_counted() {
        let with = |count: usize| {
            let names = || (0..count).map(|number| format!("e{number}"));
            let events =
                names().map(|name| format!("{name}: {{ detail_type: {} }}", name.repeat(20)));
            let events = events.collect::<Vec<_>>().join(", ");
            let emits: Vec<String> = names().collect();
            said(&format!(
                "pipeline: p\nsource: s\nevents: {{ {events}, x: {{ detail_type: X, external: true }} }}\njobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ event: x }} ], emits: [{}] }} }}\n",
                emits.join(", ")
            ))
        };
        assert_eq!(with(100), [""; 0]);
        let large = with(200);
        assert!(
            large.len() == 1 && large[0].ends_with("and IAM takes 10240"),
            "{large:?}"
        );
    }

    #[test]
    fn log_groups_share_one_policy() {
        let with = |count: usize| {
            let jobs = (0..count).map(|job| {
                format!("job-{job}: {{ deliver_to: log_group, triggers: [ {{ event: e }} ] }}")
            });
            let jobs: Vec<String> = jobs.collect();
            said(&format!("{PREFIX}jobs: {{ {} }}\n", jobs.join(", ")))
        };
        assert_eq!(with(20), [""; 0]);
        let large = with(60);
        assert!(
            large.len() == 1 && large[0].starts_with("the policy of the 60 log groups has "),
            "{large:?}"
        );
    }

    #[test]
    fn a_bus_lists_what_others_may_put() {
        let with = |bus: &str, count: usize| {
            let events = (0..count).map(|event| {
                format!(
                    "e{event}: {{ detail_type: {}, external: true }}",
                    format!("E{event}").repeat(20)
                )
            });
            let events: Vec<String> = events.collect();
            said(&format!(
                "pipeline: p\nsource: s\nbus: {bus}\nevents: {{ {} }}\njobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ event: e0 }} ] }} }}\n",
                events.join(", ")
            ))
        };
        assert_eq!(with("own", 100), [""; 0]);
        assert_eq!(with("default", 200), [""; 0]);
        let large = with("own", 200);
        assert!(
            large.len() == 1 && large[0].starts_with("the policy of the bus has at least "),
            "{large:?}"
        );
    }
}
