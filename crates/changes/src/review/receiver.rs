//! What a job delivers to, with its queues, its log group and the rights of its roles.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use pipeline::language::show_duration;
use pipeline::model::{
    Api, Auth, AuthKind, BatchJob, Call, Existing, ExistingTarget, LaunchType, TargetAddress,
    TargetKind, Task, TaskDefinition,
};
use pipeline::resources::{
    ApiDestination, Grant, LogGroup, Queue, Receiver, Redrive, Role, Service,
};
use pipeline::rights::Statement;

use super::fact::{Fact, listed, texts, valued};
use super::function::{self, show_local};
use super::pipeline::days;

pub(super) fn add(receiver: &Receiver<'_>, facts: &mut Vec<Fact>) {
    match receiver {
        Receiver::Function(made) => function::add(made, facts),
        Receiver::Existing(existing) => add_existing(existing, facts),
        Receiver::Queue { queue, group } => {
            let name = &queue.name;
            facts.push(Fact::main("", "delivers to", format!("the queue `{name}`")));
            facts.extend(group.map(|group| Fact::main("", "group", group)));
            add_queue("", queue, facts);
        }
        Receiver::Topic {
            name,
            label: _,
            // The pipeline's.
            kms_key: _,
        } => facts.push(Fact::main("", "delivers to", format!("the topic `{name}`"))),
        Receiver::LogGroup(group) => {
            let name = &group.name;
            facts.push(Fact::main(
                "",
                "delivers to",
                format!("the log group `{name}`"),
            ));
            add_log_group(group, facts);
        }
        Receiver::Elsewhere { to, role } => {
            add_target(to, facts);
            if let Some(role) = role {
                add_role(role, facts);
            }
        }
        Receiver::Api(api) => add_api(api, facts),
    }
}

fn add_existing(existing: &Existing, facts: &mut Vec<Fact>) {
    let Existing {
        function,
        qualifier,
        timeout_seconds,
        local,
    } = existing;
    let function = function.as_written();
    let name = match qualifier {
        Some(qualifier) => format!("{function}:{}", qualifier.as_written()),
        None => function,
    };
    let runs = format!("the function `{name}`, which exists already");
    facts.push(Fact::main("", "runs", runs));
    let timeout = valued(timeout_seconds, |seconds| show_duration(*seconds));
    facts.push(Fact::new("", "timeout", timeout));
    if let Some(local) = local {
        facts.push(Fact::new("", "on this machine", show_local(local)));
    }
}

/// Writes where something is that is there already.
pub(super) fn show_address(address: &TargetAddress) -> String {
    match address {
        TargetAddress::Variable => "of the Terraform variable `destinations`".to_owned(),
        TargetAddress::Arn(text) | TargetAddress::Name(text) => format!("`{}`", text.as_written()),
    }
}

fn add_target(target: &ExistingTarget, facts: &mut Vec<Fact>) {
    let ExistingTarget { kind, address } = target;
    let address = show_address(address);
    let what = kind.what_is_there();
    let value = format!("the {what} {address}, which exists already");
    facts.push(Fact::main("", "delivers to", value));
    match kind {
        TargetKind::StateMachine
        | TargetKind::Bus
        | TargetKind::Firehose
        | TargetKind::Topic { kms_key: _ } => {}
        TargetKind::Task(task) => add_task(task, facts),
        TargetKind::Batch(job) => add_batch(job, facts),
        // Keys are in the role.
        TargetKind::Queue { group, kms_key: _ } => {
            facts.extend(group.iter().map(|group| Fact::main("", "group", group)));
        }
        TargetKind::Stream {
            partition_key,
            kms_key: _,
        } => {
            let path = partition_key.iter();
            facts.extend(path.map(|path| Fact::new("", "partition key", &path.value)));
        }
        TargetKind::Api(call) => add_call(call, facts),
    }
}

fn show_definition(definition: &TaskDefinition) -> String {
    match definition {
        TaskDefinition::Arn(text) | TaskDefinition::Name(text) => text.as_written(),
    }
}

fn add_task(task: &Task, facts: &mut Vec<Fact>) {
    let Task {
        definition,
        launch_type,
        network,
        public_ip,
        count,
        roles,
    } = task;
    let launch_type: LaunchType = *launch_type;
    facts.push(Fact::main(
        "",
        "task definition",
        show_definition(definition),
    ));
    facts.push(Fact::new("", "launch type", launch_type.on_aws()));
    let network = network.iter();
    facts.extend(network.map(|name| Fact::new("", "network", &name.value)));
    facts.push(Fact::new("", "public address", public_ip));
    facts.push(Fact::new("", "tasks for an event", count));
    if !roles.is_empty() {
        facts.push(Fact::new("", "roles of the task", texts(roles)));
    }
}

fn add_batch(job: &BatchJob, facts: &mut Vec<Fact>) {
    let BatchJob {
        definition,
        name,
        attempts,
        array_size,
    } = job;
    facts.push(Fact::main(
        "",
        "job definition",
        show_definition(definition),
    ));
    facts.extend(
        name.iter()
            .map(|name| Fact::new("", "name of the jobs", name)),
    );
    facts.extend(attempts.map(|count| Fact::new("", "attempts", count)));
    facts.extend(array_size.map(|count| Fact::new("", "children of a job", count)));
}

