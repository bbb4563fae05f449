#!/usr/bin/env bash
# Runs the tests of the workspace. If cargo-nextest is installed, it runs them in parallel; it does not know the examples
# in the documentation, so `cargo test` runs those.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/postgresql.sh

if cargo nextest --version >/dev/null 2>&1; then
  cargo nextest run --workspace
else
  cargo test --workspace --lib --bins --tests
fi
# A feature of the crate that functions link: in the workspace it would be one of every function.
cargo test --package eventbridge-job --features shutdown --test shutdown --quiet
cargo test --workspace --doc --quiet
