#!/usr/bin/env bash
# Tests the editor's server with real clients: Debian's Neovim, and pytest-lsp from PyPI in a virtual environment.
set -euo pipefail
cd "$(dirname "$0")/.."

tests=crates/editor/tests/clients
# Editors send such paths with `%20`.
work="$PWD/target/editor-test/with a blank"
rm -rf "$work"
mkdir -p "$work"
cp -r $tests/spec/. "$work"
cargo build --quiet --package codegen
export CODEGEN=$PWD/${CARGO_TARGET_DIR:-target}/debug/codegen
export WORK=$work

skipped() {
  echo "SKIPPED: the editor's server is not tested with $1, as it is not here" >&2
  [ -z "${CI:-}" ] || exit 1
}

scripts/neovim.sh
if command -v nvim >/dev/null; then
  nvim --headless -u NONE -i NONE -n -c "luafile $tests/editor.lua"
else
  skipped Neovim
fi
if command -v python3 >/dev/null; then
  venv=$(scripts/venv.sh editor)
  "$venv/bin/pytest" --quiet -p no:cacheprovider -o asyncio_default_fixture_loop_scope=function $tests/test_editor.py
else
  skipped "pytest-lsp, which needs Python 3"
fi
