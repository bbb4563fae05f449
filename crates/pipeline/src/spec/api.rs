//! Reading `deliver_to: { api: … }`, and how EventBridge proves to an API who it is.

use eventbridge::arn::Arn;
use indexmap::IndexMap;

use super::deliver_to::is_name;
use super::quantity::API_RATE;
use super::reader::{Fields, Reader};
use crate::diagnostic::Diagnostic;
use crate::lints::{CONFLICTING_KEYS, INVALID_VALUE, MISSING_KEY};
use crate::model::{
    Api, Auth, AuthKind, Call, DeliverTo, ExistingTarget, TargetAddress, TargetKind,
};
use crate::span::{Span, Spanned};
use crate::values::Text;
use crate::yaml::{Kind, Node};

/// The methods that EventBridge calls an API with:
/// [`HttpMethod`](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateApiDestination.html).
pub const METHODS: [&str; 7] = ["POST", "GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"];

/// The methods that EventBridge gets a token with:
/// [`HttpMethod`](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateConnectionOAuthRequestParameters.html).
pub const TOKEN_METHODS: [&str; 3] = ["POST", "GET", "PUT"];

/// How EventBridge proves who it is, by the key that names the secret.
pub const AUTH_KINDS: [&str; 3] = ["api_key", "basic", "oauth"];

/// The header of an API key unless the spec says another one.
pub const KEY_HEADER: &str = "X-Api-Key";

/// The longest URL: `InvocationEndpoint` on the page of [`METHODS`].
pub const URL_MAX: usize = 2_048;

/// The longest name and value of a header and of a parameter:
/// [`HttpParameters`](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_HttpParameters.html).
pub const PARAMETER_MAX: usize = 512;

/// Headers that EventBridge sends itself, whatever a target says:
/// [API destinations](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html).
const OWN_HEADERS: [&str; 6] = [
    "accept-encoding",
    "connection",
    "content-length",
    "host",
    "range",
    "user-agent",
];

/// Keys that only an API destination of the module has.
const OF_MADE: [&str; 4] = ["url", "method", "auth", "rate"];

/// Reads the value of `api:`.
pub(super) fn read(reader: &mut Reader, node: &Node, at: Span) -> Option<DeliverTo> {
    let mut fields = reader.fields("`api`", node, at)?;
    let existing = fields.take_entry("existing");
    let entries = OF_MADE.map(|key| (key, fields.take_entry(key)));
    let call = read_call(reader, &mut fields);
    if let Some((place, node)) = existing {
        for (key, entry) in entries {
            if let Some((other, _)) = entry {
                let message = format!("`{key}` does not go with `existing`");
                let diagnostic = Diagnostic::new(&CONFLICTING_KEYS, other, message)
                    .with_related(place, "the API destination that is there already")
                    .or_remove(other)
                    .with_help(format!("remove `{key}`: its owner says it"));
                reader.report(diagnostic);
            }
        }
        fields.finish(reader);
        let kind = TargetKind::Api(call);
        let address = read_destination(reader, node)?;
        return Some(DeliverTo::Existing(Box::new(ExistingTarget {
            kind,
            address,
        })));
    }
    let [(_, url), (_, method), (_, auth), (_, rate)] = entries;
    if url.is_none() && !fields.has_misspelt(&["url", "existing"]) {
        let message = "`api` needs the key `url`, or the key `existing`";
        let help = "add `url: https://…`, or `existing:` with the ARN of an API destination";
        reader.report(Diagnostic::new(&MISSING_KEY, at, message).with_help(help));
    } else if auth.is_none() && !fields.has_misspelt(&["auth"]) {
        let diagnostic = Diagnostic::new(&MISSING_KEY, at, "`api` needs the key `auth`")
            .with_note("EventBridge calls no API without a key, a user or a token")
            .with_help("add `auth:` with the name of an entry of the Terraform variable `secrets`");
        reader.report(diagnostic);
    }
    fields.finish(reader);
    let url = url.and_then(|(_, node)| read_url(reader, node, "an API"));
    let method = method.map_or(Some("POST"), |(_, node)| {
        read_method(reader, node, &METHODS)
    });
    let auth = auth.and_then(|(at, node)| read_auth(reader, node, at));
    let rate = rate.map_or(Some(API_RATE.most), |(_, node)| {
        reader.integer(node, &API_RATE)
    });
    Some(DeliverTo::Api(Box::new(Api {
        url: url?,
        method: method?,
        auth: auth?,
        rate: rate?,
        call,
    })))
}

