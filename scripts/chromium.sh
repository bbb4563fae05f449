#!/usr/bin/env bash
# Sees to it that Chromium is there for the test of the page: Debian's package, where it may be installed.
set -euo pipefail

if ! command -v chromium >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing Chromium" >&2
  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null || true
fi
