//! Connections, which say how to sign in, and API destinations, which say what to call.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A connection: how calls sign in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Connection {
    pub(crate) arn: String,
    pub(crate) secret_arn: String,
    pub(crate) description: Option<String>,
    /// `BASIC`, `API_KEY` or `OAUTH_CLIENT_CREDENTIALS`.
    pub(crate) authorization: String,
    /// `AuthParameters` as they were put, with the secrets.
    pub(crate) parameters: Value,
    /// Members that are kept and returned, and mean nothing here.
    pub(crate) others: Map<String, Value>,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    /// The token that the authorization endpoint gave, and when it ends.
    pub(crate) token: Option<(String, Timestamp)>,
}

/// An API destination: a URL that is called.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Destination {
    pub(crate) arn: String,
    pub(crate) description: Option<String>,
    pub(crate) connection_arn: String,
    pub(crate) endpoint: String,
    pub(crate) method: String,
    /// The most calls in a second.
    pub(crate) rate: u32,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    /// The earliest instant of the next call.
    pub(crate) next_call: Timestamp,
}

impl Destination {
    /// Takes the next time at which it may be called.
    pub(crate) fn take_turn(&mut self, now: Timestamp) -> Timestamp {
        let turn = self.next_call.max(now);
        let gap = SignedDuration::from_nanos(1_000_000_000 / i64::from(self.rate.max(1)));
        self.next_call = turn.checked_add(gap).unwrap_or(turn);
        turn
    }
}

/// Finds what an ARN of the form `…/name/id` names. An id that is not its own is another one's, which is gone.
pub(crate) fn name_in(arn: &str) -> Option<&str> {
    let mut parts = arn.rsplit('/');
    parts.next()?;
    parts.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_keep_their_distance_and_lost_time_is_not_made_up_for() {
        let start = Timestamp::UNIX_EPOCH;
        let mut destination = Destination {
            arn: String::new(),
            description: None,
            connection_arn: String::new(),
            endpoint: String::new(),
            method: String::new(),
            rate: 4,
            created: start,
            modified: start,
            next_call: start,
        };
        let mut turn = |now: i64| destination.take_turn(start + SignedDuration::from_millis(now));
        let turns = [turn(0), turn(0), turn(100), turn(2_000), turn(2_000)];
        let turns = turns.map(Timestamp::as_millisecond);
        assert_eq!(turns, [0, 250, 500, 2_000, 2_250]);
    }
}
