#!/usr/bin/env bash
# Lets the local bus work on a mixed load for hours of its clock, and sees that neither its memory nor its descriptors grow.
# HOURS says how many, and without it there are few; REAL=1 lets them pass for real; FAULT_RATE and SEED say which faults.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --quiet --package codegen
HOURS=${HOURS:-0.4} python3 scripts/steady.py "${CARGO_TARGET_DIR:-target}/debug"
