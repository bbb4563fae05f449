//! The backend of the root module: where Terraform keeps its state, and where it runs.

use hcl::structure::{Block, BlockBuilder};
use pipeline::backend::{Backend, Cloud, Setting};

use super::hcl::{Body, attribute, builder, list, string};

/// The first Terraform that saves a plan of Terraform Cloud for a later apply, as `make plan` does.
const WITH_SAVED_PLANS: &str = ">= 1.6";
/// The first Terraform that locks a state in S3 by a file beside it, without a table in another service.
const WITH_LOCKFILES: &str = ">= 1.10";

pub(super) fn body(backend: &Backend) -> Body {
    let (block, needs) = match backend {
        Backend::Cloud(cloud) => (self::cloud(cloud), Some(WITH_SAVED_PLANS)),
        Backend::S3(settings) => {
            let mut block = builder("backend").add_label("s3");
            for (key, setting) in settings {
                block = block.add_attribute(match &setting.value {
                    Setting::Text(text) => attribute(key, string(text.as_str())),
                    Setting::Flag(flag) => attribute(key, *flag),
                });
            }
            let locks = settings.iter().any(|(key, setting)| {
                *key == "use_lockfile" && setting.value == Setting::Flag(true)
            });
            (block.build(), locks.then_some(WITH_LOCKFILES))
        }
    };
    let mut terraform = builder("terraform");
    if let Some(version) = needs {
        terraform = terraform.add_attribute(attribute("required_version", string(version)));
    }
    let terraform = terraform.add_block(block).build();
    Body::builder().add_block(terraform).build()
}

fn cloud(cloud: &Cloud) -> Block {
    let text = |block: BlockBuilder, key, value: &Option<pipeline::Spanned<String>>| match value {
        Some(value) => block.add_attribute(attribute(key, string(value.value.as_str()))),
        None => block,
    };
    let mut block = builder("cloud");
    block = text(block, "organization", &cloud.organization);
    block = text(block, "hostname", &cloud.hostname);
    let found_by = &cloud.workspaces;
    // An empty block would be refused. Without a block Terraform reads the workspace from TF_WORKSPACE.
    if found_by.name.is_some() || found_by.project.is_some() || !found_by.tags.is_empty() {
        let mut workspaces = builder("workspaces");
        workspaces = text(workspaces, "name", &found_by.name);
        if !found_by.tags.is_empty() {
            let tags = found_by.tags.iter().map(|tag| string(tag.value.as_str()));
            workspaces = workspaces.add_attribute(attribute("tags", list(tags)));
        }
        workspaces = text(workspaces, "project", &found_by.project);
        block = block.add_block(workspaces.build());
    }
    block.build()
}
