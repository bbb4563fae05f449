//! `permissions:` and `policies:` of a function.

use serde_json::json;

use super::Schema;
use super::text::text;
use super::told::REFERENCE;

/// Adds the keys to a mapping.
pub(super) fn with_rights(mapping: Schema) -> Schema {
    mapping
        .key(
            "permissions",
            Schema::list(Schema::reference("permission"))
                .or_nothing()
                .describe("What the function may do beside what its role has anyway: its log, its traces, its secrets and keys, the events of `emits`. A list here replaces the one in `defaults`.")
                .example(json!([{ "actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::invoices/*"] }]))
                .on_aws("Statements in the policy of the function's role."),
        )
        .key(
            "policies",
            Schema::list(Schema::string().matching(format!("^arn:aws[^:]*:iam:[^:]*:[^:]*:policy/.|{REFERENCE}")))
                .or_nothing()
                .with_values()
                .describe("The ARNs of managed policies for the function's role. A list here replaces the one in `defaults`. A role has at most ten, unless the account's quota was raised.")
                .example(vec!["arn:aws:iam::aws:policy/CloudWatchLambdaInsightsExecutionRolePolicy"])
                .on_aws("These policies attached to the role. What a spec cannot say, the root module attaches to the role that the output `role_names` names."),
        )
}

/// One entry of `permissions`.
pub(super) fn permission() -> Schema {
    let texts = |item: Schema| Schema::list(item).items_between(1, None);
    let action = Schema::string().matching(r"^(\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$");
    let arn = r"^(\*|arn:(aws[^:]*|\*):[^:*?]+:[^:]*:[^:]*:.+)$";
    let resource = Schema::string().matching(format!("{arn}|{REFERENCE}"));
    Schema::mapping()
        .describe("A statement of a policy, which allows actions on resources.")
        .required_key(
            "actions",
            texts(action)
                .describe("The actions: a service and a name, which may have the wildcards `*` and `?`.")
                .example(vec!["s3:GetObject"])
                .on_aws("`Action` of the statement."),
        )
        .required_key(
            "resources",
            texts(resource)
                .with_values()
                .describe("The ARNs that the actions are allowed on, with wildcards in any part but the service; `*` alone is any resource. A variable of IAM is written with two dollar signs, `$${aws:username}`.")
                .example(vec!["arn:aws:s3:::invoices/*"])
                .on_aws("`Resource` of the statement."),
        )
        .key("conditions", conditions())
}

fn conditions() -> Schema {
    let value = || text();
    let values = Schema::any_of([value(), Schema::list(value()).items_between(1, None)]);
    let keys = Schema::each(values).keys_between(1, None);
    Schema::each(keys)
        .describe("What must hold, too: operators of IAM, each with keys and their values.")
        .kind("mapping from operators to keys and values")
        .with_values()
        .example(json!({ "StringEquals": { "aws:ResourceTag/team": "payments" } }))
        .on_aws("`Condition` of the statement.")
        .names(Schema::string().matching("^(ForAllValues:|ForAnyValue:)?(Arn|Binary|Bool|Date|IpAddress|NotIpAddress|Null|Numeric|String)[A-Za-z]*$"))
}
