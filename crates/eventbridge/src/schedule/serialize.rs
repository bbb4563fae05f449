//! Schedules as text for serde.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Schedule;

impl Serialize for Schedule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// Reads text as [`FromStr`](std::str::FromStr) does. An error has the reason; its place is lost.
impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Owned text too: a reader cannot lend a string that it had to unescape.
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}
