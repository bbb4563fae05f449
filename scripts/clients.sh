#!/usr/bin/env bash
# Tests the local bus with AWS's own clients: boto3 and the AWS CLI, from PyPI in a virtual environment; and with
# Terraform's provider, if Terraform is here.
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
mkdir -p target/clients-test
"$programs/spendsense-seed" --user u-1
"$venv/bin/python" crates/emulator/tests/clients/calls.py "$programs/codegen" "$venv/bin/aws"

if ! command -v terraform >/dev/null; then
  echo "SKIPPED: the local bus is not tested with Terraform's provider, as there is no Terraform here" >&2
  [ -z "${CI:-}" ] || exit 1
  exit 0
fi
scripts/terraform-config.sh >target/clients-test/terraform.rc
nice python3 crates/emulator/tests/clients/terraform.py "$programs/codegen" target/clients-test/terraform.rc
