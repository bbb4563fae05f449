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
pub mod envelope;
mod exact;
mod json;
pub mod limits;
pub mod pattern;
pub mod put_events;
pub mod schedule;
mod skip;
pub mod transformer;

pub use dialect::Dialect;
pub use json::JsonError;
