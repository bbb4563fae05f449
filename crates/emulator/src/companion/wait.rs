//! Waits for a step of the trace that a pattern matches.

use std::time::Duration;

use eventbridge::pattern::{Event, Pattern};
use serde_json::{Map, Value};

use super::story::Story;
use crate::local_bus::LocalBus;
use crate::trace::Record;

/// The most records that are read at a time.
const RECORDS: usize = 1_000;
/// The most bytes of them, unless the first one has more.
const BYTES: usize = 4 << 20;

/// What to wait for.
#[derive(Clone, Debug)]
pub struct Wait {
    /// A pattern of EventBridge's language, over steps as `/_/trace` has them, with what earlier steps know of each:
    /// `{"step": ["FUNCTION_SUCCESS"], "job": ["mail"], "began_with": ["<id of an event>"]}`.
    pub pattern: Value,
    /// The first step that counts. 0 is the first since the bus was ready, or since its last reset.
    pub from: u64,
    /// The longest wait.
    pub timeout: Duration,
}

/// What came of a wait.
#[derive(Clone, Debug, PartialEq)]
pub enum Waited {
    /// The first step that matches, with what earlier steps know of it.
    Found(Map<String, Value>),
    /// Time was up.
    TimedOut {
        /// The steps that were looked at.
        steps: u64,
        /// The one that came nearest.
        nearest: Option<Nearby>,
    },
    /// The bus was reset meanwhile.
    Reset,
}

/// A step that came near to a pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Nearby {
    /// The step, with what earlier steps know of it.
    pub step: Map<String, Value>,
    /// Says which field decided, what was wanted and what was there.
    pub why: String,
    failures: usize,
}

/// Reads the trace for one wait.
struct Reader<'w> {
    wait: &'w Wait,
    pattern: Pattern,
    jobs: &'w Map<String, Value>,
    story: Story,
    next: u64,
    steps: u64,
    nearest: Option<Nearby>,
}

impl LocalBus {
    /// Waits for a step. `jobs` has the job of each function.
    ///
    /// # Errors
    /// A pattern that EventBridge would refuse.
    pub(crate) async fn wait_for(
        &self,
        wait: &Wait,
        jobs: &Map<String, Value>,
    ) -> Result<Waited, String> {
        let pattern =
            Pattern::parse(&wait.pattern.to_string()).map_err(|error| error.to_string())?;
        let mut reader = Reader {
            wait,
            pattern,
            jobs,
            story: Story::default(),
            next: 0,
            steps: 0,
            nearest: None,
        };
        let mut resets = self.resets.subscribe();
        let deadline = tokio::time::Instant::now() + wait.timeout;
        loop {
            let page = self.journal.page(reader.next, RECORDS, BYTES);
            let is_last = page.is_empty();
            if let Some(found) = reader.read(&page) {
                return Ok(Waited::Found(found));
            }
            if !is_last {
                // A long trace must not keep everybody else waiting.
                tokio::task::yield_now().await;
                continue;
            }
            let mut follow = self.journal.follow(reader.next);
            tokio::select! {
                biased;
                _ = resets.changed() => return Ok(Waited::Reset),
                _ = follow.more() => {}
                () = tokio::time::sleep_until(deadline) => {
                    let Reader { steps, nearest, .. } = reader;
                    return Ok(Waited::TimedOut { steps, nearest });
                }
            }
        }
    }
}

impl Reader<'_> {
    /// Reads records, and returns the first that matches.
    fn read(&mut self, page: &[Record]) -> Option<Map<String, Value>> {
        for record in page {
            self.next = record.sequence + 1;
            let told = self.story.tell(record, self.jobs);
            if record.sequence < self.wait.from {
                continue;
            }
            self.steps += 1;
            let told = Value::Object(told);
            let Ok(event) = Event::parse(&told.to_string()) else {
                continue;
            };
            let Value::Object(told) = told else { continue };
            if self.pattern.matches(&event) {
                return Some(told);
            }
            self.compare(&event, told);
        }
        None
    }

    /// Keeps a step if none before it came nearer.
    fn compare(&mut self, event: &Event, told: Map<String, Value>) {
        let explanation = self.pattern.explain(event);
        let failures = explanation.failures();
        if self
            .nearest
            .as_ref()
            .is_some_and(|nearest| nearest.failures < failures)
        {
            return;
        }
        let Some(finding) = explanation.deciding() else {
            return;
        };
        let found = match finding.found.as_slice() {
            [] => "nothing".to_owned(),
            found => found.join(", "),
        };
        let (path, wanted) = (&finding.path, &finding.wanted);
        self.nearest = Some(Nearby {
            step: told,
            why: format!("wanted is {wanted} in `{path}`, and there is {found}"),
            failures,
        });
    }
}

impl Waited {
    /// Says in words why no step was found. Nothing if one was.
    pub fn complaint(&self) -> Option<String> {
        match self {
            Self::Found(_) => None,
            Self::Reset => Some("the bus was reset, and what was awaited will not come".to_owned()),
            Self::TimedOut { steps: 0, .. } => {
                Some("no step matches: there was none at all".to_owned())
            }
            Self::TimedOut { steps, nearest } => {
                let mut text = format!("none of {steps} steps matches");
                if let Some(Nearby { step, why, .. }) = nearest {
                    let name = step.get("step").and_then(Value::as_str).unwrap_or_default();
                    let number = step
                        .get("sequence")
                        .map(Value::to_string)
                        .unwrap_or_default();
                    let nearest = format!("; {name}, number {number}, came nearest: {why}");
                    text.push_str(&nearest);
                }
                Some(text)
            }
        }
    }
}
