-- Money in cents, days as YYYY-MM-DD, instants as YYYY-MM-DDTHH:MM:SS.ffffffZ, so that text compares as time does.

CREATE TABLE profiles (
    user_id TEXT NOT NULL PRIMARY KEY CHECK (user_id <> ''),
    name TEXT NOT NULL,
    employer TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE consent_records (
    user_id TEXT NOT NULL REFERENCES profiles ON DELETE CASCADE,
    granted_at TEXT NOT NULL CHECK (length(granted_at) = 27),
    revoked_at TEXT CHECK (length(revoked_at) = 27),
    PRIMARY KEY (user_id, granted_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
    user_id TEXT NOT NULL REFERENCES profiles ON DELETE CASCADE,
    account_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('checking', 'savings', 'credit_card', 'other')),
    name TEXT NOT NULL,
    balance_cents INTEGER NOT NULL,
    limit_cents INTEGER,
    minimum_payment_cents INTEGER,
    last_payment_cents INTEGER,
    is_overdue INTEGER NOT NULL DEFAULT 0 CHECK (is_overdue IN (0, 1)),
    PRIMARY KEY (user_id, account_id)
) STRICT, WITHOUT ROWID;

-- A positive amount is money out of the account. Kept in the order in which they are read.
CREATE TABLE transactions (
    user_id TEXT NOT NULL,
    posted_on TEXT NOT NULL CHECK (posted_on IS date(posted_on)),
    transaction_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    amount_cents INTEGER NOT NULL,
    category TEXT NOT NULL
        CHECK (category IN ('purchase', 'refund', 'income', 'transfer', 'payment', 'interest', 'fee')),
    channel TEXT NOT NULL CHECK (channel IN ('ach', 'card', 'other')),
    description TEXT NOT NULL,
    merchant TEXT,
    is_pending INTEGER NOT NULL DEFAULT 0 CHECK (is_pending IN (0, 1)),
    PRIMARY KEY (user_id, posted_on, transaction_id),
    FOREIGN KEY (user_id, account_id) REFERENCES accounts ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- `as_of` is the instant for which a row was computed; an older one never takes a newer one's place.
CREATE TABLE computed_features (
    user_id TEXT NOT NULL REFERENCES profiles ON DELETE CASCADE,
    window_days INTEGER NOT NULL,
    signal TEXT NOT NULL,
    as_of TEXT NOT NULL,
    value TEXT NOT NULL CHECK (json_valid(value)),
    PRIMARY KEY (user_id, window_days, signal)
) STRICT, WITHOUT ROWID;

CREATE TABLE persona_assignments (
    user_id TEXT NOT NULL REFERENCES profiles ON DELETE CASCADE,
    window_days INTEGER NOT NULL,
    as_of TEXT NOT NULL,
    persona TEXT NOT NULL,
    reasons TEXT NOT NULL CHECK (json_valid(reasons)),
    PRIMARY KEY (user_id, window_days)
) STRICT, WITHOUT ROWID;

-- Why there are these recommendations; without it there are none.
CREATE TABLE decision_traces (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES profiles ON DELETE CASCADE,
    as_of TEXT NOT NULL,
    trace TEXT NOT NULL CHECK (json_valid(trace))
) STRICT, WITHOUT ROWID;

CREATE TABLE recommendations (
    user_id TEXT NOT NULL REFERENCES decision_traces ON DELETE CASCADE,
    position INTEGER NOT NULL,
    item_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('education', 'offer')),
    title TEXT NOT NULL,
    rationale TEXT NOT NULL,
    as_of TEXT NOT NULL,
    PRIMARY KEY (user_id, position)
) STRICT, WITHOUT ROWID;

-- Users whose data a job could not work with, until it can.
CREATE TABLE user_errors (
    user_id TEXT NOT NULL REFERENCES profiles ON DELETE CASCADE,
    job TEXT NOT NULL,
    message TEXT NOT NULL,
    occurred_at TEXT NOT NULL,
    PRIMARY KEY (user_id, job)
) STRICT, WITHOUT ROWID;

-- How far a run over everybody came that ran out of time.
CREATE TABLE run_progress (
    job TEXT NOT NULL,
    due TEXT NOT NULL,
    shard INTEGER NOT NULL,
    shards INTEGER NOT NULL,
    after_user_id TEXT NOT NULL,
    PRIMARY KEY (job, due, shard, shards)
) STRICT, WITHOUT ROWID;
