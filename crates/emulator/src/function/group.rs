//! A process with all that it has started.

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::process::Child;

/// The group that a process leads. Programs that it starts are in it, unless they leave on purpose.
#[derive(Debug)]
pub(super) struct Group(Option<Pid>);

impl Group {
    /// The group of a process that was started as the leader of one.
    pub(super) fn led_by(leader: &Child) -> Self {
        let id = leader.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(Pid::from_raw))
    }

    /// Asks the leader to end.
    pub(super) fn ask_leader(&self) {
        if let Some(leader) = self.0 {
            // It fails if the process has ended, and then there is nothing to do.
            let _ = kill_process(leader, Signal::TERM);
        }
    }

    /// Ends every process of the group. Once only: afterwards the number may be another group's.
    pub(super) fn end(&mut self) {
        if let Some(group) = self.0.take() {
            // It fails if all have ended, and then there is nothing to do.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
