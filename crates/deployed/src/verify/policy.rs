//! What a resource policy allows a service to do.

use eventbridge::arn::Arn;
use serde_json::{Map, Value};

/// A request that a service makes for something of ours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'r> {
    /// `events.amazonaws.com`.
    pub(super) service: &'r str,
    /// `lambda:InvokeFunction`.
    pub(super) action: &'r str,
    /// The ARN of what the service acts for.
    pub(super) source: &'r str,
}

/// Whether a policy document allows a request. A statement under a condition that is none of the source's ARN and
/// account may not apply, and allows nothing.
///
/// # Errors
/// A document that is no JSON.
pub(super) fn allows(policy: &str, request: Request<'_>) -> Result<bool, serde_json::Error> {
    let policy: Value = serde_json::from_str(policy)?;
    let statements = one_or_many(&policy["Statement"]);
    let of_effect = |effect| {
        statements
            .iter()
            .filter(move |statement| statement["Effect"] == effect)
    };
    // A `Deny` wins over every `Allow`. One under a condition may not apply, and is passed over.
    let refused = of_effect("Deny").any(|statement| {
        let unconditional = statement["Condition"].as_object().is_none_or(Map::is_empty);
        unconditional && concerns(statement, request)
    });
    Ok(!refused
        && of_effect("Allow").any(|statement| {
            concerns(statement, request) && holds(&statement["Condition"], request.source)
        }))
}

fn concerns(statement: &Value, request: Request<'_>) -> bool {
    let principal = &statement["Principal"];
    let anybody = principal == "*" || principal["AWS"] == "*";
    let services = one_or_many(&principal["Service"]);
    let named = texts(&services).any(|service| service == request.service);
    let actions = one_or_many(&statement["Action"]);
    let acts = texts(&actions).any(|action| {
        like(
            &action.to_ascii_lowercase(),
            &request.action.to_ascii_lowercase(),
        )
    });
    (anybody || named) && acts
}

fn holds(condition: &Value, source: &str) -> bool {
    let Some(operators) = condition.as_object() else {
        return true;
    };
    let account = Arn::parse(source).map_or("", |arn| arn.account());
    // All operators and all keys have to hold, each for one of its values, or for none of them if it is negated.
    operators.iter().all(|(operator, keys)| {
        let keys = keys.as_object().into_iter().flatten();
        keys.into_iter().all(|(key, values)| {
            let compared = match key.to_ascii_lowercase().as_str() {
                "aws:sourcearn" => source,
                "aws:sourceaccount" => account,
                // Whether another key holds cannot be known from here: such a statement does not count as permission.
                _ => return false,
            };
            let values = one_or_many(values);
            // EventBridge always sends both keys, so `IfExists` changes nothing.
            let operator = operator.trim_end_matches("IfExists");
            let matches =
                |is: fn(&str, &str) -> bool| texts(&values).any(|value| is(value, compared));
            match operator {
                "ArnLike" | "ArnEquals" | "StringLike" => matches(like),
                "ArnNotLike" | "ArnNotEquals" | "StringNotLike" => !matches(like),
                "StringEquals" => matches(str::eq),
                "StringNotEquals" => !matches(str::eq),
                "StringEqualsIgnoreCase" => matches(str::eq_ignore_ascii_case),
                _ => false,
            }
        })
    })
}

/// One or many.
fn one_or_many(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

fn texts<'v>(values: &'v [&'v Value]) -> impl Iterator<Item = &'v str> {
    values.iter().filter_map(|value| value.as_str())
}

/// Whether a text is as a pattern with `*` and `?` says.
fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut from) = (0, 0);
    // Where the last `*` was, and how far its text reaches.
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[from] => {
                at += 1;
                from += 1;
            }
            // Only the last `*` is worth another try: a longer text for an earlier one could reach nothing new.
            _ => match &mut star {
                Some((place, reach)) => {
                    *reach += 1;
                    at = *place + 1;
                    from = *reach;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "arn:aws:events:eu-central-1:123456789012:rule/p-j-event-dev";

    fn check(statement: &str, expected: bool) {
        let policy = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
        let request = Request {
            service: "events.amazonaws.com",
            action: "lambda:InvokeFunction",
            source: RULE,
        };
        assert_eq!(allows(&policy, request).unwrap(), expected, "{statement}");
    }

    fn statement(condition: &str) -> String {
        format!(
            r#"{{"Effect":"Allow","Principal":{{"Service":"events.amazonaws.com"}},"Action":"lambda:InvokeFunction","Resource":"f"{condition}}}"#
        )
    }

    #[test]
    fn a_rule_is_permitted_by_its_arn_a_wildcard_its_account_or_no_condition() {
        for (condition, expected) in [
            (String::new(), true),
            (of("ArnLike", "AWS:SourceArn", RULE), true),
            (of("ArnEquals", "aws:SourceArn", RULE), true),
            (
                of(
                    "ArnLike",
                    "AWS:SourceArn",
                    "arn:aws:events:*:123456789012:rule/p-j-*-dev",
                ),
                true,
            ),
            (
                of("StringEquals", "AWS:SourceAccount", "123456789012"),
                true,
            ),
            (
                of("StringEquals", "AWS:SourceAccount", "999999999999"),
                false,
            ),
            (of("ArnLike", "AWS:SourceArn", &format!("{RULE}2")), false),
            (of("ArnNotLike", "AWS:SourceArn", &format!("{RULE}2")), true),
            (
                of("ArnNotLike", "aws:SourceArn", "arn:*:events:*:*:rule/p-j-*"),
                false,
            ),
            (of("StringNotEquals", "aws:SourceArn", RULE), false),
            (of("StringEquals", "AWS:SourceArn", "*"), false),
            (of("StringEquals", "aws:PrincipalOrgID", "o-1"), false),
        ] {
            check(&statement(&condition), expected);
        }
    }

    fn of(operator: &str, key: &str, value: &str) -> String {
        format!(r#","Condition":{{"{operator}":{{"{key}":"{value}"}}}}"#)
    }

    #[test]
    fn others_and_refusals_permit_nothing() {
        let allowed = statement("");
        check(&allowed.replace("events.", "s3."), false);
        check(&allowed.replace("InvokeFunction", "GetFunction"), false);
        check(&allowed.replace("InvokeFunction", "*"), true);
        let denied = allowed.replace("Allow", "Deny");
        check(&format!("{allowed},{denied}"), false);
        let plain_http = r#"{"Effect":"Deny","Principal":"*","Action":["lambda:*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}"#;
        check(&format!("{allowed},{plain_http}"), true);
        check("", false);
    }

    #[test]
    fn wildcards_stand_for_any_text() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abcd", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*-dev", "x-dev-dev", true),
            ("a**", "a", true),
            ("", "a", false),
        ] {
            assert_eq!(like(pattern, text), expected, "{pattern} {text}");
        }
    }
}
