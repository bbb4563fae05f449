//! The trace as it is told to those who wait for a step: each step with what earlier ones know of it.

mod known;
mod narrator;

pub(crate) use narrator::{Narrator, Told};
