//! What a spec says of a function that is made with the pipeline.

use pipeline::language::show_duration;
use pipeline::model::{self, Code, LocalCommand, Retry, Zip};
use pipeline::platform::{LogEvents, Platform};
use pipeline::resources::{Buffer, Function};

use super::fact::{Fact, listed, on_off, valued};
use super::receiver::{add_log_group, add_queue, add_role};

pub(super) fn add(function: &Function<'_>, facts: &mut Vec<Fact>) {
    let Function {
        name,
        // It is made of the job's name.
        label: _,
        description,
        settings,
        // `versions` decides.
        alias: _,
        log_group,
        role,
        execution,
        failed_runs,
        buffer,
    } = function;
    facts.push(Fact::main("", "runs", format!("the function `{name}`")));
    let description = description.iter();
    facts.extend(description.map(|text| Fact::new("", "description", text)));
    add_settings(settings, facts);
    let execution = execution.iter();
    facts.extend(execution.map(|retry| Fact::new("", "failed runs", show_retry(*retry))));
    if let Some(buffer) = buffer {
        add_buffer(buffer, facts);
    }
    add_log_group(log_group, facts);
    add_queue("queue of failed runs", failed_runs, facts);
    add_role(role, facts);
}

fn add_settings(settings: &model::Function, facts: &mut Vec<Fact>) {
    let model::Function {
        code,
        local,
        memory_mb,
        timeout_seconds,
        architecture,
        // In the log group.
        log_retention_days: _,
        tracing,
        features,
        environment,
        secrets,
        secret_keys,
        // In the role.
        rights: _,
        platform,
    } = settings;
    facts.push(Fact::main("", "code", show_code(code)));
    if let Some(local) = local {
        facts.push(Fact::new("", "on this machine", show_local(local)));
    }
    let memory = valued(memory_mb, |size| format!("{size} MB"));
    facts.push(Fact::new("", "memory", memory));
    let timeout = valued(timeout_seconds, |seconds| show_duration(*seconds));
    facts.push(Fact::new("", "timeout", timeout));
    facts.push(Fact::new("", "architecture", architecture.as_str()));
    facts.push(Fact::new("", "tracing", on_off(*tracing)));
    if let Some(features) = features {
        facts.push(Fact::new("", "Cargo features", listed(features)));
    }
    for (name, text) in environment {
        let key = format!("variable `{name}`");
        facts.push(Fact::new("", key, text.as_written()));
    }
    for (name, secret) in secrets {
        let key = format!("variable `{name}`");
        let value = match secret_keys.get(name) {
            Some(key) => format!(
                "the secret `{}`, with the key `{}`",
                secret.value, key.value
            ),
            None => format!("the secret `{}`", secret.value),
        };
        facts.push(Fact::new("", key, value));
    }
    add_platform(platform, facts);
}

fn add_platform(platform: &Platform, facts: &mut Vec<Fact>) {
    let Platform {
        network,
        layers,
        reserved_concurrency,
        ephemeral_storage_mb,
        kms_key,
        log_level,
        log_events,
        // These two are in the log group.
        log_class: _,
        keep_log: _,
        versions,
    } = platform;
    let mut add = |key: &str, value: Option<String>| {
        facts.extend(value.map(|value| Fact::new("", key, value)));
    };
    add("network", network.as_ref().map(|name| name.value.clone()));
    let layers_in_order = listed(layers.iter().map(|layer| &layer.value));
    add("layers", (!layers.is_empty()).then_some(layers_in_order));
    let reserved = reserved_concurrency.as_ref();
    add(
        "reserved concurrency",
        reserved.map(|most| valued(most, u32::to_string)),
    );
    add(
        "size of `/tmp`",
        ephemeral_storage_mb.map(|size| format!("{size} MB")),
    );
    add("key", kms_key.as_ref().map(|key| key.value.clone()));
    add(
        "log level",
        log_level.map(|level| level.application().to_owned()),
    );
    let hidden = log_events.and_then(LogEvents::variable);
    add("events in the log", hidden.map(str::to_owned));
    add("versions", versions.then(|| "on".to_owned()));
}

fn show_code(code: &Code) -> String {
    match code {
        Code::Package(package) => format!("the package `{}`", package.value),
        Code::Zip(zip) => {
            let Zip {
                path,
                runtime,
                handler,
            } = zip;
            let (path, runtime, handler) = (&path.value, &runtime.value, &handler.value);
            format!("`{handler}` of `{path}` on {runtime}")
        }
        Code::Image(uri) => format!("the image `{}`", uri.as_written()),
    }
}

/// Writes the program that stands for a function on one machine.
pub(super) fn show_local(local: &LocalCommand) -> String {
    let LocalCommand { command, directory } = local;
    let command = command.join(" ");
    match directory {
        Some(directory) => format!("`{command}` in `{directory}`"),
        None => format!("`{command}`"),
    }
}

/// Writes how often something is tried again, and how long.
pub(super) fn show_retry(retry: Retry) -> String {
    let Retry {
        max_attempts,
        max_age_seconds,
    } = retry;
    let age = show_duration(max_age_seconds);
    match max_attempts {
        0 => "are not tried again".to_owned(),
        1 => format!("are tried once more, within {age}"),
        more => format!("are tried {more} times more, within {age}"),
    }
}

fn add_buffer(buffer: &Buffer, facts: &mut Vec<Fact>) {
    let Buffer {
        queue,
        label: _,
        batch,
        window_seconds,
        max_concurrency,
        group,
    } = buffer;
    let part = "buffer";
    facts.push(Fact::main(part, "batch", batch));
    facts.push(Fact::new(part, "window", show_duration(*window_seconds)));
    if let Some(most) = max_concurrency {
        facts.push(Fact::new(
            part,
            "most batches at a time",
            valued(most, u32::to_string),
        ));
    }
    if let Some(group) = group {
        facts.push(Fact::main(part, "in order, as the group", group));
    }
    add_queue(part, queue, facts);
}