fn add_api(api: &ApiDestination<'_>, facts: &mut Vec<Fact>) {
    let ApiDestination {
        name,
        label: _,
        settings,
        role,
    } = api;
    let Api {
        url,
        method,
        auth,
        rate,
        call,
    } = settings;
    let value = format!("the API `{method} {}`", url.as_written());
    facts.push(Fact::main("", "delivers to", value));
    facts.push(Fact::new("", "API destination", name));
    facts.push(Fact::new("", "calls in a second", rate));
    let Auth { secret, kind } = auth;
    facts.push(Fact::new("", "secret", &secret.value));
    let kind = match kind {
        AuthKind::ApiKey { header } => format!("a key in the header `{header}`"),
        AuthKind::Basic => "a user and a password".to_owned(),
        AuthKind::OAuth {
            endpoint,
            method,
            parameters,
        } => {
            let parameters = parameters.iter();
            let parameters = parameters.map(|(name, text)| format!("{name}={}", text.as_written()));
            let url = endpoint.as_written();
            let with = listed(parameters);
            format!("a token of `{method} {url}` with {with}")
        }
    };
    facts.push(Fact::new("", "proves who it is with", kind));
    add_call(call, facts);
    add_role(role, facts);
}

fn add_call(call: &Call, facts: &mut Vec<Fact>) {
    let Call {
        headers,
        query,
        local,
    } = call;
    for (name, text) in headers {
        facts.push(Fact::new("", format!("header `{name}`"), text.as_written()));
    }
    for (name, text) in query {
        let key = format!("parameter `{name}`");
        facts.push(Fact::new("", key, text.as_written()));
    }
    let local = local.iter();
    facts.extend(local.map(|url| Fact::new("", "on this machine", url)));
}

pub(super) fn add_queue(part: &str, queue: &Queue, facts: &mut Vec<Fact>) {
    let Queue {
        name,
        label: _,
        keeps: _,
        is_fifo,
        // The same for all queues.
        retention_seconds: _,
        // The timeout and the window, which are told.
        visibility: _,
        redrive,
        // The rules.
        senders: _,
        admitted: _,
        // The pipeline's.
        kms_key: _,
    } = queue;
    facts.push(Fact::new(part, "queue", name));
    let order = if *is_fifo { "kept" } else { "not kept" };
    facts.push(Fact::new(part, "order of messages", order));
    if let Some(redrive) = redrive {
        let Redrive {
            label: _,
            name: _,
            max_receives,
        } = redrive;
        facts.push(Fact::new(part, "receives of a message", max_receives));
    }
}

pub(super) fn add_log_group(group: &LogGroup, facts: &mut Vec<Fact>) {
    let LogGroup {
        name,
        label: _,
        retention_days,
        class,
        is_kept,
        // The pipeline's.
        kms_key: _,
    } = group;
    let part = "log";
    facts.push(Fact::new(part, "group", name));
    let kept = valued(retention_days, |count| days(*count));
    facts.push(Fact::new(part, "kept for", kept));
    let class = class.iter();
    facts.extend(class.map(|class| Fact::new(part, "class", class.on_aws())));
    if *is_kept {
        facts.push(Fact::new(part, "outlives the pipeline", "yes"));
    }
}

/// Adds what a role may do, each right as a fact of its own.
pub(super) fn add_role(role: &Role<'_>, facts: &mut Vec<Fact>) {
    let Role {
        key: _,
        name,
        label: _,
        service,
        grants,
        policies,
    } = role;
    let part = match service {
        Service::Lambda | Service::Events => "rights",
        Service::Scheduler => "rights of its schedules",
    };
    facts.push(Fact::new(part, "role", name));
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for grant in grants {
        for (right, is_main) in show_grant(grant) {
            // Two statements may be the same.
            let count = seen.entry(right.clone()).or_default();
            *count += 1;
            let key = match *count {
                1 => right,
                again => format!("{right} ({again})"),
            };
            facts.push(Fact {
                is_main,
                ..Fact::new(part, key, "")
            });
        }
    }
    for policy in policies {
        let key = format!("managed policy `{}`", policy.as_written());
        facts.push(Fact::main(part, key, ""));
    }
}

/// Writes a right; each with whether it is told of a new job: what every function may is not.
fn show_grant(grant: &Grant<'_>) -> Vec<(String, bool)> {
    let own = |text: &str| vec![(text.to_owned(), false)];
    let each = |what: &str, names: &mut dyn Iterator<Item = &str>| {
        let names = names.map(|name| (format!("{what} `{name}`"), true));
        names.collect()
    };
    match grant {
        Grant::WriteLogs => own("write its log"),
        Grant::WriteTraces => own("send traces"),
        // What the job emits is told.
        Grant::EmitEvents(_) => Vec::new(),
        Grant::ReadSecrets(names) => each("read the secret", &mut names.iter().copied()),
        Grant::UseKeys(names) => each("decrypt with the key", &mut names.iter().copied()),
        Grant::JoinNetwork => own("join its network"),
        // It is told with the job.
        Grant::KeepIn(_) => own("send to its queue of dead letters"),
        Grant::Send { queue, sid: _ } => own(&format!("send to the queue {queue}")),
        Grant::Receive { queue } => own(&format!("receive from the queue {queue}")),
        Grant::Encrypt(key) => vec![(format!("encrypt with the key `{key}`"), true)],
        Grant::InvokeFunction => own("invoke its function"),
        // The target is told.
        Grant::Deliver(_) => own("deliver to its target"),
        Grant::CallApi => own("call its API"),
        Grant::Stated(statement) => vec![(show_statement(statement), true)],
    }
}

fn show_statement(statement: &Statement) -> String {
    let Statement {
        span: _,
        actions,
        resources,
        conditions,
    } = statement;
    let actions = listed(actions.iter().map(|action| format!("`{}`", action.value)));
    let mut text = format!("{actions} on {}", texts(resources));
    for (operator, keys) in conditions {
        for (key, values) in &keys.value {
            let values = texts(&values.value);
            let _infallible = write!(text, " if {key} {operator} {values}");
        }
    }
    text
}
