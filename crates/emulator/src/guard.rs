//! Guards the bus: only programs on this machine and its own page in a browser may speak to it.
//!
//! Another site's web page can make a browser send requests to loopback, but it cannot hide that. The browser says in
//! `Origin` and `Sec-Fetch-Site` where a request comes from. `Host` has the name that the page used: a foreign one if
//! somebody's DNS points to this machine. A page of another port of this machine is another site, too.
//!
//! The guard also waits for the whole request, so that no handler has to: within limits of size and time.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};

use crate::refusal::Refusal;

/// The longest request in bytes: a synchronous invocation, which has the largest
/// [payload](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html) of all.
pub(crate) const BODY: usize = 6_291_556;

/// The longest time from a request's head to its end.
const BODY_TIME: Duration = Duration::from_secs(5);

/// Reads a request whole, and returns it.
///
/// # Errors
/// With a status and a refusal, a request that does not come from this machine, that is too long or does not end.
pub(crate) async fn admit(request: Request) -> Result<Request, (StatusCode, Refusal)> {
    let refuse = |status, code, message| Err((status, Refusal::new(code, message)));
    if let Some(message) = objection(request.headers()) {
        return refuse(StatusCode::FORBIDDEN, "AccessDeniedException", message);
    }
    let (head, body) = request.into_parts();
    match tokio::time::timeout(BODY_TIME, to_bytes(body, BODY)).await {
        Ok(Ok(body)) => Ok(Request::from_parts(head, Body::from(body))),
        Ok(Err(_)) => {
            let message = format!("Request must be smaller than {BODY} bytes");
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            refuse(status, "RequestEntityTooLargeException", message)
        }
        Err(_) => {
            let seconds = BODY_TIME.as_secs();
            let message = format!("the request did not end within {seconds} s");
            let status = StatusCode::REQUEST_TIMEOUT;
            refuse(status, "RequestTimeoutException", message)
        }
    }
}

fn objection(headers: &HeaderMap) -> Option<String> {
    let text = |name| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or_default())
    };
    let host = text(header::HOST).unwrap_or_default();
    if !is_loopback(host) {
        return Some(format!(
            "the local bus answers to 127.0.0.1 and localhost only, not to `{host}`"
        ));
    }
    let foreign = match text(header::ORIGIN) {
        Some(origin) => origin.strip_prefix("http://") != Some(host),
        // A simple GET has no `Origin`. Browsers send this header with it.
        None => matches!(
            text(header::HeaderName::from_static("sec-fetch-site")),
            Some("cross-site" | "same-site")
        ),
    };
    foreign.then(|| "the local bus takes no requests from other sites".to_owned())
}

/// Returns whether a host, with or without a port, is this machine.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        // `[::1]` has colons of its own: only digits after the last colon are a port.
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| {
            let name = header::HeaderName::from_static(name);
            (name, header::HeaderValue::from_static(value))
        });
        objection(&headers.collect()).is_some()
    }

    #[test]
    fn only_this_machine_and_its_own_page_may_ask() {
        for host in [
            "127.0.0.1:9010",
            "localhost",
            "localhost:1",
            "[::1]:9010",
            "[::1]",
        ] {
            assert!(!objects(&[("host", host)]), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:9010",
            "127.0.0.1.evil.example",
            "",
            "localhost:x",
            "10.0.0.1",
        ] {
            assert!(objects(&[("host", host)]), "{host}");
        }
        assert!(!objects(&[
            ("host", "localhost:1"),
            ("origin", "http://localhost:1")
        ]));
        assert!(objects(&[
            ("host", "localhost:1"),
            ("origin", "https://evil.example")
        ]));
        assert!(objects(&[("host", "localhost:1"), ("origin", "null")]));
        for site in ["cross-site", "same-site"] {
            assert!(objects(&[
                ("host", "localhost:1"),
                ("sec-fetch-site", site)
            ]));
        }
        // A page that another program serves on this machine.
        assert!(objects(&[
            ("host", "localhost:1"),
            ("origin", "http://localhost:2")
        ]));
        assert!(objects(&[]));
    }
}
