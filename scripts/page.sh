#!/usr/bin/env bash
# Tests the page of the local bus in a real browser: Debian's Chromium, driven by playwright-core.
# Screenshots go to the folder SCREENSHOTS, if that is set. STORM_SECONDS and STORM_EVENTS say how long events flow in the
# test of that, and how many there are in the end; in CI it is shorter.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/chromium.sh
if ! command -v chromium >/dev/null || ! command -v npm >/dev/null; then
  echo "SKIPPED: the page is not tested, as there is no chromium or no npm here" >&2
  [ -z "${CI:-}" ] || exit 1
  exit 0
fi

cargo build --quiet --package codegen --package spendsense-tools
programs=${CARGO_TARGET_DIR:-target}/debug
test=target/page-test
mkdir -p "$test"
export DATABASE_URL=sqlite:$PWD/$test/spendsense.sqlite
for user in u-1 u-browser; do "$programs/spendsense-seed" --user "$user"; done
cp crates/emulator/tests/page/* "$test"
(cd "$test" && npm ci --silent --no-audit --no-fund)
if [ -n "${CI:-}" ]; then
  export STORM_SECONDS=${STORM_SECONDS:-8} STORM_EVENTS=${STORM_EVENTS:-15000}
fi
for part in page storm; do
  node "$test/$part.test.mjs" "$programs/codegen" "$(command -v chromium)" ${SCREENSHOTS:+"$SCREENSHOTS"}
done
