//! A PostgreSQL server, 15 or newer.

use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::migrate::Migrator;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions, PgRow, PgSslMode};
use sqlx::{Connection, Postgres as Driver, Row};

use super::secret::Secret;
use super::{Database, Error, Record, Sql, Statement, Value};

/// The most connections of a function: it does one thing at a time, and a server has only a few hundred for all functions.
const CONNECTIONS: u32 = 1;

/// The longest wait for a connection, also for one that another task uses.
const PATIENCE: Duration = Duration::from_secs(30);

/// The milliseconds after which the server ends a statement that a frozen or killed function left behind.
const STATEMENT_TIMEOUT: &str = "60000";

/// SQLSTATE of a wrong password, and of a role that does not exist.
const REFUSED: [&str; 2] = ["28P01", "28000"];

pub(super) struct Postgres {
    pool: PgPool,
    /// The secret that holds the password, if it may change.
    secret: Option<Secret>,
}

impl Postgres {
    pub(super) fn open(url: &str) -> Result<Self, Error> {
        Ok(Self {
            pool: pool(options(url)?),
            secret: None,
        })
    }

    pub(super) async fn from_secret(secret: Secret) -> Result<Self, Error> {
        let url = secret.url().await?;
        Ok(Self {
            pool: pool(options(&url)?),
            secret: Some(secret),
        })
    }

    /// Returns a connection. If the server refuses the password, it may have been rotated: then it is read again, once.
    async fn connection(&self) -> Result<PoolConnection<Driver>, Error> {
        match (self.pool.acquire().await, &self.secret) {
            (Err(sqlx::Error::Database(error)), Some(secret))
                if error
                    .code()
                    .is_some_and(|code| REFUSED.contains(&code.as_ref())) =>
            {
                tracing::info!("the database refuses the password: reading the secret again");
                self.pool
                    .set_connect_options(options(&secret.url().await?)?);
                Ok(self.pool.acquire().await?)
            }
            (acquired, _) => Ok(acquired?),
        }
    }
}

fn pool(options: PgConnectOptions) -> PgPool {
    PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(PATIENCE)
        // Lambda freezes a function between two events, and the server may have closed the connection by then.
        .test_before_acquire(true)
        .idle_timeout(None)
        .connect_lazy_with(options)
}

/// Reads the options of a connection. It is encrypted, unless the URL or `PGSSLMODE` says otherwise or the server is on
/// this machine. Only `verify-ca` and `verify-full` check the server's certificate, against the roots in `PGSSLROOTCERT`
/// or of this machine.
fn options(url: &str) -> Result<PgConnectOptions, Error> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|error| Error::Url(format!("the database's URL cannot be read: {error}")))?;
    let is_here = ["localhost", "127.0.0.1", "::1"].contains(&options.get_host())
        || options.get_host().starts_with('/')
        || options.get_socket().is_some();
    let is_said = url.contains("sslmode=") || std::env::var_os("PGSSLMODE").is_some();
    let options = if is_said || is_here {
        options
    } else {
        options.ssl_mode(PgSslMode::Require)
    };
    let name = std::env::var("AWS_LAMBDA_FUNCTION_NAME");
    Ok(options
        .application_name(name.as_deref().unwrap_or("spendsense"))
        // Startup options hold for every statement of the connection. Proxies such as RDS Proxy and PgBouncer refuse them.
        .options([
            ("statement_timeout", STATEMENT_TIMEOUT),
            ("idle_in_transaction_session_timeout", STATEMENT_TIMEOUT),
        ]))
}

#[async_trait]
impl Database for Postgres {
    fn sql(&self) -> &'static Sql {
        &SQL
    }

    async fn fetch(&self, query: &'static str, values: &[Value<'_>]) -> Result<Vec<Record>, Error> {
        let mut connection = self.connection().await?;
        let rows = bound(query, values).fetch_all(&mut *connection).await?;
        rows.iter().map(record).collect()
    }

    async fn execute(&self, statements: &[(&'static str, &[Value<'_>])]) -> Result<(), Error> {
        let mut connection = self.connection().await?;
        let mut transaction = connection.begin().await?;
        for (statement, values) in statements {
            bound(statement, values).execute(&mut *transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn migrate(&self, migrator: &Migrator) -> Result<(), Error> {
        let run = migrator.run(&self.pool).await;
        run.map_err(|error| Error::Tables(error.to_string()))
    }
}

fn bound<'q>(
    statement: &'static str,
    values: &'q [Value<'_>],
) -> sqlx::query::Query<'q, Driver, PgArguments> {
    let query = sqlx::query(statement);
    values.iter().fold(query, |query, value| match value {
        Value::Text(text) => query.bind(text.as_ref()),
        Value::Number(number) => query.bind(*number),
    })
}

