//! Keeps steps: the last of them in memory, all of them in a file if there is one.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::watch;

use super::step::{RAW, Step};

/// A step with its time. Times are the bus's and may be virtual, durations are measured.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    /// The record's number, from 0, in the order in which things happened.
    pub sequence: u64,
    /// The bus's time when it happened.
    pub at: Timestamp,
    /// The thing that happened.
    #[serde(flatten)]
    pub step: Step,
}

/// A record of which the JSON in it has become text.
#[derive(Deserialize)]
struct Read {
    sequence: u64,
    at: Timestamp,
    #[serde(flatten)]
    step: Step,
}

impl Record {
    /// Reads a line of a trace. Events and payloads come back as they are written, whatever JSON they are:
    /// with halves of surrogate pairs, numbers that no double holds, and any depth.
    ///
    /// # Errors
    /// When the line is no record.
    pub fn from_json(line: &str) -> serde_json::Result<Self> {
        let mut members: BTreeMap<String, Cow<'_, RawValue>> = BTreeMap::new();
        for (name, json) in serde_json::from_str::<BTreeMap<String, &RawValue>>(line)? {
            // serde reads a tagged enum through values, which cannot hold every JSON: as a text it passes.
            let json = match json.get() {
                text if RAW.contains(&&*name) && text != "null" => {
                    Cow::Owned(serde_json::value::to_raw_value(text)?)
                }
                _ => Cow::Borrowed(json),
            };
            members.insert(name, json);
        }
        let Read { sequence, at, step } = serde_json::from_str(&serde_json::to_string(&members)?)?;
        Ok(Self { sequence, at, step })
    }
}

/// The records of a bus.
#[derive(Debug)]
pub(crate) struct Journal {
    state: Mutex<State>,
    /// The number of records so far. Wakes those who wait for more.
    count: watch::Sender<u64>,
}

#[derive(Debug)]
struct State {
    kept: VecDeque<Record>,
    /// The most records that are kept.
    most: usize,
    count: u64,
    file: Option<BufWriter<File>>,
}

/// Reads records as they are made.
#[derive(Debug)]
pub struct Follow {
    next: u64,
    count: watch::Receiver<u64>,
}

impl Journal {
    /// Keeps the last `most` records, and writes all of them to a file if one is named.
    ///
    /// # Errors
    /// A file that cannot be made.
    pub(crate) fn new(most: usize, file: Option<&Path>) -> anyhow::Result<Self> {
        let file = file.map(create).transpose()?;
        let state = State {
            kept: VecDeque::new(),
            most,
            count: 0,
            file,
        };
        Ok(Self {
            state: Mutex::new(state),
            count: watch::Sender::new(0),
        })
    }

    pub(crate) fn record(&self, at: Timestamp, step: Step) {
        let mut state = self.lock();
        let record = Record {
            sequence: state.count,
            at,
            step,
        };
        state.write(&record);
        if state.kept.len() == state.most {
            state.kept.pop_front();
        }
        state.kept.push_back(record);
        state.count += 1;
        // Under the lock: two threads could otherwise tell their counts in the wrong order, and a follower would wait for
        // a record that is there.
        self.count.send_replace(state.count);
    }

    /// Returns the number of records so far, including those that are no longer kept.
    pub(crate) fn count(&self) -> u64 {
        self.lock().count
    }

    /// Returns the records from a sequence number on that are kept.
    pub(crate) fn since(&self, sequence: u64) -> Vec<Record> {
        let state = self.lock();
        let kept = state.kept.iter();
        let first = state.count - state.kept.len() as u64;
        let skipped = usize::try_from(sequence.saturating_sub(first)).unwrap_or(usize::MAX);
        kept.skip(skipped).cloned().collect()
    }

    /// Searches the kept steps from the last one back. Returns what `find` finds first.
    pub(crate) fn find<T>(&self, find: impl Fn(&Step) -> Option<T>) -> Option<T> {
        let state = self.lock();
        state
            .kept
            .iter()
            .rev()
            .find_map(|record| find(&record.step))
    }

    /// Follows the records from a sequence number on.
    pub(crate) fn follow(&self, from: u64) -> Follow {
        Follow {
            next: from,
            count: self.count.subscribe(),
        }
    }

    /// Writes everything that is still buffered to the file.
    pub(crate) fn flush(&self) {
        if let Some(file) = &mut self.lock().file {
            // A full disk must not end a run. The records in memory are still there.
            let _ = file.flush();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn write(&mut self, record: &Record) {
        let Some(file) = &mut self.file else {
            return;
        };
        let written = serde_json::to_writer(&mut *file, record)
            .map_err(std::io::Error::from)
            .and_then(|()| file.write_all(b"\n"));
        if written.is_err() {
            // A full disk must not end a run. The file stays as it is: with a gap in it, a reader would be misled.
            self.file = None;
        }
    }
}

impl Follow {
    /// Waits until there are new records, and returns the sequence number of the first. Returns `None` once the bus is
    /// gone.
    pub async fn more(&mut self) -> Option<u64> {
        let from = self.next;
        let count = *self.count.wait_for(|count| *count > from).await.ok()?;
        self.next = count;
        Some(from)
    }
}

fn create(path: &Path) -> anyhow::Result<BufWriter<File>> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(BufWriter::new(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault() -> Step {
        Step::LoopStopped {
            event: "e".into(),
            hops: 1,
        }
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let deep = format!("{}{}", "[".repeat(900), "]".repeat(900));
        for envelope in [
            r#"{"z":"caf\ud83d","a":1e400,"n":12345678901234567890123,"a":1.10}"#,
            &format!(r#"{{"detail":{deep}}}"#),
        ] {
            let record = Record {
                sequence: 7,
                at: Timestamp::UNIX_EPOCH,
                step: Step::ScheduleFired {
                    event: "e".into(),
                    rule: "r".into(),
                    envelope: envelope.into(),
                },
            };
            let read = Record::from_json(&serde_json::to_string(&record).unwrap()).unwrap();
            let Step::ScheduleFired { envelope: read, .. } = read.step else {
                panic!("another step");
            };
            assert_eq!(&*read, envelope);
        }
        assert!(Record::from_json(r#"{"sequence":1}"#).is_err());
    }

    #[test]
    fn only_the_last_records_are_kept_and_the_file_has_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/trace.ndjson");
        let journal = Journal::new(2, Some(&path)).unwrap();
        for _ in 0..5 {
            journal.record(Timestamp::UNIX_EPOCH, fault());
        }
        journal.flush();
        let sequences = |from| -> Vec<u64> {
            let records = journal.since(from);
            records.iter().map(|record| record.sequence).collect()
        };
        assert_eq!(sequences(0), [3, 4]);
        assert_eq!(sequences(4), [4]);
        assert!(sequences(5).is_empty());
        let written = std::fs::read_to_string(&path).unwrap();
        assert_eq!(written.lines().count(), 5);
        assert!(
            written
                .starts_with(r#"{"sequence":0,"at":"1970-01-01T00:00:00Z","step":"LOOP_STOPPED""#)
        );
    }
}
