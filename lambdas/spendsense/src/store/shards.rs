//! The users of a shard, in the order in which a run over everybody reaches them.
//!
//! Each profile has a slot, and a shard is a range of slots, which an index has in order: no shard reads the ids of
//! another. A run that is one shard goes by id, as the tables do.

use std::ops::Range;

use job::Shard;

use super::{Error, Record, Store, Value};

/// The number of slots: so many more than shards that these are equal.
const SLOTS: u64 = 65_536;

/// A user of a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) id: String,
    /// Where a run is once the user is done. Such texts have the order of the run.
    pub(crate) place: String,
}

/// Returns the slots of a shard.
pub(super) fn slots(shard: Shard) -> Range<i64> {
    let first = |index: u32| {
        let slot = u64::from(index) * SLOTS / u64::from(shard.of());
        i64::try_from(slot).unwrap_or(i64::MAX)
    };
    first(shard.index())..first(shard.index() + 1)
}

impl Store {
    /// Returns users of a shard after a place, in the order of a run.
    pub(crate) async fn members(
        &self,
        shard: Shard,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Member>, Error> {
        let sql = self.database.sql();
        if shard == Shard::WHOLE {
            let values = [Value::Text(after.into()), Value::Number(limit.into())];
            let rows = self.database.fetch(sql.user_ids, &values).await?;
            return rows.iter().map(by_id).collect();
        }
        let slots = slots(shard);
        let (slot, id) = parts(after, slots.start)?;
        let values = [
            Value::Number(slot),
            Value::Text(id.into()),
            Value::Number(slots.end),
            Value::Number(limit.into()),
        ];
        let rows = self.database.fetch(sql.shard_ids, &values).await?;
        rows.iter().map(by_slot).collect()
    }
}

fn by_id(row: &Record) -> Result<Member, Error> {
    let id = row.text(0)?.to_owned();
    Ok(Member {
        place: id.clone(),
        id,
    })
}

fn by_slot(row: &Record) -> Result<Member, Error> {
    let (slot, id) = (row.number(0)?, row.text(1)?);
    Ok(Member {
        id: id.to_owned(),
        place: format!("{slot:05} {id}"),
    })
}

/// Reads the slot and the id of a place; before the first user there is none.
fn parts(place: &str, first: i64) -> Result<(i64, &str), Error> {
    if place.is_empty() {
        return Ok((first, ""));
    }
    let parts = place.split_once(' ');
    let read = parts.and_then(|(slot, id)| Some((slot.parse().ok()?, id)));
    read.ok_or_else(|| {
        Error::Row(format!(
            "a run of shards is at `{place}`, which has no slot"
        ))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::store::{Statement, Writes};

    fn shards(of: u32) -> impl Iterator<Item = Shard> {
        (0..of).map(move |index| Shard::new(index, of).unwrap())
    }

    #[test]
    fn shards_share_all_slots_evenly() {
        for of in [1, 2, 3, 16, 99, 100] {
            let mut next = 0;
            for slots in shards(of).map(slots) {
                assert_eq!(slots.start, next);
                let size = slots.end - slots.start;
                assert!((size - 65_536 / i64::from(of)).abs() <= 1, "{size} of {of}");
                next = slots.end;
            }
            assert_eq!(next, 65_536);
        }
    }

    #[test]
    fn a_place_has_a_slot_and_any_id() {
        assert_eq!(parts("", 7).unwrap(), (7, ""));
        assert_eq!(parts("00042 a b", 7).unwrap(), (42, "a b"));
        assert!(parts("u-1", 7).is_err());
    }

    #[tokio::test]
    async fn every_user_is_in_one_shard_and_the_order_is_that_of_places() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite:{}/x.sqlite", folder.path().display())).unwrap();
        store.migrate().await.unwrap();
        let mut writes = Writes::default();
        for number in 0..900 {
            let id = format!("u {number}");
            writes.push(Statement::Profiles, &(&id, "name", None::<&str>));
        }
        // Written again, a user stays in the shard.
        for _ in 0..2 {
            store.write(&writes).await.unwrap();
        }
        for of in [1, 3] {
            let (mut ids, mut sizes) = (BTreeSet::new(), Vec::new());
            for shard in shards(of) {
                let (mut after, mut size) = (String::new(), 0);
                loop {
                    let members = store.members(shard, &after, 100).await.unwrap();
                    let Some(last) = members.last() else { break };
                    assert!(members.iter().all(|of| of.place > after));
                    assert!(members.is_sorted_by(|one, next| one.place < next.place));
                    after = last.place.clone();
                    size += members.len();
                    ids.extend(members.into_iter().map(|of| of.id));
                }
                sizes.push(size);
            }
            assert_eq!(ids.len(), 900);
            assert_eq!(sizes.iter().sum::<usize>(), 900);
            let even = 900 / sizes.len();
            assert!(
                sizes.iter().all(|size| size.abs_diff(even) < 120),
                "{sizes:?}"
            );
        }
    }

    #[cfg(feature = "sqlite")]
    #[tokio::test]
    async fn an_index_has_the_users_of_a_shard() {
        use sqlx::{Connection, Row};

        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}/x.sqlite", folder.path().display());
        let store = Store::open(&url).unwrap();
        store.migrate().await.unwrap();
        let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
        let explain = format!("EXPLAIN QUERY PLAN {}", store.database.sql().shard_ids);
        let query = sqlx::query(sqlx::AssertSqlSafe(explain));
        let query = query.bind(7).bind("u-1").bind(9).bind(100);
        let plan = query.fetch_all(&mut connection).await.unwrap();
        let plan: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
        let expected = "SEARCH profiles USING COVERING INDEX profiles_by_slot ((slot,user_id)>(?,?) AND slot<?)";
        assert_eq!(plan, [expected]);
    }
}
