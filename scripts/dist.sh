#!/usr/bin/env bash
# Builds what is released for this machine's processor and system: target/dist/codegen-VERSION-TARGET.tar.gz with its
# checksum beside it. The tarball has the folders of a prefix (bin, share), so unpacking it is installing it. The same
# commit and toolchain give the same bytes, in whichever folder they are.
#
#   DIST_BINARY         a command that is built already, to be packed instead
#   DIST_FOLDER         where the tarball goes, instead of target/dist
#   SOURCE_DATE_EPOCH   the time of every file, instead of the commit's
set -euo pipefail
cd "$(dirname "$0")/.."

target=$(rustc -vV | sed -n 's/^host: //p')
out=${DIST_FOLDER:-target/dist}
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || true)}
if [ -z "$epoch" ]; then
  echo "error: without git, say the time of the release in SOURCE_DATE_EPOCH" >&2
  exit 2
fi

binary=${DIST_BINARY:-}
if [ -z "$binary" ]; then
  if [ -n "$(git status --porcelain 2>/dev/null)" ]; then
    echo "error: the release would name a commit that it is not: commit what is changed first" >&2
    exit 2
  fi
  # Messages of panics name files. These must not depend on where the repository and Cargo's home are.
  home=${CARGO_HOME:-$HOME/.cargo}
  # In the encoded form, in which paths may have spaces.
  CARGO_ENCODED_RUSTFLAGS=$(printf -- '--remap-path-prefix=%s=codegen\x1f--remap-path-prefix=%s=cargo' "$PWD" "$home")
  export CARGO_ENCODED_RUSTFLAGS
  cargo build --locked --profile dist --package codegen
  binary=${CARGO_TARGET_DIR:-target}/dist/codegen
fi

version=$("$binary" --version | cut -d ' ' -f 2)
name=codegen-$version-$target
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
DESTDIR='' scripts/install.sh "$binary" "$work/$name"
documents=$work/$name/share/doc/codegen
install -d "$documents"
install -m 644 README.md CHANGELOG.md SECURITY.md LICENSE LICENSE-APACHE LICENSE-MIT "$documents"

mkdir -p "$out"
python3 scripts/tarball.py "$work/$name" "$out/$name.tar.gz" "$epoch"
cd "$out"
if command -v sha256sum >/dev/null; then
  sha256sum "$name.tar.gz" > "$name.tar.gz.sha256"
else
  shasum -a 256 "$name.tar.gz" > "$name.tar.gz.sha256"
fi
echo "$out/$name.tar.gz"
