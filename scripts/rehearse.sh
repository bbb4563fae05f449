#!/usr/bin/env bash
# Rehearses the deployment without AWS: the real Terraform and its provider against two stand-ins. On MiniStack an
# event then has to go through all the deployed functions. `rehearse.sh all` deploys every example, too.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v terraform >/dev/null; then
  echo "NOT REHEARSED: Terraform is not installed, so the deployment is untested" >&2
  [ -z "${CI:-}" ] || exit 1
  exit 0
fi

scripts/postgresql.sh

work=target/rehearse
mkdir -p "$work"
venv=$(scripts/venv.sh)

cargo build --quiet --package codegen --package spendsense-tools
programs=${CARGO_TARGET_DIR:-target}/debug
"$programs/codegen" check
"$programs/codegen" package --architecture native --out "$work/artifacts"

scripts/terraform-config.sh >"$work/terraform.rc"
export TF_CLI_CONFIG_FILE=$PWD/$work/terraform.rc
"$venv/bin/python" scripts/rehearse_publish.py "$programs" "$work"
"$venv/bin/python" scripts/rehearse.py "$programs" "$work"
if [ "${1:-}" = all ]; then
  "$venv/bin/python" scripts/rehearse_examples.py "$programs" "$work"
fi
