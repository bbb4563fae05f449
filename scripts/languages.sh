#!/usr/bin/env bash
# Runs the examples `newsletter` and `shop` on the local bus: events go through functions in Rust, in Python by AWS's own
# runtime client, and in Node.js. The Python packages are from PyPI, in a virtual environment.
set -euo pipefail
cd "$(dirname "$0")/.."

for program in python3 node; do
  if ! command -v "$program" >/dev/null; then
    echo "SKIPPED: functions in other languages are not run, as there is no $program here" >&2
    [ -z "${CI:-}" ] || exit 1
    exit 0
  fi
done

venv=$(scripts/venv.sh)
cargo build --quiet --package codegen
codegen=$PWD/${CARGO_TARGET_DIR:-target}/debug/codegen
case ${CARGO_TARGET_DIR:-} in /*) codegen=$CARGO_TARGET_DIR/debug/codegen ;; esac
PATH=$venv/bin:$PATH python3 scripts/languages.py "$codegen"
PATH=$venv/bin:$PATH python3 scripts/shop.py "$codegen"
