-- A row of features for each user and window, instead of one for each signal: a run over everybody writes a quarter of the
-- rows. The table keeps its rights under a new name, and a view has the old one.

CREATE TEMPORARY TABLE windows ON COMMIT DROP AS
SELECT user_id, window_days, max(as_of) AS as_of, jsonb_object_agg(signal, value) AS signals
FROM computed_features GROUP BY user_id, window_days;

TRUNCATE computed_features;
ALTER TABLE computed_features RENAME TO window_features;
-- The primary key goes with it.
ALTER TABLE window_features DROP COLUMN signal;
-- An object: the value of each signal.
ALTER TABLE window_features RENAME COLUMN value TO signals;
INSERT INTO window_features (user_id, window_days, as_of, signals)
SELECT user_id, window_days, as_of, signals FROM windows ORDER BY user_id, window_days;
ALTER TABLE window_features
    ADD PRIMARY KEY (user_id, window_days),
    ADD CHECK (jsonb_typeof(signals) = 'object');

CREATE VIEW computed_features AS
SELECT f.user_id, f.window_days, s.key AS signal, f.as_of, s.value
FROM window_features f CROSS JOIN LATERAL jsonb_each(f.signals) s;

-- Who read the table reads the view.
DO $$
DECLARE reader oid;
BEGIN
    FOR reader IN
        SELECT DISTINCT a.grantee FROM pg_class c, aclexplode(c.relacl) a
        WHERE c.oid = 'window_features'::regclass AND a.privilege_type = 'SELECT'
    LOOP
        EXECUTE format('GRANT SELECT ON computed_features TO %s',
            CASE reader WHEN 0 THEN 'PUBLIC' ELSE reader::regrole::text END);
    END LOOP;
END $$;
