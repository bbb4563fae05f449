//! Tests with events that arrive more than once and in any order.

use jiff::{Timestamp, ToSpan};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::databases::{Job, noon, sqlite};

/// The days of signups, counted back from the last one.
const DAYS: [i64; 4] = [0, 1, 9, 31];

fn at(days: i64) -> Timestamp {
    noon() - (24 * days).hours()
}

/// Handles any events, among them the newest signup; then runs each job once more, as the daily run does.
#[test]
fn whatever_comes_and_however_often_the_newest_result_stands() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let job = prop::sample::select(&Job::ALL[..]);
    let day = prop::sample::select(&DAYS[..]);
    let events = vec((job, day), 0..12).prop_flat_map(|events| {
        let newest = events.into_iter().chain([(Job::Compute, DAYS[0])]);
        Just(newest.collect::<Vec<_>>()).prop_shuffle()
    });
    let (database, expected, id) = runtime.block_on(async {
        let database = sqlite().await;
        let ids = database.seed(1).await;
        for job in Job::ALL {
            database.one(job, &ids[0], noon()).await.unwrap();
        }
        let expected = database.findings(&ids).await;
        (database, expected, ids)
    });
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 40,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    runner
        .run(&events, |events| {
            runtime.block_on(async {
                database.store.delete_user(&id[0]).await.unwrap();
                database.seed(1).await;
                for (job, days) in &events {
                    // A job fails if there are no features or no persona yet.
                    let _ = database.one(*job, &id[0], at(*days)).await;
                }
                for job in &Job::ALL[1..] {
                    database.one(*job, &id[0], noon()).await.unwrap();
                }
                prop_assert_eq!(database.findings(&id).await, expected.clone());
                Ok(())
            })
        })
        .unwrap();
}
