//! Cases that a pipeline must pass: YAML beside the spec, each with what happens and what is expected of it.
//!
//! A [`Bench`] knows a pipeline's triggers, functions and queues by the names that people give them. [`read`] reads a
//! file of cases, with every mistake at its place. A case then happens: [`Bench::matched`] only asks which triggers
//! match, and [`play`] lets the event go through the pipeline on the local bus, in virtual time. [`judge`] compares what
//! [`Happened`] with what the case expects, and [`record`] writes it into the file instead. [`Coverage`] says what no
//! case has reached.
//!
//! Nothing here reads a file or a clock: callers pass texts and the wiring of the local bus.

mod bench;
mod case;
mod coverage;
mod happened;
mod judge;
mod junit;
mod lints;
mod needs;
mod play;
mod read;
mod record;
mod schema;
mod stub;
mod words;

pub use bench::{Bench, Place, TriggerRef};
pub use case::{Case, Step, StubPlan, What};
pub use coverage::{Coverage, Uncovered};
pub use happened::Happened;
pub use judge::judge;
pub use junit::{Junit, Tried};
pub use lints::{FAILED_CASE, LINTS};
pub use play::play;
pub use read::{CaseFile, read};
pub use record::record;
pub use schema::schema;
pub use words::in_words;
