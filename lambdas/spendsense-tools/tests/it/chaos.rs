//! A day with everything that can go wrong, by chance: users are deleted, rows locked, connections cut, processes killed
//! and consents withdrawn while the three jobs run over everybody, through PgBouncer. In the end everything is as after a
//! quiet day.
//!
//! `CHAOS_USERS` is the number of users, and `CHAOS_SEED` the seed of what happens; a failed test says it.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use jiff::{Timestamp, ToSpan};
use job::{Scheduled, Shard};
use serde_json::{Map, Value, json};
use spendsense::store::Store;
use sqlx::{Connection, PgConnection};
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};

use crate::databases::{Database, Job, LONG, goes_on, names, noon, run, scheduled};
use crate::pgbouncer::PgBouncer;
use crate::postgres::{Server, url_at};

/// The users without the variable.
const USERS: usize = 300;

/// The most people who are made up; the others are copies.
const MADE_UP: usize = 200;

/// The time that Lambda gives a run.
const LIMIT: Duration = Duration::from_secs(8);

/// The tables of what was found.
const FOUND: [&str; 6] = [
    "window_features",
    "persona_assignments",
    "decision_traces",
    "recommendations",
    "user_errors",
    "set_aside",
];

/// The stage of a run that is done.
const DONE: i32 = 3;

