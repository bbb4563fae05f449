//! Requests to `codegen dev`, which serves a bus on this machine.

use anyhow::{Context, bail};
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::header::HOST;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use serde_json::Value;
use tokio::net::TcpStream;

/// The state of a bus that `codegen dev` serves.
pub(crate) struct State {
    /// Where it is.
    pub(crate) endpoint: String,
    /// The number of the next record of its trace.
    pub(crate) sequence: u64,
    /// The time by its clock, which may be ahead.
    pub(crate) now: Timestamp,
}

/// Asks an endpoint for its state; nothing if `codegen dev` does not serve it.
pub(crate) async fn state(endpoint: Option<&str>) -> Option<State> {
    let endpoint = endpoint?.trim_end_matches('/').to_owned();
    let answer = get(&endpoint, "/_/state").await.ok()?;
    let state: Value = serde_json::from_str(&answer.body).ok()?;
    Some(State {
        sequence: state["sequence"].as_u64()?,
        now: state["now"].as_str()?.parse().ok()?,
        endpoint,
    })
}

/// A response: the header `x-next` as a number, and the body.
pub(crate) struct Answer {
    pub(crate) next: Option<u64>,
    pub(crate) body: String,
}

/// Asks for a path below an endpoint `http://host:port`.
///
/// # Errors
/// A program that cannot be reached, or a response that is not a success.
pub(crate) async fn get(endpoint: &str, path: &str) -> anyhow::Result<Answer> {
    let authority = endpoint
        .strip_prefix("http://")
        .context("not an http:// address")?;
    let authority = authority.trim_end_matches('/');
    let stream = TcpStream::connect(authority).await?;
    let (mut client, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // The connection ends with the response.
    tokio::spawn(connection);
    let request = Request::get(path)
        .header(HOST, authority)
        .body(Empty::<Bytes>::new())?;
    let response = client.send_request(request).await?;
    if response.status() != StatusCode::OK {
        bail!("{endpoint}{path} returns {}", response.status());
    }
    let next = response
        .headers()
        .get("x-next")
        .and_then(|next| next.to_str().ok()?.parse().ok());
    let body = response.into_body().collect().await?.to_bytes();
    Ok(Answer {
        next,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}
