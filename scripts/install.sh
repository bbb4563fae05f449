#!/usr/bin/env bash
# Puts the command, its manual pages and what completes it in shells below a folder. DESTDIR, if it is set, is put before
# that folder, as packagers want it.
#
# usage: install.sh BINARY PREFIX
set -euo pipefail
if [ $# -ne 2 ]; then
  echo "usage: install.sh BINARY PREFIX" >&2
  exit 2
fi
binary=$1
prefix=${DESTDIR:-}$2

install -d "$prefix/bin" "$prefix/share/man/man1" "$prefix/share/bash-completion/completions" \
  "$prefix/share/zsh/site-functions" "$prefix/share/fish/vendor_completions.d"
install -m 755 "$binary" "$prefix/bin/codegen"
"$binary" man --out "$prefix/share/man/man1"
"$binary" completions bash > "$prefix/share/bash-completion/completions/codegen"
"$binary" completions zsh > "$prefix/share/zsh/site-functions/_codegen"
"$binary" completions fish > "$prefix/share/fish/vendor_completions.d/codegen.fish"
chmod 644 "$prefix"/share/man/man1/codegen*.1 "$prefix/share/bash-completion/completions/codegen" \
  "$prefix/share/zsh/site-functions/_codegen" "$prefix/share/fish/vendor_completions.d/codegen.fish"
