#!/usr/bin/env bash
# Tests the local bus with AWS's own clients: boto3 and the AWS CLI, from PyPI in a virtual environment.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v python3 >/dev/null; then
  echo "SKIPPED: the local bus is not tested with boto3 and the AWS CLI, as there is no Python 3 here" >&2
  [ -z "${CI:-}" ] || exit 1
  exit 0
fi

venv=$(scripts/venv.sh)
cargo build --quiet --package codegen --package spendsense-tools
programs=${CARGO_TARGET_DIR:-target}/debug
export DATABASE_URL=sqlite:$PWD/target/clients-test/spendsense.sqlite
"$programs/spendsense-seed" --user u-1
"$venv/bin/python" crates/emulator/tests/clients/calls.py "$programs/codegen" "$venv/bin/aws"
