//! `terraform:`, where Terraform keeps its state and where it runs.

use super::reader::Reader;
use crate::backend::{Backend, Cloud, DrivenBy, Setting, Workspaces};
use crate::diagnostic::Diagnostic;
use crate::lints::CONFLICTING_KEYS;
use crate::span::{Span, Spanned};
use crate::yaml::Node;

/// What starts a run on Terraform Cloud, by the words for it; the first is the default.
pub const DRIVERS: [(&str, DrivenBy); 2] = [("cli", DrivenBy::Cli), ("vcs", DrivenBy::Vcs)];

/// Settings of the S3 backend, each with whether its value is a text.
pub const S3_SETTINGS: [(&str, bool); 9] = [
    ("bucket", true),
    ("key", true),
    ("region", true),
    ("workspace_key_prefix", true),
    ("encrypt", false),
    ("kms_key_id", true),
    ("use_lockfile", false),
    ("dynamodb_table", true),
    ("use_path_style", false),
];

/// The settings that the S3 backend cannot do without.
pub const S3_REQUIRED: [&str; 2] = ["bucket", "key"];

/// Reads the value of `terraform:`.
pub(super) fn read(reader: &mut Reader, node: &Node, at: Span) -> Option<Backend> {
    let mut fields = reader.fields("`terraform`", node, at)?;
    let cloud = fields.take_entry("cloud");
    let backend = fields.take_entry("backend");
    fields.finish(reader);
    if let (Some((first, _)), Some((second, _))) = (cloud, backend) {
        let message = "Terraform keeps its state in one place, not in `cloud` and in a `backend`";
        let diagnostic = Diagnostic::new(&CONFLICTING_KEYS, second, message)
            .with_related(first, "the other one")
            .or_remove(second)
            .or_remove(first)
            .with_help("keep one of the two");
        reader.report(diagnostic);
    }
    match (cloud, backend) {
        (Some((at, node)), _) => read_cloud(reader, node, at).map(Backend::Cloud),
        (None, Some((at, node))) => read_backend(reader, node, at),
        (None, None) => None,
    }
}

fn read_cloud(reader: &mut Reader, node: &Node, at: Span) -> Option<Cloud> {
    let mut fields = reader.fields("`cloud`", node, at)?;
    let mut text =
        |reader: &mut Reader, key| fields.take(key).and_then(|node| reader.plain_text(node));
    let organization = text(reader, "organization");
    let hostname = text(reader, "hostname");
    let driven_by = fields.take("driven_by").and_then(|node| {
        let word = reader.choice(node, &DRIVERS)?;
        Some(Spanned::new(word, node.span))
    });
    let workspaces = match fields.take_entry("workspaces") {
        Some((at, node)) => read_workspaces(reader, node, at),
        None => Workspaces::default(),
    };
    fields.finish(reader);
    Some(Cloud {
        organization,
        hostname,
        workspaces,
        driven_by: driven_by.unwrap_or_else(|| Spanned::new(DrivenBy::Cli, at)),
    })
}

fn read_workspaces(reader: &mut Reader, node: &Node, at: Span) -> Workspaces {
    let mut workspaces = Workspaces::default();
    let Some(mut fields) = reader.fields("`workspaces`", node, at) else {
        return workspaces;
    };
    let name = fields.take_entry("name");
    let tags = fields.take_entry("tags");
    if let (Some((first, _)), Some((second, _))) = (name, tags) {
        let message = "workspaces are found by `name` or by `tags`, not by both";
        let diagnostic = Diagnostic::new(&CONFLICTING_KEYS, second, message)
            .with_related(first, "the other one")
            .with_help("keep `tags` if there is more than one environment");
        reader.report(diagnostic);
    }
    workspaces.name = name.and_then(|(_, node)| reader.plain_text(node));
    if let Some((_, node)) = tags {
        let items = reader.list("`tags`", node);
        workspaces.tags = items
            .iter()
            .filter_map(|tag| reader.plain_text(tag))
            .collect();
    }
    let project = fields.take("project");
    workspaces.project = project.and_then(|node| reader.plain_text(node));
    fields.finish(reader);
    workspaces
}

fn read_backend(reader: &mut Reader, node: &Node, at: Span) -> Option<Backend> {
    let mut fields = reader.fields("`backend`", node, at)?;
    let s3 = fields.require("s3");
    fields.finish(reader);
    let mut fields = reader.fields("`s3`", s3?, at)?;
    let mut settings = Vec::new();
    // In the order of the table, so that the same settings always give the same bytes.
    for (key, is_text) in S3_SETTINGS {
        let node = if S3_REQUIRED.contains(&key) {
            fields.require(key)
        } else {
            fields.take(key)
        };
        let setting = node.and_then(|node| {
            let value = if is_text {
                Setting::Text(reader.plain_text(node)?.value)
            } else {
                Setting::Flag(reader.boolean(node)?)
            };
            Some((key, Spanned::new(value, node.span)))
        });
        settings.extend(setting);
    }
    fields.finish(reader);
    Some(Backend::S3(settings))
}
