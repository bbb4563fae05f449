#!/usr/bin/env bash
# Sees to it that Neovim is there for the test of the editor's server: Debian's package, where it may be installed.
set -euo pipefail

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# On a machine of somebody's own nothing is installed with a password.
if ! command -v nvim >/dev/null && command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || [ -n "${CI:-}" ]; }; then
  echo "installing Neovim" >&2
  { as_root apt-get update -qq && as_root apt-get install -y -qq --no-install-recommends neovim >/dev/null; } || true
fi
