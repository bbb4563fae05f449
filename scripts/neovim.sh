#!/usr/bin/env bash
# Sees to it that Neovim is there for the test of the editor's server: Debian's package, where it may be installed.
set -euo pipefail

if ! command -v nvim >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing Neovim" >&2
  apt-get update -qq && apt-get install -y -qq --no-install-recommends neovim >/dev/null || true
fi