/// An event about a daily run, by its name, with its detail.
type Told = (String, Map<String, Value>);

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// One invocation in a process of its own, which the chaos can kill. Alone it does nothing.
#[test]
fn worker() {
    let Some(url) = variable("CHAOS_URL") else {
        return;
    };
    let job = variable("CHAOS_JOB").unwrap();
    let job = Job::ALL.into_iter().find(|of| format!("{of:?}") == job);
    let told: Option<Told> =
        variable("CHAOS_EVENT").map(|event| serde_json::from_str(&event).unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let store = Arc::new(Store::open(&url).unwrap());
    let ended = runtime.block_on(invoke(store, job.unwrap(), told.as_ref()));
    let line = match ended {
        Ok(events) => json!({ "told": events }),
        Err(error) => json!({ "error": error.to_string() }),
    };
    eprintln!("\nENDED {line}");
}

async fn invoke(store: Arc<Store>, job: Job, told: Option<&Told>) -> Result<Vec<Told>, job::Error> {
    let run = run(LIMIT);
    let events = if let Some((name, detail)) = told {
        goes_on(store, job, (name, detail), &run).await?
    } else {
        let schedule = Scheduled {
            timestamp: noon(),
            shard: Shard::WHOLE,
            detail: Map::new(),
        };
        scheduled(store, job, schedule, &run).await?
    };
    let told = |event: &job::Outgoing| (event.name().to_owned(), event.detail().clone());
    Ok(events.iter().map(told).collect())
}

/// The day, and what has happened so far.
struct Day {
    server: Server,
    proxy: PgBouncer,
    admin: Database,
    /// A connection that looks, cuts others and changes consents.
    eye: PgConnection,
    random: Rng,
    ids: Vec<String>,
    deleted: BTreeSet<String>,
    withdrawn: BTreeSet<String>,
    /// Transactions that hold users' profiles.
    locks: Vec<PgConnection>,
    /// How many acts are left.
    acts: usize,
    /// Whether the first job runs over everybody once more.
    is_anew: bool,
    counts: [usize; 6],
}

/// The names of what happens, in the order of their counts.
const ACTS: [&str; 6] = ["deleted", "withdrawn", "locked", "freed", "cut", "killed"];

#[tokio::test]
async fn a_day_with_everything_that_can_go_wrong_ends_as_a_quiet_one() {
    let users = variable("CHAOS_USERS").map_or(USERS, |users| users.parse().unwrap());
    let seed =
        variable("CHAOS_SEED").map_or_else(|| fastrand::u64(..), |seed| seed.parse().unwrap());
    eprintln!("CHAOS_USERS={users} CHAOS_SEED={seed}");
    let Some(mut day) = Day::begin(users, seed).await else {
        return;
    };
    let (mut told, mut invocations) = (None, Vec::new());
    for job in Job::ALL {
        let (last, number) = day.stage(job, told).await;
        invocations.push(number);
        told = Some(last);
    }
    day.nobody_has_anything_without_consent().await;
    let counts: Vec<_> = ACTS.iter().zip(day.counts).collect();
    eprintln!("{counts:?}; invocations {invocations:?}");
    // Users who were locked to the end are left for the next run.
    day.free_all().await;
    day.admin.next_run().await;
    let found = day.found("postgres").await;
    let quiet = day.quiet().await;
    for ((table, found), (_, quiet)) in found.iter().zip(&quiet) {
        let differing = found.symmetric_difference(quiet).next();
        assert_eq!(differing, None, "{table}");
    }
    assert!(found.iter().take(4).all(|(_, rows)| !rows.is_empty()));
}

impl Database {
    /// Runs the three jobs again for the same day.
    async fn next_run(&self) {
        for job in Job::ALL {
            let told = self.everybody(job, Shard::WHOLE, LONG).await.unwrap();
            assert_eq!(names(&told), ["daily.finished"]);
        }
    }
}

impl Day {
    async fn begin(users: usize, seed: u64) -> Option<Self> {
        let server = Server::start()?;
        let proxy = PgBouncer::start(&server)?;
        let store = spendsense_tools::migrated(&server.url()).await.unwrap();
        let admin = Database::on("chaos", store);
        let ids = people(&admin, &server.url(), users).await;
        let eye = PgConnection::connect(&server.url()).await.unwrap();
        Some(Self {
            server,
            proxy,
            admin,
            eye,
            random: Rng::with_seed(seed),
            ids,
            deleted: BTreeSet::new(),
            withdrawn: BTreeSet::new(),
            locks: Vec::new(),
            acts: 60 + users / 50,
            is_anew: false,
            counts: [0; 6],
        })
    }

    /// Runs a job over everybody while things happen, and tries again what failed, as Lambda does. Returns how the stage
    /// ended, and the number of invocations.
    async fn stage(&mut self, job: Job, mut told: Option<Told>) -> (Told, usize) {
        let begun = self.acts;
        for invocation in 1..200 {
            // What the clock has started begins anew if it dies when all is done, before it could tell so.
            let is_done = self
                .place(job)
                .await
                .is_some_and(|(stage, _)| stage == DONE);
            self.is_anew |= is_done && told.is_none();
            let mut child = self.spawn(job, told.as_ref());
            let place = if is_done { None } else { self.place(job).await };
            while !self.has_ended(&mut child).await {
                // A third of what happens is for each stage.
                if self.acts * 3 > begun * 2 || job == Job::Recommend && self.acts > 0 {
                    self.act(&mut child).await;
                }
            }
            let now = self.place(job).await;
            assert!(place <= now, "{job:?} went back from {place:?} to {now:?}");
            let ended = ending(child).await;
            let Some(events) = ended else { continue };
            match events.into_iter().next() {
                Some(event) if event.0 == "daily.finished" => return (event, invocation),
                Some(event) => told = Some(event),
                None => panic!("{job:?} at {now:?} has nothing to do"),
            }
        }
        panic!("{job:?} does not end");
    }

    fn spawn(&self, job: Job, told: Option<&Told>) -> Child {
        let event = told.map(|told| serde_json::to_string(told).unwrap());
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "chaos::worker", "--nocapture"])
            .env("CHAOS_URL", self.proxy.url("postgres"))
            .env("CHAOS_JOB", format!("{job:?}"))
            .env("CHAOS_EVENT", event.unwrap_or_default())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    }

    /// Waits for a moment, and returns whether the process has ended by then.
    async fn has_ended(&mut self, child: &mut Child) -> bool {
        let moment = Duration::from_millis(self.random.u64(5..80));
        let ended = tokio::time::timeout(moment, child.wait()).await;
        ended.is_ok()
    }

    /// Reads how far a job is. Whatever is written belongs to a user up to there: results and place are one transaction.
    async fn place(&mut self, job: Job) -> Option<(i32, String)> {
        let name = match job {
            Job::Compute => "compute-features",
            Job::Assign => "assign-persona",
            Job::Recommend => "generate-recommendations",
        };
        let place: Option<(i32, String, i64)> = sqlx::query_as(
            "SELECT stage, after_place, (SELECT count(*) FROM window_features f WHERE f.user_id > r.after_place) \
             FROM daily_runs r WHERE job = $1",
        )
        .bind(name)
        .fetch_optional(&mut self.eye)
        .await
        .unwrap();
        place.map(|(stage, after, beyond)| {
            let is_first = job == Job::Compute && stage == 0 && !self.is_anew;
            assert!(!is_first || beyond == 0, "{beyond} rows beyond {after}");
            (stage, after)
        })
    }

    /// Does something that can happen.
    async fn act(&mut self, child: &mut Child) {
        self.acts -= 1;
        let id = self.random.choice(&self.ids).unwrap().clone();
        let act = match self.random.u8(..100) {
            0..15 => 0,
            15..45 => 1,
            45..60 => 2,
            60..75 => 3,
            75..90 => 4,
            _ => 5,
        };
        let is_done = match act {
            // Either waits for the transaction of a run, or is refused because of a lock.
            0 => {
                let is_deleted = self.admin.store.delete_user(&id).await.is_ok();
                is_deleted && self.deleted.insert(id)
            }
            1 => self.withdraw(id).await,
            2 => self.lock(&id).await,
            3 => {
                !self.locks.is_empty() && {
                    let lock = self.random.usize(..self.locks.len());
                    drop(self.locks.swap_remove(lock));
                    true
                }
            }
            4 => self.cut().await,
            _ => child.start_kill().is_ok(),
        };
        self.counts[act] += usize::from(is_done);
    }

    /// Withdraws a consent: by the administrator, or as the product does, which writes the time and tells it.
    async fn withdraw(&mut self, id: String) -> bool {
        if self.deleted.contains(&id) {
            return false;
        }
        if self.random.bool() {
            if self.admin.store.withdraw(&id, None).await.is_err() {
                return false;
            }
        } else {
            sqlx::query("UPDATE consent_records SET revoked_at = clock_timestamp() WHERE user_id = $1 AND revoked_at IS NULL")
                .bind(&id)
                .execute(&mut self.eye)
                .await
                .unwrap();
            self.admin
                .withdrawn(&id, Timestamp::now() + 1.hour())
                .await
                .unwrap();
        }
        self.withdrawn.insert(id);
        true
    }

    /// Locks a few users' profiles until the transaction is dropped.
    async fn lock(&mut self, id: &str) -> bool {
        let mut lock = PgConnection::connect(&self.server.url()).await.unwrap();
        sqlx::raw_sql("BEGIN").execute(&mut lock).await.unwrap();
        let locked = sqlx::query(
            "SELECT 1 FROM profiles WHERE user_id >= $1 ORDER BY user_id LIMIT 3 FOR UPDATE SKIP LOCKED",
        );
        locked.bind(id).execute(&mut lock).await.unwrap();
        self.locks.push(lock);
        true
    }

    /// Frees every user. The server sees only later that a connection is gone, so each transaction is ended first.
    async fn free_all(&mut self) {
        for mut lock in self.locks.drain(..) {
            sqlx::raw_sql("ROLLBACK").execute(&mut lock).await.unwrap();
        }
    }

    /// Cuts a connection between the proxy and the server.
    async fn cut(&mut self) -> bool {
        let cut = sqlx::query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE client_port IS NOT NULL AND application_name = 'spendsense' AND state <> 'idle' LIMIT 1",
        );
        let cut = cut.execute(&mut self.eye).await.unwrap();
        cut.rows_affected() > 0
    }

    async fn nobody_has_anything_without_consent(&mut self) {
        for table in &FOUND[..4] {
            let query = format!(
                "SELECT count(*) FROM {table} f WHERE NOT EXISTS (SELECT 1 FROM consent_records c \
                 WHERE c.user_id = f.user_id AND c.revoked_at IS NULL)"
            );
            let query = sqlx::AssertSqlSafe(query);
            let count: i64 = sqlx::query_scalar(query)
                .fetch_one(&mut self.eye)
                .await
                .unwrap();
            assert_eq!(count, 0, "{table}");
        }
    }

    /// Returns all rows of what was found, by table.
    async fn found(&self, database: &str) -> Vec<(&'static str, BTreeSet<String>)> {
        let url = url_at(self.server.port(), database);
        let mut connection = PgConnection::connect(&url).await.unwrap();
        let mut found = Vec::new();
        for table in FOUND {
            let query = sqlx::AssertSqlSafe(format!("SELECT to_jsonb(t)::text FROM {table} t"));
            let rows: Vec<String> = sqlx::query_scalar(query)
                .fetch_all(&mut connection)
                .await
                .unwrap();
            found.push((table, rows.into_iter().collect()));
        }
        found
    }

    /// Has a quiet day with the same users, and returns what was found.
    async fn quiet(&mut self) -> Vec<(&'static str, BTreeSet<String>)> {
        sqlx::raw_sql("CREATE DATABASE quiet")
            .execute(&mut self.eye)
            .await
            .unwrap();
        let url = url_at(self.server.port(), "quiet");
        let store = spendsense_tools::migrated(&url).await.unwrap();
        let quiet = Database::on("quiet", store);
        people(&quiet, &url, self.ids.len()).await;
        for id in &self.deleted {
            quiet.store.delete_user(id).await.unwrap();
        }
        for id in &self.withdrawn {
            quiet.store.withdraw(id, None).await.unwrap();
        }
        let store = Arc::new(Store::open(&self.proxy.url("quiet")).unwrap());
        let (mut told, mut invocations) = (None, Vec::new());
        for job in Job::ALL {
            invocations.push(0);
            loop {
                *invocations.last_mut().unwrap() += 1;
                let events = invoke(Arc::clone(&store), job, told.as_ref())
                    .await
                    .unwrap();
                told = events.into_iter().next();
                if told.as_ref().unwrap().0 == "daily.finished" {
                    break;
                }
            }
        }
        eprintln!("a quiet day with {LIMIT:?} each: invocations {invocations:?}");
        self.found("quiet").await
    }
}

