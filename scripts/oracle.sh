#!/usr/bin/env bash
# Compares SpendSense's features and personas with a second computation in pandas: scripts/oracle.sh [USERS]
# It makes up users, and a fifth more on the edges of the definitions. The three functions run for all of them, as on
# their schedule. Then scripts/oracle.py compares every figure.
set -euo pipefail
cd "$(dirname "$0")/.."

users=${1:-5000}
edges=$((users / 5))
# A day whose windows include a leap day.
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
