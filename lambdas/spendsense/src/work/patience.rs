//! How long a run waits: for a database that is away, and at most until a little before Lambda ends it.

use std::time::{Duration, Instant};

use job::{Error, Run};
use tracing::warn;

use super::Opened;
use crate::store;

/// The longest time for which a run tries to get a database back, such as during a failover.
const AWAY: Duration = Duration::from_secs(30);

/// The pauses between two tries: they double up to the longest.
const PAUSES: [Duration; 6] = [
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

/// The part of a run's time that is kept for the last results and the events that follow: a quarter, within these.
const RESERVE: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(5)];

/// The part of a run's time in which an error can still be told.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// How long a run may wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// No try begins after this.
    until: Instant,
}

impl Patience {
    pub(super) fn of(run: &Run) -> Self {
        let left = run.remaining();
        let reserve = (left / 4).clamp(RESERVE[0], RESERVE[1]);
        Self {
            until: Instant::now() + left.saturating_sub(reserve),
        }
    }

    /// Whether no more work may begin.
    pub(super) fn is_over(self) -> bool {
        Instant::now() >= self.until
    }

    /// The pauses between tries, while there is time for them.
    pub(super) fn pauses(self) -> impl Iterator<Item = Duration> {
        let until = self.until;
        let pauses = PAUSES.into_iter();
        pauses.take_while(move |pause| Instant::now() + *pause < until)
    }

    /// Does something with the database. If the connection is lost, it is done again with another one.
    pub(super) async fn with<T, F: Future<Output = Result<T, store::Error>>>(
        self,
        work: impl Fn() -> F,
    ) -> Result<T, Error> {
        Ok(self.tried(work).await?)
    }

    /// Does the same, and returns the store's own error.
    pub(super) async fn tried<T, F: Future<Output = Result<T, store::Error>>>(
        self,
        work: impl Fn() -> F,
    ) -> Result<T, store::Error> {
        let until = self.until.min(Instant::now() + AWAY);
        let longest = PAUSES[PAUSES.len() - 1];
        let mut pauses = PAUSES.into_iter();
        loop {
            let error = match work().await {
                Err(error) if error.is_lost() => error,
                done => return done,
            };
            let pause = pauses.next().unwrap_or(longest);
            if Instant::now() + pause >= until {
                return Err(error);
            }
            warn!(
                error = error.in_full(),
                "the database is away: trying again"
            );
            tokio::time::sleep(pause).await;
        }
    }
}

/// Works until a little before Lambda ends the run, and then says what it waits for.
pub(super) async fn in_time<T>(
    opened: &Opened,
    run: &Run,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let left = run.remaining();
    let limit = left.saturating_sub(LAST_WORDS.min(left / 4));
    match tokio::time::timeout(limit, work).await {
        Ok(done) => done,
        Err(_) => Err(format!(
            "no time is left after {:.1} s: the run waits for {}",
            limit.as_secs_f64(),
            opened.waits_for()
        )
        .into()),
    }
}
