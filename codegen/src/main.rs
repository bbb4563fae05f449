//! The command `codegen`. What it does is in the library; here are arguments in and a status out.

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    codegen::run(&codegen::Args::parse())
}
