#!/usr/bin/env bash
# What checkov has against the root module and every example, beyond what .checkov.yaml answers with a reason.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=$(scripts/venv.sh checkov)
said=$("$venv/bin/checkov" --config-file .checkov.yaml) || {
  echo "$said"
  exit 1
}
# It is content with an empty folder, too.
passed=$(sed -n 's/^Passed checks: \([0-9]*\),.*/\1/p' <<<"$said")
if [ "${passed:-0}" -eq 0 ]; then
  echo "checkov found nothing to look at" >&2
  exit 1
fi
echo "checkov: $passed checks passed"
