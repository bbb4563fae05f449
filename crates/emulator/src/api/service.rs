//! Finds out which of AWS's services a request is for.

use axum::http::{HeaderMap, header};

/// Returns the parts of the credential that a request is signed with: access key, date, region, service.
fn credential(headers: &HeaderMap) -> Option<[&str; 4]> {
    let authorization = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let credential = authorization.split("Credential=").nth(1)?;
    let mut parts = credential.split('/');
    Some([parts.next()?, parts.next()?, parts.next()?, parts.next()?])
}

/// Returns the service that a request is signed for: `sqs`, `scheduler`. Nobody checks the signature.
pub(super) fn signed_service(headers: &HeaderMap) -> Option<&str> {
    credential(headers).map(|[_, _, _, service]| service)
}

/// Returns the access key that a request is signed with. It tells which process sent the request.
pub(super) fn access_key(headers: &HeaderMap) -> Option<&str> {
    credential(headers).map(|[key, ..]| key)
}
