#!/usr/bin/env bash
# Installs a file of requirements into a virtual environment of its own, unless that exists, and prints its
# folder. The file is scripts/requirements.txt, or scripts/requirements-NAME.txt.
#
# usage: venv.sh [NAME]
set -euo pipefail
cd "$(dirname "$0")/.."

name=${1:-}
requirements=scripts/requirements${name:+-$name}.txt
work=$PWD/target/python${name:+-$name}
mkdir -p "$work"
if ! cmp -s "$requirements" "$work/installed.txt"; then
  echo "installing $requirements into $work/venv" >&2
  python3 -m venv --clear "$work/venv" >&2
  "$work/venv/bin/pip" install --quiet --disable-pip-version-check -r "$requirements" >&2
  cp "$requirements" "$work/installed.txt"
fi
echo "$work/venv"
