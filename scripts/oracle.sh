#!/usr/bin/env bash
# SpendSense's features and personas beside a second computation of them with pandas: scripts/oracle.sh [USERS]
# Users are made up, and as many again by a fifth who are on the edges of the definitions; the three functions run over
# everybody as on their schedule; then scripts/oracle.py compares every figure.
set -euo pipefail
cd "$(dirname "$0")/.."

users=${1:-5000}
edges=$((users / 5))
# A day whose windows have a leap day in them.
until=2024-06-30

if ! command -v python3 >/dev/null; then
  echo "SKIPPED: SpendSense's figures are not compared with pandas, as there is no Python 3 here" >&2
  [ -z "${CI:-}" ] || exit 1
  exit 0
fi

work=$PWD/target/oracle
mkdir -p "$work"
venv=$(scripts/venv.sh oracle)

built=${CARGO_TARGET_DIR:-target}/debug
cargo build --quiet --package codegen --package spendsense-tools
database=$work/oracle.sqlite
rm -f "$database" "$database-wal" "$database-shm"
"$built/spendsense-seed" --database "sqlite:$database" --users "$users" --until "$until" >"$work/seed.txt"
"$venv/bin/python" scripts/oracle.py "$database" --make-up "$edges" --until "$until"
DATABASE_URL="sqlite:$database" "$built/codegen" run --from "${until}T00:59:00Z" --until "${until}T01:11:00Z"
"$venv/bin/python" scripts/oracle.py "$database" --users $((users + edges))
