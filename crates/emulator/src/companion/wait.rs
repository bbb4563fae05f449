//! Waits for a step of the trace that a pattern matches.

use std::sync::Arc;
use std::time::Duration;

use eventbridge::pattern::{Event, Pattern};
use serde_json::{Map, Value};

use crate::local_bus::LocalBus;
use crate::story::Told;
use crate::trace::Record;

/// The most records that are read at a time, without a pause for others.
const RECORDS: usize = 100;
/// The most bytes of them, unless the first one has more.
const BYTES: usize = 4 << 20;
/// The last records, among which the one is sought that came nearest.
const NEAR: u64 = 2_000;

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
        /// The one of the last 2,000 that came nearest.
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
}

/// Reads the trace for one wait.
struct Reader<'w> {
    bus: &'w LocalBus,
    pattern: Pattern,
    /// The names of the steps that the pattern wants, if it says them. Most steps have another one, and need not be told.
    names: Option<Vec<&'w str>>,
    jobs: &'w Map<String, Value>,
    next: u64,
    steps: u64,
    nearest: Option<Near>,
}

/// The step that came nearest so far.
struct Near {
    told: Arc<Told>,
    why: String,
    failures: usize,
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
            bus: self,
            pattern,
            names: names(&wait.pattern),
            jobs,
            next: wait.from,
            steps: 0,
            nearest: None,
        };
        let mut resets = self.resets.subscribe();
        let deadline = tokio::time::Instant::now() + wait.timeout;
        loop {
            let found = reader.read_to_the_end().await;
            if let Some(found) = found {
                return Ok(Waited::Found(found));
            }
            let mut follow = self.journal.follow(reader.next);
            tokio::select! {
                biased;
                _ = resets.changed() => return Ok(Waited::Reset),
                _ = follow.more() => {}
                () = tokio::time::sleep_until(deadline) => {
                    reader.find_nearest(wait.from).await;
                    let Reader { steps, nearest, .. } = reader;
                    let nearest = nearest.map(|near| Nearby {
                        step: near.told.step.clone(),
                        why: near.why,
                    });
                    return Ok(Waited::TimedOut { steps, nearest });
                }
            }
        }
    }
}

/// Returns the names of steps that a pattern wants, if it wants some and nothing else will do.
fn names(pattern: &Value) -> Option<Vec<&str>> {
    let wanted = pattern["step"].as_array()?.iter();
    wanted.map(Value::as_str).collect()
}

impl Reader<'_> {
    /// Reads all that there is, and returns the first step that matches. Of those who have much to read, one reads at a time,
    /// with pauses: a long trace must not keep everybody else waiting.
    async fn read_to_the_end(&mut self) -> Option<Map<String, Value>> {
        let (journal, narrator) = (&self.bus.journal, &self.bus.narrator);
        let next = self.next.min(narrator.next());
        let is_behind = journal.count().saturating_sub(next) > RECORDS as u64;
        let _turn = if is_behind {
            narrator.take_turn().await
        } else {
            None
        };
        narrator.catch_up(journal, self.jobs).await;
        loop {
            let page = journal.page(self.next, RECORDS, BYTES);
            if page.is_empty() {
                return None;
            }
            if let Some(found) = self.read(&page) {
                return Some(found);
            }
            tokio::task::yield_now().await;
        }
    }

    /// Reads records, and returns the first that matches.
    fn read(&mut self, page: &[Record]) -> Option<Map<String, Value>> {
        let narrator = &self.bus.narrator;
        for record in page {
            self.next = record.sequence + 1;
            self.steps += 1;
            let names = self.names.as_deref();
            if names.is_some_and(|names| narrator.is_another(&record.step, names)) {
                continue;
            }
            let told = narrator.told(record, self.jobs);
            let event = told.event();
            if event.is_some_and(|event| self.pattern.matches(event)) {
                return Some(told.step.clone());
            }
        }
        None
    }

    /// Finds the step that came nearest among the last ones.
    async fn find_nearest(&mut self, from: u64) {
        let (journal, narrator) = (&self.bus.journal, &self.bus.narrator);
        let _turn = narrator.take_turn().await;
        let end = self.next;
        let mut next = from.max(end.saturating_sub(NEAR));
        while next < end {
            let page = journal.page(next, RECORDS, BYTES);
            let Some(last) = page.last() else {
                return;
            };
            next = last.sequence + 1;
            for record in page.iter().filter(|record| record.sequence < end) {
                let told = narrator.told(record, self.jobs);
                if let Some(event) = told.event() {
                    self.compare(event, &told);
                }
            }
            tokio::task::yield_now().await;
        }
    }

    /// Keeps a step if none before it came nearer.
    fn compare(&mut self, event: &Event, told: &Arc<Told>) {
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
        self.nearest = Some(Near {
            told: Arc::clone(told),
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
