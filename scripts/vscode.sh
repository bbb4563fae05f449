#!/usr/bin/env bash
# Builds, packs and tests the extension for VS Code. The package is target/vscode/dist/eventbridge-codegen.vsix.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "SKIPPED: the extension for VS Code is not built, as there is no Node.js with npm here" >&2
  [ -z "${CI:-}" ] || exit 1
  exit 0
fi

# Outside of the sources, so that nothing which is built or fetched lies between them.
work=target/vscode
mkdir -p "$work"
rm -rf "$work/src" "$work/test" "$work/dist"
cp -R editors/vscode/. "$work"
cd "$work"
# The programs that come with packages are none of ours to start.
if ! npm ci --ignore-scripts --silent --no-audit --no-fund; then
  echo "SKIPPED: the extension for VS Code is not built, as its packages cannot be fetched" >&2
  [ -z "${CI:-}" ] || exit 1
  exit 0
fi
npm run --silent check
npm run --silent build
npm run --silent package
cd ../..

cargo build --quiet --package codegen
programs=$(cd "${CARGO_TARGET_DIR:-target}/debug" && pwd)
(cd "$work" && CODEGEN=$programs/codegen npm run --silent test)
