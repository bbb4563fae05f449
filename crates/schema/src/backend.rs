//! `terraform:` of a spec.

use pipeline::language::{DRIVERS, S3_REQUIRED, S3_SETTINGS};

use serde_json::json;

use super::Schema;
use super::text::text;

/// Where Terraform keeps its state and where it runs.
pub(super) fn terraform() -> Schema {
    Schema::mapping()
        .describe("Where Terraform keeps its state, and where it runs: written to `backend.tf` of the root module. Without it the state is a file, or the root module says by hand where it is.")
        .example(json!({ "cloud": { "organization": "acme" } }))
        .not_on_aws()
        .key("cloud", cloud())
        .key("backend", backend())
        // Terraform refuses both together. Not `oneOf`: it would also refuse a spec with neither.
        .except(Schema::default().requiring("cloud").requiring("backend"))
}

fn cloud() -> Schema {
    let words = DRIVERS.map(|(word, _)| word);
    let workspaces = Schema::mapping()
        .describe("Which workspaces belong to the pipeline: one by `name`, or those with all the `tags`. Without this key it is the workspace with the environment's name.")
        .example(json!({ "tags": ["pipeline"] }))
        .not_on_aws()
        .key(
            "name",
            literal()
                .describe("The one workspace.")
                .example("dev")
                .not_on_aws(),
        )
        .key(
            "tags",
            Schema::list(literal())
                .or_nothing()
                .describe("Tags of the workspaces, one workspace for each environment.")
                .example(vec!["pipeline"])
                .not_on_aws(),
        )
        .key(
            "project",
            literal()
                .describe("The project of new workspaces.")
                .example("Pipelines")
                .not_on_aws(),
        )
        // Terraform refuses a name beside tags.
        .except(Schema::default().requiring("name").requiring("tags"));
    Schema::mapping()
        .describe("Terraform Cloud (HCP Terraform) keeps the state and runs Terraform.")
        .example(json!({ "organization": "acme" }))
        .not_on_aws()
        .key(
            "organization",
            literal()
                .describe("The organization; without it `TF_CLOUD_ORGANIZATION` says which.")
                .example("acme")
                .not_on_aws(),
        )
        .key(
            "hostname",
            host()
                .describe("The host, if it is not Terraform Cloud itself.")
                .example("tfe.acme.example")
                .not_on_aws(),
        )
        .key(
            "driven_by",
            Schema::choice(words)
                .describe("What starts a run: `cli`, a `terraform plan` that uploads the folder with the zips in it, or `vcs`, a commit, whose run sees only what is in git.")
                .default_value(words[0])
                .example("vcs")
                .not_on_aws(),
        )
        .key("workspaces", workspaces)
}

fn backend() -> Schema {
    let place = json!({ "bucket": "acme-terraform-states", "key": "pipeline.tfstate" });
    let mut s3 = Schema::mapping()
        .describe("A bucket in S3.")
        .example(place.clone())
        .on_aws("Nothing: the bucket has to be there already.");
    for (key, is_text) in S3_SETTINGS {
        let value = if is_text {
            literal()
        } else {
            Schema::boolean()
        };
        let (meaning, example) = s3_words(key);
        let value = value
            .describe(format!("`{key}` of Terraform's S3 backend: {meaning}."))
            .example(if is_text { json!(example) } else { json!(true) })
            .not_on_aws();
        s3 = if S3_REQUIRED.contains(&key) {
            s3.required_key(key, value)
        } else {
            s3.key(key, value)
        };
    }
    Schema::mapping()
        .describe("Another place for the state.")
        .example(json!({ "s3": place }))
        .not_on_aws()
        .required_key("s3", s3)
}

/// What a setting means, and a text for it.
fn s3_words(key: &str) -> (&'static str, &'static str) {
    match key {
        "bucket" => ("the bucket of the states", "acme-terraform-states"),
        "key" => ("where in the bucket the state is", "pipeline.tfstate"),
        "region" => ("the bucket's region", "eu-central-1"),
        "workspace_key_prefix" => (
            "the folder of the workspaces' states, `env:` without it",
            "pipelines",
        ),
        "encrypt" => ("whether S3 encrypts the state", ""),
        "kms_key_id" => ("the KMS key that encrypts the state", "alias/terraform"),
        "use_lockfile" => ("whether a file beside the state locks it", ""),
        "dynamodb_table" => ("the DynamoDB table that locks the state", "terraform-locks"),
        _ => (
            "whether the bucket stands in the path of a request instead of its host",
            "",
        ),
    }
}

/// A text that is no expression: a backend takes none.
fn literal() -> Schema {
    let reference = format!(
        r"{REFERENCE}|^(var|local)\.{IDENTIFIER}([.\[(]|$)|^module\.{IDENTIFIER}\.{IDENTIFIER}([.\[(]|$)"
    );
    // The key of a state may be `local.tfstate`.
    let state = Schema::string().matching(r"\.tfstate$");
    text_but_not(Schema::string().matching(reference).except(state))
}

/// The name of a host, which may begin with the words that references in Terraform begin with.
fn host() -> Schema {
    let reference = format!(r"{REFERENCE}|^(var|local)\.{IDENTIFIER}([\[(]|$)");
    text_but_not(Schema::string().matching(reference))
}

/// A name in Terraform.
const IDENTIFIER: &str = "[A-Za-z_][A-Za-z0-9_-]*";

/// References that no name of a host or file looks like: the type of a data source has an underscore.
const REFERENCE: &str = r"^terraform\.workspace$|^data\.[A-Za-z][A-Za-z0-9-]*_[A-Za-z0-9_-]*\.";

fn text_but_not(reference: Schema) -> Schema {
    // Terraform reads `${` and `%{` as the start of a template, also inside quotes.
    let template = Schema::string().matching(r"[$%]\{");
    text()
        .characters(1, None)
        .except(Schema::any_of([template, reference]))
}
