#!/usr/bin/env bash
# The tests of the workspace: with cargo-nextest where it is installed, which runs them in parallel,
# and the examples in the documentation, which it does not know.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/postgresql.sh

if cargo nextest --version >/dev/null 2>&1; then
  cargo nextest run --workspace
else
  cargo test --workspace --lib --bins --tests
fi
cargo test --workspace --doc --quiet
