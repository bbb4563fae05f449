#!/usr/bin/env bash
# Installs scripts/requirements.txt into a virtual environment, unless it is there, and prints its folder.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$PWD/target/python
mkdir -p "$work"
if ! cmp -s scripts/requirements.txt "$work/installed.txt"; then
  echo "installing scripts/requirements.txt into $work/venv" >&2
  python3 -m venv --clear "$work/venv" >&2
  "$work/venv/bin/pip" install --quiet --disable-pip-version-check -r scripts/requirements.txt >&2
  cp scripts/requirements.txt "$work/installed.txt"
fi
echo "$work/venv"
