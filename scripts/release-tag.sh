#!/usr/bin/env bash
# Refuses a tag that is not the version of Cargo.toml: release-tag.sh v0.1.0
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(cargo pkgid --offline --package codegen | sed 's/.*[#@]//')
if [ "${1:-}" != "v$version" ]; then
  echo "error: the tag is ${1:-missing}, and the version of Cargo.toml is $version: tag v$version" >&2
  exit 1
fi
