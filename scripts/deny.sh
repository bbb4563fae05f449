#!/usr/bin/env bash
# Checks licences, sources and banned crates of every dependency, by deny.toml. The workflow on GitHub
# also checks security advisories.
#
# cargo-deny is the one on the machine, or is built into target/tools.
set -euo pipefail
cd "$(dirname "$0")/.."

version=0.20.2
tools=target/tools
PATH="$PWD/$tools/bin:$PATH"
if ! cargo deny --version >/dev/null 2>&1; then
  echo "building cargo-deny $version into $tools"
  cargo install cargo-deny --version "$version" --locked --debug --root "$tools" --target-dir target --quiet
fi
cargo fetch --locked --quiet
cargo deny --offline check bans licenses sources
echo "NOT CHECKED here: security advisories, which need the advisory database (cargo deny check advisories)"
