//! What a process writes, line by line.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::AsyncRead;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::lines::Lines;
use super::settings::Settings;

/// One of the streams that a process writes to.
#[derive(Debug)]
pub(super) struct Stream {
    task: JoinHandle<()>,
    /// Takes questions. Each is answered when every line that is there has been passed on.
    questions: mpsc::Sender<oneshot::Sender<()>>,
    /// The last line that is worth to be told.
    last: Arc<Mutex<Option<String>>>,
}

/// The most letters of a line that an error repeats.
const LINE_MAX: usize = 300;

/// Locks what no panic can leave half done.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Shortens a line for an error; nothing if it says nothing. Rust ends each panic with a note on backtraces.
fn worth_telling(line: &str) -> Option<String> {
    let line = line.trim();
    let says = !line.is_empty() && !line.starts_with("note: run with `RUST_BACKTRACE");
    says.then(|| line.chars().take(LINE_MAX).collect())
}

impl Stream {
    /// Passes on every line, with the request during which it was written.
    pub(super) fn forward(
        stream: impl AsyncRead + Unpin + Send + 'static,
        settings: &Arc<Settings>,
        current: &Arc<Mutex<Option<Arc<str>>>>,
    ) -> Self {
        let (settings, current) = (Arc::clone(settings), Arc::clone(current));
        let (questions, mut asked) = mpsc::channel::<oneshot::Sender<()>>(1);
        let last = Arc::new(Mutex::new(None));
        let kept = Arc::clone(&last);
        let task = tokio::spawn(async move {
            let mut lines = Lines::new(stream);
            loop {
                tokio::select! {
                    biased;
                    // Lines first: a response to a question means that no line is left.
                    line = lines.next() => {
                        let Ok(Some(line)) = line else { break };
                        let request = current.lock().unwrap_or_else(PoisonError::into_inner).clone();
                        if let Some(line) = worth_telling(&line) {
                            *locked(&kept) = Some(line);
                        }
                        (settings.output)(&settings.name, request.as_ref(), line);
                    }
                    Some(answer) = asked.recv() => {
                        // This fails if nobody waits for the answer any more.
                        let _ = answer.send(());
                    }
                }
            }
        });
        Self {
            task,
            questions,
            last,
        }
    }

    /// Waits until the lines that were written before now have been passed on.
    pub(super) async fn catch_up(&self) {
        let (answer, answered) = oneshot::channel();
        // This fails if the stream has ended, and then no line is left.
        if self.questions.send(answer).await.is_ok() {
            let _ = answered.await;
        }
    }

    /// Returns where the last line is that is worth to be told.
    pub(super) fn last(&self) -> Arc<Mutex<Option<String>>> {
        Arc::clone(&self.last)
    }

    /// Waits until every line has been passed on, and none can come any more.
    pub(super) async fn ended(self) {
        // It was given up, or has panicked.
        let _ = self.task.await;
    }

    pub(super) fn abort(&self) {
        self.task.abort();
    }
}
