//! The crate from outside: whole specs in, findings out.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at what it does not expect"
)]

mod bounds;
mod cases;
mod findings;
mod language;
mod mistakes;
mod scale;
