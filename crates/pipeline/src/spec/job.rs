//! `jobs:`.

use super::defaults::{Defaults, read_execution};
use super::reader::Reader;
use super::{function, trigger};
use crate::model::Job;
use crate::span::{Span, Spanned};
use crate::yaml::Node;

/// Reads one job.
pub(super) fn read(
    reader: &mut Reader,
    name: &str,
    node: &Node,
    at: Span,
    defaults: &Defaults,
) -> Job {
    let name = Spanned::new(name.to_owned(), at);
    let mut job = Job {
        name_span: at,
        description: None,
        function: function::read(reader, None, &name, &defaults.settings, at),
        triggers: Vec::new(),
        emits: Vec::new(),
        execution: defaults.execution,
        loop_guard: None,
        renamed_from: Vec::new(),
    };
    let Some(mut fields) = reader.fields("a job", node, at) else {
        return job;
    };
    if let Some(node) = fields.take("description") {
        job.description = reader.string(node).map(|text| text.value);
    }
    if let Some(node) = fields.require("function") {
        job.function = function::read(reader, Some(node), &name, &defaults.settings, at);
    }
    if let Some(node) = fields.take("triggers") {
        let items = reader.list("`triggers`", node);
        job.triggers = items
            .iter()
            .filter_map(|item| trigger::read(reader, item, defaults.delivery))
            .collect();
    }
    if let Some(node) = fields.take("emits") {
        let items = reader.list("`emits`", node);
        job.emits = items
            .iter()
            .filter_map(|item| reader.string(item))
            .collect();
    }
    if let Some((at, node)) = fields.take_entry("execution") {
        job.execution = read_execution(reader, node, at, defaults.execution);
    }
    if let Some(node) = fields.take("loop_guard") {
        job.loop_guard = reader.string(node).map(|text| text.value);
    }
    if let Some(node) = fields.take("renamed_from") {
        job.renamed_from = reader.names(node);
    }
    fields.finish(reader);
    job
}
