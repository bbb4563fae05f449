//! Calls of a URL, as EventBridge makes them for an
//! [API destination](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html).

use std::time::Duration;

use axum::body::Bytes;
use http::header::{
    ACCEPT_ENCODING, CONNECTION, CONTENT_TYPE, HOST, RANGE, RETRY_AFTER, USER_AGENT,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::config::HttpCall;
use crate::refusal::Refusal;

/// The longest time until the response.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The longest response that is read, in bytes.
const RESPONSE: usize = 1 << 20;

/// What EventBridge says of itself in every call.
const FIXED: [(HeaderName, HeaderValue); 4] = [
    (
        USER_AGENT,
        HeaderValue::from_static("Amazon/EventBridge/ApiDestinations"),
    ),
    (RANGE, HeaderValue::from_static("bytes=0-1048575")),
    (ACCEPT_ENCODING, HeaderValue::from_static("gzip,deflate")),
    (CONNECTION, HeaderValue::from_static("close")),
];

/// A call, with every part checked.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    authority: String,
    path: String,
    method: Method,
    headers: HeaderMap,
}

/// A call that failed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failed {
    pub(crate) refusal: Refusal,
    /// Whether EventBridge calls again.
    pub(crate) is_retried: bool,
    /// Whether the call was not signed in.
    pub(crate) is_unauthorized: bool,
    /// The least time until the next call, if the response says one.
    pub(crate) wait: Option<Duration>,
}

