//! Tests of the runs over everybody: that each one ends, whom it begins with, and what follows it.

use std::time::Duration;

use jiff::{Timestamp, ToSpan};
use job::Shard;
use serde_json::Value;

use crate::databases::{Database, Job, LONG, both, names, noon, sqlite};

/// A timeout that is not above the time that is kept for writing, so that a run stops after each hundred users.
const SHORT: Duration = Duration::from_secs(2);

fn rows(found: &Value, of: &str) -> usize {
    found[of].as_array().unwrap().len()
}

/// Returns which users have features as of a day.
async fn reached(database: &Database, ids: &[String], as_of: Timestamp) -> Vec<bool> {
    let day = as_of.to_string();
    let found = database.findings(ids).await;
    let is_reached = |of: &Value| {
        let features = of["features"].as_array().unwrap();
        let of_day = |row: &Value| row["as_of"].as_str().unwrap()[..10] == day[..10];
        features.iter().any(of_day)
    };
    found.iter().map(is_reached).collect()
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}

#[tokio::test]
async fn a_run_that_its_deadline_ends_goes_on_by_itself_to_the_end() {
    for database in both().await {
        let ids = database.seed(250).await;
        let mut told = database
            .everybody(Job::Compute, Shard::WHOLE, SHORT)
            .await
            .unwrap();
        let mut invocations = 1;
        while names(&told) == ["daily.unfinished"] {
            assert_eq!(told[0].detail()["job"], "compute-features");
            assert_eq!(told[0].detail()["due"], noon().to_string());
            let done = database.findings(&ids).await;
            let done = done.iter().filter(|of| rows(of, "features") > 0).count();
            let consenting = 250 - 2 * (250 / 40) - 2;
            let expected = [100, 200, 250][invocations - 1] * consenting / 250;
            assert!(done.abs_diff(expected) < 12, "{done} after {invocations}");
            let event = told.remove(0);
            told = database.goes_on(Job::Compute, &event, SHORT).await.unwrap();
            invocations += 1;
            // An event can come twice: by then the run is further, or done, which is told again.
            for _ in 0..2 {
                told = database.goes_on(Job::Compute, &event, LONG).await.unwrap();
                assert_eq!(names(&told), ["daily.finished"]);
            }
        }
        assert_eq!(names(&told), ["daily.finished"]);
        let split = database.findings(&ids).await;
        let whole = sqlite().await;
        whole.seed(250).await;
        whole
            .everybody(Job::Compute, Shard::WHOLE, LONG)
            .await
            .unwrap();
        assert_eq!(whole.findings(&ids).await, split, "{}", database.name);
    }
}

#[tokio::test]
async fn the_next_day_begins_with_who_has_waited_longest() {
    for database in both().await {
        let ids = sorted(database.seed(250).await);
        for (day, expected) in [
            (0, [true, false, false]),
            (1, [false, true, false]),
            (2, [false, false, true]),
            (3, [true, false, false]),
        ] {
            let due = noon() + (24 * day).hours();
            let told = database.scheduled(Job::Compute, Shard::WHOLE, due, SHORT);
            assert_eq!(names(&told.await.unwrap()), ["daily.unfinished"]);
            let reached = reached(&database, &ids, due).await;
            let part = |at: usize| reached[at..at + 30].iter().any(|is_reached| *is_reached);
            let found = [part(0), part(110), part(215)];
            assert_eq!(found, expected, "{} on day {day}", database.name);
        }
    }
}

#[tokio::test]
async fn a_run_of_yesterday_ends_when_that_of_today_begins() {
    for database in both().await {
        database.seed(250).await;
        let yesterday = database.everybody(Job::Compute, Shard::WHOLE, SHORT).await;
        let yesterday = yesterday.unwrap();
        let due = noon() + 24.hours();
        database
            .scheduled(Job::Compute, Shard::WHOLE, due, SHORT)
            .await
            .unwrap();
        let late = database.goes_on(Job::Compute, &yesterday[0], LONG);
        assert_eq!(names(&late.await.unwrap()), [""; 0], "{}", database.name);
    }
}

#[tokio::test]
async fn a_stage_follows_the_one_before_and_the_clock_finds_it_done() {
    for database in both().await {
        let ids = database.seed(24).await;
        let five = |times: i64| noon() + (5 * times).minutes();
        let clock = async |job, times| {
            let told = database.scheduled(job, Shard::WHOLE, five(times), LONG);
            told.await.unwrap()
        };
        // The clock comes before the features are done: it works on what is there, which is nothing.
        let features = clock(Job::Compute, 0).await;
        let personas = database.goes_on(Job::Assign, &features[0], LONG).await;
        let personas = personas.unwrap();
        assert_eq!(names(&personas), ["daily.finished"]);
        assert_eq!(personas[0].detail()["job"], "assign-persona");
        // Each stage is done already, whether its event or its clock comes again. The event tells so once more, as a function
        // that has died has not.
        let again = database.goes_on(Job::Assign, &features[0], LONG).await;
        assert_eq!(names(&again.unwrap()), ["daily.finished"]);
        assert_eq!(names(&clock(Job::Assign, 1).await), [""; 0]);
        let last = database.goes_on(Job::Recommend, &personas[0], LONG).await;
        assert_eq!(names(&last.unwrap()), ["daily.finished"]);
        assert_eq!(names(&clock(Job::Recommend, 2).await), [""; 0]);
        let found = database.findings(&ids).await;
        assert!(found.iter().any(|of| rows(of, "recommendations") > 4));
        // New features: what follows is due again, by the clock if the event is lost.
        let day = 24 * 12;
        assert_eq!(names(&clock(Job::Compute, day).await), ["daily.finished"]);
        assert_eq!(
            names(&clock(Job::Assign, day + 1).await),
            ["daily.finished"]
        );
        assert_eq!(
            names(&clock(Job::Recommend, day + 2).await),
            ["daily.finished"]
        );
        assert_eq!(names(&clock(Job::Recommend, day + 3).await), [""; 0]);
    }
}

#[tokio::test]
async fn each_shard_has_its_own_stages() {
    let database = sqlite().await;
    database.seed(60).await;
    for index in [1, 0] {
        let shard = Shard::new(index, 2).unwrap();
        let features = database.everybody(Job::Compute, shard, LONG).await.unwrap();
        assert_eq!(features[0].detail()["shard"], index);
        let personas = database.goes_on(Job::Assign, &features[0], LONG).await;
        assert_eq!(personas.unwrap()[0].detail()["shard"], index);
    }
}
