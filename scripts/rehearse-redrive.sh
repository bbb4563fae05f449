#!/usr/bin/env bash
# Rehearses `codegen redrive` on the local bus and on a stand-in for AWS: letters of ten kinds, and the command
# killed in the middle again and again.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -n "${CI:-}" ]; then
  export LETTERS=${LETTERS:-25}
fi
venv=$(scripts/venv.sh)
cargo build --quiet --package codegen
"$venv/bin/python" scripts/rehearse_redrive.py "${CARGO_TARGET_DIR:-target}/debug/codegen" target/rehearse-redrive
