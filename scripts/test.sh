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
cargo test --workspace --doc --quiet
