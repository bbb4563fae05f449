//! An embedded database in one file.

use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteRow, SqliteSynchronous,
};
use sqlx::{Row, Sqlite as Driver};

use super::{Database, Error, Record, Sql, Statement, Transaction, Value, daily};
use crate::cores::cores;

/// The page size of a new file, in bytes. A user's transactions are then on few pages, and reading takes two thirds of
/// the time that it takes with SQLite's default of 4,096.
const PAGE_SIZE: u32 = 16_384;

/// The longest wait of one writer for another.
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) struct Sqlite {
    pool: SqlitePool,
}

/// The transaction that writes: there is one at a time.
struct Writing(sqlx::Transaction<'static, Driver>);

impl Sqlite {
    pub(super) fn open(url: &str) -> Result<Self, Error> {
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .page_size(PAGE_SIZE)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(PATIENCE)
            .row_buffer_size(8);
        // One reader for each worker, and one writer.
        let connections = u32::try_from(cores()).map_or(u32::MAX, |cores| cores.saturating_add(1));
        let pool = SqlitePoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(PATIENCE)
            .connect_lazy_with(options);
        Ok(Self { pool })
    }
}

#[async_trait]
impl Database for Sqlite {
    fn sql(&self) -> &'static Sql {
        &SQL
    }

    async fn fetch(&self, query: &'static str, values: &[Value<'_>]) -> Result<Vec<Record>, Error> {
        let rows = bound(query, values).fetch_all(&self.pool).await?;
        rows.iter().map(record).collect()
    }

    async fn begin(&self) -> Result<Box<dyn Transaction>, Error> {
        let transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        Ok(Box::new(Writing(transaction)))
    }

    async fn migrate(&self, migrator: &Migrator) -> Result<(), Error> {
        let run = migrator.run(&self.pool).await;
        run.map_err(|error| Error::Tables(error.to_string()))
    }

    fn waits_for(&self) -> String {
        "the database's file, which another program writes".to_owned()
    }
}

#[async_trait]
impl Transaction for Writing {
    async fn fetch(
        &mut self,
        query: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<Record>, Error> {
        let rows = bound(query, values).fetch_all(&mut *self.0).await?;
        rows.iter().map(record).collect()
    }

    async fn execute(
        &mut self,
        statement: &'static str,
        values: &[Value<'_>],
    ) -> Result<u64, Error> {
        let done = bound(statement, values).execute(&mut *self.0).await?;
        Ok(done.rows_affected())
    }

    async fn commit(self: Box<Self>) -> Result<(), Error> {
        Ok(self.0.commit().await?)
    }
}

fn bound<'q>(
    statement: &'static str,
    values: &'q [Value<'_>],
) -> sqlx::query::Query<'q, Driver, SqliteArguments> {
    let query = sqlx::query(statement);
    values.iter().fold(query, |query, value| match value {
        Value::Text(text) => query.bind(text.as_ref()),
        Value::Number(number) => query.bind(*number),
    })
}

/// Reads the columns as bytes: text in a SQLite file need not be UTF-8.
fn record(row: &SqliteRow) -> Result<Record, Error> {
    let columns = (0..row.len()).map(|column| row.try_get(column));
    Ok(Record(columns.collect::<Result<_, _>>()?))
}

/// The time now. SQLite knows milliseconds: the next one, so that a withdrawal of this one counts.
macro_rules! now {
    () => {
        "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '+0.001 seconds')"
    };
}

/// Whether the user `p` has a consent in force, as `1` or `0`.
macro_rules! consent {
    () => {
        concat!(
            "CAST(EXISTS (
            SELECT 1 FROM consent_records c WHERE c.user_id = p.user_id
                AND c.granted_at <= ",
            now!(),
            " AND (c.revoked_at IS NULL OR c.revoked_at > ",
            now!(),
            ")) AS TEXT)"
        )
    };
}

/// The accounts of the user `p`.
macro_rules! accounts {
    () => {
        "(SELECT json_group_array(json_array(
            account_id, kind, name, balance_cents, limit_cents, minimum_payment_cents, last_payment_cents, is_overdue,
            currency))
            FROM accounts a WHERE a.user_id = p.user_id)"
    };
}

