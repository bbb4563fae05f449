//! The database's URL in a secret that is rotated while the function is warm.

use serde_json::json;

use crate::aws::{Function, Secret, seed};
use crate::postgres::{PASSWORD, Server, USER};
use crate::{SIGNUP, report};

/// Writes a secret as RDS keeps it.
fn kept(server: &Server, password: &str) -> String {
    json!({
        "engine": "postgres",
        "host": "127.0.0.1",
        "port": server.port(),
        "username": USER,
        "password": password,
        "dbname": "postgres",
    })
    .to_string()
}

#[tokio::test]
async fn a_password_that_is_rotated_is_read_again_and_the_run_succeeds() {
    let Some(server) = Server::start() else {
        return;
    };
    seed(&server.url()).await;
    let secret = Secret::default();
    secret.lock().unwrap().0 = kept(&server, PASSWORD);
    let mut function = Function::start_with_secret(secret.clone()).await;
    for _ in 0..2 {
        assert_eq!(report(function.invoke(SIGNUP).await)["emitted"], 1);
    }
    assert_eq!(secret.lock().unwrap().1, 1, "a warm function keeps it");
    server.sql(
        PASSWORD,
        "ALTER ROLE spendsense PASSWORD 'the next one'; SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE application_name LIKE 'spendsense%'",
    );
    secret.lock().unwrap().0 = kept(&server, "the next one");
    assert_eq!(report(function.invoke(SIGNUP).await)["emitted"], 1);
    assert_eq!(secret.lock().unwrap().1, 2);
}
