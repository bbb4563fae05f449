//! Tests of the store of events that are done, on PostgreSQL through PgBouncer.

use std::time::Duration;

use job::{Begun, IdempotencyStore, PostgresStore};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::pgbouncer::PgBouncer;
use crate::postgres::{PASSWORD, Server};

const LEASE: Duration = Duration::from_mins(1);

async fn store(url: &str) -> PostgresStore {
    // PgBouncer knows no such parameter at the start of a connection.
    let options: PgConnectOptions = url.parse().unwrap();
    let options = options.extra_float_digits(None);
    let pool = PgPoolOptions::new().max_connections(8);
    PostgresStore::new(pool.connect_with(options).await.unwrap())
}

#[tokio::test]
async fn an_event_is_begun_once_and_then_it_is_done() {
    let Some(server) = Server::start() else {
        return;
    };
    server.sql(PASSWORD, PostgresStore::TABLE);
    let proxy = PgBouncer::start(&server);
    let url = proxy.as_ref().map(|proxy| proxy.url("postgres"));
    let store = store(&url.unwrap_or_else(|| server.url())).await;
    // Of all that begin at the same time, one does.
    let mut attempts = tokio::task::JoinSet::new();
    for _ in 0..24 {
        let store = store.clone();
        attempts.spawn(async move { store.begin("shop/bill/e-1", LEASE).await.unwrap() });
    }
    let begun = attempts.join_all().await;
    let count = |of: &Begun| begun.iter().filter(|begun| *begun == of).count();
    assert_eq!((count(&Begun::First), count(&Begun::Running)), (1, 23));
    store.done("shop/bill/e-1", "[1]").await.unwrap();
    store.done("shop/bill/e-1", "[2]").await.unwrap();
    let done = Begun::Done("[2]".to_owned());
    assert_eq!(store.begin("shop/bill/e-1", LEASE).await.unwrap(), done);
    // A run that failed, and one that never came back.
    for key in ["failed", "killed"] {
        let lease = if key == "killed" {
            Duration::ZERO
        } else {
            LEASE
        };
        assert_eq!(store.begin(key, lease).await.unwrap(), Begun::First);
    }
    store.forget("failed").await.unwrap();
    assert_eq!(store.begin("failed", LEASE).await.unwrap(), Begun::First);
    assert_eq!(store.begin("killed", LEASE).await.unwrap(), Begun::First);
    assert_eq!(store.begin("killed", LEASE).await.unwrap(), Begun::Running);
    // What is long done is new again, and goes.
    let late = "UPDATE event_runs SET lapses_at = now() - interval '1 s' WHERE key IN ('shop/bill/e-1', 'killed')";
    server.sql(PASSWORD, late);
    assert_eq!(
        store.begin("shop/bill/e-1", LEASE).await.unwrap(),
        Begun::First
    );
    assert_eq!(store.delete_lapsed().await.unwrap(), 1);
    let left = server.sql(PASSWORD, "SELECT key FROM event_runs ORDER BY key");
    assert_eq!(left, "failed\nshop/bill/e-1\n");
}
