//! Keeps steps: the last of them in memory, all of them in a file if there is one.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::watch;

use super::file::TraceFile;
use super::reading::Reader;
use super::report::Report;
use super::step::{RAW, Step};
use crate::config::TraceKeeping;

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

impl Report {
    /// Reads a trace.
    pub fn new(records: &[Record]) -> Self {
        let mut reader = Reader::default();
        for record in records {
            reader.read(record.at, &record.step);
        }
        reader.report()
    }
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
    steps: Kept,
    /// What functions wrote, which is kept apart: a function that logs a lot must not push its own run out.
    lines: Kept,
    count: u64,
    file: Option<TraceFile>,
    report: Option<Reader>,
}

/// The last records of one kind, within bounds.
#[derive(Debug)]
struct Kept {
    records: VecDeque<Record>,
    bytes: usize,
    most: usize,
    most_bytes: usize,
    /// The records that had to make room.
    dropped: u64,
}

/// The part of the bounds that the lines of functions have.
const LINES: usize = 4;

impl Kept {
    fn new(most: usize, most_bytes: usize) -> Self {
        Self {
            records: VecDeque::new(),
            bytes: 0,
            most,
            most_bytes,
            dropped: 0,
        }
    }

    fn push(&mut self, record: Record) {
        self.bytes += record.step.bytes();
        self.records.push_back(record);
        // The last one stays, however large it is.
        while self.records.len() > 1
            && (self.records.len() > self.most || self.bytes > self.most_bytes)
        {
            let oldest = self.records.pop_front();
            self.bytes -= oldest.map_or(0, |oldest| oldest.step.bytes());
            self.dropped += 1;
        }
    }

    fn clear(&mut self) {
        self.records = VecDeque::new();
        self.bytes = 0;
    }

    /// Returns the records from a sequence number on.
    fn since(&self, sequence: u64) -> impl Iterator<Item = &Record> {
        let from = self
            .records
            .partition_point(|record| record.sequence < sequence);
        self.records.range(from..)
    }
}

/// Reads records as they are made.
#[derive(Debug)]
pub struct Follow {
    next: u64,
    count: watch::Receiver<u64>,
}

