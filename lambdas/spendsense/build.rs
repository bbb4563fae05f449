//! Checks the catalogue of recommendations: a wrong one does not build.

use std::process::ExitCode;

#[path = "src/recommendations/catalogue.rs"]
#[allow(dead_code, reason = "the package uses the rest")]
mod catalogue;
#[path = "src/recommendations/figure.rs"]
#[allow(dead_code, reason = "the package uses the rest")]
mod figure;
#[path = "src/persona/name.rs"]
#[allow(unreachable_pub, reason = "the package exports it")]
mod name;
#[path = "src/recommendations/tone.rs"]
mod tone;

const CATALOGUE: &str = "catalogue.json";

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed={CATALOGUE}");
    println!("cargo::rerun-if-changed=src/recommendations");
    println!("cargo::rerun-if-changed=src/persona/name.rs");
    let text = match std::fs::read_to_string(CATALOGUE) {
        Ok(text) => text,
        Err(error) => {
            println!("cargo::error={CATALOGUE}: {error}");
            return ExitCode::FAILURE;
        }
    };
    match catalogue::Catalogue::read(&text) {
        Ok(_) => ExitCode::SUCCESS,
        Err(wrong) => {
            for message in wrong {
                println!("cargo::error={CATALOGUE}: {message}");
            }
            ExitCode::FAILURE
        }
    }
}