impl Call {
    /// Checks the parts of a call.
    ///
    /// # Errors
    /// A URL that is not `http://…`, a method that EventBridge does not take, or a header that is none.
    pub(crate) fn new(call: &HttpCall) -> anyhow::Result<Self> {
        let HttpCall {
            name: _,
            method,
            url,
            headers,
        } = call;
        let uri: Uri = url.parse()?;
        let authority = uri.authority().filter(|_| uri.scheme_str() == Some("http"));
        let authority = authority.ok_or_else(|| {
            anyhow::anyhow!("{url} is not http://…, and the local bus speaks nothing else")
        })?;
        let method: Method = method.parse()?;
        anyhow::ensure!(
            !matches!(method, Method::CONNECT | Method::TRACE),
            "EventBridge does not call with {method}"
        );
        let json = HeaderValue::from_static("application/json; charset=utf-8");
        let mut all = HeaderMap::from_iter([(CONTENT_TYPE, json)]);
        for (name, value) in headers {
            all.insert(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
        }
        // Last: nobody can give these another value.
        for (name, value) in FIXED {
            all.insert(name, value);
        }
        all.insert(HOST, HeaderValue::try_from(authority.as_str())?);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(Self {
            authority: match authority.port() {
                Some(_) => authority.to_string(),
                None => format!("{authority}:80"),
            },
            path: path.to_owned(),
            method,
            headers: all,
        })
    }

    /// Makes the call with a body.
    pub(crate) async fn make(&self, body: &str) -> Result<(), Failed> {
        match tokio::time::timeout(TIMEOUT, self.answer(body)).await {
            Ok(Ok((status, headers, _))) => judge(status, &headers),
            Ok(Err(error)) => Err(unreachable(&error)),
            Err(_) => Err(timed_out()),
        }
    }

    /// Makes the call with a body, and returns the body of the response.
    pub(crate) async fn fetch(&self, body: &str) -> Result<Bytes, Failed> {
        let fetched = async {
            let (status, headers, body) = self.answer(body).await.map_err(|e| unreachable(&e))?;
            judge(status, &headers)?;
            let body = Limited::new(body, RESPONSE).collect().await;
            let body = body.map_err(|error| unreachable(&anyhow::anyhow!(error)))?;
            Ok(body.to_bytes())
        };
        tokio::time::timeout(TIMEOUT, fetched)
            .await
            .unwrap_or_else(|_| Err(timed_out()))
    }

    async fn answer(&self, body: &str) -> anyhow::Result<(StatusCode, HeaderMap, Incoming)> {
        let stream = TcpStream::connect(&self.authority).await?;
        let (mut client, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        // The connection ends with the response.
        tokio::spawn(connection);
        let body = Full::new(Bytes::copy_from_slice(body.as_bytes()));
        let mut request = Request::new(body);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.path.parse()?;
        *request.headers_mut() = self.headers.clone();
        let (head, body) = client.send_request(request).await?.into_parts();
        Ok((head.status, head.headers, body))
    }
}

fn unreachable(error: &anyhow::Error) -> Failed {
    Failed {
        refusal: Refusal::new("CONNECTION_FAILURE", error.to_string()),
        is_retried: true,
        is_unauthorized: false,
        wait: None,
    }
}

fn timed_out() -> Failed {
    let message = format!("no response within {} seconds", TIMEOUT.as_secs());
    Failed {
        refusal: Refusal::new("TIMEOUT", message),
        is_retried: true,
        is_unauthorized: false,
        wait: None,
    }
}

/// Decides what a response means. EventBridge calls again after
/// [some responses](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html#eb-api-destination-error-codes)
/// only.
fn judge(status: StatusCode, headers: &HeaderMap) -> Result<(), Failed> {
    if status.is_success() {
        return Ok(());
    }
    let is_retried = status.is_server_error() || matches!(status.as_u16(), 401 | 407 | 409 | 429);
    let after = headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse::<i64>().ok());
    let refusal = if status == StatusCode::TOO_MANY_REQUESTS {
        Refusal::throttled()
    } else {
        Refusal::new("ERROR_FROM_TARGET", format!("the response is {status}"))
    };
    Err(Failed {
        refusal,
        is_unauthorized: matches!(status.as_u16(), 401 | 407),
        // A negative wait asks EventBridge to stop.
        is_retried: is_retried && after.is_none_or(|after| after >= 0),
        wait: after
            .and_then(|after| u64::try_from(after).ok())
            .map(Duration::from_secs),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_some_responses_are_asked_for_again() {
        let judged = |status: u16, after: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.extend(after.map(|after| (RETRY_AFTER, HeaderValue::from_static(after))));
            judge(StatusCode::from_u16(status).unwrap(), &headers)
                .map_err(|failed| (failed.is_retried, failed.wait))
        };
        assert_eq!(judged(200, None), Ok(()));
        assert_eq!(judged(204, None), Ok(()));
        for status in [401, 407, 409, 429, 500, 503] {
            assert_eq!(judged(status, None), Err((true, None)), "{status}");
        }
        for status in [301, 400, 403, 404, 422] {
            assert_eq!(judged(status, None), Err((false, None)), "{status}");
        }
        let wait = Some(Duration::from_mins(2));
        assert_eq!(judged(503, Some("120")), Err((true, wait)));
        assert_eq!(judged(503, Some("-1")), Err((false, None)));
        assert_eq!(judged(503, Some("tomorrow")), Err((true, None)));
    }

    #[test]
    fn a_call_that_cannot_be_made_is_refused() {
        let call = |method: &str, url: &str, header: &str| {
            let headers = [(header.to_owned(), "v".to_owned())];
            Call::new(&HttpCall {
                name: "n".to_owned(),
                method: method.to_owned(),
                url: url.to_owned(),
                headers: headers.into(),
            })
        };
        let made = call("PUT", "http://127.0.0.1/a?b=c", "x-a").unwrap();
        assert_eq!(made.authority, "127.0.0.1:80");
        assert_eq!(made.path, "/a?b=c");
        for (method, url, header) in [
            ("POST", "https://127.0.0.1/", "x-a"),
            ("POST", "/a", "x-a"),
            ("TRACE", "http://127.0.0.1/", "x-a"),
            ("CONNECT", "http://127.0.0.1/", "x-a"),
            ("P T", "http://127.0.0.1/", "x-a"),
            ("POST", "http://127.0.0.1/", "x a"),
        ] {
            assert!(
                call(method, url, header).is_err(),
                "{method} {url} {header}"
            );
        }
    }
}
