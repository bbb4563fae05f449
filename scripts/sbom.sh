#!/usr/bin/env bash
# Lists every crate that is linked into the command, with its version and licence: target/dist/codegen.cdx.json, in
# CycloneDX's form. cargo-cyclonedx reads the locked graph of this one package; a scanner of files would list what tests
# and functions use as well.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! cargo cyclonedx --version >/dev/null 2>&1; then
  cargo install --quiet --locked --root target/tools cargo-cyclonedx@0.5.9
  PATH=$PWD/target/tools/bin:$PATH
fi
# The same commit gives the same bytes: without this, the time and a random number would be in it.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
cargo cyclonedx --quiet --manifest-path codegen/Cargo.toml --format json --describe crate --override-filename codegen.cdx
mkdir -p target/dist
mv codegen/codegen.cdx.json target/dist/codegen.cdx.json
# Each crate of the workspace gets one; only the command is released.
git clean --quiet --force -- '*/codegen.cdx.json' 'codegen.cdx.json'
