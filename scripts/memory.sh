#!/usr/bin/env bash
# Measures how much memory the local bus takes when 100 MB of events, logs or messages come. PIECES=all has small pieces,
# too, which take minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --quiet --package codegen
python3 scripts/memory.py "${CARGO_TARGET_DIR:-target}/debug"
