//! The events of the pipeline as Rust types, and its jobs with what each may emit.
//!
//! `codegen generate` writes all of it from `pipeline.yaml`, into `generated.rs`. A function
//! implements [`job::Handler`] for its job in [`jobs`], and can emit only what the spec allows it to
//! emit.
//!
//! ```
//! use events::{FeaturesComputed, jobs::ComputeFeatures};
//!
//! let event = FeaturesComputed {
//!     user_id: "u-1".to_owned(),
//!     timestamp: "2026-01-01T01:00:00Z".parse().unwrap(),
//! };
//! let outcome = job::Outcome::<ComputeFeatures>::done().emit(&event).unwrap();
//! assert_eq!(outcome.events()[0].detail()["event_type"], "features.computed");
//! ```
//!
//! A job that emits an event of another job does not compile:
//!
//! ```compile_fail,E0277
//! use events::{FeaturesComputed, jobs::AssignPersona};
//!
//! let event = FeaturesComputed {
//!     user_id: "u-1".to_owned(),
//!     timestamp: "2026-01-01T01:00:00Z".parse().unwrap(),
//! };
//! let outcome = job::Outcome::<AssignPersona>::done().emit(&event).unwrap();
//! assert_eq!(outcome.events()[0].detail()["event_type"], "features.computed");
//! ```

// Descriptions in the spec are prose and no Markdown, and the spec decides the shape of a type.
#[allow(clippy::all, clippy::pedantic, rustdoc::all)]
#[rustfmt::skip]
mod generated;

pub use generated::*;
