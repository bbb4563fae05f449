//! A request to a program on this machine.

use anyhow::{Context, bail};
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::header::HOST;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A response: the header `x-next` as a number, and the body.
pub(super) struct Answer {
    pub(super) next: Option<u64>,
    pub(super) body: String,
}

/// Asks for a path below an endpoint `http://host:port`.
///
/// # Errors
/// A program that cannot be reached, or a response that is not a success.
pub(super) async fn get(endpoint: &str, path: &str) -> anyhow::Result<Answer> {
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
