-- How far each run over everybody has come, kept with the results of every chunk. The run of the next day begins after
-- the last user whom an unfinished one reached.

DROP TABLE run_progress;

CREATE TABLE daily_runs (
    job TEXT NOT NULL,
    shard INTEGER NOT NULL,
    shards INTEGER NOT NULL,
    due TIMESTAMPTZ NOT NULL,
    -- The users up to this one come last.
    began_after TEXT COLLATE "C" NOT NULL,
    -- 0: users after `began_after`; 1: users up to it; 2: users who were set aside; 3: everybody is done.
    stage INTEGER NOT NULL CHECK (stage BETWEEN 0 AND 3),
    after_user_id TEXT COLLATE "C" NOT NULL,
    began_at TIMESTAMPTZ NOT NULL,
    moved_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (job, shard, shards, due)
);

-- Users whose rows could not be written, until they can be. Without a foreign key: the profile may be what is locked.
CREATE TABLE set_aside (
    job TEXT NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    reason TEXT NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (job, user_id)
);
