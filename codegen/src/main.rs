//! The command `codegen`. What it does is in the library; here are arguments in and a status out.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    codegen::run(&codegen::Args::parse())
}
