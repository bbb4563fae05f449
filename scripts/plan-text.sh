#!/usr/bin/env bash
# Plans what the files here would do, as a plan that nobody can apply, and writes what Terraform says to a file, and
# shows it.
#
# usage: plan-text.sh ENVIRONMENT FILE
set -euo pipefail
cd "$(dirname "$0")/.."

export TF_CLI_ARGS=-no-color
scripts/terraform.sh preview "$1" 2>&1 | tee "$2"
