#!/usr/bin/env bash
# Rehearses the deployment without AWS: the real Terraform and its provider against two stand-ins. On MiniStack an
# event then has to go through all the deployed functions. `rehearse.sh all` deploys more, every example too, and applies
# every change of scripts/changes.py instead of two.
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
if [ -n "${CI:-}" ]; then
  # CI builds the profile of the deployed functions once, with `make package`. What is deployed here is the same code,
  # for which a quick build will do.
  export CARGO_PROFILE_LAMBDA_OPT_LEVEL=1 CARGO_PROFILE_LAMBDA_LTO=off CARGO_PROFILE_LAMBDA_CODEGEN_UNITS=16
fi
"$programs/codegen" package --architecture native --out "$work/artifacts"

scripts/terraform-config.sh >"$work/terraform.rc"
export TF_CLI_CONFIG_FILE=$PWD/$work/terraform.rc
# The provider waits most of the time.
"$venv/bin/python" scripts/rehearse_artifacts.py "$programs" "$work" &
artifacts=$!
# A few changes of a spec beside the rest, which mostly waits.
changes=(trigger-renamed function-to-queue)
if [ "${1:-}" = all ]; then
  changes=()
fi
"$venv/bin/python" scripts/rehearse_changes.py "$programs/codegen" target/rehearse-changes "${changes[@]}" &
changed=$!
trap 'kill "$changed" "$artifacts" 2>/dev/null || true' EXIT
"$venv/bin/python" scripts/rehearse_import.py "$programs" "$work"
"$venv/bin/python" scripts/rehearse_state.py "$programs" "$work"
"$venv/bin/python" scripts/rehearse_publish.py "$programs" "$work"
wait "$artifacts"
"$venv/bin/python" scripts/rehearse.py "$programs" "$work" "$@"
if [ "${1:-}" = all ]; then
  "$venv/bin/python" scripts/rehearse_examples.py "$programs" "$work"
fi
wait "$changed"
