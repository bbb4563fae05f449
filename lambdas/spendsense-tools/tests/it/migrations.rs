//! Tests of a database from before a migration, with people in it.

use job::Shard;
use serde_json::{Value, json};
use spendsense::store::{Statement, Store, Writes, instant};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqlSafeStr, SqliteConnection};

use crate::databases::{Database, Job, LONG, both, noon};
use crate::postgres::Server;

const USERS: usize = 30;

/// The signals of a window, in the order of their names.
const SIGNALS: [&str; 4] = ["credit", "income", "savings", "subscriptions"];

/// Returns the migrations up to the one before features had a row for each window.
fn five(dialect: &str) -> Migrator {
    let folder = format!(
        "{}/../spendsense/migrations/{dialect}",
        env!("CARGO_MANIFEST_DIR")
    );
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let migrations = files.into_iter().take(5).map(|file| {
        let (number, name) = file.file_stem().unwrap().to_str().unwrap().split_at(4);
        let sql = AssertSqlSafe(std::fs::read_to_string(&file).unwrap()).into_sql_str();
        let name = name[1..].replace('_', " ");
        Migration::new(
            number.parse().unwrap(),
            name.into(),
            MigrationType::Simple,
            sql,
            false,
        )
    });
    Migrator::with_migrations(migrations.collect())
}

/// Makes the features of a user as they were kept: a row for each window and signal.
fn features_before(user_id: &str) -> (String, Vec<Value>) {
    let (mut sql, mut expected) = (Vec::new(), Vec::new());
    for days in [30, 90, 180] {
        for signal in SIGNALS {
            let value = json!({ "of": signal, "days": days, "list": [days, null, "é's"] });
            let as_of = instant(noon());
            let quoted = value.to_string().replace('\'', "''");
            sql.push(format!(
                "('{user_id}', {days}, '{signal}', '{as_of}', '{quoted}')"
            ));
            expected.push(
                json!({ "window_days": days, "signal": signal, "as_of": as_of, "value": value }),
            );
        }
    }
    let sql = format!("INSERT INTO computed_features VALUES {}", sql.join(", "));
    (sql, expected)
}

/// Puts people in, and transactions whose texts could be taken for something else.
async fn people(database: &Database) -> Vec<String> {
    let ids = database.seed(USERS).await;
    let mut writes = Writes::default();
    let texts = [
        (Some("a b\n2026-06-01 1 income"), "x"),
        (None, "Ünïcode 収入\t'\""),
        (Some(""), ""),
    ];
    for (number, (merchant, description)) in texts.into_iter().enumerate() {
        let categories = ["purchase", "income", "refund"].into_iter().enumerate();
        for (place, category) in categories {
            let (id, account) = (
                format!("odd {number} {place}"),
                format!("{}/checking", ids[0]),
            );
            let row = (
                &ids[0],
                "2026-06-01",
                id,
                account,
                -700,
                category,
                "ach",
                description,
                merchant,
                place % 2,
            );
            writes.push(Statement::Transactions, &row);
        }
    }
    database.store.write(&writes).await.unwrap();
    ids
}

/// Everything is there after the migration, and computed as in a new database.
async fn is_as_new(old: &Database, new: &Database, ids: &[String], features: &[Value]) {
    old.store.check().await.unwrap_err();
    old.store.migrate().await.unwrap();
    old.store.check().await.unwrap();
    for id in &ids[..2] {
        let found = old.store.findings(id).await.unwrap().unwrap();
        assert_eq!(found["features"], json!(features), "{}", old.name);
    }
    for database in [old, new] {
        for job in Job::ALL {
            database.everybody(job, Shard::WHOLE, LONG).await.unwrap();
        }
    }
    let found = old.findings(ids).await;
    assert_eq!(found, new.findings(ids).await, "{}", old.name);
    assert_eq!(found[0]["features"].as_array().unwrap().len(), 12);
}

#[tokio::test]
async fn what_was_kept_before_a_migration_is_there_after_it() {
    for new in both().await {
        let ids = people(&new).await;
        let (folder, server) = (tempfile::tempdir().unwrap(), Server::start());
        let old = if new.name == "SQLite" {
            let url = format!("sqlite:{}/old.sqlite", folder.path().display());
            let mut connection = SqliteConnection::connect(&format!("{url}?mode=rwc"))
                .await
                .unwrap();
            five("sqlite")
                .run_direct(None, &mut connection, false)
                .await
                .unwrap();
            let old = Database::on("SQLite", Store::open(&url).unwrap());
            people(&old).await;
            for id in &ids[..2] {
                let insert = AssertSqlSafe(features_before(id).0);
                sqlx::raw_sql(insert)
                    .execute(&mut connection)
                    .await
                    .unwrap();
            }
            old
        } else {
            let url = server.as_ref().unwrap().url();
            let mut connection = PgConnection::connect(&url).await.unwrap();
            five("postgres")
                .run_direct(None, &mut connection, false)
                .await
                .unwrap();
            let old = Database::on("PostgreSQL", Store::open(&url).unwrap());
            people(&old).await;
            for id in &ids[..2] {
                let insert = AssertSqlSafe(features_before(id).0);
                sqlx::raw_sql(insert)
                    .execute(&mut connection)
                    .await
                    .unwrap();
            }
            // The rights of a role that only uses the tables.
            let role = "CREATE ROLE job; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO job";
            sqlx::raw_sql(role).execute(&mut connection).await.unwrap();
            old
        };
        is_as_new(&old, &new, &ids, &features_before(&ids[0]).1).await;
        if let (Some(server), "PostgreSQL") = (&server, old.name) {
            let may = "SELECT count(*) FROM information_schema.role_table_grants
                WHERE grantee = 'job' AND table_name = 'window_features'";
            assert_eq!(server.sql(crate::postgres::PASSWORD, may).trim(), "4");
            // The view is read with the rights of those who read the table.
            let reads =
                "SELECT string_agg(privilege_type, ' ') FROM information_schema.role_table_grants
                WHERE grantee = 'job' AND table_name = 'computed_features'";
            assert_eq!(
                server.sql(crate::postgres::PASSWORD, reads).trim(),
                "SELECT"
            );
        }
    }
}
