//! What IAM refuses in a permission, and in the ARN of a policy.

use eventbridge::arn::Arn;

use super::INVALID_PERMISSION;
use crate::diagnostic::{Diagnostic, did_you_mean, meant};
use crate::rights::{Rights, Statement};
use crate::span::Span;
use crate::suggestion::Suggestion;
use crate::values::Text;

/// The operators of a condition without `IfExists` and without what stands before one for a set:
/// [condition operators](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html).
const OPERATORS: [&str; 27] = [
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "BinaryEquals",
    "Bool",
    "DateEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateNotEquals",
    "IpAddress",
    "NotIpAddress",
    "Null",
    "NumericEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericNotEquals",
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
];

/// What may stand before an operator, for keys with several values.
const SETS: [&str; 2] = ["ForAllValues:", "ForAnyValue:"];

pub(super) fn check(rights: &Rights, found: &mut Vec<Diagnostic>) {
    let mut report = |span: Span, message: String, help: Suggestion| {
        let diagnostic = Diagnostic::new(&INVALID_PERMISSION, span, message);
        // What stands at the place is right of its key, which alone has something to suggest.
        found.push(diagnostic.with_key_suggestion(span, help));
    };
    for statement in &rights.permissions {
        check_statement(statement, &mut report);
    }
    for policy in &rights.policies {
        let arn = Arn::parse(&policy.value);
        let is_policy =
            arn.is_ok_and(|arn| arn.service() == "iam" && arn.resource().starts_with("policy/"));
        if !is_policy {
            let message = format!("`{}` is not the ARN of a policy", policy.value);
            let help = "write `arn:aws:iam::aws:policy/<name>` for one of AWS's own, or `arn:aws:iam::<account>:policy/<name>`";
            report(policy.span, message, help.into());
        }
    }
}

fn check_statement(statement: &Statement, report: &mut impl FnMut(Span, String, Suggestion)) {
    let Statement {
        span,
        actions,
        resources,
        conditions,
    } = statement;
    let lacking = match (actions.as_slice(), resources.as_slice()) {
        ([], []) => Some("actions and resources"),
        ([], _) => Some("actions"),
        (_, []) => Some("resources"),
        _ => None,
    };
    if let Some(lacking) = lacking {
        let message = format!("a permission without {lacking} allows nothing, and IAM refuses it");
        report(
            *span,
            message,
            format!("name the {lacking}, or remove it").into(),
        );
    }
    for action in actions.iter().filter(|action| !is_action(&action.value)) {
        let message = format!("`{}` is not an action", action.value);
        let help = "write a service and the name of an action, such as `s3:GetObject`; only the name has wildcards";
        report(action.span, message, help.into());
    }
    for resource in resources {
        if let Some(why) = refusal(resource) {
            let message = format!("`{}` is not the ARN of a resource: {why}", resource.value);
            let help = "write an ARN, such as `arn:aws:s3:::invoices/*`, or `*` for any resource";
            report(resource.span, message, help.into());
        }
    }
    for (operator, keys) in conditions {
        if !is_operator(operator) {
            let near = meant(operator, &OPERATORS);
            let help = match near.as_slice() {
                [] => "write an operator of IAM, such as `StringEquals`".into(),
                near => did_you_mean(near),
            };
            report(keys.span, format!("IAM has no operator `{operator}`"), help);
        }
        if keys.value.is_empty() || keys.value.values().any(|values| values.value.is_empty()) {
            let message = format!("the condition `{operator}` compares nothing");
            let help = "write a key and a value, such as `{ \"aws:PrincipalOrgID\": o-123 }`";
            report(keys.span, message, help.into());
        }
    }
}

fn is_action(action: &str) -> bool {
    if action == "*" {
        return true;
    }
    let Some((service, name)) = action.split_once(':') else {
        return false;
    };
    // IAM: "vendor must be fully qualified and cannot contain regexes".
    let is_service = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '*' || c == '?';
    !service.is_empty()
        && service.chars().all(is_service)
        && !name.is_empty()
        && name.chars().all(is_name)
}

/// Says why a text is no ARN that a policy takes as a resource.
fn refusal(resource: &Text) -> Option<String> {
    let text = resource.value.as_str();
    if text == "*" {
        return None;
    }
    // [Name requirements](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names):
    // a policy has characters up to U+00FF.
    if let Some(odd) = text.chars().find(|c| c.is_control() || *c > '\u{ff}') {
        return Some(format!(
            "a policy cannot have the character `{}`",
            odd.escape_default()
        ));
    }
    // A partition may be a wildcard here, and nowhere else.
    let plain = match text.strip_prefix("arn:*:") {
        Some(rest) => format!("arn:aws:{rest}"),
        None => text.to_owned(),
    };
    match Arn::parse(&plain) {
        Err(error) => Some(error.to_string()),
        Ok(arn) if arn.service().contains(['*', '?']) => {
            Some("its service has no wildcards".to_owned())
        }
        Ok(_) => None,
    }
}

fn is_operator(operator: &str) -> bool {
    let mut sets = SETS.iter();
    let of_set = sets.find_map(|set| operator.strip_prefix(set));
    let operator = of_set.unwrap_or(operator);
    // `Null` asks whether a key is there, so it has no form for absent keys.
    match operator.strip_suffix("IfExists") {
        Some(operator) => operator != "Null" && OPERATORS.contains(&operator),
        None => OPERATORS.contains(&operator),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_sorted_and_a_misspelt_one_has_a_near_one() {
        assert!(OPERATORS.is_sorted());
        assert!(!is_operator("NullIfExists") && !is_operator("ForAll:StringLike"));
        assert_eq!(meant("StringEqual", &OPERATORS), ["StringEquals"]);
    }
}
