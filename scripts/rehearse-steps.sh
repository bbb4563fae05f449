#!/usr/bin/env bash
# Rehearses a change in steps without AWS: the real Terraform and its provider against moto.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v terraform >/dev/null; then
  echo "NOT REHEARSED: Terraform is not installed, so the steps of a change are untested" >&2
  [ -z "${CI:-}" ] || exit 1
  exit 0
fi

work=target/rehearse
mkdir -p "$work"
venv=$(scripts/venv.sh)
cargo build --quiet --package codegen
scripts/terraform-config.sh >"$work/terraform-steps.rc"
export TF_CLI_CONFIG_FILE=$PWD/$work/terraform-steps.rc
"$venv/bin/python" scripts/rehearse_steps.py "${CARGO_TARGET_DIR:-target}/debug" "$work"
