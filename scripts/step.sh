#!/usr/bin/env bash
# Runs a step of the checks or the tests, and says how long it took: step.sh COMMAND...
# What a step prints is kept in the folder $STEPS if that is set; of one that fails it stays there.
set -uo pipefail

kept=${STEPS:+$STEPS/$(printf '%s' "$*" | tr -c 'A-Za-z0-9.\n' '-')}
if [ "$kept" ]; then
  "$@" 2>&1 | tee "$kept"
else
  "$@"
fi
status=$?
echo "== ${SECONDS} s: $*"
[ "$kept" ] && [ $status -eq 0 ] && rm "$kept"
exit $status