/// Reads the ARN of an API destination. Its name does not say where it is: AWS puts an id behind it.
fn read_destination(reader: &mut Reader, node: &Node) -> Option<TargetAddress> {
    let text = reader.text(node)?;
    let arn = Arn::parse(&text.value).ok();
    let arn = arn.filter(|arn| arn.service() == "events");
    let end = arn.and_then(|arn| arn.resource().strip_prefix("api-destination/"));
    let end = end.and_then(|end| end.split_once('/'));
    if end.is_some_and(|(name, id)| is_name(name) && is_name(id) && !id.contains('/')) {
        return Some(TargetAddress::Arn(text));
    }
    let message = format!("`{}` is not the ARN of an API destination", text.value);
    let diagnostic = Diagnostic::new(&INVALID_VALUE, text.span, message)
        .with_note("AWS puts an id behind its name, so the name alone does not say where it is")
        .with_help(
            "write its ARN: `arn:aws:events:<region>:<account>:api-destination/<name>/<id>`",
        );
    reader.report(diagnostic);
    None
}

/// Reads what each call has beside the event.
fn read_call(reader: &mut Reader, fields: &mut Fields<'_>) -> Call {
    let headers = fields.take("headers");
    let headers = headers.map(|node| read_parameters(reader, "`headers`", node));
    let query = fields.take("query");
    let query = query.map(|node| read_parameters(reader, "`query`", node));
    let local = fields.take("local");
    let headers = headers.unwrap_or_default();
    for (name, value) in &headers {
        check_header(reader, name, value);
    }
    Call {
        headers,
        query: query.unwrap_or_default(),
        local: local.and_then(|node| read_local(reader, node)),
    }
}

/// Reads texts by name.
fn read_parameters(reader: &mut Reader, what: &'static str, node: &Node) -> IndexMap<String, Text> {
    let mut read = IndexMap::new();
    for (name, (place, node)) in reader.entries(what, node).unwrap_or_default() {
        let Some(text) = reader.text(node) else {
            continue;
        };
        if let Some((message, help)) = wrong_parameter(name, &text.value) {
            let diagnostic = Diagnostic::new(&INVALID_VALUE, node.span, message);
            reader.report(diagnostic.with_help(help));
            continue;
        }
        read.insert(
            name.to_owned(),
            Text {
                span: place,
                ..text
            },
        );
    }
    read
}

/// What is wrong with a header or a parameter of a query, and what to do.
fn wrong_parameter(name: &str, value: &str) -> Option<(String, &'static str)> {
    let is_control = |c: char| c.is_ascii_control();
    if name.is_empty() || name.len() > PARAMETER_MAX || name.contains(is_control) {
        let message = format!(
            "the name `{}` is none that a call can have",
            name.escape_debug()
        );
        return Some((message, "write a name of 1 to 512 printable characters"));
    }
    if value.is_empty() || value.len() > PARAMETER_MAX || value.contains(is_control) {
        let message = format!("the value of `{name}` is none that a call can have");
        return Some((message, "write a text of 1 to 512 printable characters"));
    }
    // EventBridge takes such a text for a path into the event:
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
    value.starts_with("$.").then(|| {
        let message = format!("EventBridge reads `{value}` as a path into the event");
        (
            message,
            "write a text that is the same for every event; `input` says what the body has",
        )
    })
}

