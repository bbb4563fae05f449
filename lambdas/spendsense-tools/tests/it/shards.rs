//! Tests of what a shard reads, and of how long anybody waits.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{Timestamp, ToSpan};
use job::Shard;
use serde_json::Value;
use spendsense::store::{Statement, Writes, instant};

use crate::databases::{Database, Job, LONG, both, names, noon, sqlite};
use crate::postgres::{PASSWORD, Server};

/// A timeout after which a run stops at its first hundred users.
const SHORT: Duration = Duration::from_secs(2);

/// Puts people in who consent and have no accounts. Returns their ids in order.
async fn strangers(database: &Database, number: usize) -> Vec<String> {
    let mut writes = Writes::default();
    let ids: Vec<String> = (0..number).map(|number| format!("u-{number:06}")).collect();
    for id in &ids {
        writes.push(Statement::Profiles, &(id, "Nobody", None::<&str>));
        let granted = instant(noon() - 24.hours());
        writes.push(Statement::Consents, &(id, granted, None::<&str>));
    }
    database.store.write(&writes).await.unwrap();
    ids
}

#[tokio::test]
async fn a_shard_reads_its_own_users_of_an_index_and_no_others() {
    const USERS: usize = 16_000;
    let Some(server) = Server::start() else {
        return;
    };
    let store = spendsense_tools::migrated(&server.url()).await.unwrap();
    let database = Database::on("PostgreSQL", store);
    strangers(&database, USERS).await;
    let sql = |statement| server.sql(PASSWORD, statement).trim().to_owned();
    sql("ANALYZE");
    sql("SELECT pg_stat_reset()");
    let shard = Shard::new(5, 16).unwrap();
    let told = database.everybody(Job::Compute, shard, LONG).await;
    assert_eq!(names(&told.unwrap()), ["daily.finished"]);
    // A session tells its counts when it ends.
    drop(database);
    let others = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    while sql(others) != "0" {}
    let own: usize = sql("SELECT count(DISTINCT user_id) FROM window_features")
        .parse()
        .unwrap();
    assert!(own.abs_diff(USERS / 16) < 150, "{own} users");
    let read: usize = sql(
        "SELECT idx_tup_read FROM pg_stat_user_indexes WHERE indexrelname = 'profiles_by_slot'",
    )
    .parse()
    .unwrap();
    // The search of the set aside has the ids already, and the place where the shard ends is one more.
    assert!((own..=own + 16).contains(&read), "{read} of {own}");
    let whole = sql("SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'profiles'");
    assert_eq!(whole, "0");
}

/// Returns the users whose features are as of a day.
async fn reached(database: &Database, ids: &[String], due: Timestamp) -> Vec<usize> {
    let day = due.to_string();
    let is_reached = |of: &Value| {
        let of = of["features"][0]["as_of"].as_str();
        of.is_some_and(|of| of[..10] == day[..10])
    };
    let found = database.findings(ids).await;
    let places = found.iter().enumerate();
    let reached = places.filter(|(_, of)| is_reached(of));
    reached.map(|(place, _)| place).collect()
}

/// However short the time is, and though nothing goes on by itself: whoever is there is reached within as many days as
/// there are hundreds of users, and one for each shard's rest.
#[tokio::test]
async fn everybody_is_reached_within_a_bounded_number_of_days() {
    const USERS: usize = 600;
    for shards in [1, 3] {
        let database = sqlite().await;
        let ids = strangers(&database, USERS).await;
        // The slots are by chance, so that a shard may have some more users than its part.
        let bound = (USERS / shards as usize).div_ceil(100) + 2;
        let mut waiting: BTreeMap<usize, usize> = (0..USERS).map(|user| (user, 0)).collect();
        for day in 0..16 {
            let due = noon() - (24 * (16 - day)).hours();
            for index in 0..shards {
                let shard = Shard::new(index, shards).unwrap();
                let told = database.scheduled(Job::Compute, shard, due, SHORT).await;
                assert_eq!(told.unwrap().len(), 1);
            }
            for days in waiting.values_mut() {
                *days += 1;
            }
            for user in reached(&database, &ids, due).await {
                waiting.insert(user, 0);
            }
            let (user, days) = waiting.iter().max_by_key(|(_, days)| **days).unwrap();
            assert!(*days <= bound, "{} waits for {days} days", ids[*user]);
        }
    }
}

#[tokio::test]
async fn a_shard_goes_on_where_its_deadline_ended_it() {
    for database in both().await {
        let ids = strangers(&database, 400).await;
        let (mut told, mut invocations) = (Vec::new(), 0);
        let shard = Shard::new(1, 2).unwrap();
        while names(&told) != ["daily.finished"] {
            told = match told.first() {
                None => database.everybody(Job::Compute, shard, SHORT).await,
                Some(event) => database.goes_on(Job::Compute, event, SHORT).await,
            }
            .unwrap();
            invocations += 1;
        }
        let done = reached(&database, &ids, noon()).await.len();
        assert!(done.abs_diff(200) < 70, "{done} on {}", database.name);
        assert!(invocations >= done / 100, "{invocations} for {done}");
        let other = Shard::new(0, 2).unwrap();
        let told = database.everybody(Job::Compute, other, LONG).await;
        assert_eq!(
            names(&told.unwrap()),
            ["daily.finished"],
            "{}",
            database.name
        );
        assert_eq!(reached(&database, &ids, noon()).await.len(), 400);
    }
}
