//! Accepts connections, a limited number at a time and with time limits.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// The most connections at a time. More have to wait.
const CONNECTIONS: usize = 1_024;

/// The longest time until a client has sent the head of a request.
const HEAD: Duration = Duration::from_mins(1);

/// Serves until the task is aborted. The connections end with it.
pub(crate) async fn serve(listener: TcpListener, router: Router) {
    // The guard has a limit of its own, and says it in AWS's words.
    let router = router.layer(DefaultBodyLimit::disable());
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        // Taken before a connection is accepted: clients beyond the limit wait in the listener's queue.
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
            return;
        };
        // Without this, the set would keep every connection that has ended.
        while connections.try_join_next().is_some() {}
        // Accepting fails if a client goes away first. The next one must still be served.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::task::yield_now().await;
            continue;
        };
        // Responses are small, and somebody waits for each: TCP must not hold them back to fill a packet.
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        connections.spawn(async move {
            let mut http = http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(HEAD);
            // A client may go away at any time, which is no error of the bus.
            let _ = http.serve_connection(TokioIo::new(stream), service).await;
            drop(slot);
        });
    }
}
