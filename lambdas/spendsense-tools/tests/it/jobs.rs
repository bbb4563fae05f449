//! Tests of what the jobs promise, on SQLite and on PostgreSQL.

use jiff::{Timestamp, ToSpan};
use job::Shard;
use serde_json::{Value, json};
use spendsense::store::{Statement, Writes, instant};

use crate::databases::{Database, Job, LONG, both, noon, sqlite};

fn rows(found: &Value, of: &str) -> usize {
    found[of].as_array().unwrap().len()
}

#[tokio::test]
async fn both_databases_have_the_same_results() {
    let mut results = Vec::new();
    for database in both().await {
        let ids = database.seed(240).await;
        database.day().await;
        let found = database.findings(&ids).await;
        for of in &found {
            let consents = rows(of, "consents") > 0 && of["consents"][0]["revoked_at"].is_null();
            let expected = if consents { (12, 3) } else { (0, 0) };
            assert_eq!((rows(of, "features"), rows(of, "personas")), expected);
            assert_eq!(rows(of, "errors"), 0, "{}: {of:#}", database.name);
        }
        results.push(found);
    }
    for other in results.windows(2) {
        for (one, other) in other[0].iter().zip(&other[1]) {
            assert_eq!(one, other);
        }
    }
}

#[tokio::test]
async fn running_anything_twice_changes_nothing() {
    for database in both().await {
        let ids = database.seed(24).await;
        database.day().await;
        let once = database.findings(&ids).await;
        database.day().await;
        for id in &ids {
            for job in Job::ALL {
                database.one(job, id, noon()).await.unwrap();
            }
        }
        assert_eq!(database.findings(&ids).await, once, "{}", database.name);
    }
}

/// A purchase on somebody's checking account.
fn purchase(user_id: &str, id: &str, day: &str, cents: i64, merchant: &str, writes: &mut Writes) {
    let account_id = format!("{user_id}/checking");
    let (category, channel) = ("purchase", "card");
    let row = (
        user_id, day, id, account_id, cents, category, channel, "TEXT", merchant, 0,
    );
    writes.push(Statement::Transactions, &row);
}

#[tokio::test]
async fn a_transaction_that_comes_again_counts_once_and_the_last_one_stands() {
    for database in both().await {
        let ids = database.seed(1).await;
        let before = database.findings(&ids).await;
        let count = before[0]["transactions"].as_u64().unwrap();
        for days in [&["2026-06-01", "2026-06-02"][..], &["2026-06-03"]] {
            let mut writes = Writes::default();
            for day in days {
                purchase(&ids[0], "again", day, 12_345, "Shop", &mut writes);
            }
            database.store.write(&writes).await.unwrap();
            let found = database.findings(&ids).await;
            assert_eq!(found[0]["transactions"], count + 1, "{}", database.name);
        }
        database.one(Job::Compute, &ids[0], noon()).await.unwrap();
        let twice = database.findings(&ids).await;
        database.store.delete_user(&ids[0]).await.unwrap();
        database.seed(1).await;
        let mut writes = Writes::default();
        purchase(&ids[0], "again", "2026-06-03", 12_345, "Shop", &mut writes);
        database.store.write(&writes).await.unwrap();
        database.one(Job::Compute, &ids[0], noon()).await.unwrap();
        assert_eq!(database.findings(&ids).await, twice, "{}", database.name);
    }
}

#[tokio::test]
async fn whatever_is_in_a_merchants_name_it_is_read_as_it_is() {
    const NAMES: [&str; 5] = [
        "1 2 3",
        "a\n2026-06-30 1 purchase card 1 1 a b",
        "ΟΔΟΣ 🍕",
        "\u{1}\u{1f}\u{7f}",
        "'\"\\,;|",
    ];
    for database in both().await {
        let ids = database.seed(1).await;
        let mut writes = Writes::default();
        for (name, merchant) in NAMES.iter().enumerate() {
            for day in ["2026-04-20", "2026-05-20", "2026-06-20"] {
                let id = format!("{name} {day}");
                purchase(&ids[0], &id, day, 777, merchant, &mut writes);
            }
        }
        database.store.write(&writes).await.unwrap();
        database.one(Job::Compute, &ids[0], noon()).await.unwrap();
        let found = database.findings(&ids).await;
        let features = found[0]["features"].as_array().unwrap();
        let of = features.iter().find(|of| of["signal"] == "subscriptions");
        let merchants = of.unwrap()["value"]["merchants"].as_array().unwrap();
        for name in NAMES {
            let expected = Value::from(name.trim().to_lowercase());
            assert!(merchants.contains(&expected), "{expected} in {merchants:?}");
        }
    }
}

#[tokio::test]
async fn an_older_event_never_takes_the_place_of_a_newer_result() {
    for database in both().await {
        let ids = database.seed(5).await;
        for id in &ids {
            for job in Job::ALL {
                database.one(job, id, noon()).await.unwrap();
            }
        }
        let newest = database.findings(&ids).await;
        for id in &ids {
            for job in Job::ALL {
                let earlier = noon() - 480.hours();
                database.one(job, id, earlier).await.unwrap();
            }
        }
        assert_eq!(database.findings(&ids).await, newest, "{}", database.name);
    }
}

