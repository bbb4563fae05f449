-- A shard of a run over everybody has a range of slots, so that it reads its own users only. The slot follows from the id.
-- Adding it writes `profiles` anew, about a second for each million.

ALTER TABLE profiles ADD COLUMN slot INTEGER NOT NULL
    GENERATED ALWAYS AS (('x' || left(md5(user_id), 4))::bit(16)::integer) STORED;

CREATE UNIQUE INDEX profiles_by_slot ON profiles (slot, user_id);

-- Where a run is in the order of its users: the id, and before it, if the run is of a shard, the slot. Shards that are on
-- their way begin again.
ALTER TABLE daily_runs RENAME COLUMN after_user_id TO after_place;
UPDATE daily_runs SET stage = 0, began_after = '', after_place = '' WHERE shards > 1 AND stage < 3;