fn record(row: &PgRow) -> Result<Record, Error> {
    let columns = (0..row.len()).map(|column| {
        let text: Option<String> = row.try_get(column)?;
        Ok(text.map(String::into_bytes))
    });
    Ok(Record(columns.collect::<Result<_, sqlx::Error>>()?))
}

/// Whether the user `p` has a consent in force at `$2`, as `1` or `0`.
macro_rules! consent {
    () => {
        "(EXISTS (
            SELECT 1 FROM consent_records c WHERE c.user_id = p.user_id
                AND c.granted_at <= $2::timestamptz AND (c.revoked_at IS NULL OR c.revoked_at > $2::timestamptz)
        ))::int::text"
    };
}

/// The accounts of the user `p`.
macro_rules! accounts {
    () => {
        "(SELECT coalesce(json_agg(json_build_array(
            account_id, kind, name, balance_cents, limit_cents, minimum_payment_cents, last_payment_cents, is_overdue::int)), '[]')::text
            FROM accounts a WHERE a.user_id = p.user_id)"
    };
}

/// An instant as text, as the store writes it.
macro_rules! instant {
    ($column:literal) => {
        concat!(
            "to_char(",
            $column,
            " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
        )
    };
}

/// The only text of a transaction that features need.
macro_rules! text {
    () => {
        "CASE category WHEN 'income' THEN description ELSE coalesce(merchant, '') END"
    };
}

