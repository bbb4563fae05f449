//! The page's files, served from memory.

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// The address, the kind and the text of each file.
const FILES: [(&str, &str, &str); 14] = [
    ("/_/", "text/html", include_str!("page.html")),
    ("/_/page.css", "text/css", include_str!("page.css")),
    ("/_/run.css", "text/css", include_str!("run.css")),
    ("/_/page.js", SCRIPT, include_str!("page.js")),
    ("/_/address.js", SCRIPT, include_str!("address.js")),
    ("/_/dom.js", SCRIPT, include_str!("dom.js")),
    ("/_/keys.js", SCRIPT, include_str!("keys.js")),
    ("/_/list.js", SCRIPT, include_str!("list.js")),
    ("/_/picture.js", SCRIPT, include_str!("picture.js")),
    ("/_/publish.js", SCRIPT, include_str!("publish.js")),
    ("/_/queues.js", SCRIPT, include_str!("queues.js")),
    ("/_/run.js", SCRIPT, include_str!("run.js")),
    ("/_/trace.js", SCRIPT, include_str!("trace.js")),
    ("/_/tree.js", SCRIPT, include_str!("tree.js")),
];

const SCRIPT: &str = "text/javascript";

/// Adds a route for each file.
pub(super) fn add_to<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    FILES
        .into_iter()
        .fold(router, |router, (address, kind, text)| {
            router.route(address, get(async move || file(kind, text)))
        })
}

fn file(kind: &str, text: &'static str) -> Response {
    let kind = format!("{kind}; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
