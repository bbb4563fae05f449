//! Tests of the command from outside, with real files and the real Terraform.
#![expect(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test stops at what it does not expect, and says what it skips"
)]

mod against;
mod backend;
mod buses;
mod cases;
mod contracts;
mod cost;
mod deliveries;
mod dev;
mod diagnostics;
mod diff;
mod docs;
mod event_types;
mod examples;
mod export;
mod fake_aws;
mod fixes;
mod generate;
mod given_names;
mod graph;
mod house;
mod import;
mod keys;
mod languages;
mod manners;
mod matching;
mod new;
mod order;
mod publish;
mod readme;
mod redrive;
mod release;
mod renames;
mod rights;
mod root_module;
mod run;
mod schedule;
mod schema;
mod sdk_errors;
mod signals;
mod steps;
mod strings;
mod support;
mod targets;
mod trace;
mod uses;
mod values;
mod verify;
