//! Guards the bus: only programs on this machine and its own page in a browser may speak to it.
//!
//! Another site's web page can make a browser send requests to loopback, but it cannot hide that. The browser says in
//! `Origin` and `Sec-Fetch-Site` where a request comes from. `Host` has the name that the page used: a foreign one if
//! somebody's DNS points to this machine.

use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::answer::refuse;
use crate::refusal::Refusal;

/// Refuses requests that do not come from this machine.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    match objection(request.headers()) {
        None => next.run(request).await,
        Some(message) => (StatusCode::FORBIDDEN, format!("{message}\n")).into_response(),
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
        Some(origin) => !origin.strip_prefix("http://").is_some_and(is_loopback),
        // A simple GET has no `Origin`. Browsers send this header with it.
        None => text(header::HeaderName::from_static("sec-fetch-site")) == Some("cross-site"),
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

/// Refuses a request for a path that the bus does not have.
pub(super) async fn no_such_path(request: Request) -> Response {
    let message = format!(
        "the local bus has no {} {}",
        request.method(),
        request.uri().path()
    );
    refuse(
        StatusCode::NOT_FOUND,
        &Refusal::new("UnknownOperationException", message),
    )
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
        assert!(objects(&[
            ("host", "localhost:1"),
            ("sec-fetch-site", "cross-site")
        ]));
        assert!(objects(&[]));
    }
}
