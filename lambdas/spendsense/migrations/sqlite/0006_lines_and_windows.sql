-- What a run over everybody reads and writes most, kept as it is read and written.

-- A transaction has the line that features are computed from (`record.rs` says what is in it), so that reading a user only
-- joins lines. The functions of its expression are old ones, so that older programs can open the file, too. It takes some
-- seconds for each million transactions.
CREATE TABLE transactions_with_lines (
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
    line TEXT NOT NULL GENERATED ALWAYS AS (
        posted_on || ' ' || amount_cents || ' ' || category || ' ' || channel
        || ' ' || length(CAST(account_id AS BLOB))
        || ' ' || length(CAST(CASE category WHEN 'income' THEN description ELSE ifnull(merchant, '') END AS BLOB))
        || ' ' || account_id
        || ' ' || CASE category WHEN 'income' THEN description ELSE ifnull(merchant, '') END
    ) STORED,
    PRIMARY KEY (user_id, posted_on, transaction_id),
    FOREIGN KEY (user_id, account_id) REFERENCES accounts ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

INSERT INTO transactions_with_lines
SELECT user_id, posted_on, transaction_id, account_id, amount_cents, category, channel, description, merchant, is_pending
FROM transactions ORDER BY user_id, posted_on, transaction_id;

DROP TABLE transactions;
ALTER TABLE transactions_with_lines RENAME TO transactions;
CREATE UNIQUE INDEX transaction_ids ON transactions (user_id, transaction_id);

-- A row for each user and window, instead of one for each signal. `as_of` is the instant for which it was computed; an
-- older one never takes a newer one's place.
CREATE TABLE window_features (
    user_id TEXT NOT NULL REFERENCES profiles ON DELETE CASCADE,
    window_days INTEGER NOT NULL,
    as_of TEXT NOT NULL,
    -- An object: the value of each signal.
    signals TEXT NOT NULL CHECK (json_type(signals) = 'object'),
    PRIMARY KEY (user_id, window_days)
) STRICT, WITHOUT ROWID;

INSERT INTO window_features
SELECT user_id, window_days, max(as_of), json_group_object(signal, json(value)) FROM computed_features
GROUP BY user_id, window_days ORDER BY user_id, window_days;

DROP TABLE computed_features;
CREATE VIEW computed_features AS
SELECT f.user_id, f.window_days, s.key AS signal, f.as_of, f.signals -> s.fullkey AS value
FROM window_features f, json_each(f.signals) s;
