//! The file of a trace, which a thread of its own writes: no disk is in the way of the bus.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::mpsc;

use anyhow::Context;

use super::journal::Record;

/// The most records that wait for the disk. If it is slower than the bus for longer than that, the bus waits for it.
const WAITING: usize = 10_000;

/// A file that gets every record as one line of JSON, soon after it is made.
#[derive(Debug)]
pub(super) struct TraceFile {
    sender: mpsc::SyncSender<Message>,
}

/// What the thread is told.
enum Message {
    Write(Box<Record>),
    /// Answer when everything before is on the disk.
    Flush(mpsc::SyncSender<()>),
}

impl TraceFile {
    /// Makes the file, and its folder.
    ///
    /// # Errors
    /// A file that cannot be made.
    pub(super) fn create(path: &Path) -> anyhow::Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot create {}", folder.display()))?;
        }
        let file =
            File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let (sender, messages) = mpsc::sync_channel(WAITING);
        std::thread::Builder::new()
            .name("trace".to_owned())
            .spawn(move || write(&messages, BufWriter::new(file)))
            .context("cannot start the thread that writes the trace")?;
        Ok(Self { sender })
    }

    pub(super) fn write(&self, record: Record) {
        // Nobody takes it any more if the disk was full.
        let _ = self.sender.send(Message::Write(Box::new(record)));
    }

    pub(super) fn flush(&self) {
        let (done, is_done) = mpsc::sync_channel(1);
        if self.sender.send(Message::Flush(done)).is_ok() {
            let _ = is_done.recv();
        }
    }
}

/// Writes until the bus is gone. A full disk must not end a run: the file stays as it is, because a reader would be misled
/// by a gap in it.
fn write(messages: &mpsc::Receiver<Message>, mut file: BufWriter<File>) {
    while let Ok(first) = messages.recv() {
        let mut next = Some(first);
        while let Some(message) = next {
            let written = match message {
                Message::Write(record) => serde_json::to_writer(&mut file, &record)
                    .map_err(std::io::Error::from)
                    .and_then(|()| file.write_all(b"\n")),
                Message::Flush(done) => {
                    let flushed = file.flush();
                    // Nobody waits any more if the bus is gone.
                    let _ = done.send(());
                    flushed
                }
            };
            if written.is_err() {
                return;
            }
            next = messages.try_recv().ok();
        }
        // Nothing more to write for now: what there is goes to the disk.
        if file.flush().is_err() {
            return;
        }
    }
}