impl Journal {
    /// Keeps the last records, and writes all of them to a file if one is named.
    ///
    /// # Errors
    /// A file that cannot be made.
    pub(crate) fn new(keeping: &TraceKeeping) -> anyhow::Result<Self> {
        let TraceKeeping {
            most,
            bytes,
            file,
            report,
        } = keeping;
        let part = |most: &Option<usize>, of: usize| most.map_or(usize::MAX, |most| most / of);
        let state = State {
            steps: Kept::new(part(most, 1), part(bytes, 1)),
            lines: Kept::new(part(most, LINES), part(bytes, LINES)),
            count: 0,
            file: file.as_deref().map(TraceFile::create).transpose()?,
            report: report.then(Reader::default),
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
        if let Some(file) = &state.file {
            file.write(record.clone());
        }
        if let Some(report) = &mut state.report {
            report.read(record.at, &record.step);
        }
        match &record.step {
            Step::FunctionLog { .. } => state.lines.push(record),
            _ => state.steps.push(record),
        }
        state.count += 1;
        // Under the lock: two threads could otherwise tell their counts in the wrong order, and a follower would wait for
        // a record that is there.
        self.count.send_replace(state.count);
    }

    /// Forgets the records. They keep counting from where they are, so that a follower misses none; the file keeps all.
    pub(crate) fn clear(&self) {
        let mut state = self.lock();
        state.steps.clear();
        state.lines.clear();
    }

    /// Returns the number of records so far, including those that are no longer kept.
    pub(crate) fn count(&self) -> u64 {
        self.lock().count
    }

    /// Returns how many steps are no longer kept, and how many lines of functions.
    pub(crate) fn dropped(&self) -> (u64, u64) {
        let state = self.lock();
        (state.steps.dropped, state.lines.dropped)
    }

    /// Returns the report over every record, if there is to be one.
    pub(crate) fn report(&self) -> Option<Report> {
        self.lock().report.as_ref().map(Reader::report)
    }

    /// Returns the records from a sequence number on that are kept.
    pub(crate) fn since(&self, sequence: u64) -> Vec<Record> {
        self.page(sequence, usize::MAX, usize::MAX)
    }

    /// Returns the first kept records from a sequence number on. `most` and `most_bytes` bound them, but the first one is
    /// returned however large it is.
    pub(crate) fn page(&self, sequence: u64, most: usize, most_bytes: usize) -> Vec<Record> {
        let state = self.lock();
        let mut steps = state.steps.since(sequence).peekable();
        let mut lines = state.lines.since(sequence).peekable();
        let mut page = Vec::new();
        let mut bytes = 0;
        while page.len() < most {
            let is_line = match (steps.peek(), lines.peek()) {
                (Some(step), Some(line)) => line.sequence < step.sequence,
                (step, _) => step.is_none(),
            };
            let next = if is_line { lines.next() } else { steps.next() };
            let Some(record) = next else {
                break;
            };
            bytes += record.step.bytes();
            if bytes > most_bytes && !page.is_empty() {
                break;
            }
            page.push(record.clone());
        }
        page
    }

    /// Searches the kept steps, without what functions wrote, from the last one back. Returns what `find` finds first.
    pub(crate) fn find<T>(&self, find: impl Fn(&Step) -> Option<T>) -> Option<T> {
        let state = self.lock();
        let mut steps = state.steps.records.iter().rev();
        steps.find_map(|record| find(&record.step))
    }

    /// Returns the last lines that were written during a request, from a sequence number on: enough of them for so many
    /// bytes, or all that there are.
    pub(crate) fn last_lines(&self, request: &str, from: u64, bytes: usize) -> String {
        let state = self.lock();
        let (mut lines, mut length) = (Vec::new(), 0);
        for record in state.lines.records.iter().rev() {
            if record.sequence < from || length >= bytes {
                break;
            }
            if let Step::FunctionLog {
                request: Some(of),
                line,
                ..
            } = &record.step
                && **of == *request
            {
                length += line.len() + 1;
                lines.push(line.as_str());
            }
        }
        lines.iter().rev().flat_map(|line| [line, "\n"]).collect()
    }

    /// Follows the records from a sequence number on.
    pub(crate) fn follow(&self, from: u64) -> Follow {
        Follow {
            next: from,
            count: self.count.subscribe(),
        }
    }

    /// Waits until the file has every record.
    pub(crate) fn flush(&self) {
        if let Some(file) = &self.lock().file {
            file.flush();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
        let keeping = TraceKeeping {
            most: Some(2),
            bytes: None,
            file: Some(path.clone()),
            report: true,
        };
        let journal = Journal::new(&keeping).unwrap();
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
        // The report is over all of them, too.
        assert_eq!(journal.report().unwrap().stopped_loops, 5);
        let written = std::fs::read_to_string(&path).unwrap();
        assert_eq!(written.lines().count(), 5);
        assert!(
            written
                .starts_with(r#"{"sequence":0,"at":"1970-01-01T00:00:00Z","step":"LOOP_STOPPED""#)
        );
    }

    fn line(text: &str) -> Step {
        Step::FunctionLog {
            request: None,
            function: "f".into(),
            line: text.to_owned(),
        }
    }

    #[test]
    fn a_trace_is_bounded_in_bytes_and_lines_push_out_lines_only() {
        let keeping = TraceKeeping {
            most: None,
            bytes: Some(80_000),
            ..TraceKeeping::default()
        };
        let journal = Journal::new(&keeping).unwrap();
        journal.record(Timestamp::UNIX_EPOCH, fault());
        for _ in 0..100 {
            journal.record(Timestamp::UNIX_EPOCH, line(&"x".repeat(5_000)));
        }
        journal.record(Timestamp::UNIX_EPOCH, fault());
        let kept = journal.since(0);
        let sequences: Vec<u64> = kept.iter().map(|record| record.sequence).collect();
        assert_eq!(sequences, [0, 98, 99, 100, 101]);
        assert_eq!(journal.dropped(), (0, 97));
        let page = |from, most, bytes| -> Vec<u64> {
            let records = journal.page(from, most, bytes);
            records.iter().map(|record| record.sequence).collect()
        };
        assert_eq!(page(0, 2, usize::MAX), [0, 98]);
        assert_eq!(page(1, 10, 11_000), [98, 99]);
        // However large a record is, a reader comes past it.
        assert_eq!(page(99, 10, 1), [99]);
        journal.record(Timestamp::UNIX_EPOCH, line(&"x".repeat(1_000_000)));
        assert_eq!(page(101, 10, usize::MAX), [101, 102]);
    }
}
