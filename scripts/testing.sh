#!/usr/bin/env bash
# Runs the code of docs/testing.md: pytest from PyPI and Vitest from npm, beside a new pipeline with functions in Python.
set -euo pipefail
cd "$(dirname "$0")/.."

for program in python3 npm; do
  if ! command -v "$program" >/dev/null; then
    echo "SKIPPED: the code of docs/testing.md is not run, as there is no $program here" >&2
    [ -z "${CI:-}" ] || exit 1
    exit 0
  fi
done

venv=$(scripts/venv.sh testing)
cargo build --quiet --package codegen
programs=${CARGO_TARGET_DIR:-target}/debug
runners=target/testing
mkdir -p "$runners"
ln -sfn "$venv" "$runners/venv"
cp scripts/testing/package*.json "$runners"
(cd "$runners" && npm ci --silent --no-audit --no-fund)
python3 scripts/testing.py "$programs/codegen" "$runners"
