//! The place of the domain's work.

/// For whom a job works.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Subject<'s> {
    /// One user, by id.
    User(&'s str),
    /// Every user of a shard.
    Everybody(job::Shard),
}

/// Records that the job `J` ran. Nothing is computed or stored yet.
pub(crate) fn record<J: job::Job>(subject: Subject<'_>) {
    match subject {
        Subject::User(user_id) => {
            tracing::info!(
                job = J::NAME,
                user_id,
                "run recorded; the work itself is not there yet"
            );
        }
        Subject::Everybody(shard) => tracing::info!(
            job = J::NAME,
            shard = shard.index(),
            shards = shard.of(),
            "run over everybody recorded; the work itself is not there yet"
        ),
    }
}
