//! `terraform:` of a spec.

use pipeline::language::{DRIVERS, S3_REQUIRED, S3_SETTINGS};

use super::Schema;
use super::text::text;

/// Where Terraform keeps its state and where it runs.
pub(super) fn terraform() -> Schema {
    Schema::mapping()
        .describe("Where Terraform keeps its state, and where it runs: written to `backend.tf` of the root module. Without it the state is a file, or the root module says by hand where it is.")
        .key("cloud", cloud())
        .key("backend", backend())
        .except(Schema::default().requiring("cloud").requiring("backend"))
}

fn cloud() -> Schema {
    let words = DRIVERS.map(|(word, _)| word);
    let workspaces = Schema::mapping()
        .describe("Which workspaces belong to the pipeline: one by `name`, or those with all the `tags`. Without it, the workspace has the environment's name.")
        .key("name", literal().describe("The one workspace."))
        .key(
            "tags",
            Schema::list(literal())
                .or_nothing()
                .describe("Tags of the workspaces, one workspace for each environment."),
        )
        .key("project", literal().describe("The project of new workspaces."))
        .except(Schema::default().requiring("name").requiring("tags"));
    Schema::mapping()
        .describe("Terraform Cloud (HCP Terraform).")
        .key(
            "organization",
            literal().describe("The organization; without it `TF_CLOUD_ORGANIZATION` says which."),
        )
        .key("hostname", literal().describe("The host, if it is not Terraform Cloud itself."))
        .key(
            "driven_by",
            Schema::choice(words)
                .describe("What starts a run: `terraform plan`, which uploads the folder with the zips in it, or a commit, after which a run sees only what is in git.")
                .default_value(words[0]),
        )
        .key("workspaces", workspaces)
}

fn backend() -> Schema {
    let mut s3 = Schema::mapping().describe("A bucket in S3.");
    for (key, is_text) in S3_SETTINGS {
        let value = if is_text {
            literal()
        } else {
            Schema::boolean()
        };
        let value = value.describe(format!("`{key}` of Terraform's S3 backend."));
        s3 = if S3_REQUIRED.contains(&key) {
            s3.required_key(key, value)
        } else {
            s3.key(key, value)
        };
    }
    Schema::mapping()
        .describe("Another place for the state.")
        .required_key("s3", s3)
}

/// A text without `${`: a backend takes no expressions.
fn literal() -> Schema {
    text()
        .characters(1, None)
        .except(Schema::string().matching(r"[$%]\{|^(var|local|module|data|terraform)\."))
}
