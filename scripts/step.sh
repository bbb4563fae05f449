#!/usr/bin/env bash
# Runs a step of the checks or the tests, and says how long it took: step.sh COMMAND...
set -uo pipefail

"$@"
status=$?
echo "== ${SECONDS} s: $*"
exit $status