#[tokio::test]
async fn shards_together_do_what_one_run_does() {
    let (whole, parts) = (sqlite().await, sqlite().await);
    let ids = whole.seed(150).await;
    parts.seed(150).await;
    whole.day().await;
    for job in Job::ALL {
        for index in (0..4).rev() {
            let shard = Shard::new(index, 4).unwrap();
            parts.everybody(job, shard, LONG).await.unwrap();
        }
    }
    assert_eq!(parts.findings(&ids).await, whole.findings(&ids).await);
}

/// Gives a user features that cannot be read.
async fn spoil(database: &Database, user_id: &str) {
    let mut writes = Writes::default();
    let row = (user_id, 30, instant(noon()), json!({ "credit": "spoilt" }));
    writes.push(Statement::Features, &row);
    database.store.write(&writes).await.unwrap();
}

#[tokio::test]
async fn bad_data_of_one_user_is_that_users_error_until_it_is_mended() {
    for database in both().await {
        let ids = database.seed(8).await;
        database
            .everybody(Job::Compute, Shard::WHOLE, LONG)
            .await
            .unwrap();
        let bad = ids.iter().find(|id| id.starts_with("savings")).unwrap();
        spoil(&database, bad).await;
        database
            .everybody(Job::Assign, Shard::WHOLE, LONG)
            .await
            .unwrap();
        for found in database.findings(&ids).await {
            let is_bad = found["user_id"] == bad.as_str();
            let consents = rows(&found, "features") > 0;
            assert_eq!(rows(&found, "errors"), usize::from(is_bad), "{found:#}");
            assert_eq!(rows(&found, "personas") > 0, consents && !is_bad);
            if is_bad {
                let error = &found["errors"][0];
                assert_eq!(error["job"], "assign-persona");
                assert!(error["message"].as_str().unwrap().contains("spoilt"));
            }
        }
        // In a run for that user alone the run fails, so that Lambda tries it again and then keeps it.
        let alone = database.one(Job::Assign, bad, noon()).await;
        assert!(alone.unwrap_err().to_string().contains(bad.as_str()));
        database.one(Job::Compute, bad, noon()).await.unwrap();
        assert_eq!(database.one(Job::Assign, bad, noon()).await.unwrap(), 1);
        let mended = &database.findings(std::slice::from_ref(bad)).await[0];
        assert_eq!((rows(mended, "errors"), rows(mended, "personas")), (0, 3));
    }
}

async fn consent(
    database: &Database,
    user_id: &str,
    granted: Timestamp,
    revoked: Option<Timestamp>,
) {
    let mut writes = Writes::default();
    let row = (user_id, instant(granted), revoked.map(instant));
    writes.push(Statement::Consents, &row);
    database.store.write(&writes).await.unwrap();
}

#[tokio::test]
async fn nothing_is_recommended_without_a_consent_in_force() {
    for database in both().await {
        let ids = database.seed(2).await;
        let id = &ids[0];
        let events = database.one(Job::Compute, id, noon()).await.unwrap();
        assert_eq!(events, 1);
        database.day().await;
        let found = &database.findings(&ids).await[0];
        assert!(rows(found, "recommendations") >= 5);
        let granted = found["consents"][0]["granted_at"].as_str().unwrap();
        // The consent is withdrawn: the next run deletes the recommendations, and emits nothing.
        let now = Timestamp::now();
        consent(&database, id, granted.parse().unwrap(), Some(now)).await;
        for job in Job::ALL {
            assert_eq!(database.one(job, id, noon()).await.unwrap(), 0);
        }
        let found = &database.findings(&ids).await[0];
        assert_eq!(rows(found, "recommendations"), 0, "{}", database.name);
        assert!(found["decision_trace"].is_null());
        // A consent that begins in the future is not in force; one that has begun is.
        consent(&database, id, now + 1.hour(), None).await;
        assert_eq!(database.one(Job::Compute, id, noon()).await.unwrap(), 0);
        consent(&database, id, now, None).await;
        assert_eq!(database.one(Job::Compute, id, noon()).await.unwrap(), 1);
        let other = &database.findings(&ids).await[1];
        assert!(rows(other, "recommendations") >= 5);
    }
}

#[tokio::test]
async fn a_deleted_user_leaves_nothing_and_is_not_brought_back_by_a_run() {
    for database in both().await {
        let ids = database.seed(3).await;
        database.day().await;
        database.store.delete_user(&ids[0]).await.unwrap();
        assert_eq!(database.store.findings(&ids[0]).await.unwrap(), None);
        let gone = database.one(Job::Assign, &ids[0], noon()).await;
        assert!(gone.unwrap_err().to_string().contains("no profile"));
        database.day().await;
        assert_eq!(database.store.findings(&ids[0]).await.unwrap(), None);
        assert_eq!(database.findings(&ids[1..]).await.len(), 2);
    }
}
