//! Sending what failed once more, to the very receiver that did not take it or failed with it.
//!
//! A letter is deleted only after its receiver has taken it. So a run that is cut off at any moment loses nothing, and what
//! was on its way at that moment may be sent twice.

mod change;
mod known;
mod letter;
mod pace;
mod plan;
mod queue;
mod run;
mod send;
mod source;
mod wanted;

use jiff::Timestamp;
use pipeline::Pipeline;

pub use run::redrive;
pub use source::{Source, sources};
pub use wanted::Wanted;

/// What to send again, and how.
#[derive(Debug)]
pub struct Order<'o> {
    /// The spec.
    pub pipeline: &'o Pipeline,
    /// The queues, one after another.
    pub sources: &'o [Source],
    /// Which letters.
    pub wanted: Wanted,
    /// Fields of the detail that get another value on the way: the dotted path, and the value as a person writes it.
    pub set: Vec<(String, String)>,
    /// The most letters to send.
    pub limit: u64,
    /// The most letters a second, more than 0.
    pub per_second: f64,
    /// Whether to send nothing, and say what would be sent.
    pub is_dry: bool,
    /// The instant at which this begins, by the clock of the queues: what comes later has failed again.
    pub now: Timestamp,
}

/// What became of one letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told<'s> {
    /// Where it was.
    pub source: &'s Source,
    /// The id of the message.
    pub message: String,
    /// The id of the event that it is about, if it is about one.
    pub event: Option<String>,
    /// What had gone wrong.
    pub error: String,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its receiver has taken it, and it is deleted.
    Sent {
        /// The receiver's name.
        to: String,
    },
    /// Its receiver would get it.
    WouldBeSent {
        /// The receiver's name.
        to: String,
    },
    /// It is wanted, and stays where it is.
    Left {
        /// Why: a sentence.
        why: String,
    },
    /// It is not wanted.
    Skipped,
}

/// What is said on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News<'s> {
    /// One letter.
    Letter(Told<'s>),
    /// A queue that is not there.
    NoQueue(&'s Source),
    /// Letters of a queue that somebody has received and not deleted: another reader, or a run that was cut off.
    Hidden(&'s Source, u64),
}
