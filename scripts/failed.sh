#!/usr/bin/env bash
# Repeats how each step that failed ended: many run beside each other, and what they print is long.
set -euo pipefail
cd "$(dirname "$0")/.."

for step in target/steps/*; do
  [ -s "$step" ] || continue
  echo "== failed: ${step##*/}, whose last lines are:"
  tail -n 40 "$step"
done
