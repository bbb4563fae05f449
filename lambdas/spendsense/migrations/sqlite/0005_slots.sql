-- A shard of a run over everybody has a range of slots, so that it reads its own users only. SQLite has no function that
-- makes one of an id: it is by chance, and stays.

ALTER TABLE profiles ADD COLUMN slot INTEGER CHECK (slot BETWEEN 0 AND 65535);
UPDATE profiles SET slot = random() & 65535;

CREATE TRIGGER profiles_have_slots AFTER INSERT ON profiles WHEN NEW.slot IS NULL BEGIN
    UPDATE profiles SET slot = random() & 65535 WHERE user_id = NEW.user_id;
END;

CREATE UNIQUE INDEX profiles_by_slot ON profiles (slot, user_id);

-- Where a run is in the order of its users: the id, and before it, if the run is of a shard, the slot. Shards that are on
-- their way begin again.
ALTER TABLE daily_runs RENAME COLUMN after_user_id TO after_place;
UPDATE daily_runs SET stage = 0, began_after = '', after_place = '' WHERE shards > 1 AND stage < 3;
