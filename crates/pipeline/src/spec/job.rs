//! `jobs:`.

use super::defaults::{Defaults, read_execution};
use super::reader::Reader;
use super::{alarms, allow, buffer, deliver_to, function, names, provision, trigger};
use crate::alarms::JobAlarms;
use crate::model::{Job, JobNames, Provision, Work};
use crate::span::{Span, Spanned};
use crate::yaml::Node;

/// Reads one job.
pub(super) fn read(
    reader: &mut Reader,
    name: &str,
    node: &Node,
    at: Span,
    defaults: &Defaults,
    base_alarms: &JobAlarms,
) -> Job {
    let name = Spanned::new(name.to_owned(), at);
    let mut job = Job {
        name_span: at,
        description: None,
        // A job without a readable function counts as the package of its own name, so that other checks can go on.
        work: function::read(reader, None, &name, &defaults.settings, at),
        triggers: Vec::new(),
        emits: Vec::new(),
        execution: defaults.execution,
        buffer: None,
        alarms: base_alarms.clone(),
        loop_guard: None,
        dead_letters: Provision::Made,
        delivery_role: Provision::Made,
        names: JobNames::default(),
        renamed_from: Vec::new(),
        allow: Vec::new(),
    };
    let Some(mut fields) = reader.fields("a job", node, at) else {
        return job;
    };
    if let Some(node) = fields.take("description") {
        job.description = reader.description(node);
    }
    let delivery = fields.take_entry("deliver_to");
    // `function` is required unless `deliver_to` stands instead of it.
    let function = match delivery {
        None => fields.require_entry("function"),
        Some(_) => fields.take_entry("function"),
    };
    if let Some((_, node)) = function {
        job.work = function::read(reader, Some(node), &name, &defaults.settings, at);
    }
    if let Some(delivery) = delivery {
        let key = function.map(|(key, _)| key);
        if let Some(delivery) = deliver_to::read(reader, delivery, key, &defaults.settings) {
            job.work = Work::DeliverTo(delivery);
        }
    }
    if let Some(node) = fields.take("triggers") {
        let items = reader.list("`triggers`", node);
        // Triggers are large, and `collect` makes room for four of what it cannot count.
        job.triggers = Vec::with_capacity(items.len());
        let triggers = items.iter();
        job.triggers
            .extend(triggers.filter_map(|item| trigger::read(reader, item, defaults)));
    }
    if let Some(node) = fields.take("emits") {
        let items = reader.list("`emits`", node);
        job.emits = items
            .iter()
            .filter_map(|item| reader.string(item))
            .collect();
    }
    let execution = fields.take_entry("execution");
    if let Some((at, node)) = execution {
        job.execution = read_execution(reader, node, at, defaults.execution);
    }
    if let Some(entry) = fields.take_entry("buffer") {
        let execution = execution.map(|(at, _)| at);
        job.buffer = buffer::read(reader, entry, &job.work, execution);
    }
    if let Some((at, node)) = fields.take_entry("alarms") {
        job.alarms = alarms::read_of_job(reader, node, at, base_alarms);
    }
    if let Some(node) = fields.take("loop_guard") {
        job.loop_guard = reader.description(node);
    }
    job.dead_letters = provision::read_queue(reader, &mut fields);
    job.delivery_role = provision::read_role(reader, &mut fields);
    job.names = names::read_of_job(reader, &mut fields);
    if let Some(node) = fields.take("renamed_from") {
        job.renamed_from = reader.names(node);
    }
    job.allow = allow::read(reader, &mut fields, || allow::scope_of(Some(at), node));
    fields.finish(reader);
    provision::check(reader, &job);
    job
}
