//! EventBridge's own rules as pure code: what a rule's event pattern matches, when a schedule runs,
//! what an input transformer sends, which entries `PutEvents` takes, ARNs, and the service's limits.
//!
//! Nothing here does I/O or reads a clock: callers pass text, times and ids. Every fact names the
//! document or experiment that it comes from; `DESIGN.md` beside this crate lists what was decided
//! if the sources disagree.
//!
//! ```
//! use eventbridge::pattern::{Event, Pattern};
//!
//! let pattern = Pattern::parse(r#"{"source": ["shop"], "detail": {"total": [{"numeric": [">", 100]}]}}"#)?;
//! let event = Event::parse(r#"{"source": "shop", "detail": {"total": 120}}"#)?;
//! assert!(pattern.matches(&event));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod arn;
mod dialect;
#[cfg(feature = "put-events")]
pub mod envelope;
#[cfg(any(feature = "pattern", feature = "put-events", feature = "transformer"))]
#[cfg_attr(
    not(all(feature = "pattern", feature = "put-events", feature = "transformer")),
    allow(dead_code, reason = "each feature needs another part of it")
)]
mod json;
#[cfg(feature = "put-events")]
pub mod kept;
pub mod limits;
#[cfg(feature = "pattern")]
pub mod pattern;
#[cfg(feature = "put-events")]
pub mod put_events;
#[cfg(feature = "schedule")]
pub mod schedule;
#[cfg(feature = "transformer")]
pub mod transformer;

pub use dialect::Dialect;
#[cfg(any(feature = "pattern", feature = "put-events", feature = "transformer"))]
pub use json::JsonError;

/// The examples of the README, so that they are tested.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
