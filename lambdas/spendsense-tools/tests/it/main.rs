//! The three jobs on real databases, and the commands from outside.
#![expect(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test stops at what it does not expect, and says what it skips"
)]

mod bank_files;
mod chaos;
mod commands;
mod connections;
mod daily;
mod databases;
mod failures;
mod idempotency;
mod jobs;
mod migrations;
mod pgbouncer;
mod postgres;
mod shards;
mod shuffled;
mod terminal;
mod tls;
