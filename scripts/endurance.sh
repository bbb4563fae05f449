#!/usr/bin/env bash
# Kills the local bus while SpendSense works on events with faults of every kind, and counts what came of each event in the
# database. EVENTS, KILLS, FAULT_RATE and SEED say how much of what.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --quiet --package codegen --package spendsense-tools --package compute-features --package assign-persona \
  --package generate-recommendations
EVENTS=${EVENTS:-200} KILLS=${KILLS:-3} python3 scripts/endurance.py "${CARGO_TARGET_DIR:-target}/debug"
