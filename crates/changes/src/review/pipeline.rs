//! What a spec says of the whole pipeline.

use std::fmt::Write as _;

use pipeline::Pipeline;
use pipeline::alarms::{Alarms, Topic};
use pipeline::allow::Allow;
use pipeline::backend::{Backend, Cloud, DrivenBy, Setting, Workspaces};
use pipeline::encryption::Encryption;
use pipeline::model::{PipelineNames, Use};
use pipeline::resources::{Archive, Bus, Producers, Resources};
use pipeline::values::{Value, ValueType};

use super::event::show_discriminator;
use super::fact::{Fact, listed, on_off};

pub(super) fn facts(pipeline: &Pipeline, resources: &Resources<'_>) -> Vec<Fact> {
    let Pipeline {
        name,
        source,
        subject,
        values,
        // What texts name is in the texts.
        built_in: _,
        uses,
        // Nothing of them is this pipeline's.
        others: _,
        // In the resources.
        bus: _,
        names,
        discriminator,
        // They have groups of their own.
        events: _,
        jobs: _,
        alarms,
        archive_days: _,
        tags,
        // Where generated files go is in the names of the files.
        output: _,
        backend,
        local_environment,
        encryption,
        allow,
        removed,
        // They change nothing.
        volumes: _,
    } = pipeline;
    let mut facts = vec![
        Fact::new("", "name", &name.value),
        Fact::new("", "source", &source.value),
        Fact::new("", "discriminator", show_discriminator(*discriminator)),
    ];
    let PipelineNames { region } = names;
    let ends = region
        .as_ref()
        .map_or("the environment", |_| "the environment and the region");
    facts.push(Fact::new("", "names of roles and dashboards end in", ends));
    let subject = subject.iter();
    facts.extend(subject.map(|path| Fact::new("", "subject", &path.value)));
    add_bus(&resources.bus, &mut facts);
    if let Some(archive) = &resources.archive {
        add_archive(archive, &mut facts);
    }
    for (name, value) in values {
        add_value(name, value, &mut facts);
    }
    for (name, used) in uses {
        let key = format!("uses `{name}`");
        facts.push(Fact::new("", key, show_use(used)));
    }
    let Alarms { topic, dashboard } = alarms;
    facts.push(Fact::new("", "alarms tell", show_topic(*topic)));
    facts.push(Fact::new("", "dashboard", on_off(*dashboard)));
    for (name, text) in tags {
        facts.push(Fact::new("", format!("tag `{name}`"), text.as_written()));
    }
    facts.extend(
        backend
            .iter()
            .map(|backend| Fact::new("", "state", show_backend(backend))),
    );
    for (name, text) in local_environment {
        let key = format!("variable `{name}` on this machine");
        facts.push(Fact::new("", key, text.as_written()));
    }
    add_encryption(encryption, &mut facts);
    facts.extend(allowed("", allow));
    for (name, removal) in &removed.entries {
        let part = format!("removed `{name}`");
        let kept = removal.keep.iter().map(|keep| keep.value.word());
        if !removal.keep.is_empty() {
            facts.push(Fact::main(&part, "stays on AWS", listed(kept)));
        }
        facts.extend(allowed(&part, &removal.allow));
    }
    facts
}

fn show_use(used: &Use) -> String {
    let Use {
        name_span: _,
        path,
        account,
        region,
        // The rules say it.
        bus: _,
        // Its events have groups of their own.
        contract: _,
    } = used;
    let mut shown = format!("`{}`", path.value);
    for (word, text) in [("account", account), ("region", region)] {
        if let Some(text) = text {
            let _infallible = write!(shown, ", {word} {}", text.as_written());
        }
    }
    shown
}

/// Lists the findings that stay on purpose.
pub(super) fn allowed(part: &str, allow: &[Allow]) -> Vec<Fact> {
    let facts = allow.iter().map(|allow| {
        let key = format!("allowed `{}`", allow.id.value);
        Fact::main(part, key, &allow.reason.value)
    });
    facts.collect()
}

