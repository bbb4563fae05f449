#!/usr/bin/env bash
# Reads what `codegen export asyncapi` writes with AsyncAPI's official parser, from npm.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v npm >/dev/null; then
  echo "SKIPPED: documents of AsyncAPI are not read, as there is no npm here" >&2
  [ -z "${CI:-}" ] || exit 1
  exit 0
fi

cargo build --quiet --package codegen
codegen=${CARGO_TARGET_DIR:-target}/debug/codegen
work=target/asyncapi
mkdir -p "$work"
cp scripts/asyncapi/* "$work"
(cd "$work" && npm ci --silent --no-audit --no-fund)
documents=()
for spec in pipeline.yaml examples/*/pipeline.yaml; do
  name=$(echo "$spec" | tr / -).json
  "$codegen" export asyncapi --spec "$spec" >"$work/$name"
  documents+=("$name")
done
cd "$work"
node validate.mjs "${documents[@]}"
# The parser finds what is wrong.
sed 's|#/components/messages/|#/components/message/|' pipeline.yaml.json >wrong.json
if node validate.mjs wrong.json 2>/dev/null; then
  echo "error: a document with references to nothing is taken" >&2
  exit 1
fi