fn check_header(reader: &mut Reader, name: &str, value: &Text) {
    let is_token = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c));
    let is_printable = value
        .value
        .chars()
        .all(|c| c == ' ' || c.is_ascii_graphic());
    if !is_token || !is_printable {
        let message = format!("`{name}` is no header that a call can have");
        let help =
            "write letters, digits and hyphens for the name, and printable ASCII for the value";
        reader.report(Diagnostic::new(&INVALID_VALUE, value.span, message).with_help(help));
    } else if OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
        let message = format!("EventBridge says the header `{name}` itself");
        reader.report(
            Diagnostic::new(&INVALID_VALUE, value.span, message)
                .or_remove(value.span)
                .with_help(format!("remove `{name}`")),
        );
    }
}

/// Reads a URL that EventBridge can call.
fn read_url(reader: &mut Reader, node: &Node, what: &str) -> Option<Text> {
    let url = reader.text(node)?;
    let rest = url.value.strip_prefix("https://");
    // The characters of `InvocationEndpoint`. A `*` would be filled in by a parameter of the path.
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "%-()_.!~';/?:@&=+$,".contains(c);
    let host = rest.map(|rest| rest.split(['/', '?']).next().unwrap_or_default());
    let wrong = if host.is_none_or(str::is_empty) {
        Some("write `https://`, a host, and a path: EventBridge calls nothing else")
    } else if url.value.len() > URL_MAX {
        Some("write at most 2,048 characters")
    } else if url.value.contains('*') {
        Some("write the path itself: nothing fills in a `*`")
    } else if !url.value.chars().all(is_allowed) {
        Some("write other characters as `%` and two hexadecimal digits")
    } else {
        None
    };
    let Some(help) = wrong else {
        return Some(url);
    };
    let message = format!(
        "`{}` is not the URL of {what} that EventBridge can call",
        url.value
    );
    reader.report(Diagnostic::new(&INVALID_VALUE, url.span, message).with_help(help));
    None
}

/// Reads the URL that the local bus calls.
fn read_local(reader: &mut Reader, node: &Node) -> Option<String> {
    let url = reader.string(node)?;
    let rest = url.value.strip_prefix("http://").unwrap_or_default();
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let port = host.rsplit_once(':').map(|(_, port)| port);
    let is_host = |host: &str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-.[]:".contains(c);
        !host.is_empty() && !host.starts_with(':') && host.chars().all(allowed)
    };
    let is_port = port.is_none_or(|port| port.ends_with(']') || port.parse::<u16>().is_ok());
    let is_path = path.starts_with('/') || path.is_empty();
    let is_plain = path
        .chars()
        .all(|c| c.is_ascii_graphic() && !"#\"<>\\^`{|}".contains(c));
    if is_host(host) && is_port && is_path && is_plain {
        return Some(url.value);
    }
    let message = format!("the local bus cannot call `{}`", url.value);
    let help = "write a URL of this machine, such as `http://127.0.0.1:9000/hook`";
    reader.report(Diagnostic::new(&INVALID_VALUE, url.span, message).with_help(help));
    None
}

