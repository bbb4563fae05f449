-- Money in cents. Ids are compared byte by byte, as in Rust.

CREATE TABLE profiles (
    user_id TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (user_id <> ''),
    name TEXT NOT NULL,
    employer TEXT
);

CREATE TABLE consent_records (
    user_id TEXT COLLATE "C" NOT NULL REFERENCES profiles ON DELETE CASCADE,
    granted_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ,
    PRIMARY KEY (user_id, granted_at)
);

CREATE TABLE accounts (
    user_id TEXT COLLATE "C" NOT NULL REFERENCES profiles ON DELETE CASCADE,
    account_id TEXT COLLATE "C" NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('checking', 'savings', 'credit_card', 'other')),
    name TEXT NOT NULL,
    balance_cents BIGINT NOT NULL,
    limit_cents BIGINT,
    minimum_payment_cents BIGINT,
    last_payment_cents BIGINT,
    is_overdue BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (user_id, account_id)
);

-- A positive amount is money out of the account.
CREATE TABLE transactions (
    user_id TEXT COLLATE "C" NOT NULL,
    posted_on DATE NOT NULL,
    transaction_id TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    amount_cents BIGINT NOT NULL,
    category TEXT NOT NULL
        CHECK (category IN ('purchase', 'refund', 'income', 'transfer', 'payment', 'interest', 'fee')),
    channel TEXT NOT NULL CHECK (channel IN ('ach', 'card', 'other')),
    description TEXT NOT NULL,
    merchant TEXT,
    is_pending BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (user_id, posted_on, transaction_id),
    FOREIGN KEY (user_id, account_id) REFERENCES accounts ON DELETE CASCADE
);

-- `as_of` is the instant for which a row was computed; an older one never takes a newer one's place.
CREATE TABLE computed_features (
    user_id TEXT COLLATE "C" NOT NULL REFERENCES profiles ON DELETE CASCADE,
    window_days INTEGER NOT NULL,
    signal TEXT NOT NULL,
    as_of TIMESTAMPTZ NOT NULL,
    value JSONB NOT NULL,
    PRIMARY KEY (user_id, window_days, signal)
);

CREATE TABLE persona_assignments (
    user_id TEXT COLLATE "C" NOT NULL REFERENCES profiles ON DELETE CASCADE,
    window_days INTEGER NOT NULL,
    as_of TIMESTAMPTZ NOT NULL,
    persona TEXT NOT NULL,
    reasons JSONB NOT NULL,
    PRIMARY KEY (user_id, window_days)
);

-- Why there are these recommendations; without it there are none.
CREATE TABLE decision_traces (
    user_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES profiles ON DELETE CASCADE,
    as_of TIMESTAMPTZ NOT NULL,
    trace JSONB NOT NULL
);

CREATE TABLE recommendations (
    user_id TEXT COLLATE "C" NOT NULL REFERENCES decision_traces ON DELETE CASCADE,
    position INTEGER NOT NULL,
    item_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('education', 'offer')),
    title TEXT NOT NULL,
    rationale TEXT NOT NULL,
    as_of TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, position)
);

-- Users whose data a job could not work with, until it can.
CREATE TABLE user_errors (
    user_id TEXT COLLATE "C" NOT NULL REFERENCES profiles ON DELETE CASCADE,
    job TEXT NOT NULL,
    message TEXT NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, job)
);

-- How far a run over everybody came that ran out of time.
CREATE TABLE run_progress (
    job TEXT NOT NULL,
    due TIMESTAMPTZ NOT NULL,
    shard INTEGER NOT NULL,
    shards INTEGER NOT NULL,
    after_user_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (job, due, shard, shards)
);
