//! The scheduled run over everybody.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::arrival::{Arrival, Malformed, timestamp};
use crate::outgoing::Emissions;

/// A run that a schedule started: over everybody, or over one shard of everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheduled {
    /// When the run was due: one instant for all shards of a run and for their retries.
    pub timestamp: Timestamp,
    /// Which part of the work this run does.
    pub shard: Shard,
    /// The fields that the spec gives the scheduled event: `detail:` of the trigger, or of `defaults.schedule`.
    pub detail: Map<String, Value>,
}

/// One of several equal parts of a scheduled run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    of: u32,
}

impl Shard {
    /// All of the work.
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// Part `index`, counted from 0, of `of` parts; `None` if there is no such part.
    pub const fn new(index: u32, of: u32) -> Option<Self> {
        if index < of {
            Some(Self { index, of })
        } else {
            None
        }
    }

    /// Which part, from 0.
    pub fn index(self) -> u32 {
        self.index
    }

    /// The number of parts, at least 1.
    pub fn of(self) -> u32 {
        self.of
    }

    /// Whether the work of `key`, such as a user's id, belongs to this part. Exactly one of the parts
    /// holds a key, and it is always the same one.
    ///
    /// ```
    /// let shards: Vec<_> = (0..3).filter_map(|index| job::Shard::new(index, 3)).collect();
    /// assert_eq!(shards.iter().filter(|shard| shard.holds("u-1")).count(), 1);
    /// ```
    pub fn holds(self, key: &str) -> bool {
        hash(key) % u64::from(self.of) == u64::from(self.index)
    }
}

/// FNV-1a, which is the same in every build: the shards of a run are processes of their own, and have to agree.
fn hash(key: &str) -> u64 {
    key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The scheduled run of a job that has no schedule: there is none, so it has no values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unscheduled {}

/// How a job takes its scheduled runs, and what they may emit.
///
/// It is [`Scheduled`] for a job whose schedules emit nothing, [`Unscheduled`] for a job without a schedule, and
/// [`ScheduledBy`](crate::ScheduledBy) for a job with one schedule that emits. For several schedules of which one emits,
/// generated code has an enum with a variant for each.
pub trait Schedule: Sized {
    /// Whether the job has a schedule.
    const IS_SCHEDULED: bool;

    /// What a handler returns for a run: `()` if it emits nothing.
    type Outcome: Emissions;

    /// The run as the job takes it; `None` if no schedule of the job has started it.
    fn accept(run: Scheduled, arrival: &Arrival<'_>) -> Option<Self>;
}

impl Schedule for Scheduled {
    const IS_SCHEDULED: bool = true;
    type Outcome = ();

    fn accept(run: Scheduled, _: &Arrival<'_>) -> Option<Self> {
        Some(run)
    }
}

impl Schedule for Unscheduled {
    const IS_SCHEDULED: bool = false;
    type Outcome = ();

    fn accept(_: Scheduled, _: &Arrival<'_>) -> Option<Self> {
        None
    }
}

impl Scheduled {
    /// Reads the detail of a scheduled event. The envelope's time stands in for a missing `timestamp`.
    pub(crate) fn read(arrival: &Arrival<'_>) -> Result<Self, Malformed> {
        let written = arrival.field("timestamp");
        let read = written
            .map(timestamp(&arrival.path("timestamp")))
            .transpose()?;
        let due = read.or_else(|| arrival.time());
        Ok(Self {
            timestamp: due
                .ok_or_else(|| arrival.unexpected("timestamp", "an RFC 3339 timestamp"))?,
            shard: read_shard(arrival)?,
            detail: own_fields(arrival),
        })
    }
}

/// The detail without the fields that every scheduled event has.
fn own_fields(arrival: &Arrival<'_>) -> Map<String, Value> {
    let mut fields = arrival.fields().clone();
    fields.retain(|name, _| {
        !matches!(
            name.as_str(),
            "event_type" | "timestamp" | "shard" | "shards"
        )
    });
    fields
}

fn read_shard(arrival: &Arrival<'_>) -> Result<Shard, Malformed> {
    if arrival.field("shard").is_none() && arrival.field("shards").is_none() {
        return Ok(Shard::WHOLE);
    }
    let count = |name: &str| {
        let number = arrival.field(name).and_then(Value::as_u64);
        number.and_then(|number| u32::try_from(number).ok())
    };
    let of = count("shards").filter(|of| *of > 0);
    let of = of.ok_or_else(|| arrival.unexpected("shards", "a whole number, at least 1"))?;
    let shard = count("shard").and_then(|index| Shard::new(index, of));
    shard.ok_or_else(|| arrival.unexpected("shard", &format!("a whole number below {of}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_below_their_number() {
        assert_eq!(Shard::new(0, 1), Some(Shard::WHOLE));
        assert!(Shard::new(2, 3).is_some());
        assert_eq!(Shard::new(3, 3), None);
        assert_eq!(Shard::new(0, 0), None);
    }

    #[test]
    fn the_shards_share_the_keys_evenly() {
        let mut held = [0; 4];
        for user in 0..4_000 {
            let key = format!("u-{user}");
            let mut holders = (0..4).filter(|index| Shard::new(*index, 4).unwrap().holds(&key));
            held[holders.next().unwrap() as usize] += 1;
            assert_eq!(holders.next(), None, "{key}");
        }
        assert!(
            held.iter().all(|keys| (800..1_200).contains(keys)),
            "{held:?}"
        );
    }

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(hash(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(hash("foobar"), 0x8594_4171_f739_67e8);
    }
}
