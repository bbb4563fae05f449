//! Tests of connections: through a proxy, and what is said if there is none.

use std::time::{Duration, Instant};

use job::Shard;
use spendsense::store::Store;
use tokio::net::TcpListener;

use crate::databases::{Database, Job, LONG, noon, sqlite};
use crate::pgbouncer::PgBouncer;
use crate::postgres::{PASSWORD, Server, url_at};

/// The time that the functions of these tests have.
const LIMIT: Duration = Duration::from_secs(8);

#[tokio::test]
async fn everything_works_through_a_proxy_that_pools_by_transaction() {
    let Some(server) = Server::start() else {
        return;
    };
    let Some(proxy) = PgBouncer::start(&server) else {
        return;
    };
    // Tables are made over a connection of one's own.
    spendsense_tools::migrated(&server.url()).await.unwrap();
    // What a role is set to changes nothing.
    server.sql(
        PASSWORD,
        "ALTER ROLE spendsense SET datestyle = 'German'; ALTER ROLE spendsense SET timezone = 'Asia/Tokyo'",
    );
    let store = Store::open(&proxy.url("postgres")).unwrap();
    store.check().await.unwrap();
    let database = Database::on("PgBouncer", store);
    let ids = database.seed(60).await;
    // Two more clients make the proxy change connections between transactions.
    let others =
        [(); 2].map(|()| Database::on("other", Store::open(&proxy.url("postgres")).unwrap()));
    let (one, other) = tokio::join!(
        others[0].everybody(Job::Compute, Shard::WHOLE, LONG),
        async {
            for id in &ids {
                others[1].one(Job::Compute, id, noon()).await.unwrap();
            }
        }
    );
    let ((), _) = (other, one.unwrap());
    database.day().await;
    let quiet = sqlite().await;
    quiet.seed(60).await;
    quiet.day().await;
    assert_eq!(database.findings(&ids).await, quiet.findings(&ids).await);
}

/// Runs a job for one user, and returns the error with its causes and the time until it came.
async fn error_of(url: &str) -> (String, Duration) {
    let database = Database::on("none", Store::open(url).unwrap());
    let begin = Instant::now();
    let run = database.one_within(Job::Compute, "u-1", noon(), LIMIT);
    let error = run.await.unwrap_err();
    let took = begin.elapsed();
    assert!(took < LIMIT, "{took:?}: {error}");
    (in_full(error.as_ref()), took)
}

fn in_full(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[tokio::test]
async fn what_the_server_says_is_the_error_and_comes_at_once() {
    let Some(server) = Server::start() else {
        return;
    };
    spendsense_tools::migrated(&server.url()).await.unwrap();
    server.sql(
        PASSWORD,
        "CREATE ROLE poor LOGIN PASSWORD 'poor'; CREATE ROLE one LOGIN PASSWORD 'one' CONNECTION LIMIT 1; \
         GRANT ALL ON ALL TABLES IN SCHEMA public TO one",
    );
    let of = |user: &str| {
        format!(
            "postgres://{user}:{user}@127.0.0.1:{}/postgres",
            server.port()
        )
    };
    let taken = Store::open(&of("one")).unwrap();
    taken.check().await.unwrap();
    for (url, expected) in [
        (
            url_at(server.port(), "nope"),
            "database \"nope\" does not exist",
        ),
        (
            of("nobody"),
            "password authentication failed for user \"nobody\"",
        ),
        (of("one"), "too many connections for role \"one\""),
    ] {
        let (error, took) = error_of(&url).await;
        let expected = format!("cannot connect to 127.0.0.1:{}: {expected}", server.port());
        assert_eq!(error, expected);
        assert!(took < LIMIT / 2, "{took:?}: {error}");
        // Nor is it taken for tables that are not there.
        let check = Store::open(&url).unwrap().check().await;
        assert_eq!(check.unwrap_err().to_string(), expected);
    }
    let poor = Store::open(&of("poor")).unwrap().check().await;
    let error = in_full(&poor.unwrap_err());
    assert!(
        error.contains("permission denied for table _sqlx_migrations"),
        "{error}"
    );
    let (error, _) = error_of(&of("poor")).await;
    assert!(error.contains("permission denied for table"), "{error}");
}

#[tokio::test]
async fn a_database_that_is_not_there_or_does_not_answer_is_an_error_before_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (error, _) = error_of(&url_at(port, "postgres")).await;
    let expected = format!("the run waits for a connection to 127.0.0.1:{port}");
    assert!(error.ends_with(&expected), "{error}");
    drop(listener);
    let (error, _) = error_of(&url_at(port, "postgres")).await;
    let expected = format!("cannot connect to 127.0.0.1:{port}: Connection refused");
    assert!(error.starts_with(&expected), "{error}");
}

#[tokio::test]
async fn a_network_that_freezes_between_two_events_is_an_error_before_the_deadline() {
    let Some(server) = Server::start() else {
        return;
    };
    let Some(proxy) = PgBouncer::start(&server) else {
        return;
    };
    spendsense_tools::migrated(&server.url()).await.unwrap();
    let database = Database::on("PgBouncer", Store::open(&proxy.url("postgres")).unwrap());
    let ids = database.seed(1).await;
    let run = |database| one_within(database, &ids[0]);
    run(&database).await.unwrap();
    proxy.freeze();
    let begin = Instant::now();
    let error = run(&database).await.unwrap_err().to_string();
    assert!(begin.elapsed() < LIMIT, "{error}");
    assert!(error.contains("the run waits for"), "{error}");
}

async fn one_within(database: &Database, id: &str) -> Result<usize, job::Error> {
    database.one_within(Job::Compute, id, noon(), LIMIT).await
}
