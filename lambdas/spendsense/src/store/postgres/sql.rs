//! The statements in the dialect of PostgreSQL.

use crate::store::{Sql, Statement, daily};

/// Whether the consent `c` is in force. The clock is the database's, so that it and a withdrawal have the same.
macro_rules! in_force {
    () => {
        "c.granted_at <= clock_timestamp() AND (c.revoked_at IS NULL OR c.revoked_at > clock_timestamp())"
    };
}

/// Whether the user `p` has a consent in force, as `1` or `0`.
macro_rules! consent {
    () => {
        concat!(
            "(EXISTS (SELECT 1 FROM consent_records c WHERE c.user_id = p.user_id AND ",
            in_force!(),
            "))::int::text"
        )
    };
}

/// The accounts of the user `p`.
macro_rules! accounts {
    () => {
        "(SELECT coalesce(json_agg(json_build_array(
            account_id, kind, name, balance_cents, limit_cents, minimum_payment_cents, last_payment_cents, is_overdue::int,
            currency)), '[]')::text
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

pub(super) static SQL: Sql = Sql {
    migrations: &[
        (
            1,
            "tables",
            include_str!("../../../migrations/postgres/0001_tables.sql"),
        ),
        (
            2,
            "transaction ids",
            include_str!("../../../migrations/postgres/0002_transaction_ids.sql"),
        ),
        (
            3,
            "daily runs",
            include_str!("../../../migrations/postgres/0003_daily_runs.sql"),
        ),
        (
            4,
            "currencies",
            include_str!("../../../migrations/postgres/0004_currencies.sql"),
        ),
        (
            5,
            "slots",
            include_str!("../../../migrations/postgres/0005_slots.sql"),
        ),
        (
            6,
            "windows",
            include_str!("../../../migrations/postgres/0006_windows.sql"),
        ),
    ],
    applied: "SELECT version::text FROM _sqlx_migrations WHERE success",
    user_ids: "SELECT user_id FROM profiles WHERE user_id > $1 ORDER BY user_id LIMIT $2",
    // `slot` alone would be the text of the first column, which has another order.
    shard_ids: "
        SELECT p.slot::text, p.user_id FROM profiles p WHERE (p.slot, p.user_id) > ($1::integer, $2) AND p.slot < $3::integer
        ORDER BY p.slot, p.user_id LIMIT $4",
    users: concat!("
        SELECT p.user_id, ", consent!(), ",
            coalesce(to_json(p.employer), 'null')::text,
            ", accounts!(), ",
            (SELECT coalesce(string_agg(concat_ws(' ', posted_on, amount_cents, category, channel,
                octet_length(convert_to(account_id, 'UTF8')), octet_length(convert_to(", text!(), ", 'UTF8')),
                account_id, ", text!(), "), chr(10)), '')
                FROM transactions t WHERE t.user_id = p.user_id AND posted_on > $2::date AND posted_on <= $3::date
                    AND NOT is_pending)
        FROM jsonb_array_elements_text($1::jsonb) wanted JOIN profiles p ON p.user_id = wanted.value
        ORDER BY p.user_id"),
    known: "
        SELECT transaction_id FROM transactions WHERE user_id = $1
            AND transaction_id IN (SELECT jsonb_array_elements_text($2::jsonb))",
    features: concat!("
        SELECT p.user_id, ", consent!(), ",
            (SELECT coalesce(json_agg(json_build_array(window_days, ", instant!("as_of"), ", signals)), '[]')::text
                FROM window_features f WHERE f.user_id = p.user_id)
        FROM jsonb_array_elements_text($1::jsonb) wanted JOIN profiles p ON p.user_id = wanted.value
        ORDER BY p.user_id"),
    personas: concat!("
        SELECT p.user_id, ", consent!(), ",
            (SELECT coalesce(json_agg(json_build_array(window_days, ", instant!("as_of"), ", signals)), '[]')::text
                FROM window_features f WHERE f.user_id = p.user_id AND window_days = 30),
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
                'limit_cents', limit_cents, 'currency', currency) ORDER BY account_id), '[]') FROM accounts x WHERE x.user_id = p.user_id),
            'transactions', (SELECT count(*) FROM transactions x WHERE x.user_id = p.user_id),
            'features', (SELECT coalesce(json_agg(json_build_object(
                'window_days', window_days, 'signal', s.key, 'as_of', ", instant!("as_of"), ", 'value', s.value)
                ORDER BY window_days, s.key), '[]') FROM window_features x, jsonb_each(x.signals) s WHERE x.user_id = p.user_id),
            'personas', (SELECT coalesce(json_agg(json_build_object(
                'window_days', window_days, 'as_of', ", instant!("as_of"), ", 'persona', persona, 'reasons', reasons)
                ORDER BY window_days), '[]') FROM persona_assignments x WHERE x.user_id = p.user_id),
            'recommendations', (SELECT coalesce(json_agg(json_build_object(
                'position', position, 'item_id', item_id, 'kind', kind, 'title', title, 'rationale', rationale,
                'as_of', ", instant!("as_of"), ") ORDER BY position), '[]')
                FROM recommendations x WHERE x.user_id = p.user_id),
            'decision_trace', (SELECT trace FROM decision_traces x WHERE x.user_id = p.user_id),
            'errors', (SELECT coalesce(json_agg(json_build_object(
                'job', job, 'message', message, 'occurred_at', ", instant!("occurred_at"), ") ORDER BY job, message), '[]')
                FROM (SELECT job, message, occurred_at FROM user_errors x WHERE x.user_id = p.user_id
                    UNION ALL SELECT job, reason, since FROM set_aside x WHERE x.user_id = p.user_id) e))::text
        FROM profiles p WHERE p.user_id = $1"),
    delete_user: [
        "DELETE FROM profiles WHERE user_id = $1",
        "DELETE FROM set_aside WHERE user_id = $1",
    ],
    // A locked profile cannot be referred to, and a consent that another transaction changes may be in force or not: such
    // users are left out instead of waited for. What is locked here stays as it is until the results are written.
    admitted: concat!("
        WITH wanted AS MATERIALIZED (SELECT r.value AS user_id FROM jsonb_array_elements_text($1::jsonb) r),
        kept AS MATERIALIZED (SELECT p.user_id FROM profiles p WHERE p.user_id IN (SELECT w.user_id FROM wanted w)
            ORDER BY p.user_id FOR KEY SHARE OF p SKIP LOCKED),
        consenting AS MATERIALIZED (SELECT c.user_id FROM consent_records c
            WHERE c.user_id IN (SELECT w.user_id FROM wanted w) AND ", in_force!(), "
            ORDER BY c.user_id, c.granted_at FOR SHARE OF c SKIP LOCKED)
        SELECT p.user_id, (p.user_id IN (SELECT k.user_id FROM kept k))::int::text,
            (p.user_id IN (SELECT c.user_id FROM consenting c))::int::text, ", consent!(), "
        FROM wanted w JOIN profiles p ON p.user_id = w.user_id"),
    revoke: "
        UPDATE consent_records SET revoked_at = greatest(granted_at, least($2::timestamptz, clock_timestamp()))
        WHERE user_id = $1 AND granted_at <= $2::timestamptz
            AND (revoked_at IS NULL OR revoked_at > least($2::timestamptz, clock_timestamp()))",
    daily: daily::Sql {
        run: "
            SELECT stage::text, after_place, began_after FROM daily_runs
            WHERE job = $1 AND shard = $2 AND shards = $3 AND due = $4::timestamptz",
        run_before: "
            SELECT stage::text, after_place, began_after FROM daily_runs
            WHERE job = $1 AND shard = $2 AND shards = $3 AND due < $4::timestamptz ORDER BY due DESC LIMIT 1",
        forget: "
            DELETE FROM daily_runs WHERE job = $1 AND shard = $2 AND shards = $3 AND due < $4::timestamptz",
        begin: "
            INSERT INTO daily_runs (job, shard, shards, due, began_after, stage, after_place, began_at, moved_at)
            VALUES ($1, $2, $3, $4::timestamptz, $5, 0, $5, clock_timestamp(), clock_timestamp())
            ON CONFLICT (job, shard, shards, due) DO UPDATE SET began_after = excluded.began_after, stage = 0,
                after_place = excluded.after_place, began_at = excluded.began_at, moved_at = excluded.moved_at",
        is_done: "
            SELECT r.job FROM daily_runs r JOIN daily_runs b ON b.job = $5 AND b.shard = r.shard AND b.shards = r.shards
            WHERE r.job = $1 AND r.shard = $2 AND r.shards = $3 AND b.stage = 3 AND b.moved_at <= r.began_at
                AND NOT EXISTS (SELECT 1 FROM daily_runs n WHERE n.job = b.job AND n.shard = b.shard AND n.shards = b.shards
                    AND n.due > b.due)
                AND r.due > $4::timestamptz - interval '12 hours' AND r.due < $4::timestamptz + interval '12 hours'
                AND CASE WHEN r.due = $4::timestamptz THEN r.stage = 3 AND $6 = 1
                    ELSE r.stage = 3 OR r.moved_at > clock_timestamp() - interval '2 minutes' END",
        go_on: "
            UPDATE daily_runs SET stage = $5, after_place = $6, moved_at = clock_timestamp()
            WHERE job = $1 AND shard = $2 AND shards = $3 AND due = $4::timestamptz AND (stage, after_place) <= ($5, $6)",
        set_aside: "
            INSERT INTO set_aside (job, user_id, reason, since)
            SELECT $1, r.value ->> 0, r.value ->> 1, clock_timestamp() FROM jsonb_array_elements($2::jsonb) r
            ON CONFLICT (job, user_id) DO UPDATE SET reason = excluded.reason",
        settle: "
            DELETE FROM set_aside WHERE job = $1 AND user_id IN (SELECT jsonb_array_elements_text($2::jsonb))",
        aside: "
            SELECT s.user_id, s.reason FROM set_aside s JOIN profiles p ON p.user_id = s.user_id
            WHERE s.job = $1 AND s.user_id > $2 AND p.slot >= $3::integer AND p.slot < $4::integer ORDER BY s.user_id",
    },
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
        Statement::NewProfiles => {
            "
            INSERT INTO profiles (user_id, name, employer)
            SELECT r.value ->> 0, r.value ->> 1, r.value ->> 2 FROM jsonb_array_elements($1::jsonb) r
            ON CONFLICT (user_id) DO NOTHING"
        }
        Statement::AmendProfiles => {
            "
            UPDATE profiles SET name = coalesce(r.value ->> 1, name), employer = coalesce(r.value ->> 2, employer)
            FROM jsonb_array_elements($1::jsonb) r WHERE user_id = r.value ->> 0"
        }
        Statement::Consents => {
            "
            INSERT INTO consent_records (user_id, granted_at, revoked_at)
            SELECT r.value ->> 0, (r.value ->> 1)::timestamptz, (r.value ->> 2)::timestamptz FROM jsonb_array_elements($1::jsonb) r
            ON CONFLICT (user_id, granted_at) DO UPDATE SET revoked_at = excluded.revoked_at"
        }
        Statement::FirstConsents => {
            "
            INSERT INTO consent_records (user_id, granted_at)
            SELECT r.value ->> 0, (r.value ->> 1)::timestamptz FROM jsonb_array_elements($1::jsonb) r
            WHERE NOT EXISTS (SELECT 1 FROM consent_records c WHERE c.user_id = r.value ->> 0)"
        }
        Statement::Accounts => {
            "
            INSERT INTO accounts (user_id, account_id, kind, name, balance_cents, limit_cents, minimum_payment_cents,
                last_payment_cents, is_overdue, currency)
            SELECT r.value ->> 0, r.value ->> 1, r.value ->> 2, r.value ->> 3, (r.value ->> 4)::bigint, (r.value ->> 5)::bigint,
                (r.value ->> 6)::bigint, (r.value ->> 7)::bigint, (r.value ->> 8) = '1', r.value ->> 9 FROM jsonb_array_elements($1::jsonb) r
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
            FROM jsonb_array_elements($1::jsonb) r
            ON CONFLICT (user_id, account_id) DO NOTHING"
        }
        Statement::AmendAccounts => {
            "
            UPDATE accounts SET kind = coalesce(r.value ->> 2, kind), name = coalesce(r.value ->> 3, name),
                balance_cents = CASE WHEN (r.value ->> 5)::date >= coalesce(balance_on, '-infinity')
                    THEN (r.value ->> 4)::bigint ELSE balance_cents END,
                balance_on = CASE WHEN (r.value ->> 5)::date >= coalesce(balance_on, '-infinity')
                    THEN (r.value ->> 5)::date ELSE balance_on END,
                limit_cents = coalesce((r.value ->> 6)::bigint, limit_cents),
                minimum_payment_cents = coalesce((r.value ->> 7)::bigint, minimum_payment_cents),
                last_payment_cents = coalesce((r.value ->> 8)::bigint, last_payment_cents)
            FROM jsonb_array_elements($1::jsonb) r WHERE user_id = r.value ->> 0 AND account_id = r.value ->> 1"
        }
        Statement::RemoveTransactions => {
            "
            DELETE FROM transactions WHERE (user_id, transaction_id)
                IN (SELECT r.value ->> 0, r.value ->> 1 FROM jsonb_array_elements($1::jsonb) r)"
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
            INSERT INTO window_features (user_id, window_days, as_of, signals)
            SELECT p.user_id, (r.value ->> 1)::int, (r.value ->> 2)::timestamptz, r.value -> 3
            FROM jsonb_array_elements($1::jsonb) r JOIN profiles p ON p.user_id = r.value ->> 0 ORDER BY 1
            ON CONFLICT (user_id, window_days) DO UPDATE SET as_of = excluded.as_of, signals = excluded.signals
            WHERE excluded.as_of >= window_features.as_of"
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
        Statement::WithdrawPersonas => {
            "
            DELETE FROM persona_assignments WHERE user_id IN (SELECT r.value ->> 0 FROM jsonb_array_elements($1::jsonb) r)"
        }
        Statement::WithdrawFeatures => {
            "
            DELETE FROM window_features WHERE user_id IN (SELECT r.value ->> 0 FROM jsonb_array_elements($1::jsonb) r)"
        }
        Statement::WithdrawErrors => {
            "
            DELETE FROM user_errors WHERE user_id IN (SELECT r.value ->> 0 FROM jsonb_array_elements($1::jsonb) r)"
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
