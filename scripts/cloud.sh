#!/usr/bin/env bash
# Works on Terraform Cloud as a person does, without Terraform Cloud: the real Terraform against a stand-in for its API,
# whose runs are the real Terraform, too, against a stand-in for AWS. Then the plan of a pull request, as the workflow
# makes it.
#
# usage: cloud.sh [machine|commits|pull-request]…
set -euo pipefail
cd "$(dirname "$0")/.."

for program in terraform python3 git; do
  if ! command -v "$program" >/dev/null; then
    echo "NOT TRIED: working on Terraform Cloud needs $program, which is not installed" >&2
    [ -z "${CI:-}" ] || exit 1
    exit 0
  fi
done

work=target/cloud
mkdir -p "$work"
venv=$(scripts/venv.sh)
cargo build --quiet --package codegen
scripts/terraform-config.sh >"$work/terraform.rc"
export TF_CLI_CONFIG_FILE=$PWD/$work/terraform.rc
exec "$venv/bin/python" scripts/cloud.py "${CARGO_TARGET_DIR:-target}/debug" "$work" "$@"