fn add_bus(bus: &Bus<'_>, facts: &mut Vec<Fact>) {
    let shown = match bus {
        Bus::Default => "the account's `default`".to_owned(),
        Bus::Existing(name) => format!("`{}`, which exists already", name.as_written()),
        Bus::Made {
            name,
            producers,
            // The keys are told below, and make the queue.
            kms_key: _,
            unreadable: _,
        } => {
            let Producers {
                // The pipeline's source.
                own_source: _,
                external,
                // What its rules wait for, which are told with the jobs.
                awaited: _,
            } = producers;
            if !external.is_empty() {
                let key = "detail types that other accounts may put";
                facts.push(Fact::new("", key, listed(external)));
            }
            format!("`{name}`, made with the pipeline")
        }
    };
    facts.push(Fact::main("", "bus", shown));
}

fn add_archive(archive: &Archive<'_>, facts: &mut Vec<Fact>) {
    let Archive {
        name,
        retention_days,
        sources,
    } = archive;
    let part = "archive";
    facts.push(Fact::new(part, "name", name));
    facts.push(Fact::main(part, "kept for", days(*retention_days)));
    if !sources.is_empty() {
        facts.push(Fact::new(part, "sources", listed(sources)));
    }
}

/// Writes days, of which 0 are for ever.
pub(super) fn days(days: u32) -> String {
    match days {
        0 => "ever".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

fn add_value(name: &str, value: &Value, facts: &mut Vec<Fact>) {
    let Value {
        name_span: _,
        description,
        kind,
        local,
    } = value;
    let part = format!("value `{name}`");
    let kind = match kind {
        ValueType::String => "string",
        ValueType::Integer => "integer",
        ValueType::Boolean => "boolean",
        ValueType::Duration => "duration",
    };
    facts.push(Fact::main(&part, "type", kind));
    facts.push(Fact::new(&part, "on this machine", local));
    let description = description.iter();
    facts.extend(description.map(|text| Fact::new(&part, "description", text)));
}

fn show_topic(topic: Topic) -> &'static str {
    match topic {
        Topic::Given => "the topic of the Terraform variable `alarm_topic_arn`",
        Topic::Made => "a topic that is made with the pipeline",
    }
}

fn show_backend(backend: &Backend) -> String {
    match backend {
        Backend::S3(settings) => {
            let settings = settings.iter().map(|(name, setting)| match &setting.value {
                Setting::Text(text) => format!("{name} `{text}`"),
                Setting::Flag(flag) => format!("{name} {flag}"),
            });
            format!("in S3: {}", listed(settings))
        }
        Backend::Cloud(cloud) => {
            let Cloud {
                organization,
                hostname,
                workspaces,
                driven_by,
            } = cloud;
            let Workspaces {
                name,
                tags,
                project,
            } = workspaces;
            let parts = [
                ("organization", organization),
                ("host", hostname),
                ("workspace", name),
                ("project", project),
            ];
            let parts = parts.iter().filter_map(|(word, text)| {
                let text = text.as_ref()?;
                Some(format!("{word} `{}`", text.value))
            });
            let tags = tags.iter().map(|tag| format!("tag `{}`", tag.value));
            let driven_by = match driven_by.value {
                DrivenBy::Cli => "driven by `terraform`",
                DrivenBy::Vcs => "driven by commits",
            };
            let parts = parts.chain(tags).chain([driven_by.to_owned()]);
            format!("on Terraform Cloud: {}", listed(parts))
        }
    }
}

fn add_encryption(encryption: &Encryption, facts: &mut Vec<Fact>) {
    let Encryption {
        queues,
        topics,
        bus,
        logs,
    } = encryption;
    let keys = [
        ("queues", queues),
        ("topics", topics),
        ("the bus", bus),
        ("log groups", logs),
    ];
    for (what, key) in keys {
        let key = key.iter();
        facts.extend(key.map(|key| Fact::new("", format!("key of {what}"), &key.value)));
    }
}