/// Puts people in: a few who are made up, and as many copies of them as it takes. Returns all ids.
async fn people(database: &Database, url: &str, number: usize) -> Vec<String> {
    let made_up = number.min(MADE_UP);
    database.seed(made_up).await;
    let mut connection = PgConnection::connect(url).await.unwrap();
    // Without the checks of foreign keys, which take most of the time.
    let mut copying = "SET session_replication_role = replica;".to_owned();
    for (table, columns) in [
        ("consent_records", "granted_at, revoked_at"),
        (
            "accounts",
            "account_id, kind, name, balance_cents, limit_cents, minimum_payment_cents, last_payment_cents, is_overdue",
        ),
        (
            "transactions",
            "posted_on, transaction_id, account_id, amount_cents, category, channel, description, merchant, is_pending",
        ),
        ("profiles", "name, employer"),
    ] {
        let copies = number.div_ceil(made_up) - 1;
        let statement = format!(
            "INSERT INTO {table} (user_id, {columns}) SELECT user_id || '~' || copy, {columns} \
             FROM {table} CROSS JOIN generate_series(1, {copies}) copy;"
        );
        copying.push_str(&statement);
    }
    sqlx::raw_sql(sqlx::AssertSqlSafe(copying))
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::query_scalar("SELECT user_id FROM profiles ORDER BY user_id")
        .fetch_all(&mut connection)
        .await
        .unwrap()
}

/// Reads what a process told at its end; nothing if it was killed or has failed.
async fn ending(mut child: Child) -> Option<Vec<Told>> {
    let mut text = String::new();
    let mut stderr = child.stderr.take().unwrap();
    stderr.read_to_string(&mut text).await.unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("ENDED "))?;
    let mut ended: Value = serde_json::from_str(line).unwrap();
    if let Some(error) = ended.get("error") {
        eprintln!("an invocation failed: {error}");
        return None;
    }
    Some(serde_json::from_value(ended["told"].take()).unwrap())
}
