#!/usr/bin/env bash
# Applies changes of a spec to a stand-in for AWS, and says for how long something was not served meanwhile: all of them, or
# those that are named.
#
# usage: rehearse-changes.sh [--before PROGRAM] [CHANGE …]
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v terraform >/dev/null; then
  echo "NOT REHEARSED: Terraform is not installed, so no change is applied" >&2
  [ -z "${CI:-}" ] || exit 1
  exit 0
fi

options=()
if [ "${1:-}" = --before ]; then
  options=(--before "$2")
  shift 2
fi
work=target/rehearse-changes
mkdir -p "$work"
venv=$(scripts/venv.sh)
cargo build --quiet --package codegen
scripts/terraform-config.sh >"$work/terraform.rc"
export TF_CLI_CONFIG_FILE=$PWD/$work/terraform.rc
"$venv/bin/python" scripts/rehearse_changes.py "${options[@]}" "${CARGO_TARGET_DIR:-target}/debug/codegen" "$work" "$@"
