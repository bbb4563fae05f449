//! Names on AWS that a spec gives: `name:` and `names:`.

use super::reader::{Fields, Reader};
use crate::model::{JobNames, PipelineNames, TriggerNames};
use crate::values::{Part, Reference, Text};

/// Reads `names:` of the whole pipeline.
pub(super) fn read_of_pipeline(reader: &mut Reader, fields: &mut Fields<'_>) -> PipelineNames {
    let mut names = PipelineNames::default();
    let Some((at, node)) = fields.take_entry("names") else {
        return names;
    };
    if let Some(mut fields) = reader.fields("`names`", node, at) {
        if let Some(node) = fields.take("region")
            && reader.boolean(node) == Some(true)
        {
            let reference = Reference::Region;
            reader.scope.note_use(&reference);
            let value = reader.scope.resolve(&reference).to_owned();
            let part = Part::Reference { reference, value };
            names.region = Some(Text::new(vec![part], node.span));
        }
        fields.finish(reader);
    }
    names
}

/// Reads `name:` and `names:` of a job.
pub(super) fn read_of_job(reader: &mut Reader, fields: &mut Fields<'_>) -> JobNames {
    let mut names = JobNames {
        own: fields.take("name").and_then(|node| reader.text(node)),
        ..JobNames::default()
    };
    let Some((at, node)) = fields.take_entry("names") else {
        return names;
    };
    if let Some(mut fields) = reader.fields("`names`", node, at) {
        let mut take = |key| fields.take(key).and_then(|node| reader.text(node));
        names.role = take("role");
        names.log_group = take("log_group");
        names.dead_letter_queue = take("dead_letter_queue");
        names.failure_queue = take("failure_queue");
        fields.finish(reader);
    }
    names
}

/// Reads `names:` of a trigger.
pub(super) fn read_of_trigger(reader: &mut Reader, fields: &mut Fields<'_>) -> TriggerNames {
    let mut names = TriggerNames::default();
    let Some((at, node)) = fields.take_entry("names") else {
        return names;
    };
    if let Some(mut fields) = reader.fields("`names`", node, at) {
        let mut take = |key| fields.take(key).and_then(|node| reader.text(node));
        names.statement = take("statement");
        names.target = take("target");
        fields.finish(reader);
    }
    names
}
