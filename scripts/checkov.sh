#!/usr/bin/env bash
# Runs checkov on the root module and on every example. .checkov.yaml lists what does not count, each with a reason.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=$(scripts/venv.sh checkov)
said=$("$venv/bin/checkov" --config-file .checkov.yaml) || {
  echo "$said"
  exit 1
}
# checkov also succeeds on an empty folder, so count the checks.
passed=$(sed -n 's/^Passed checks: \([0-9]*\),.*/\1/p' <<<"$said")
if [ "${passed:-0}" -eq 0 ]; then
  echo "checkov found nothing to look at" >&2
  exit 1
fi
echo "checkov: $passed checks passed"
