//! `allow:`, which keeps findings on purpose.

use pipeline::language::allowed_ids;
use serde_json::json;

use super::Schema;
use super::text::text;

pub(super) fn allow() -> Schema {
    Schema::each(text().matching(r"\S"))
        .or_nothing()
        .describe("Findings that stay on purpose: the id of each, which `check` shows in brackets, and the reason. At the top it holds for the whole spec, in an event, a job or a trigger for findings whose place is in it. An error that AWS or Terraform would make cannot be allowed.")
        .kind("mapping from ids of findings to reasons")
        .example(json!({ "wide-pattern": "The audit sees every event" }))
        .not_on_aws()
        .names(Schema::choice(allowed_ids()))
}