fn read_method(reader: &mut Reader, node: &Node, methods: &[&'static str]) -> Option<&'static str> {
    let choices: Vec<(&str, &'static str)> = methods.iter().map(|word| (*word, *word)).collect();
    reader.choice(node, &choices)
}

/// Reads the value of `auth:`: the name of a secret with an API key, or a mapping.
fn read_auth(reader: &mut Reader, node: &Node, at: Span) -> Option<Auth> {
    if !matches!(node.kind, Kind::Mapping(_)) {
        let secret = read_secret(reader, node)?;
        let header = KEY_HEADER.to_owned();
        let kind = AuthKind::ApiKey { header };
        return Some(Auth { secret, kind });
    }
    let mut fields = reader.fields("`auth`", node, at)?;
    let entries = AUTH_KINDS.map(|key| (key, fields.take_entry(key)));
    let mut there = entries
        .into_iter()
        .filter_map(|(key, entry)| Some((key, entry?)));
    let found = there.next();
    let second = there.next();
    let beside = BESIDE.map(|(key, kind)| (key, kind, fields.take_entry(key)));
    if found.is_none() && !fields.has_misspelt(&AUTH_KINDS) {
        let message = "`auth` does not say what EventBridge sends";
        let help = format!("add one of the keys `{}`", AUTH_KINDS.join("`, `"));
        reader.report(Diagnostic::new(&MISSING_KEY, at, message).with_help(help));
    }
    fields.finish(reader);
    let (word, (place, node)) = found?;
    if let Some((other, (second, _))) = second {
        let message = format!("EventBridge sends either `{word}` or `{other}`");
        let diagnostic = Diagnostic::new(&CONFLICTING_KEYS, second, message)
            .with_related(place, "the other one")
            .or_remove(second)
            .or_remove(place)
            .with_help("remove one of the two");
        reader.report(diagnostic);
        return None;
    }
    for (key, kind, entry) in &beside {
        if let Some((span, _)) = entry.filter(|_| *kind != word) {
            let message = format!("`{key}` does not go with `{word}`");
            let diagnostic = Diagnostic::new(&CONFLICTING_KEYS, span, message)
                .with_related(place, "what EventBridge sends")
                .with_help(format!("remove `{key}`, or write `{kind}`"));
            reader.report(diagnostic);
        }
    }
    let [header, endpoint, method, parameters] =
        beside.map(|(_, kind, entry)| entry.filter(|_| kind == word).map(|(_, node)| node));
    let kind = match word {
        "api_key" => read_key(reader, header),
        "basic" => Some(AuthKind::Basic),
        _ => read_oauth(reader, place, [endpoint, method, parameters]),
    };
    let secret = read_secret(reader, node)?;
    Some(Auth {
        secret,
        kind: kind?,
    })
}

/// Keys that go with one kind of proof: each with that kind.
const BESIDE: [(&str, &str); 4] = [
    ("header", "api_key"),
    ("endpoint", "oauth"),
    ("method", "oauth"),
    ("parameters", "oauth"),
];

fn read_secret(reader: &mut Reader, node: &Node) -> Option<Spanned<String>> {
    let secret = reader.string(node)?;
    if !secret.value.is_empty() && !secret.value.starts_with("arn:") {
        return Some(secret);
    }
    let message = format!("`{}` is not the name of a secret", secret.value);
    let help = "write the name of an entry of the Terraform variable `secrets`, which has its ARN";
    reader.report(Diagnostic::new(&INVALID_VALUE, secret.span, message).with_help(help));
    None
}

fn read_key(reader: &mut Reader, header: Option<&Node>) -> Option<AuthKind> {
    let Some(node) = header else {
        let header = KEY_HEADER.to_owned();
        return Some(AuthKind::ApiKey { header });
    };
    let header = reader.string(node)?;
    let before = reader.diagnostics.len();
    check_header(reader, &header.value, &Text::literal("key", header.span));
    let is_fine = reader.diagnostics.len() == before;
    let header = header.value;
    is_fine.then_some(AuthKind::ApiKey { header })
}

fn read_oauth(
    reader: &mut Reader,
    at: Span,
    [endpoint, method, parameters]: [Option<&Node>; 3],
) -> Option<AuthKind> {
    if endpoint.is_none() {
        let message = "`oauth` needs the key `endpoint`";
        let help = "add `endpoint:` with the URL where EventBridge gets a token";
        reader.report(Diagnostic::new(&MISSING_KEY, at, message).with_help(help));
    }
    let endpoint = endpoint.and_then(|node| read_url(reader, node, "a server of tokens"));
    let method = method.map_or(Some("POST"), |node| {
        read_method(reader, node, &TOKEN_METHODS)
    });
    let said = parameters.map(|node| read_parameters(reader, "`parameters`", node));
    // What a server of tokens has to be told: https://www.rfc-editor.org/rfc/rfc6749#section-4.4.2
    let grant = Text::literal("client_credentials", Span::default());
    let mut parameters = IndexMap::from([("grant_type".to_owned(), grant)]);
    parameters.extend(said.unwrap_or_default());
    Some(AuthKind::OAuth {
        endpoint: endpoint?,
        method: method?,
        parameters,
    })
}

#[cfg(test)]
mod tests;
