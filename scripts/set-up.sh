#!/usr/bin/env bash
# Installs what the tests want beside Rust and Terraform. Each script sees to that by itself, too; here it is done at
# once, so that no two of them install at the same time.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/postgresql.sh
scripts/chromium.sh
scripts/neovim.sh
if command -v python3 >/dev/null; then
  for name in "" oracle cargo editor testing; do
    scripts/venv.sh $name >/dev/null
  done
fi
