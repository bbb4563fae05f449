//! Runs stubs. What one emits comes back to the bus as it does from a process, which asks over the API.

use std::sync::Arc;
use std::time::Duration;

use eventbridge::put_events::{Entry, Rejection};

use crate::function::{Attempt, Caller, Work};
use crate::local_bus::LocalBus;
use crate::publish::{Put, Received};
use crate::stub::{Stub, StubAnswer, StubRun};
use crate::trace::Failure;

/// The most entries of a request.
const ENTRIES: usize = 10;

impl LocalBus {
    /// Makes one attempt with a stub.
    pub(crate) fn run_stub(self: &Arc<Self>, stub: &Stub, work: &Work) -> Attempt {
        let result = if work.is_doomed {
            // A process is killed when it first speaks, which is before anything is emitted.
            Err(Failure::Crash {
                status: "killed".to_owned(),
            })
        } else {
            self.act(stub, work)
        };
        Attempt {
            result,
            duration: Duration::ZERO,
            init: Duration::ZERO,
        }
    }

    fn act(self: &Arc<Self>, stub: &Stub, work: &Work) -> Result<String, Failure> {
        let StubAnswer { emits, failure } = stub.answer(&StubRun {
            payload: &work.payload,
            attempt: work.attempt,
            now: self.clock.now(),
        });
        let caller = Caller::without_process(work);
        for entries in emits.chunks(ENTRIES) {
            self.emit(entries, &caller)?;
        }
        match failure {
            Some(message) => Err(failed(message)),
            None => Ok("null".to_owned()),
        }
    }

    /// Puts a stub's entries. As a typed job does, it fails if the bus does not take one.
    fn emit(self: &Arc<Self>, entries: &[Entry], caller: &Caller) -> Result<(), Failure> {
        let entries = entries.iter().cloned().map(Received::Ok).collect();
        match self.put(entries, Some(caller)) {
            Put::Answered(answers) => {
                let refused = answers.into_iter().find_map(Result::err);
                refused.map_or(Ok(()), |Rejection { message, .. }| Err(failed(message)))
            }
            Put::Failed => Err(failed("Internal Service Failure".to_owned())),
            Put::Unanswered => Err(Failure::Crash {
                status: "killed".to_owned(),
            }),
        }
    }
}

fn failed(message: String) -> Failure {
    Failure::Handler {
        error_type: "Stub".to_owned(),
        message,
    }
}