static SQL: Sql = Sql {
    migrations: &[
        (
            1,
            "tables",
            include_str!("../../migrations/sqlite/0001_tables.sql"),
        ),
        (
            2,
            "transaction ids",
            include_str!("../../migrations/sqlite/0002_transaction_ids.sql"),
        ),
        (
            3,
            "daily runs",
            include_str!("../../migrations/sqlite/0003_daily_runs.sql"),
        ),
        (
            4,
            "currencies",
            include_str!("../../migrations/sqlite/0004_currencies.sql"),
        ),
        (
            5,
            "slots",
            include_str!("../../migrations/sqlite/0005_slots.sql"),
        ),
        (
            6,
            "lines and windows",
            include_str!("../../migrations/sqlite/0006_lines_and_windows.sql"),
        ),
    ],
    applied: "SELECT CAST(version AS TEXT) FROM _sqlx_migrations WHERE success",
    user_ids: "SELECT user_id FROM profiles WHERE user_id > $1 ORDER BY user_id LIMIT $2",
    shard_ids: "
        SELECT CAST(slot AS TEXT), user_id FROM profiles WHERE (slot, user_id) > ($1, $2) AND slot < $3
        ORDER BY slot, user_id LIMIT $4",
    users: concat!("
        SELECT p.user_id, ", consent!(), ",
            json_quote(p.employer),
            ", accounts!(), ",
            (SELECT coalesce(group_concat(line, char(10)), '')
                FROM transactions t WHERE t.user_id = p.user_id AND posted_on > $2 AND posted_on <= $3
                    AND is_pending = 0)
        FROM json_each($1) wanted CROSS JOIN profiles p ON p.user_id = wanted.value"),
    known: "
        SELECT transaction_id FROM transactions WHERE user_id = $1
            AND transaction_id IN (SELECT value FROM json_each($2))",
    features: concat!("
        SELECT p.user_id, ", consent!(), ",
            (SELECT json_group_array(json_array(window_days, as_of, json(signals)))
                FROM window_features f WHERE f.user_id = p.user_id)
        FROM json_each($1) wanted CROSS JOIN profiles p ON p.user_id = wanted.value"),
    personas: concat!("
        SELECT p.user_id, ", consent!(), ",
            (SELECT json_group_array(json_array(window_days, as_of, json(signals)))
                FROM window_features f WHERE f.user_id = p.user_id AND window_days = 30),
            (SELECT json_array(as_of, persona, json(reasons))
                FROM persona_assignments a WHERE a.user_id = p.user_id AND window_days = 30),
            ", accounts!(), "
        FROM json_each($1) wanted CROSS JOIN profiles p ON p.user_id = wanted.value"),
    findings: "
        SELECT json_object(
            'user_id', p.user_id, 'name', p.name, 'employer', p.employer,
            'consents', (SELECT json_group_array(json_object('granted_at', granted_at, 'revoked_at', revoked_at)
                ORDER BY granted_at) FROM consent_records x WHERE x.user_id = p.user_id),
            'accounts', (SELECT json_group_array(json_object(
                'account_id', account_id, 'kind', kind, 'name', name, 'balance_cents', balance_cents,
                'limit_cents', limit_cents, 'currency', currency) ORDER BY account_id) FROM accounts x WHERE x.user_id = p.user_id),
            'transactions', (SELECT count(*) FROM transactions x WHERE x.user_id = p.user_id),
            'features', (SELECT json_group_array(json_object(
                'window_days', window_days, 'signal', signal, 'as_of', as_of, 'value', json(value))
                ORDER BY window_days, signal) FROM computed_features x WHERE x.user_id = p.user_id),
            'personas', (SELECT json_group_array(json_object(
                'window_days', window_days, 'as_of', as_of, 'persona', persona, 'reasons', json(reasons))
                ORDER BY window_days) FROM persona_assignments x WHERE x.user_id = p.user_id),
            'recommendations', (SELECT json_group_array(json_object(
                'position', position, 'item_id', item_id, 'kind', kind, 'title', title, 'rationale', rationale,
                'as_of', as_of) ORDER BY position) FROM recommendations x WHERE x.user_id = p.user_id),
            'decision_trace', (SELECT json(trace) FROM decision_traces x WHERE x.user_id = p.user_id),
            'errors', (SELECT json_group_array(json_object(
                'job', job, 'message', message, 'occurred_at', occurred_at) ORDER BY job, message)
                FROM (SELECT job, message, occurred_at FROM user_errors x WHERE x.user_id = p.user_id
                    UNION ALL SELECT job, reason, since FROM set_aside x WHERE x.user_id = p.user_id)))
        FROM profiles p WHERE p.user_id = $1",
    delete_user: [
        "DELETE FROM profiles WHERE user_id = $1",
        "DELETE FROM set_aside WHERE user_id = $1",
    ],
    // The transaction is the only one that writes, so nothing changes until its end.
    admitted: concat!("
        SELECT p.user_id, '1', ", consent!(), ", ", consent!(), " FROM json_each($1) wanted JOIN profiles p ON p.user_id = wanted.value"),
    revoke: "
        UPDATE consent_records SET revoked_at = max(granted_at, min($2, strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')))
        WHERE user_id = $1 AND granted_at <= $2
            AND (revoked_at IS NULL OR revoked_at > min($2, strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')))",
    daily: daily::Sql {
        run: "
            SELECT CAST(stage AS TEXT), after_place, began_after FROM daily_runs
            WHERE job = $1 AND shard = $2 AND shards = $3 AND due = $4",
        run_before: "
            SELECT CAST(stage AS TEXT), after_place, began_after FROM daily_runs
            WHERE job = $1 AND shard = $2 AND shards = $3 AND due < $4 ORDER BY due DESC LIMIT 1",
        forget: "
            DELETE FROM daily_runs WHERE job = $1 AND shard = $2 AND shards = $3 AND due < $4",
        begin: concat!("
            INSERT INTO daily_runs (job, shard, shards, due, began_after, stage, after_place, began_at, moved_at)
            VALUES ($1, $2, $3, $4, $5, 0, $5, ", now!(), ", ", now!(), ")
            ON CONFLICT (job, shard, shards, due) DO UPDATE SET began_after = excluded.began_after, stage = 0,
                after_place = excluded.after_place, began_at = excluded.began_at, moved_at = excluded.moved_at"),
        is_done: "
            SELECT r.job FROM daily_runs r JOIN daily_runs b ON b.job = $5 AND b.shard = r.shard AND b.shards = r.shards
            WHERE r.job = $1 AND r.shard = $2 AND r.shards = $3 AND b.stage = 3 AND b.moved_at <= r.began_at
                AND NOT EXISTS (SELECT 1 FROM daily_runs n WHERE n.job = b.job AND n.shard = b.shard AND n.shards = b.shards
                    AND n.due > b.due)
                AND abs(julianday(r.due) - julianday($4)) < 0.5
                AND CASE WHEN r.due = $4 THEN r.stage = 3 AND $6 = 1
                    ELSE r.stage = 3 OR r.moved_at > strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '-2 minutes') END",
        go_on: concat!("
            UPDATE daily_runs SET stage = $5, after_place = $6, moved_at = ", now!(), "
            WHERE job = $1 AND shard = $2 AND shards = $3 AND due = $4 AND (stage, after_place) <= ($5, $6)"),
        set_aside: concat!("
            INSERT INTO set_aside (job, user_id, reason, since)
            SELECT $1, r.value ->> 0, r.value ->> 1, ", now!(), " FROM json_each($2) r WHERE true
            ON CONFLICT (job, user_id) DO UPDATE SET reason = excluded.reason"),
        settle: "
            DELETE FROM set_aside WHERE job = $1 AND user_id IN (SELECT value FROM json_each($2))",
        aside: "
            SELECT s.user_id, s.reason FROM set_aside s JOIN profiles p ON p.user_id = s.user_id
            WHERE s.job = $1 AND s.user_id > $2 AND p.slot >= $3 AND p.slot < $4 ORDER BY s.user_id",
    },
    statement,
};

/// The statements. `jsonb_each` passes a row on in SQLite's binary form; `json_each` would write it as text, which each
/// column would parse again.
#[expect(clippy::too_many_lines, reason = "one statement after the other")]
fn statement(statement: Statement) -> &'static str {
    match statement {
        Statement::Profiles => {
            "
            INSERT INTO profiles (user_id, name, employer)
            SELECT r.value ->> 0, r.value ->> 1, r.value ->> 2 FROM jsonb_each($1) r WHERE true
            ON CONFLICT (user_id) DO UPDATE SET name = excluded.name, employer = excluded.employer"
        }
        Statement::NewProfiles => {
            "
            INSERT INTO profiles (user_id, name, employer)
            SELECT r.value ->> 0, r.value ->> 1, r.value ->> 2 FROM jsonb_each($1) r WHERE true
            ON CONFLICT (user_id) DO NOTHING"
        }
        Statement::AmendProfiles => {
            "
            UPDATE profiles SET name = coalesce(r.value ->> 1, name), employer = coalesce(r.value ->> 2, employer)
            FROM jsonb_each($1) r WHERE user_id = r.value ->> 0"
        }
        Statement::Consents => {
            "
            INSERT INTO consent_records (user_id, granted_at, revoked_at)
            SELECT r.value ->> 0, r.value ->> 1, r.value ->> 2 FROM jsonb_each($1) r WHERE true
            ON CONFLICT (user_id, granted_at) DO UPDATE SET revoked_at = excluded.revoked_at"
        }
        Statement::FirstConsents => {
            "
            INSERT INTO consent_records (user_id, granted_at)
            SELECT r.value ->> 0, r.value ->> 1 FROM jsonb_each($1) r
            WHERE NOT EXISTS (SELECT 1 FROM consent_records c WHERE c.user_id = r.value ->> 0)"
        }
        Statement::Accounts => {
            "
            INSERT INTO accounts (user_id, account_id, kind, name, balance_cents, limit_cents, minimum_payment_cents,
                last_payment_cents, is_overdue, currency)
            SELECT r.value ->> 0, r.value ->> 1, r.value ->> 2, r.value ->> 3, r.value ->> 4, r.value ->> 5,
                r.value ->> 6, r.value ->> 7, r.value ->> 8, r.value ->> 9 FROM jsonb_each($1) r WHERE true
            ON CONFLICT (user_id, account_id) DO UPDATE SET kind = excluded.kind, name = excluded.name,
                balance_cents = excluded.balance_cents, limit_cents = excluded.limit_cents,
                minimum_payment_cents = excluded.minimum_payment_cents,
                last_payment_cents = excluded.last_payment_cents, is_overdue = excluded.is_overdue,
                currency = excluded.currency"
        }
        Statement::NewAccounts => {
            "
            INSERT INTO accounts (user_id, account_id, kind, name, balance_cents, currency)
            SELECT r.value ->> 0, r.value ->> 1, r.value ->> 2, r.value ->> 3, 0, r.value ->> 4
            FROM jsonb_each($1) r WHERE true
            ON CONFLICT (user_id, account_id) DO NOTHING"
        }
        Statement::AmendAccounts => {
            "
            UPDATE accounts SET kind = coalesce(r.value ->> 2, kind), name = coalesce(r.value ->> 3, name),
                balance_cents = iif(r.value ->> 5 >= ifnull(balance_on, ''), r.value ->> 4, balance_cents),
                balance_on = iif(r.value ->> 5 >= ifnull(balance_on, ''), r.value ->> 5, balance_on),
                limit_cents = coalesce(r.value ->> 6, limit_cents),
                minimum_payment_cents = coalesce(r.value ->> 7, minimum_payment_cents),
                last_payment_cents = coalesce(r.value ->> 8, last_payment_cents)
            FROM jsonb_each($1) r WHERE user_id = r.value ->> 0 AND account_id = r.value ->> 1"
        }
        Statement::RemoveTransactions => {
            "
            DELETE FROM transactions
            WHERE (user_id, transaction_id) IN (SELECT r.value ->> 0, r.value ->> 1 FROM jsonb_each($1) r)"
        }
        Statement::Transactions => {
            "
            INSERT INTO transactions (user_id, posted_on, transaction_id, account_id, amount_cents, category, channel,
                description, merchant, is_pending)
            SELECT r.value ->> 0, r.value ->> 1, r.value ->> 2, r.value ->> 3, r.value ->> 4, r.value ->> 5,
                r.value ->> 6, r.value ->> 7, r.value ->> 8, r.value ->> 9 FROM jsonb_each($1) r WHERE true
            ON CONFLICT DO UPDATE SET posted_on = excluded.posted_on, account_id = excluded.account_id,
                amount_cents = excluded.amount_cents, category = excluded.category, channel = excluded.channel,
                description = excluded.description, merchant = excluded.merchant, is_pending = excluded.is_pending"
        }
        Statement::Features => {
            "
            INSERT INTO window_features (user_id, window_days, as_of, signals)
            SELECT p.user_id, r.value ->> 1, r.value ->> 2, r.value -> 3
            FROM jsonb_each($1) r JOIN profiles p ON p.user_id = r.value ->> 0 WHERE true
            ON CONFLICT (user_id, window_days) DO UPDATE SET as_of = excluded.as_of, signals = excluded.signals
            WHERE excluded.as_of >= window_features.as_of"
        }
        Statement::Personas => {
            "
            INSERT INTO persona_assignments (user_id, window_days, as_of, persona, reasons)
            SELECT p.user_id, r.value ->> 1, r.value ->> 2, r.value ->> 3, r.value -> 4
            FROM jsonb_each($1) r JOIN profiles p ON p.user_id = r.value ->> 0 WHERE true
            ON CONFLICT (user_id, window_days) DO UPDATE SET as_of = excluded.as_of, persona = excluded.persona,
                reasons = excluded.reasons
            WHERE excluded.as_of >= persona_assignments.as_of"
        }
        Statement::Traces => {
            "
            INSERT INTO decision_traces (user_id, as_of, trace)
            SELECT p.user_id, r.value ->> 1, r.value -> 2
            FROM jsonb_each($1) r JOIN profiles p ON p.user_id = r.value ->> 0 WHERE true
            ON CONFLICT (user_id) DO UPDATE SET as_of = excluded.as_of, trace = excluded.trace
            WHERE excluded.as_of >= decision_traces.as_of"
        }
        Statement::ClearRecommendations => {
            "
            DELETE FROM recommendations WHERE user_id IN (
                SELECT t.user_id FROM jsonb_each($1) r
                JOIN decision_traces t ON t.user_id = r.value ->> 0 AND t.as_of = r.value ->> 1)"
        }
        Statement::Recommendations => {
            "
            INSERT INTO recommendations (user_id, position, item_id, kind, title, rationale, as_of)
            SELECT t.user_id, r.value ->> 1, r.value ->> 2, r.value ->> 3, r.value ->> 4, r.value ->> 5, t.as_of
            FROM jsonb_each($1) r JOIN decision_traces t ON t.user_id = r.value ->> 0 AND t.as_of = r.value ->> 6"
        }
        Statement::Withdraw => {
            "
            DELETE FROM decision_traces WHERE user_id IN (SELECT r.value ->> 0 FROM jsonb_each($1) r)"
        }
        Statement::WithdrawPersonas => {
            "
            DELETE FROM persona_assignments WHERE user_id IN (SELECT r.value ->> 0 FROM jsonb_each($1) r)"
        }
        Statement::WithdrawFeatures => {
            "
            DELETE FROM window_features WHERE user_id IN (SELECT r.value ->> 0 FROM jsonb_each($1) r)"
        }
        Statement::WithdrawErrors => {
            "
            DELETE FROM user_errors WHERE user_id IN (SELECT r.value ->> 0 FROM jsonb_each($1) r)"
        }
        Statement::Errors => {
            "
            INSERT INTO user_errors (user_id, job, message, occurred_at)
            SELECT p.user_id, r.value ->> 1, r.value ->> 2, r.value ->> 3
            FROM jsonb_each($1) r JOIN profiles p ON p.user_id = r.value ->> 0 WHERE true
            ON CONFLICT (user_id, job) DO UPDATE SET message = excluded.message, occurred_at = excluded.occurred_at"
        }
        Statement::ClearErrors => {
            "
            DELETE FROM user_errors WHERE (user_id, job) IN (SELECT r.value ->> 0, r.value ->> 1 FROM jsonb_each($1) r)"
        }
    }
}
