//! API destinations and their connections.

use hcl::Expression;
use hcl::structure::Block;
use indexmap::IndexMap;
use pipeline::model::{Api, Auth, AuthKind, Call, TargetKind};
use pipeline::resources::{ApiDestination, JobResources, Receiver};
use pipeline::values::Text;

use super::hcl::{attribute, block, builder, call, index, object, reference, resource, string};
use super::{function, name_in_environment, values};

/// Writes the secret as Terraform reads it, the connection and the API destination.
pub(super) fn api(made: &ApiDestination<'_>) -> [Block; 3] {
    let ApiDestination {
        name,
        label,
        settings,
        role: _,
    } = made;
    let Api {
        url,
        method,
        auth,
        rate,
        // `http_target` writes it.
        call: _,
    } = settings;
    let Auth { secret, kind } = auth;
    let read = builder("data")
        .add_labels(["aws_secretsmanager_secret_version", label.as_str()])
        .add_attribute(attribute("secret_id", function::secret_arn(&secret.value)));
    let connection = resource("aws_cloudwatch_event_connection", label)
        .add_attribute(attribute("name", name_in_environment(name)))
        .add_attribute(attribute("authorization_type", string(kind.on_aws())))
        .add_block(
            builder("auth_parameters")
                .add_block(proof(label, kind))
                .build(),
        );
    let connected = reference(["aws_cloudwatch_event_connection", label, "arn"]);
    let destination = resource("aws_cloudwatch_event_api_destination", label)
        .add_attribute(attribute("name", name_in_environment(name)))
        .add_attribute(attribute("invocation_endpoint", values::text(url)))
        .add_attribute(attribute("http_method", string(*method)))
        .add_attribute(attribute("invocation_rate_limit_per_second", *rate))
        .add_attribute(attribute("connection_arn", connected));
    [read.build(), connection.build(), destination.build()]
}

/// Writes what EventBridge sends to prove who it is. The provider keeps it in Terraform's state.
fn proof(label: &str, kind: &AuthKind) -> Block {
    let secret = |key| {
        let text = reference([
            "data",
            "aws_secretsmanager_secret_version",
            label,
            "secret_string",
        ]);
        index(call("jsondecode", [text]), key)
    };
    match kind {
        AuthKind::ApiKey { header } => block(
            "api_key",
            [("key", string(header)), ("value", secret("api_key"))],
        ),
        AuthKind::Basic => block(
            "basic",
            [
                ("username", secret("username")),
                ("password", secret("password")),
            ],
        ),
        AuthKind::OAuth {
            endpoint,
            method,
            parameters,
        } => {
            let place = if *method == "GET" {
                "query_string"
            } else {
                "body"
            };
            let said = parameters.iter().map(|(name, value)| {
                block(
                    place,
                    [
                        ("key", string(name)),
                        ("value", values::text(value)),
                        ("is_value_secret", false.into()),
                    ],
                )
            });
            builder("oauth")
                .add_attribute(attribute("authorization_endpoint", values::text(endpoint)))
                .add_attribute(attribute("http_method", string(*method)))
                .add_block(block(
                    "client_parameters",
                    [
                        ("client_id", secret("client_id")),
                        ("client_secret", secret("client_secret")),
                    ],
                ))
                .add_block(builder("oauth_http_parameters").add_blocks(said).build())
                .build()
        }
    }
}

/// Writes what each call has beside the event; nothing if it has nothing.
pub(super) fn http_target(job: &JobResources<'_>) -> Option<Block> {
    let said = match &job.receiver {
        Receiver::Api(api) => &api.settings.call,
        Receiver::Elsewhere { to, role: _ } => match &to.kind {
            TargetKind::Api(call) => call,
            _ => return None,
        },
        _ => return None,
    };
    let Call {
        headers,
        query,
        // For one machine.
        local: _,
    } = said;
    if headers.is_empty() && query.is_empty() {
        return None;
    }
    let mut target = builder("http_target");
    for (key, said) in [
        ("header_parameters", headers),
        ("query_string_parameters", query),
    ] {
        if !said.is_empty() {
            target = target.add_attribute(attribute(key, texts(said)));
        }
    }
    Some(target.build())
}

fn texts(said: &IndexMap<String, Text>) -> Expression {
    object(said.iter().map(|(name, text)| (name, values::text(text))))
}
