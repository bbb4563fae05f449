//! The crate as its users see it.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests read their data, and say what they did not run"
)]

mod agreement;
mod conformance;
mod peer;
mod properties;
mod schedules;
mod templates;
