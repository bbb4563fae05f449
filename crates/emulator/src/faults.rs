//! Faults that are put in on purpose, at given rates, the same ones for the same seed.

use std::hash::{Hash, Hasher};
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::trace::FaultKind;

/// The rate of each fault. A rate is a part of all, from 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// Chooses the deliveries and attempts that fail. The same seed chooses the same ones.
    pub seed: u64,
    /// The rate of deliveries that are made twice.
    #[serde(deserialize_with = "rate")]
    pub duplicate: f64,
    /// The rate of deliveries that are held back.
    #[serde(deserialize_with = "rate")]
    pub delay: f64,
    /// The longest time that a delivery is held back, in seconds. 30 if it is left out.
    pub delay_up_to_seconds: Option<u32>,
    /// The rate of attempts of functions that do their work, and whose response is lost.
    #[serde(deserialize_with = "rate")]
    pub drop_response: f64,
    /// The rate of attempts of functions that are killed when they first speak, to a bus or to Lambda.
    #[serde(deserialize_with = "rate")]
    pub kill: f64,
    /// The rate of attempts of functions that are stopped at the timeout, with nothing done.
    #[serde(deserialize_with = "rate")]
    pub timeout: f64,
    /// The rate of attempts to deliver that are throttled.
    #[serde(deserialize_with = "rate")]
    pub throttle: f64,
    /// The rate of requests of `PutEvents` by functions that fail as a whole.
    #[serde(deserialize_with = "rate")]
    pub refuse_request: f64,
    /// The rate of entries from functions that fail one by one.
    #[serde(deserialize_with = "rate")]
    pub refuse_entry: f64,
}

/// The default for the longest time that a delivery is held back.
const DELAY_UP_TO_SECONDS: u32 = 30;

impl Faults {
    /// Returns whether there are no faults at all.
    pub fn is_empty(&self) -> bool {
        ALL.iter().all(|kind| self.rate_of(*kind) <= 0.0)
    }

    /// Gives every fault the same rate, so that together they come to `total`.
    #[must_use]
    pub fn of_every_kind(total: f64, seed: u64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "there are eight")]
        let rate = total.clamp(0.0, 1.0) / ALL.len() as f64;
        Self {
            seed,
            duplicate: rate,
            delay: rate,
            delay_up_to_seconds: None,
            drop_response: rate,
            kill: rate,
            timeout: rate,
            throttle: rate,
            refuse_request: rate,
            refuse_entry: rate,
        }
    }

    /// Returns whether a fault is put in. The key is an id, and a number for the attempt.
    pub(crate) fn hits(&self, kind: FaultKind, key: (&str, u32)) -> bool {
        let rate = self.rate_of(kind);
        rate > 0.0 && self.rng(kind, key).f64() < rate
    }

    /// Returns the first of several faults that is put in: an attempt has one at most.
    pub(crate) fn one_of(&self, kinds: &[FaultKind], key: (&str, u32)) -> Option<FaultKind> {
        kinds.iter().copied().find(|kind| self.hits(*kind, key))
    }

    /// Returns how long a delivery is held back.
    pub(crate) fn delay_of(&self, key: (&str, u32)) -> Duration {
        let most = self.delay_up_to_seconds.unwrap_or(DELAY_UP_TO_SECONDS);
        let mut part = self.rng(FaultKind::Delay, key);
        // By the first number, `hits` has decided that there is a delay, so it is below the rate. The second can be any.
        let _ = part.f64();
        Duration::from_secs(most.into()).mul_f64(part.f64())
    }

    fn rng(&self, kind: FaultKind, key: (&str, u32)) -> fastrand::Rng {
        // Made from the key, not from a stream of numbers: so a fault does not depend on the order of concurrent
        // runs.
        let mut hasher = rustc_hash::FxHasher::default();
        (self.seed, kind, key).hash(&mut hasher);
        fastrand::Rng::with_seed(hasher.finish())
    }

    fn rate_of(&self, kind: FaultKind) -> f64 {
        match kind {
            FaultKind::Duplicate => self.duplicate,
            FaultKind::Delay => self.delay,
            FaultKind::DropResponse => self.drop_response,
            FaultKind::Kill => self.kill,
            FaultKind::Timeout => self.timeout,
            FaultKind::Throttle => self.throttle,
            FaultKind::RefuseRequest => self.refuse_request,
            FaultKind::RefuseEntry => self.refuse_entry,
        }
    }
}

const ALL: [FaultKind; 8] = [
    FaultKind::Duplicate,
    FaultKind::Delay,
    FaultKind::DropResponse,
    FaultKind::Kill,
    FaultKind::Timeout,
    FaultKind::Throttle,
    FaultKind::RefuseRequest,
    FaultKind::RefuseEntry,
];

fn rate<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let rate = f64::deserialize(deserializer)?;
    if (0.0..=1.0).contains(&rate) {
        Ok(rate)
    } else {
        Err(serde::de::Error::custom(format!(
            "a rate is from 0 to 1, and {rate} is not"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_hold_and_the_same_seed_chooses_the_same() {
        let faults = Faults {
            kill: 0.2,
            seed: 7,
            ..Faults::default()
        };
        let chosen = |faults: &Faults| -> Vec<u32> {
            let all = 0..10_000;
            all.filter(|n| faults.hits(FaultKind::Kill, ("r", *n)))
                .collect()
        };
        let first = chosen(&faults);
        assert!((1_800..2_200).contains(&first.len()), "{}", first.len());
        assert_eq!(first, chosen(&faults));
        let other = Faults { seed: 8, ..faults };
        assert_ne!(first, chosen(&other));
        assert!(!other.hits(FaultKind::Throttle, ("r", 1)));
    }

    #[test]
    fn a_delay_is_at_most_what_is_said() {
        let faults = Faults {
            delay: 1.0,
            delay_up_to_seconds: Some(10),
            ..Faults::default()
        };
        let delays = (0..1_000).map(|n| faults.delay_of(("d", n)));
        assert!(delays.max().unwrap() <= Duration::from_secs(10));
    }

    #[test]
    fn a_rate_beyond_one_is_refused() {
        let error = serde_json::from_str::<Faults>(r#"{"kill": 2}"#).unwrap_err();
        assert!(error.to_string().contains("from 0 to 1"), "{error}");
        assert!(serde_json::from_str::<Faults>(r#"{"kil": 0.1}"#).is_err());
    }
}
