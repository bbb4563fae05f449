-- An account has a currency, in which its balance and all its transactions are. So far all were in US dollars.

ALTER TABLE accounts ADD COLUMN currency TEXT NOT NULL DEFAULT 'USD' CHECK (currency ~ '^[A-Z]{3}$');

-- The day whose balance it is; nothing if that is not known. An older balance never takes a newer one's place.
ALTER TABLE accounts ADD COLUMN balance_on DATE;
