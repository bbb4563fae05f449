//! What is deployed: read from AWS or from an endpoint that stands in for it, compared with a spec, imported as one,
//! and sent events.
//!
//! This is the one crate of the tool that links AWS SDKs. Nothing here changes what is deployed: [`send`] puts events
//! onto a bus, [`redrive`] sends what failed once more, [`replay`] starts replays, all else reads.

mod aws;
pub mod import;
pub mod logs;
mod place;
pub mod redrive;
pub mod replay;
pub mod send;
pub mod trace;
pub mod verify;

pub use aws::Config;
pub use place::{Place, place};
