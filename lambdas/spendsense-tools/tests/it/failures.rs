//! Tests of what one user, one lock or one lost connection does to a run over everybody, and of consents.

use std::time::{Duration, Instant};

use jiff::{Timestamp, ToSpan};
use job::Shard;
use serde_json::Value;
use spendsense::store::{Store, Withdrawal, Withdrawn};
use sqlx::{Connection, PgConnection};

use crate::databases::{Database, Job, LONG, both, names, noon};
use crate::postgres::{PASSWORD, Server};

/// A timeout after which a run stops at its first hundred users.
const SHORT: Duration = Duration::from_secs(2);

fn rows(found: &Value, of: &str) -> usize {
    found[of].as_array().unwrap().len()
}

/// Returns the ids of users who consent, in the order in which a run reaches them.
async fn consenting(database: &Database, ids: &[String]) -> Vec<String> {
    let found = database.findings(ids).await;
    let consents =
        |of: &&Value| rows(of, "consents") > 0 && of["consents"][0]["revoked_at"].is_null();
    let mut ids: Vec<String> = found
        .iter()
        .filter(consents)
        .map(|of| of["user_id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn who_is_deleted_or_withdraws_during_a_run_is_left_out_of_it() {
    for database in both().await {
        let ids = database.seed(150).await;
        let ids = consenting(&database, &ids).await;
        let [.., withdraws, product, deleted, last] = ids.as_slice() else {
            panic!("{ids:?}")
        };
        for job in &Job::ALL[..2] {
            database.everybody(*job, Shard::WHOLE, LONG).await.unwrap();
        }
        let told = database
            .everybody(Job::Recommend, Shard::WHOLE, SHORT)
            .await;
        let told = told.unwrap();
        assert_eq!(names(&told), ["daily.unfinished"]);
        database.store.delete_user(deleted).await.unwrap();
        database.store.withdraw(withdraws, None).await.unwrap();
        database.withdrawn(product, Timestamp::now()).await.unwrap();
        let told = database.goes_on(Job::Recommend, &told[0], LONG).await;
        assert_eq!(names(&told.unwrap()), ["daily.finished"]);
        let found = async |id: &String| database.findings(std::slice::from_ref(id)).await;
        for id in [withdraws, product] {
            for of in ["features", "personas", "recommendations", "errors"] {
                assert_eq!(rows(&found(id).await[0], of), 0, "{of} of {id}");
            }
        }
        assert!(rows(&found(last).await[0], "recommendations") >= 5);
        assert_eq!(database.store.findings(deleted).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_withdrawal_removes_what_the_policy_says_and_a_later_consent_stays() {
    for database in both().await {
        let ids = database.seed(1).await;
        database.day().await;
        let store = || async {
            let found = database.findings(&ids).await.remove(0);
            ["features", "personas", "recommendations"].map(|of| rows(&found, of) > 0)
        };
        assert_eq!(store().await, [true; 3], "{}", database.name);
        // The event of a withdrawal before the consent, which comes late.
        let early = "2000-01-01T00:00:00Z".parse().unwrap();
        database.withdrawn(&ids[0], early).await.unwrap();
        assert_eq!(store().await, [true; 3], "{}", database.name);
        database
            .withdrawn(&ids[0], Timestamp::now() + 1.hour())
            .await
            .unwrap();
        assert_eq!(store().await, [false; 3], "{}", database.name);
        assert_eq!(
            database.store.withdraw("nobody", None).await.unwrap(),
            Withdrawn::Nobody
        );
        let error = database.withdrawn("nobody", noon()).await.unwrap_err();
        assert!(
            error.to_string().contains("no profile has the id nobody"),
            "{error}"
        );
    }
    let server = Server::start();
    for url in server.iter().map(Server::url) {
        let store = spendsense_tools::migrated(&url).await.unwrap();
        let keeping = Database::on("kept", store.with_withdrawal(Withdrawal::Recommendations));
        let ids = keeping.seed(1).await;
        keeping.day().await;
        keeping.store.withdraw(&ids[0], None).await.unwrap();
        let found = &keeping.findings(&ids).await[0];
        assert_eq!(
            (rows(found, "features"), rows(found, "recommendations")),
            (12, 0)
        );
        assert!(found["decision_trace"].is_null());
    }
}

#[tokio::test]
async fn a_locked_user_is_set_aside_and_done_by_the_next_run() {
    let Some(server) = Server::start() else {
        return;
    };
    let store = spendsense_tools::migrated(&server.url()).await.unwrap();
    let database = Database::on("PostgreSQL", store);
    let ids = database.seed(60).await;
    let ids = consenting(&database, &ids).await;
    database
        .one(Job::Compute, &ids[9], noon() - 24.hours())
        .await
        .unwrap();
    // One user's profile, and a row of another one's features.
    let mut lock = PgConnection::connect(&server.url()).await.unwrap();
    for locking in [
        "BEGIN".to_owned(),
        format!(
            "SELECT 1 FROM profiles WHERE user_id = '{}' FOR UPDATE",
            ids[3]
        ),
        format!(
            "SELECT 1 FROM window_features WHERE user_id = '{}' FOR UPDATE",
            ids[9]
        ),
    ] {
        let locking = sqlx::AssertSqlSafe(locking);
        sqlx::raw_sql(locking).execute(&mut lock).await.unwrap();
    }
    let begin = Instant::now();
    let told = database.everybody(Job::Compute, Shard::WHOLE, LONG).await;
    assert_eq!(names(&told.unwrap()), ["daily.finished"]);
    assert!(begin.elapsed() < Duration::from_mins(1), "{begin:?}");
    for found in database.findings(&ids).await {
        let errors = found["errors"].to_string();
        if found["user_id"] == *ids[3] {
            assert_eq!(rows(&found, "features"), 0);
            assert!(
                errors.contains("another transaction holds the user's profile"),
                "{errors}"
            );
        } else if found["user_id"] == *ids[9] {
            assert!(
                errors.contains("canceling statement due to lock timeout"),
                "{errors}"
            );
        } else {
            assert_eq!((rows(&found, "features"), errors.as_str()), (12, "[]"));
        }
    }
    // The server sees only later that a connection is gone.
    sqlx::raw_sql("ROLLBACK").execute(&mut lock).await.unwrap();
    database
        .everybody(Job::Compute, Shard::WHOLE, LONG)
        .await
        .unwrap();
    for found in database.findings(&ids).await {
        assert_eq!(
            (rows(&found, "features"), rows(&found, "errors")),
            (12, 0),
            "{found}"
        );
    }
}

#[tokio::test]
async fn a_connection_that_the_server_drops_is_made_again() {
    let Some(server) = Server::start() else {
        return;
    };
    spendsense_tools::migrated(&server.url()).await.unwrap();
    let database = Database::on("PostgreSQL", Store::open(&server.url()).unwrap());
    let ids = database.seed(30).await;
    for job in Job::ALL {
        let told = database.everybody(job, Shard::WHOLE, LONG).await.unwrap();
        assert_eq!(names(&told), ["daily.finished"]);
        server.sql(
            PASSWORD,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'spendsense'",
        );
        // At once, so that the connection is not asked first whether it is alive.
        database.one(Job::Compute, &ids[0], noon()).await.unwrap();
    }
}
