#!/usr/bin/env bash
# Measures how much memory the local bus takes when 100 MB of events, logs or messages come; of small ones, as many as fill
# what it keeps. With PIECES=all, small ones come to 100 MB, too.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --quiet --package codegen
python3 scripts/memory.py "${CARGO_TARGET_DIR:-target}/debug"
