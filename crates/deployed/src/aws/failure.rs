//! Why a request failed, in one sentence: what is wrong, then what to do. The SDK's own errors are trees of Rust types.

use std::error::Error;
use std::io;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_eventbridge::error::{ProvideErrorMetadata, SdkError};

/// The error codes of services for credentials that are no longer valid.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access.html>
const EXPIRED: [&str; 3] = ["ExpiredToken", "ExpiredTokenException", "RequestExpired"];

/// The error codes of services for credentials that they do not know. These and the codes for denial and throttling are
/// in <https://docs.aws.amazon.com/eventbridge/latest/APIReference/CommonErrors.html>.
const UNKNOWN: [&str; 6] = [
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];

const DENIED: [&str; 4] = [
    "AccessDenied",
    "AccessDeniedException",
    "NotAuthorized",
    "UnauthorizedOperation",
];

const THROTTLED: [&str; 5] = [
    "RequestLimitExceeded",
    "RequestThrottled",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// A response in no form that AWS has.
const UNREAD: &str =
    "the response cannot be read: check that the endpoint is AWS's, or stands in for it";

/// Returns whether every other request with the same credentials would fail as well.
pub(crate) fn is_about_credentials(code: &str) -> bool {
    EXPIRED.contains(&code) || UNKNOWN.contains(&code)
}

/// Says why a request failed. `request` begins with the action, as a policy of IAM writes it: `events:ListRules of own`.
pub(crate) fn sentence<E, R>(request: &str, error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug + 'static,
{
    let why = match error {
        SdkError::ServiceError(_) => {
            let action = request.split(' ').next().unwrap_or(request);
            refused(
                action,
                error.code().unwrap_or_default(),
                error.message().unwrap_or_default(),
            )
        }
        SdkError::ResponseError(_) => UNREAD.to_owned(),
        SdkError::TimeoutError(_) => "there was no response in time: try again".to_owned(),
        other => unsent(other),
    };
    format!("{request} failed: {why}")
}

/// A request that a service refused, with its code and message.
fn refused(action: &str, code: &str, message: &str) -> String {
    let said = match (code, message) {
        // The page of a proxy, for example.
        ("", "") => UNREAD.to_owned(),
        (code, "") => code.to_owned(),
        ("", message) => message.to_owned(),
        (code, message) => format!("{code}: {message}"),
    };
    let said = said.trim_end_matches('.');
    if EXPIRED.contains(&code) {
        format!("the AWS credentials have expired ({said}): renew them")
    } else if UNKNOWN.contains(&code) {
        format!(
            "AWS does not accept these credentials ({said}): check the access key, the profile and the clock"
        )
    } else if DENIED.contains(&code) {
        format!(
            "these credentials may not call `{action}` ({said}): allow that action in their policy"
        )
    } else if THROTTLED.contains(&code) {
        format!("AWS had too many requests ({said}): try again in a minute")
    } else {
        said.to_owned()
    }
}

/// A request that no service has answered.
fn unsent<E, R>(error: &SdkError<E, R>) -> String
where
    E: Error + 'static,
    R: std::fmt::Debug + 'static,
{
    let chain = causes(error);
    let credentials = chain.iter().find_map(|error| error.downcast_ref());
    if let Some(error) = credentials {
        return lacks_credentials(error);
    }
    let deepest = chain.last().map(|error| plain(&error.to_string()));
    let deepest = deepest.unwrap_or_else(|| plain(&error.to_string()));
    let is_a_name = chain.iter().any(|error| error.to_string() == "dns error");
    // The deepest: an I/O error may wrap another.
    let io = chain.iter().rev().find_map(|error| error.downcast_ref());
    let why = match io.map(io::Error::kind) {
        _ if is_a_name => "its host name leads nowhere".to_owned(),
        Some(io::ErrorKind::ConnectionRefused) => "nothing listens at its address".to_owned(),
        _ => deepest,
    };
    let is_connection = matches!(error, SdkError::DispatchFailure(failure) if failure.is_io() || failure.is_timeout());
    if is_connection || is_a_name {
        format!(
            "the service cannot be reached ({why}): check the network, the region and the endpoint"
        )
    } else {
        why
    }
}

fn lacks_credentials(error: &CredentialsError) -> String {
    if matches!(error, CredentialsError::CredentialsNotLoaded(_)) {
        return "there are no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE to a profile \
                that has some"
            .to_owned();
    }
    let chain = causes(error);
    let why: Vec<String> = chain
        .iter()
        .map(|error| plain(&error.to_string()))
        .collect();
    let why = match why.as_slice() {
        [] => plain(&error.to_string()),
        why => why.join(": "),
    };
    // The SDK's words for what was not compiled in, which is most of what it could do.
    if why.contains("cargo feature") {
        return "this kind of profile needs another program: sign in with the AWS CLI, then hand its credentials on with \
                `eval \"$(aws configure export-credentials --format env)\"`"
            .to_owned();
    }
    format!("the AWS credentials cannot be loaded ({why}): check the profile, or sign in again")
}

/// The errors that led to one, the nearest first.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> Vec<&'e (dyn Error + 'static)> {
    std::iter::successors(error.source(), |error: &&'e (dyn Error + 'static)| {
        (*error).source()
    })
    .collect()
}

/// Takes line breaks and the number of the operating system out of a text.
fn plain(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.rsplit_once(" (os error ") {
        Some((text, _)) => text.to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_to_do() {
        let cases = [
            (
                "ExpiredTokenException",
                "The security token is expired.",
                "the AWS credentials have expired (ExpiredTokenException: The security token is expired): renew them",
            ),
            (
                "UnrecognizedClientException",
                "",
                "AWS does not accept these credentials (UnrecognizedClientException): check the access key, the profile and the clock",
            ),
            (
                "AccessDeniedException",
                "User: u is not authorized",
                "these credentials may not call `events:PutEvents` (AccessDeniedException: User: u is not authorized): allow that action in their policy",
            ),
            (
                "ThrottlingException",
                "Rate exceeded",
                "AWS had too many requests (ThrottlingException: Rate exceeded): try again in a minute",
            ),
            ("ValidationException", "no", "ValidationException: no"),
            ("", "", UNREAD),
        ];
        for (code, message, expected) in cases {
            assert_eq!(refused("events:PutEvents", code, message), expected);
        }
    }

    #[test]
    fn texts_stay_on_one_line_without_numbers_of_the_system() {
        assert_eq!(plain("refused (os error 111)"), "refused");
        assert_eq!(plain("a\n  b"), "a b");
    }
}
