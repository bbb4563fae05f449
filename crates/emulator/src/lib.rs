//! EventBridge and Lambda on one machine, for developing and testing one pipeline.
//!
//! An [`Emulator`] serves EventBridge's API on loopback, matches events against rules as AWS does, and
//! runs the real function binaries, each as processes that ask for work over the Lambda Runtime API.
//! Time is virtual. Everything that happens is a [`Record`] of the trace, and [`Tree`] draws it.

mod api;
mod clock;
mod config;
mod delivery;
mod emulator;
mod flight;
mod function;
mod trace;

pub use config::{Config, Function, Rule, RuleSource, Target};
pub use emulator::Emulator;
pub use trace::{Failure, Record, Step, Tree, TreeOptions};
