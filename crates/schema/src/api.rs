//! `api:` of `deliver_to:`.

use pipeline::language::{API_RATE, AUTH_KINDS, KEY_HEADER, METHODS, TOKEN_METHODS};
use serde_json::json;

use super::Schema;
use super::quantity::integer;
use super::text::text;

/// An API that events are sent to.
pub(super) fn api() -> Schema {
    Schema::mapping()
        .describe("An API that EventBridge calls for each event, or with `existing` an API destination that is there already. EventBridge waits 5 seconds, and calls again after a timeout and the statuses 401, 407, 409, 429 and 5xx.")
        .example(json!({ "url": "https://crm.example/hook", "auth": "crm", "rate": 10 }))
        .on_aws("An API destination, its connection and a role, each `<pipeline>-<job>-<environment>`.")
        .key("existing", called("ARN", "The ARN of an API destination that is there already.", "arn:aws:events:eu-central-1:123456789012:api-destination/crm/1f2e", "`Arn` of the target."))
        .key("url", called("URL", "The URL, which begins with `https://`. Needed without `existing`.", "https://crm.example/hook", "`InvocationEndpoint` of the API destination."))
        .key("method", Schema::choice(METHODS).default_value("POST").describe("The HTTP method.").example("PUT").on_aws("`HttpMethod` of the API destination."))
        .key("auth", auth())
        .key("rate", integer(&API_RATE, "The most calls in a second.").default_value(API_RATE.most).example(10).on_aws("`InvocationRateLimitPerSecond` of the API destination."))
        .key("headers", texts("Headers of each call.", "`HeaderParameters` of the target."))
        .key("query", texts("Parameters of the query of each call.", "`QueryStringParameters` of the target."))
        .key("local", Schema::string().kind("URL").describe("What the local bus calls instead, without the credentials. Without it the events are shown as delivered.").example("http://127.0.0.1:9000/hook").not_on_aws())
}

fn auth() -> Schema {
    let secret = |what: &str| {
        text()
            .describe(what)
            .example("crm")
            .on_aws("`AuthParameters` of the connection.")
    };
    let mapping = Schema::mapping()
        .key(
            "api_key",
            secret("The secret of a key in a header: its JSON has the key `api_key`."),
        )
        .key(
            "header",
            Schema::string()
                .default_value(KEY_HEADER)
                .describe("The header of the key.")
                .example("Authorization")
                .on_aws("`ApiKeyName` of the connection."),
        )
        .key(
            "basic",
            secret("The secret of a user: its JSON has the keys `username` and `password`."),
        )
        .key(
            "oauth",
            secret(
                "The secret of a client: its JSON has the keys `client_id` and `client_secret`.",
            ),
        )
        .key(
            "endpoint",
            called(
                "URL",
                "Where EventBridge gets a token.",
                "https://crm.example/token",
                "`AuthorizationEndpoint` of the connection.",
            ),
        )
        .key(
            "method",
            Schema::choice(TOKEN_METHODS)
                .default_value("POST")
                .describe("The HTTP method that gets a token.")
                .example("PUT")
                .on_aws("`HttpMethod` of the connection."),
        )
        .key(
            "parameters",
            texts(
                "What the call for a token says beside the credentials and `grant_type`.",
                "`OAuthHttpParameters` of the connection.",
            ),
        )
        .and_one_of(AUTH_KINDS.map(|key| Schema::default().requiring(key)));
    Schema::any_of([Schema::string(), mapping])
        .describe("How EventBridge proves who it is: the name of an entry of the Terraform variable `secrets`, for a key in a header, or a mapping. Terraform reads the secret, so its state holds it.")
        .example("crm")
        .on_aws("The connection.")
}

fn called(kind: &'static str, what: &str, example: &str, on_aws: &'static str) -> Schema {
    Schema::string()
        .kind(kind)
        .with_values()
        .describe(what)
        .example(example)
        .on_aws(on_aws)
}

fn texts(what: &str, on_aws: &'static str) -> Schema {
    Schema::each(text().with_values())
        .describe(what)
        .example(json!({ "X-Source": "shop" }))
        .on_aws(on_aws)
}