static SQL: Sql = Sql {
    migrations: &[
        (
            1,
            "tables",
            include_str!("../../migrations/postgres/0001_tables.sql"),
        ),
        (
            2,
            "transaction ids",
            include_str!("../../migrations/postgres/0002_transaction_ids.sql"),
        ),
    ],
    applied: "SELECT version::text FROM _sqlx_migrations WHERE success",
    user_ids: "SELECT user_id FROM profiles WHERE user_id > $1 ORDER BY user_id LIMIT $2",
    users: concat!("
        SELECT p.user_id, ", consent!(), ",
            coalesce(to_json(p.employer), 'null')::text,
            ", accounts!(), ",
            (SELECT coalesce(string_agg(concat_ws(' ', to_char(posted_on, 'YYYY-MM-DD'), amount_cents, category, channel,
                octet_length(convert_to(account_id, 'UTF8')), octet_length(convert_to(", text!(), ", 'UTF8')),
                account_id, ", text!(), "), chr(10)), '')
                FROM transactions t WHERE t.user_id = p.user_id AND posted_on > $3::date AND posted_on <= $4::date
                    AND NOT is_pending)
        FROM jsonb_array_elements_text($1::jsonb) wanted JOIN profiles p ON p.user_id = wanted.value
        ORDER BY p.user_id"),
    features: concat!("
        SELECT p.user_id, ", consent!(), ",
            (SELECT coalesce(json_agg(json_build_array(window_days, signal, ", instant!("as_of"), ", value)), '[]')::text
                FROM computed_features f WHERE f.user_id = p.user_id)
        FROM jsonb_array_elements_text($1::jsonb) wanted JOIN profiles p ON p.user_id = wanted.value
        ORDER BY p.user_id"),
    personas: concat!("
        SELECT p.user_id, ", consent!(), ",
            (SELECT coalesce(json_agg(json_build_array(window_days, signal, ", instant!("as_of"), ", value)), '[]')::text
                FROM computed_features f WHERE f.user_id = p.user_id AND window_days = 30),
            (SELECT json_build_array(", instant!("as_of"), ", persona, reasons)::text
                FROM persona_assignments a WHERE a.user_id = p.user_id AND window_days = 30),
            ", accounts!(), "
        FROM jsonb_array_elements_text($1::jsonb) wanted JOIN profiles p ON p.user_id = wanted.value
        ORDER BY p.user_id"),
    findings: concat!("
        SELECT json_build_object(
            'user_id', p.user_id, 'name', p.name, 'employer', p.employer,
            'consents', (SELECT coalesce(json_agg(json_build_object(
                'granted_at', ", instant!("granted_at"), ", 'revoked_at', ", instant!("revoked_at"), ")
                ORDER BY granted_at), '[]') FROM consent_records x WHERE x.user_id = p.user_id),
            'accounts', (SELECT coalesce(json_agg(json_build_object(
                'account_id', account_id, 'kind', kind, 'name', name, 'balance_cents', balance_cents,
                'limit_cents', limit_cents) ORDER BY account_id), '[]') FROM accounts x WHERE x.user_id = p.user_id),
            'transactions', (SELECT count(*) FROM transactions x WHERE x.user_id = p.user_id),
            'features', (SELECT coalesce(json_agg(json_build_object(
                'window_days', window_days, 'signal', signal, 'as_of', ", instant!("as_of"), ", 'value', value)
                ORDER BY window_days, signal), '[]') FROM computed_features x WHERE x.user_id = p.user_id),
            'personas', (SELECT coalesce(json_agg(json_build_object(
                'window_days', window_days, 'as_of', ", instant!("as_of"), ", 'persona', persona, 'reasons', reasons)
                ORDER BY window_days), '[]') FROM persona_assignments x WHERE x.user_id = p.user_id),
            'recommendations', (SELECT coalesce(json_agg(json_build_object(
                'position', position, 'item_id', item_id, 'kind', kind, 'title', title, 'rationale', rationale,
                'as_of', ", instant!("as_of"), ") ORDER BY position), '[]')
                FROM recommendations x WHERE x.user_id = p.user_id),
            'decision_trace', (SELECT trace FROM decision_traces x WHERE x.user_id = p.user_id),
            'errors', (SELECT coalesce(json_agg(json_build_object(
                'job', job, 'message', message, 'occurred_at', ", instant!("occurred_at"), ") ORDER BY job), '[]')
                FROM user_errors x WHERE x.user_id = p.user_id))::text
        FROM profiles p WHERE p.user_id = $1"),
    delete_user: "DELETE FROM profiles WHERE user_id = $1",
    progress: "
        SELECT after_user_id FROM run_progress WHERE job = $1 AND due = $2::timestamptz AND shard = $3::bigint AND shards = $4::bigint",
    keep_progress: "
        INSERT INTO run_progress (job, due, shard, shards, after_user_id) VALUES ($1, $2::timestamptz, $3, $4, $5)
        ON CONFLICT (job, due, shard, shards) DO UPDATE SET after_user_id = excluded.after_user_id",
    end_progress: "
        DELETE FROM run_progress WHERE job = $1 AND due = $2::timestamptz AND shard = $3::bigint AND shards = $4::bigint",
    statement,
};

#[expect(clippy::too_many_lines, reason = "one statement after the other")]
fn statement(statement: Statement) -> &'static str {
    match statement {
        Statement::Profiles => {
            "
            INSERT INTO profiles (user_id, name, employer)
            SELECT r.value ->> 0, r.value ->> 1, r.value ->> 2 FROM jsonb_array_elements($1::jsonb) r
            ON CONFLICT (user_id) DO UPDATE SET name = excluded.name, employer = excluded.employer"
        }
        Statement::Consents => {
            "
            INSERT INTO consent_records (user_id, granted_at, revoked_at)
            SELECT r.value ->> 0, (r.value ->> 1)::timestamptz, (r.value ->> 2)::timestamptz FROM jsonb_array_elements($1::jsonb) r
            ON CONFLICT (user_id, granted_at) DO UPDATE SET revoked_at = excluded.revoked_at"
        }
        Statement::Accounts => {
            "
            INSERT INTO accounts (user_id, account_id, kind, name, balance_cents, limit_cents, minimum_payment_cents,
                last_payment_cents, is_overdue)
            SELECT r.value ->> 0, r.value ->> 1, r.value ->> 2, r.value ->> 3, (r.value ->> 4)::bigint, (r.value ->> 5)::bigint,
                (r.value ->> 6)::bigint, (r.value ->> 7)::bigint, (r.value ->> 8) = '1' FROM jsonb_array_elements($1::jsonb) r
            ON CONFLICT (user_id, account_id) DO UPDATE SET kind = excluded.kind, name = excluded.name,
                balance_cents = excluded.balance_cents, limit_cents = excluded.limit_cents,
                minimum_payment_cents = excluded.minimum_payment_cents,
                last_payment_cents = excluded.last_payment_cents, is_overdue = excluded.is_overdue"
        }
        Statement::Transactions => {
            // PostgreSQL refuses an upsert that meets one row twice: of two rows with one id, only the last is kept.
            "
            INSERT INTO transactions (user_id, posted_on, transaction_id, account_id, amount_cents, category, channel,
                description, merchant, is_pending)
            SELECT DISTINCT ON (r.value ->> 0, r.value ->> 2) r.value ->> 0, (r.value ->> 1)::date, r.value ->> 2,
                r.value ->> 3, (r.value ->> 4)::bigint, r.value ->> 5, r.value ->> 6, r.value ->> 7, r.value ->> 8,
                (r.value ->> 9) = '1'
            FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY r (value, place)
            ORDER BY r.value ->> 0, r.value ->> 2, place DESC
            ON CONFLICT (user_id, transaction_id) DO UPDATE SET posted_on = excluded.posted_on,
                account_id = excluded.account_id,
                amount_cents = excluded.amount_cents, category = excluded.category, channel = excluded.channel,
                description = excluded.description, merchant = excluded.merchant, is_pending = excluded.is_pending"
        }
        Statement::Features => {
            // An event can come late or twice: what an older one computed must not replace newer values. Rows go in by
            // user, because two transactions that lock the same rows in different orders can deadlock.
            "
            INSERT INTO computed_features (user_id, window_days, signal, as_of, value)
            SELECT p.user_id, (r.value ->> 1)::int, r.value ->> 2, (r.value ->> 3)::timestamptz, r.value -> 4
            FROM jsonb_array_elements($1::jsonb) r JOIN profiles p ON p.user_id = r.value ->> 0 ORDER BY 1
            ON CONFLICT (user_id, window_days, signal) DO UPDATE SET as_of = excluded.as_of, value = excluded.value
            WHERE excluded.as_of >= computed_features.as_of"
        }
        Statement::Personas => {
            "
            INSERT INTO persona_assignments (user_id, window_days, as_of, persona, reasons)
            SELECT p.user_id, (r.value ->> 1)::int, (r.value ->> 2)::timestamptz, r.value ->> 3, r.value -> 4
            FROM jsonb_array_elements($1::jsonb) r JOIN profiles p ON p.user_id = r.value ->> 0 ORDER BY 1
            ON CONFLICT (user_id, window_days) DO UPDATE SET as_of = excluded.as_of, persona = excluded.persona,
                reasons = excluded.reasons
            WHERE excluded.as_of >= persona_assignments.as_of"
        }
        Statement::Traces => {
            "
            INSERT INTO decision_traces (user_id, as_of, trace)
            SELECT p.user_id, (r.value ->> 1)::timestamptz, r.value -> 2
            FROM jsonb_array_elements($1::jsonb) r JOIN profiles p ON p.user_id = r.value ->> 0 ORDER BY 1
            ON CONFLICT (user_id) DO UPDATE SET as_of = excluded.as_of, trace = excluded.trace
            WHERE excluded.as_of >= decision_traces.as_of"
        }
        Statement::ClearRecommendations => {
            // Only if this run's trace was kept: if a newer run has written one, its recommendations stay.
            "
            DELETE FROM recommendations WHERE user_id IN (
                SELECT t.user_id FROM jsonb_array_elements($1::jsonb) r
                JOIN decision_traces t ON t.user_id = r.value ->> 0 AND t.as_of = (r.value ->> 1)::timestamptz)"
        }
        Statement::Recommendations => {
            // The join drops the rows of a run whose trace a newer run has overtaken.
            "
            INSERT INTO recommendations (user_id, position, item_id, kind, title, rationale, as_of)
            SELECT t.user_id, (r.value ->> 1)::int, r.value ->> 2, r.value ->> 3, r.value ->> 4, r.value ->> 5, t.as_of
            FROM jsonb_array_elements($1::jsonb) r JOIN decision_traces t ON t.user_id = r.value ->> 0 AND t.as_of = (r.value ->> 6)::timestamptz"
        }
        Statement::Withdraw => {
            // Recommendations go with their trace: the foreign key deletes them.
            "
            DELETE FROM decision_traces WHERE user_id IN (SELECT r.value ->> 0 FROM jsonb_array_elements($1::jsonb) r)"
        }
        Statement::Errors => {
            "
            INSERT INTO user_errors (user_id, job, message, occurred_at)
            SELECT p.user_id, r.value ->> 1, r.value ->> 2, (r.value ->> 3)::timestamptz
            FROM jsonb_array_elements($1::jsonb) r JOIN profiles p ON p.user_id = r.value ->> 0 ORDER BY 1
            ON CONFLICT (user_id, job) DO UPDATE SET message = excluded.message, occurred_at = excluded.occurred_at"
        }
        Statement::ClearErrors => {
            "
            DELETE FROM user_errors WHERE (user_id, job) IN (SELECT r.value ->> 0, r.value ->> 1 FROM jsonb_array_elements($1::jsonb) r)"
        }
    }
}
