//! The events of the pipeline as Rust types, and its jobs with what each may emit.
//!
//! `codegen generate` writes all of it from `pipeline.yaml`, into `generated.rs`.

// Descriptions in the spec are prose and no Markdown, and the spec decides the shape of a type.
#[allow(clippy::all, clippy::pedantic, rustdoc::all)]
#[rustfmt::skip]
mod generated;

pub use generated::*;
