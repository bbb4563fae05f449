#!/usr/bin/env bash
# Fuzzes patterns, events, schedules, templates and specs, each from the seeds of the tests.
#
#   scripts/fuzz.sh runs 20000     so many runs for each target: what `make test` does
#   scripts/fuzz.sh seconds 600    so many seconds for each target: what `make fuzz` does
#
# cargo-fuzz is the one on the machine, or comes from PyPI into a virtual environment. Its coverage flags need a nightly
# compiler, or RUSTC_BOOTSTRAP as here with the stable one. The sanitizers are off, as the crates have no
# unsafe code. An input that takes ten seconds or 200 MB is a failure, too.
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in
  runs) limit=(-runs="${2:?how many runs}" -seed=1) ;;
  seconds) limit=(-max_total_time="${2:?how many seconds}") ;;
  *) sed -n 's/^#   //p' "$0" >&2; exit 2 ;;
esac

root=$PWD
if ! cargo fuzz --version >/dev/null 2>&1; then
  venv=$(scripts/venv.sh cargo)
  PATH="$venv/bin:$PATH"
fi

work=$root/target/fuzz
python3 scripts/fuzz_seeds.py "$work/seeds"
export RUSTC_BOOTSTRAP=1
cargo fuzz build --sanitizer none --target-dir "$work/build"
for target in pattern event cron template spec; do
  dictionary=fuzz/dictionaries/$target.dict
  mkdir -p "$work/corpus/$target"
  run=(cargo fuzz run --sanitizer none --target-dir "$work/build" "$target"
    "$work/corpus/$target" "$work/seeds/$target" --
    "${limit[@]}" -dict="$dictionary" -timeout=10 -report_slow_units=1 -rss_limit_mb=200 -print_final_stats=1)
  if [ "$1" = seconds ]; then
    "${run[@]}"
  elif "${run[@]}" >"$work/$target.log" 2>&1; then
    echo "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$target.log") runs without a crash"
  else
    tail -n 60 "$work/$target.log"
    exit 1
  fi
done
